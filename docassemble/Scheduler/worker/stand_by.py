# do not pre-load
"""One thread that stands by while another does one run after the other.

Threads of Python get in each other's way: many runs that take but a moment are done sooner, and for less, by one
thread, which then records several ends and claims at once. What takes longer is overtaken by the one that stands by.
"""

from __future__ import annotations

from collections.abc import Callable

from ..core.clock import Clock

#: so long a claim or a run may take until the thread that stands by does what is left (seconds); well below `LEAD`
PATIENCE = 0.004


class StandBy:
    """The place for that thread. Not thread-safe but for `wait`: its owner holds a lock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        #: when something was claimed or begun last, on the clock that nobody sets (seconds)
        self._moved_at = -PATIENCE
        self.is_taken = False

    def note(self) -> None:
        """Note that something was claimed, or begins."""
        self._moved_at = self._clock.monotonic()

    def wait(self, is_needed: Callable[[], bool]) -> None:
        """Wait as long as that is so, but not when nothing has moved for a while."""
        try:
            while is_needed() and (rest := self._moved_at + PATIENCE - self._clock.monotonic()) > 0:
                self._clock.sleep(rest)
        finally:
            self.is_taken = False
