# do not pre-load
"""The timer: a thread that wakes a job thread just before something is due, so that it begins to the millisecond.

It is only sharpness: with it dead, the alarm of each second still drives everything.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from ..core.clock import Clock
from ..core.texts.error_text import summary
from ..core.texts.text import last_words
from .dispatcher import Dispatcher

#: how long to sleep at most (seconds): a clock that was set is noticed then
MAX_SLEEP = 30.0
#: how long to wait until a job thread has seen to it before waking another (seconds)
WAKE_TIMEOUT = 1.0


def tick(dispatcher: Dispatcher, wake_worker: Callable[[], None], clock: Clock) -> None:
    """Do one step: wake when there is something to do and wait for the wake, else sleep until there is."""
    wake = dispatcher.next_wake()
    remaining = MAX_SLEEP if wake is None else (wake - clock.now()).total_seconds()
    if remaining > 0:
        dispatcher.wait_for_change(wake, min(remaining, MAX_SLEEP))
    else:
        wake_worker()
        dispatcher.wait_for_change(wake, WAKE_TIMEOUT)


def start(dispatcher: Dispatcher, wake_worker: Callable[[], None], clock: Clock) -> threading.Thread:
    """Tick for ever in a daemon thread: docassemble's restart does not wait for it."""

    def tick_for_ever() -> None:
        while True:
            try:
                tick(dispatcher, wake_worker, clock)
            except BaseException as error:  # noqa: BLE001 - the thread goes on, and not too fast
                last_words(f"the timer failed: {summary(error)}")
                threading.Event().wait(WAKE_TIMEOUT)

    thread = threading.Thread(target=tick_for_ever, name="scheduler-timer", daemon=True)
    thread.start()
    return thread
