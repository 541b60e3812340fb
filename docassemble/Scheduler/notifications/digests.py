# do not pre-load
"""The digests of this process: alerts wait here a moment for others to the same receiver, then go out as one."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from ..core.clock import Clock
from ..core.digest import PAUSE, send_at
from ..core.texts.error_text import summary
from .message import Digest
from .outgoing import Target
from .report import Report, Sender

#: so many reports are kept for one message; more are counted
MAX_KEPT = 100


@dataclass(slots=True)
class _Waiting:
    """What waits for one receiver."""

    sender: Sender
    #: when the first of it came
    first: float
    reports: list[Report] = field(default_factory=list)
    more: int = 0

    def add(self, report: Report) -> None:
        if len(self.reports) < MAX_KEPT:
            self.reports.append(report)
        else:
            self.more += 1


class Digests:
    """Collects reports in a daemon thread, which lives as long as something waits.

    Nothing may be added before a fork. `send` is to return soon; it is never called while a lock is held.
    """

    def __init__(self, send: Callable[[Target, Digest], None], clock: Clock, logger: logging.Logger) -> None:
        self._send = send
        self._clock = clock
        self._logger = logger
        self._changed = threading.Condition()
        self._waiting: dict[Target, _Waiting] = {}
        #: when each receiver was sent something, as long as that matters
        self._sent: dict[Target, float] = {}
        self._has_thread = False

    def add(self, target: Target, sender: Sender, report: Report) -> None:
        """Have a receiver told soon; never raises, never waits."""
        with self._changed:
            waiting = self._waiting.setdefault(target, _Waiting(sender, self._clock.monotonic()))
            waiting.add(report)
            self._changed.notify_all()  # it may be due before all that the thread waits for
            if self._has_thread or self._start():
                return
        self.flush()

    def flush(self) -> None:
        """Send all that waits, now: at the end of the process."""
        with self._changed:
            taken = self._take(list(self._waiting))
            self._changed.notify_all()
        self._send_all(taken)

    def _start(self) -> bool:
        try:
            threading.Thread(target=self._work, name="scheduler-digests", daemon=True).start()
        except RuntimeError:  # no more threads can be had, or Python is shutting down: then nobody waits
            return False
        self._has_thread = True
        return True

    def _work(self) -> None:
        while True:
            with self._changed:
                if not self._waiting:
                    self._has_thread = False
                    return
                now = self._clock.monotonic()
                dues = {target: self._due(target) for target in self._waiting}
                taken = self._take([target for target, due in dues.items() if due <= now])
                if not taken:
                    self._changed.wait(min(dues.values()) - now)
            self._send_all(taken)

    def _due(self, target: Target) -> float:
        return send_at(self._waiting[target].first, self._sent.get(target))

    def _take(self, targets: list[Target]) -> list[tuple[Target, Digest]]:
        """Take what waits for some receivers; the lock is held."""
        now = self._clock.monotonic()
        self._sent = {each: at for each, at in self._sent.items() if now - at < PAUSE}
        taken = []
        for target in targets:
            found = self._waiting.pop(target)
            self._sent[target] = now
            taken.append((target, Digest(sender=found.sender, reports=tuple(found.reports), more=found.more)))
        return taken

    def _send_all(self, taken: list[tuple[Target, Digest]]) -> None:
        for target, digest in taken:
            try:
                self._send(target, digest)
            except Exception as error:  # noqa: BLE001 - the boundary of one message: the others are sent
                self._logger.error("The message %r could not be made: %s", digest.headline, summary(error))
