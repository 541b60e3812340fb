# do not pre-load
"""The pacemaker: a thread that rings at the due time itself, to the millisecond.

It is only sharpness: with it dead, the alarm that rings each second still drives everything.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from .clock import Clock

#: how long to sleep at most (seconds): a clock that was set is noticed then
LONGEST_SLEEP = 30.0
#: how long to wait for an answer to a ring before ringing again (seconds)
PATIENCE = 1.0


class Awaited(Protocol):
    """What the pacemaker watches; a Dispatcher."""

    def next_due(self) -> datetime | None:
        """Return the next due time."""
        ...

    def wait_for_change(self, due: datetime | None, timeout: float) -> None:
        """Block while `due` is still the next due time, for at most `timeout` seconds."""
        ...


def beat(awaited: Awaited, ring: Callable[[], None], clock: Clock) -> None:
    """Do one step: ring when something is due and wait for the wake, else sleep towards the next due time."""
    due = awaited.next_due()
    remaining = LONGEST_SLEEP if due is None else (due - clock.now()).total_seconds()
    if remaining > 0:
        awaited.wait_for_change(due, min(remaining, LONGEST_SLEEP))
    else:
        ring()
        awaited.wait_for_change(due, PATIENCE)


def start(awaited: Awaited, ring: Callable[[], None], clock: Clock) -> threading.Thread:
    """Beat for ever in a daemon thread: docassemble's restart does not wait for it."""

    def beat_for_ever() -> None:
        while True:
            beat(awaited, ring, clock)

    thread = threading.Thread(target=beat_for_ever, name="scheduler-pacemaker", daemon=True)
    thread.start()
    return thread
