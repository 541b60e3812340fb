# do not pre-load
"""One look at everything that a round of the maintenance must know, in memory."""

from __future__ import annotations

from datetime import datetime

from ...store.base import PollResult
from .world import Memory


class MemoryPolls(Memory):
    """Looks who lives, and whether there is more to ask for."""

    def poll(self, now: datetime) -> PollResult:
        """Return who lives, and whether there is more to ask for."""
        with self._transaction() as world:
            return PollResult(
                heartbeats=tuple(world.beats.values()),
                added_mark=world.added_mark,
                is_wanted=bool(world.orders) or any(world.is_due_again(row, now) for row in world.rows),
                is_expired=any(row.is_expired(now) for row in world.rows),
                is_unanswered=any(row.is_unanswered(now) for row in world.rows),
            )
