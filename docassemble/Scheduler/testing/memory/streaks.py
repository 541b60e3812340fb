# do not pre-load
"""How often jobs have failed in a row, in memory."""

from __future__ import annotations

from datetime import datetime

from ...core.alerts import Alert, AlertPolicy, FailureStreak, failed, succeeded
from .world import Memory, MemoryJob


class MemoryStreaks(Memory):
    """Counts failures for the alerts."""

    def count_failure(self, job: str, now: datetime, policy: AlertPolicy) -> Alert | None:
        """Count a failure that is final; return the alert that is due now. Only one caller gets it."""
        with self._transaction() as world:
            known = world.jobs.get(job) or MemoryJob("", now)
            known.streak, alert = failed(known.streak, now, policy)
            return alert

    def count_success(self, job: str, policy: AlertPolicy) -> Alert | None:
        """Count a success after failures; return the alert that is due now. Only one caller gets it."""
        with self._transaction() as world:
            known = world.jobs.get(job)
            streak, alert = succeeded(known.streak if known else FailureStreak(), policy)
            if known is not None:
                known.streak = streak
            return alert
