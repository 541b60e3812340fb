# do not pre-load
"""What was ever counted, in memory."""

from __future__ import annotations

from collections.abc import Sequence

from ...store.counters import Tally, tallies_of
from .world import Memory


class MemoryTallies(Memory):
    """Adds up, for ever."""

    def save_tallies(self) -> None:
        """Add what this process has counted to the tallies of all."""
        with self._transaction() as world:
            for line, number in self._counts.take().items():
                world.tallies[line] = world.tallies.get(line, 0) + number

    def tallies(self) -> Sequence[Tally]:
        """Return what was ever counted of each job, by name."""
        with self._transaction() as world:
            return tallies_of(world.tallies)
