# do not pre-load
"""One look at everything that a round of the housekeeping must know, in memory."""

from __future__ import annotations

from datetime import datetime

from ...store.base import Glance
from .world import Memory


class MemoryGlances(Memory):
    """Looks who lives, and whether there is more to ask for."""

    def glance(self, now: datetime) -> Glance:
        """Return who lives, and whether there is more to ask for."""
        with self._transaction() as world:
            return Glance(
                pulses=tuple(world.beats.values()),
                added_mark=world.added_mark,
                is_wanted=bool(world.orders) or any(world.is_due_again(row, now) for row in world.rows),
                is_expired=any(row.is_expired(now) for row in world.rows),
                is_unanswered=any(row.is_unanswered(now) for row in world.rows),
            )
