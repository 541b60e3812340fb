# do not pre-load
"""How many requests of ours may be answered at once: the site needs its web threads."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ..core.errors import StoreUnavailable

#: how long any request waits for its turn (seconds), and how long a few of them do
SHORT_TIMEOUT, LONG_TIMEOUT = 0.25, 2.0


class ConcurrencyLimit:
    """Lets a number of requests in at once. One for each process; used by all its threads."""

    def __init__(self, most: int, waiting: int = 0, *, timeout: float = SHORT_TIMEOUT) -> None:
        """Let `most` in at a time; so many more may wait patiently, all others wait for the `timeout` (seconds)."""
        self._most = most
        self._timeout = timeout
        self._free = threading.BoundedSemaphore(most)
        self._waiting = threading.Semaphore(waiting)

    @classmethod
    def of_web_threads(cls, threads: int) -> ConcurrencyLimit:
        """Return the limit for a process with so many web threads: half of them, and a quarter waits."""
        return cls(max(1, threads // 2), threads // 4)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold a turn while this block lasts; raises StoreUnavailable when none is free."""
        if not (self._free.acquire(timeout=self._timeout) or self._is_worth_waiting()):
            raise StoreUnavailable(
                f"as many requests as may be at once ({self._most}) are being answered, and slowly",
                hint="try again in a moment",
            )
        try:
            yield
        finally:
            self._free.release()

    def _is_worth_waiting(self) -> bool:
        """Wait patiently, if not too many do already; return whether a turn was free."""
        if not self._waiting.acquire(blocking=False):
            return False
        try:
            return self._free.acquire(timeout=LONG_TIMEOUT)
        finally:
            self._waiting.release()
