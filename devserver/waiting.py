"""Waiting for a condition, never for an amount of time."""

import time
from collections.abc import Callable
from typing import TypeVar

from devserver.errors import DevServerError
from devserver.progress import tick

T = TypeVar("T")


def until(condition: Callable[[], T], what: str, timeout: float, every: float = 0.1) -> T:
    """Return the first true value of ``condition()``; raise DevServerError after ``timeout`` seconds."""
    deadline = time.monotonic() + timeout
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise DevServerError(f"no {what} within {timeout:g} seconds")
        tick()
        time.sleep(every)
    return value
