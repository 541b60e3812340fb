# do not pre-load
"""How often jobs have failed in a row: the same on every server."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, and_, select, update

from ...core.alerts import Alert, AlertPolicy, FailureStreak, failed, succeeded
from ...core.errors import StoreUnavailable
from .database import Database
from .rows import optional
from .tables import from_sql

#: how often a count is begun again after another server was faster
TRIES = 100


class FailureStreaks(Database):
    """Counts failures for the alerts."""

    def count_failure(self, job: str, now: datetime, policy: AlertPolicy) -> Alert | None:
        """Count a failure that is final; return the alert that is due now. Only one caller gets it."""
        return self._count(job, lambda streak: failed(streak, now, policy))

    def count_success(self, job: str, policy: AlertPolicy) -> Alert | None:
        """Count a success after failures; return the alert that is due now. Only one caller gets it."""
        return self._count(job, lambda streak: succeeded(streak, policy))

    def _count(
        self, job: str, step: Callable[[FailureStreak], tuple[FailureStreak, Alert | None]]
    ) -> Alert | None:
        with self._transaction() as connection:
            for _ in range(TRIES):
                before = self._streak(connection, job)
                # Somebody deleted the job's row: better a mail too many than none.
                after, alert = step(before or FailureStreak())
                if before is None or after == before or self._replace(connection, job, before, after):
                    return alert
        raise StoreUnavailable(f"others have counted {TRIES} times in between")

    def _streak(self, connection: Connection, job: str) -> FailureStreak | None:
        table = self._tables.jobs
        columns = (table.c.failures, table.c.unreported, table.c.known, table.c.mailed_at)
        row = connection.execute(select(*columns).where(table.c.name == job)).first()
        if row is None:
            return None
        return FailureStreak(
            failures=row.failures,
            unreported=row.unreported,
            known=bool(row.known),
            mailed_at=row.mailed_at and from_sql(row.mailed_at),
        )

    def _replace(self, connection: Connection, job: str, before: FailureStreak, after: FailureStreak) -> bool:
        table, mailed_at = self._tables.jobs, optional(before.mailed_at)
        as_seen = and_(
            table.c.name == job,
            table.c.failures == before.failures,
            table.c.unreported == before.unreported,
            table.c.known == before.known,
            table.c.mailed_at.is_(None) if mailed_at is None else table.c.mailed_at == mailed_at,
        )
        values = {
            "failures": after.failures,
            "unreported": after.unreported,
            "known": after.known,
            "mailed_at": optional(after.mailed_at),
        }
        return connection.execute(update(table).where(as_seen).values(values)).rowcount == 1
