# do not pre-load
"""This process among those that share the store: registered, alive, and gone in good order."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from ..core.clock import Clock
from ..core.errors import StoreUnavailable
from ..execution.log.logger import report_error
from ..store.base import Process, Store
from ..store.records import ThreadCounts
from .outbox import Activity, Outage


class Heartbeat:
    """Shows the others that this process lives. What it claims or takes over bears its name."""

    def __init__(  # noqa: PLR0913 - the ports it is composed of
        self,
        *,
        store: Store,
        new_process: Callable[[], Process],
        outage: Outage,
        clock: Clock,
        logger: logging.Logger,
        thread_counts: Callable[[], ThreadCounts | None] = lambda: None,
    ) -> None:
        """`thread_counts` says what the job threads of this process do."""
        self._store = store
        self._new_process = new_process
        self._outage = outage
        self._clock = clock
        self._logger = logger
        self._thread_counts = thread_counts
        self._process: Process | None = None

    def process(self) -> Process:
        """Return as whom this process is registered, at first by registering it; raises StoreUnavailable."""
        return self._process or self.register()

    def register(self) -> Process:
        """Take up this process; raises StoreUnavailable."""
        process = self._new_process()
        self._store.register(process, self._clock.now())
        self._process = process
        return process

    def beat(self) -> None:
        """Beat, and save what was counted; raises StoreUnavailable.

        Who was given up meanwhile goes on under a new number.
        """
        if self._process is not None and not self._store.beat(
            self._process, self._clock.now(), self._thread_counts()
        ):
            self._logger.warning("Other servers had given this process up: it did not answer for too long")
            self.register()
        self._store.save_counters()

    def start(self, interval: float, and_then: Callable[[], None] = lambda: None) -> Callable[[], None]:
        """Beat every `interval` seconds from now on, in a thread, and do `and_then`; return what ends that."""
        ended = threading.Event()

        def go_on() -> None:
            while not ended.wait(interval):
                self._beat_and(and_then)

        threading.Thread(target=go_on, name="scheduler-heartbeat", daemon=True).start()
        return ended.set

    def _beat_and(self, and_then: Callable[[], None]) -> None:
        try:
            self.beat()
            and_then()
            self._outage.end(Activity.ROUND)
        except StoreUnavailable as error:
            self._outage.begin(Activity.ROUND, error)
        except BaseException:  # noqa: BLE001 - without heartbeats, others would take this process for dead
            report_error(self._logger, "A heartbeat failed")

    def leave(self) -> None:
        """Take leave in good order, unless something still runs.

        Then others find it, who live on to call `on exit`: this process does not.
        """
        if self._process is None:
            return
        try:
            self._store.save_counters()
            self._store.unregister(self._process, self._clock.now())
        except StoreUnavailable as error:
            self._outage.begin(Activity.ROUND, error)
