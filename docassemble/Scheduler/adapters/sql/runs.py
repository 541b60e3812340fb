# do not pre-load
"""The records of runs, from their end on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, false, not_, or_, select
from sqlalchemy.exc import DataError

from ...decision import is_exclusive
from ...errors import StoreUnavailable
from ...job import RunOn
from ...record import Outcome, Run
from ...store import Retry
from .database import Database
from .jobs import NO_SCHEDULE
from .orders import is_waiting
from .rows import in_ascii, outcome_row
from .tables import from_sql, to_sql


class Runs(Database):
    """Records how runs ended, says what is tried again, and forgets what is old."""

    def finish(self, run: Run, outcome: Outcome) -> None:
        """Record how a run ended and set its job free; harmless when repeated."""
        values = outcome_row(outcome)
        try:
            recorded = self._finish(run, values)
        except StoreUnavailable as error:
            if not isinstance(error.__cause__, DataError):
                raise
            recorded = self._finish(run, in_ascii(values))  # a database that does not keep all of Unicode
        if recorded:
            self._counts.finished(run, outcome)

    def _finish(self, run: Run, values: Mapping[str, Any]) -> bool:
        """Return whether that was not on record yet."""
        with self._transaction() as connection:
            row = {**values, "the_run": run.id}
            recorded = connection.execute(self._statements.finish, row).rowcount == 1
            if run.job.lock is not None:
                connection.execute(self._statements.unlock, {"the_name": run.job.lock, "the_run": run.id})
            # A worker of Celery may have another configuration than the server that claimed the run.
            if is_exclusive(run.job) or run.job.run_on is RunOn.CELERY:
                connection.execute(self._statements.release, {"the_name": run.job.name, "the_run": run.id})
        return recorded

    def retries(self, jobs: Collection[str], now: datetime) -> Sequence[Retry]:
        """Return what is to be tried again now, of these jobs."""
        runs, known = self._tables.runs, self._tables.jobs
        with self._transaction() as connection:
            rows = connection.execute(
                select(runs.c.id, runs.c.job, runs.c.due, runs.c.attempt, runs.c.arguments)
                .join_from(runs, known, known.c.name == runs.c.job)
                .where(and_(runs.c.retry_at <= to_sql(now), known.c.paused == false()))
                .order_by(runs.c.retry_at)
            ).all()
        return [
            Retry(
                run=row.id,
                job=row.job,
                due=from_sql(row.due),
                attempt=row.attempt + 1,
                arguments=row.arguments,
            )
            for row in rows
            if row.job in jobs
        ]

    def prune(self, before: datetime, limit: int) -> int:
        """Delete at most `limit` records that ended before; of each job that is left, the latest stays."""
        runs = self._tables.runs
        later = runs.alias()
        newer = select(later.c.id).where(and_(later.c.job == runs.c.job, later.c.id > runs.c.id)).exists()
        known, added = self._tables.jobs, self._tables.added
        no_more = ~select(known.c.name).where(known.c.name == runs.c.job).exists()
        old = and_(runs.c.finished < to_sql(before), runs.c.retry_at.is_(None), or_(newer, no_more))
        processes, events = self._tables.processes, self._tables.events
        with self._transaction() as connection:
            connection.execute(delete(added).where(added.c.removed < to_sql(before)))
            idle = and_(known.c.schedule == NO_SCHEDULE, known.c.lease.is_(None))
            connection.execute(delete(known).where(idle))
            done = and_(events.c.at < to_sql(before), not_(is_waiting(self._tables)))
            connection.execute(delete(events).where(done))
            connection.execute(delete(processes).where(processes.c.ended < to_sql(before)))
            ids = list(connection.execute(select(runs.c.id).where(old).limit(limit)).scalars())
            if ids:
                connection.execute(delete(runs).where(runs.c.id.in_(ids)))
        return len(ids)
