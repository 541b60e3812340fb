"""Waiting for a condition, never for an amount of time."""

import time
from collections.abc import Callable
from typing import TypeVar

from devserver.errors import DevServerError
from devserver.progress import tick

T = TypeVar("T")
#: a pause takes so many times as long as the look before it, and never longer than this (seconds)
PAUSE_FACTOR, LONGEST_PAUSE = 10, 1.0


def until(condition: Callable[[], T], what: str, timeout: float, every: float = 0.1) -> T:
    """Return the first true value of ``condition()``; raise DevServerError after ``timeout`` seconds.

    It is asked each ``every`` seconds, less often if it takes long to answer: the machine has better things to do.
    """
    began = time.monotonic()
    deadline = began + timeout
    while not (value := condition()):
        now = time.monotonic()
        if now > deadline:
            raise DevServerError(f"no {what} within {timeout:g} seconds")
        tick()
        time.sleep(max(every, min(PAUSE_FACTOR * (now - began), LONGEST_PAUSE)))
        began = time.monotonic()
    return value
