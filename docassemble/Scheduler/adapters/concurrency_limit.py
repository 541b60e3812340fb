# do not pre-load
"""How many requests of ours may be answered at once: the site needs its web threads."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import StoreUnavailable

#: how long a request waits for its turn (seconds): as long as some take when the database is well
PATIENCE = 0.25


class ConcurrencyLimit:
    """Lets a number of requests in at once. One for each process; used by all its threads."""

    def __init__(self, most: int, patience: float = PATIENCE) -> None:
        self._most = most
        self._patience = patience
        self._free = threading.BoundedSemaphore(most)

    @classmethod
    def of_web_threads(cls, threads: int) -> ConcurrencyLimit:
        """Return the limit for a process with so many web threads: half of them."""
        return cls(max(1, threads // 2))

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold a turn while this block lasts; raises StoreUnavailable when none is free."""
        if not self._free.acquire(timeout=self._patience):
            raise StoreUnavailable(
                f"as many requests as may be at once ({self._most}) are being answered, and slowly",
                hint="try again in a moment",
            )
        try:
            yield
        finally:
            self._free.release()
