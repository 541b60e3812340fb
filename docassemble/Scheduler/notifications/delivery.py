# do not pre-load
"""The delivery queue: mails and pings, which may take long and which nobody waits for, in threads of their own."""

from __future__ import annotations

import logging
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..core.clock import Clock
from ..core.texts.error_text import summary

#: so many deliveries of one kind may wait
MAX_WAITING = 500
#: how long a delivery may hold up those behind it
HANGING_AFTER = timedelta(minutes=5)
#: so many threads may hang at a time, because of deliveries that never end
MAX_HANGING = 10


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to be sent."""

    #: `The mail 'subject'`: for the log, without secrets
    name: str
    do: Callable[[], None]


@dataclass(slots=True, eq=False)
class _Channel:
    """What one thread does, in order."""

    current: Delivery
    #: when the current one was begun
    since: datetime
    waiting: deque[Delivery] = field(default_factory=deque)
    #: names of what did not fit, each of which is told once
    refused: set[str] = field(default_factory=set)


class DeliveryQueue:
    """Sends messages: those of one channel in order, those of different channels side by side.

    A channel has a daemon thread as long as it has something to do. Nothing may be put in before a fork.
    """

    def __init__(self, logger: logging.Logger, clock: Clock) -> None:
        self._logger = logger
        self._clock = clock
        self._changed = threading.Condition()
        self._channels: dict[str, _Channel] = {}
        self._hanging = 0

    def put(self, channel: str, name: str, do: Callable[[], None]) -> None:
        """Have `do` called soon; never raises, never waits. What cannot be sent is logged, by its `name`."""
        delivery = Delivery(name, do)
        with self._changed:
            self._give_up_hanging(channel)
            present = self._channels.get(channel)
            if present is None:
                self._start(channel, delivery)
            elif len(present.waiting) < MAX_WAITING:
                present.waiting.append(delivery)
            elif name not in present.refused:
                present.refused.add(name)
                self._logger.error("%s is not sent: %d others wait before it", name, MAX_WAITING)

    def finish(self, timeout: float) -> None:
        """Wait until everything is sent, for at most `timeout` seconds, and log what is left then."""
        with self._changed:
            self._changed.wait_for(lambda: not self._channels, timeout)
            channels = list(self._channels.values())
            left = Counter(
                delivery.name for channel in channels for delivery in (channel.current, *channel.waiting)
            )
        for name, times in left.items():
            often = f" ({times} times)" if times > 1 else ""
            self._logger.error("%s could not be sent within %g s%s", name, timeout, often)

    def _give_up_hanging(self, name: str) -> None:
        """Let another thread go on with what waits behind a delivery that does not end."""
        channel = self._channels.get(name)
        if (
            channel is None
            or self._clock.now() - channel.since < HANGING_AFTER
            or self._hanging >= MAX_HANGING
        ):
            return
        self._logger.error("%s takes too long; what waits behind it goes first", channel.current.name)
        self._hanging += 1
        del self._channels[name]
        if channel.waiting:
            self._start(name, channel.waiting.popleft(), channel.waiting)

    def _start(self, name: str, delivery: Delivery, waiting: Iterable[Delivery] = ()) -> None:
        channel = _Channel(delivery, self._clock.now(), deque(waiting))
        thread = threading.Thread(
            target=self._work, args=(name, channel), name=f"scheduler-{name.partition(' ')[0]}", daemon=True
        )
        try:
            thread.start()
        except RuntimeError as error:  # no more threads can be had, or Python is shutting down
            for each in (delivery, *channel.waiting):
                self._logger.error("%s could not be sent: %s", each.name, error)
        else:
            self._channels[name] = channel

    def _work(self, name: str, channel: _Channel) -> None:
        delivery: Delivery | None = channel.current
        while delivery is not None:
            self._do(delivery)
            delivery = self._next(name, channel)

    def _next(self, name: str, channel: _Channel) -> Delivery | None:
        with self._changed:
            if self._channels.get(name) is not channel:  # it was given up
                self._hanging -= 1
                return None
            if not channel.waiting:
                del self._channels[name]
                self._changed.notify_all()
                return None
            channel.current, channel.since = channel.waiting.popleft(), self._clock.now()
            return channel.current

    def _do(self, delivery: Delivery) -> None:
        try:
            delivery.do()
        except BaseException as error:  # noqa: BLE001 - the boundary of mail servers and monitors: the thread goes on
            self._logger.error("%s could not be sent: %s", delivery.name, summary(error))
