# do not pre-load
"""The records of runs, from their end on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import BindParameter, ColumnElement, and_, delete, false, not_, or_, select

from ...core.run import Ended, Outcome, Run
from ..base import Retry
from .ends import Ends, Rows, set_free
from .jobs import NO_SCHEDULE
from .orders import is_waiting
from .tables import Tables, from_sql, to_sql


class Runs(Ends):
    """Records how runs ended, says what is tried again, and forgets what is old."""

    def finish(self, run: Run, outcome: Outcome) -> None:
        """Record how a run ended and set its job free; harmless when repeated."""
        ended = [Ended(run, outcome)]
        self._with_rows(ended, partial(self._finish, ended))

    def _finish(self, ended: Sequence[Ended], rows: Rows) -> None:
        if self._cut_short(ended, rows) is not None:
            return
        with self._transaction() as connection:
            recorded = self._record_ends(connection, ended, rows)
            for each in ended:
                set_free(connection, self._statements, each.run)
        self._count_ends(recorded)

    def retries(self, jobs: Collection[str], now: datetime) -> Sequence[Retry]:
        """Return what is to be tried again now, of these jobs."""
        runs, known = self._tables.runs, self._tables.jobs
        with self._transaction() as connection:
            rows = connection.execute(
                select(runs.c.id, runs.c.job, runs.c.due, runs.c.attempt, runs.c.arguments)
                .join_from(runs, known, known.c.name == runs.c.job)
                .where(is_due_again(self._tables, to_sql(now)))
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


def is_due_again(tables: Tables, now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Tell which runs, beside the rows of their jobs, are to be tried again now."""
    return and_(tables.runs.c.retry_at <= now, tables.jobs.c.paused == false())
