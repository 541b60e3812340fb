# do not pre-load
"""The timer: a thread that rings just before something is due, so that it begins to the millisecond.

It is only sharpness: with it dead, the alarm that rings each second still drives everything.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from ..core.clock import Clock
from ..core.error_text import summary
from ..core.text import last_words

#: how long to sleep at most (seconds): a clock that was set is noticed then
LONGEST_SLEEP = 30.0
#: how long to wait for an answer to a ring before ringing again (seconds)
PATIENCE = 1.0


class Awaited(Protocol):
    """What the timer watches; a Dispatcher."""

    def next_wake(self) -> datetime | None:
        """Return when there will be something to do next; None when there never will be."""
        ...

    def wait_for_change(self, wake: datetime | None, timeout: float) -> None:
        """Block while `wake` is still when there is something to do, for at most `timeout` seconds."""
        ...


def beat(awaited: Awaited, ring: Callable[[], None], clock: Clock) -> None:
    """Do one step: ring when there is something to do and wait for the wake, else sleep until there is."""
    wake = awaited.next_wake()
    remaining = LONGEST_SLEEP if wake is None else (wake - clock.now()).total_seconds()
    if remaining > 0:
        awaited.wait_for_change(wake, min(remaining, LONGEST_SLEEP))
    else:
        ring()
        awaited.wait_for_change(wake, PATIENCE)


def start(awaited: Awaited, ring: Callable[[], None], clock: Clock) -> threading.Thread:
    """Beat for ever in a daemon thread: docassemble's restart does not wait for it."""

    def beat_for_ever() -> None:
        while True:
            try:
                beat(awaited, ring, clock)
            except BaseException as error:  # noqa: BLE001 - the thread goes on, and not too fast
                last_words(f"the timer failed: {summary(error)}")
                threading.Event().wait(PATIENCE)

    thread = threading.Thread(target=beat_for_ever, name="scheduler-timer", daemon=True)
    thread.start()
    return thread
