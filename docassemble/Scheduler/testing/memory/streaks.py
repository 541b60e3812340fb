# do not pre-load
"""How often jobs have failed in a row, in memory."""

from __future__ import annotations

from datetime import datetime

from ...core.alerts import Notice, NoticePolicy, Streak, failed, succeeded
from .world import Memory, MemoryJob


class MemoryStreaks(Memory):
    """Counts failures for the notices."""

    def count_failure(self, job: str, now: datetime, policy: NoticePolicy) -> Notice | None:
        """Count a failure that is final; return the notice that is due now. Only one caller gets it."""
        with self._transaction() as world:
            known = world.jobs.get(job) or MemoryJob("", now)
            known.streak, notice = failed(known.streak, now, policy)
            return notice

    def count_success(self, job: str, policy: NoticePolicy) -> Notice | None:
        """Count a success after failures; return the notice that is due now. Only one caller gets it."""
        with self._transaction() as world:
            known = world.jobs.get(job)
            streak, notice = succeeded(known.streak if known else Streak(), policy)
            if known is not None:
                known.streak = streak
            return notice
