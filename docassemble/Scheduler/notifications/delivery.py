# do not pre-load
"""DeliveryQueue: messages that may take long and that nobody waits for, mails and pings, in threads of their own."""

from __future__ import annotations

import logging
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..core.clock import Clock
from ..core.error_text import summary

#: so many deliveries of one kind may wait
ROOM = 500
#: how long a delivery may hold up those behind it
PATIENCE = timedelta(minutes=5)
#: so many threads may hang at a time, because of deliveries that never end
MOST_HANGING = 10


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to be sent."""

    #: `The mail 'subject'`: for the log, without secrets
    name: str
    do: Callable[[], None]


@dataclass(slots=True, eq=False)
class _Lane:
    """What one thread does, in order."""

    current: Delivery
    #: when the current one was begun
    since: datetime
    waiting: deque[Delivery] = field(default_factory=deque)
    #: names of what did not fit, each of which is told once
    refused: set[str] = field(default_factory=set)


class DeliveryQueue:
    """Sends messages: those of one lane in order, those of different lanes side by side.

    A lane has a daemon thread as long as it has something to do. Nothing may be put in before a fork.
    """

    def __init__(self, logger: logging.Logger, clock: Clock) -> None:
        self._logger = logger
        self._clock = clock
        self._changed = threading.Condition()
        self._lanes: dict[str, _Lane] = {}
        self._hanging = 0

    def put(self, lane: str, name: str, do: Callable[[], None]) -> None:
        """Have `do` called soon; never raises, never waits. What cannot be sent is logged, by its `name`."""
        delivery = Delivery(name, do)
        with self._changed:
            self._give_up_hanging(lane)
            present = self._lanes.get(lane)
            if present is None:
                self._start(lane, delivery)
            elif len(present.waiting) < ROOM:
                present.waiting.append(delivery)
            elif name not in present.refused:
                present.refused.add(name)
                self._logger.error("%s is not sent: %d others wait before it", name, ROOM)

    def finish(self, timeout: float) -> None:
        """Wait until everything is sent, for at most `timeout` seconds, and log what is left then."""
        with self._changed:
            self._changed.wait_for(lambda: not self._lanes, timeout)
            lanes = list(self._lanes.values())
            left = Counter(delivery.name for lane in lanes for delivery in (lane.current, *lane.waiting))
        for name, times in left.items():
            often = f" ({times} times)" if times > 1 else ""
            self._logger.error("%s could not be sent within %g s%s", name, timeout, often)

    def _give_up_hanging(self, name: str) -> None:
        """Let another thread go on with what waits behind a delivery that does not end."""
        lane = self._lanes.get(name)
        if lane is None or self._clock.now() - lane.since < PATIENCE or self._hanging >= MOST_HANGING:
            return
        self._logger.error("%s takes too long; what waits behind it goes first", lane.current.name)
        self._hanging += 1
        del self._lanes[name]
        if lane.waiting:
            self._start(name, lane.waiting.popleft(), lane.waiting)

    def _start(self, name: str, delivery: Delivery, waiting: Iterable[Delivery] = ()) -> None:
        lane = _Lane(delivery, self._clock.now(), deque(waiting))
        thread = threading.Thread(
            target=self._work, args=(name, lane), name=f"scheduler-{name.partition(' ')[0]}", daemon=True
        )
        try:
            thread.start()
        except RuntimeError as error:  # no more threads can be had, or Python is shutting down
            for each in (delivery, *lane.waiting):
                self._logger.error("%s could not be sent: %s", each.name, error)
        else:
            self._lanes[name] = lane

    def _work(self, name: str, lane: _Lane) -> None:
        delivery: Delivery | None = lane.current
        while delivery is not None:
            self._do(delivery)
            delivery = self._next(name, lane)

    def _next(self, name: str, lane: _Lane) -> Delivery | None:
        with self._changed:
            if self._lanes.get(name) is not lane:  # it was given up
                self._hanging -= 1
                return None
            if not lane.waiting:
                del self._lanes[name]
                self._changed.notify_all()
                return None
            lane.current, lane.since = lane.waiting.popleft(), self._clock.now()
            return lane.current

    def _do(self, delivery: Delivery) -> None:
        try:
            delivery.do()
        except BaseException as error:  # noqa: BLE001 - the boundary of mail servers and monitors: the thread goes on
            self._logger.error("%s could not be sent: %s", delivery.name, summary(error))
