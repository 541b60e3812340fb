# do not pre-load
"""The records of runs: their ends, stop requests, retries, and forgetting what is old."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import BindParameter, ColumnElement, Connection, Row, and_, delete, false, not_, or_, select

from ...core.errors import NotStorable
from ...core.job import Job
from ...core.retry import next_attempt
from ...core.run import Due, EndedRun, Outcome, Run, Status, Trigger
from ..base import Retry, stand_in
from .claims.fast_path import FastPath
from .claims.short_runs import write_down
from .engine import Database
from .jobs.jobs import NO_SCHEDULE
from .requests import is_waiting, note
from .rows import freeing, from_sql, outcome_row, place, run_row, to_sql
from .statements import UNFINISHED, Statements
from .tables import Tables

#: of each end, what it changes
Rows = Sequence[Mapping[str, Any]]
T = TypeVar("T")


class Runs:
    """Records how runs ended, asks runs to stop, says what is tried again, and forgets what is old."""

    def __init__(self, database: Database, fast_path: FastPath | None) -> None:
        self._database = database
        self._fast_path = fast_path

    def finish(self, run: Run, outcome: Outcome) -> None:
        self.finish_all([EndedRun(run, outcome)])

    def finish_all(self, ended: Sequence[EndedRun]) -> None:
        with_rows(ended, partial(self._finish, ended))

    def _finish(self, ended: Sequence[EndedRun], rows: Rows) -> None:
        if self._fast_path is not None and self._fast_path.send(ended, rows) is not None:
            return
        database = self._database
        with database.transaction() as connection:
            recorded = record_ends(connection, database, ended, rows)
            for each in sorted(ended, key=lambda each: place(each.run.job)):
                set_free(connection, database.statements, each)
        for each in recorded:
            database.counts.finished(each.run, each.outcome)

    def unfinished(self, ids: Collection[str], jobs: Mapping[str, Job]) -> Sequence[Run]:
        tables = self._database.tables
        runs, leases = tables.runs, tables.jobs.c.lease
        columns = [
            runs.c[each] for each in ("id", "job", "due", "claimed", "attempt", "trigger", "arguments")
        ]
        wanted = and_(runs.c.id.in_(list(ids)), runs.c.status.in_(UNFINISHED))
        with self._database.transaction() as connection:
            connection.execute(write_down(tables, leases.in_(list(ids))))
            rows = connection.execute(select(*columns).where(wanted).order_by(runs.c.id)).all()
        return [_run_of(row, jobs.get(row.job)) for row in rows]

    def request_stop(self, run: str, reason: str, now: datetime, by: str | None) -> bool:
        table = self._database.tables.runs
        with self._database.transaction() as connection:
            values = {"the_run": run, "stop": reason}
            if connection.execute(self._database.statements.stop, values).rowcount != 1:
                return False
            if by is not None:
                job = connection.execute(select(table.c.job).where(table.c.id == run)).scalar_one()
                note(connection, self._database.tables, now, by, "stop", job, run)
        return True

    def stop_requests(self, runs: Collection[str]) -> Mapping[str, str]:
        if not runs:
            return {}
        table = self._database.tables.runs
        asked = and_(table.c.id.in_(list(runs)), table.c.stop.is_not(None))
        with self._database.transaction() as connection:
            rows = connection.execute(select(table.c.id, table.c.stop).where(asked)).all()
        return {row.id: row.stop for row in rows}

    def retries(self, jobs: Collection[str], now: datetime) -> Sequence[Retry]:
        runs, known = self._database.tables.runs, self._database.tables.jobs
        with self._database.transaction() as connection:
            rows = connection.execute(
                select(*(runs.c[each] for each in ("id", "job", "due", "status", "attempt", "arguments")))
                .join_from(runs, known, known.c.name == runs.c.job)
                .where(is_due_again(self._database.tables, to_sql(now)))
                .order_by(runs.c.retry_at)
            ).all()
        return [
            Retry(
                run=row.id,
                job=row.job,
                due=from_sql(row.due),
                attempt=next_attempt(Status(row.status), row.attempt),
                arguments=row.arguments,
            )
            for row in rows
            if row.job in jobs
        ]

    def prune(self, before: datetime, limit: int) -> int:
        runs = self._database.tables.runs
        later = runs.alias()
        newer = select(later.c.id).where(and_(later.c.job == runs.c.job, later.c.id > runs.c.id)).exists()
        known, added = self._database.tables.jobs, self._database.tables.dynamic_jobs
        no_more = ~select(known.c.name).where(known.c.name == runs.c.job).exists()
        old = and_(runs.c.finished < to_sql(before), runs.c.retry_at.is_(None), or_(newer, no_more))
        processes, events = self._database.tables.processes, self._database.tables.events
        with self._database.transaction() as connection:
            connection.execute(delete(added).where(added.c.removed < to_sql(before)))
            idle = and_(known.c.schedule == NO_SCHEDULE, known.c.lease.is_(None))
            connection.execute(delete(known).where(idle))
            done = and_(events.c.at < to_sql(before), not_(is_waiting(self._database.tables)))
            connection.execute(delete(events).where(done))
            connection.execute(delete(processes).where(processes.c.ended < to_sql(before)))
            ids = list(connection.execute(select(runs.c.id).where(old).limit(limit)).scalars())
            if ids:
                connection.execute(delete(runs).where(runs.c.id.in_(ids)))
        return len(ids)


def _run_of(row: Row[Any], job: Job | None) -> Run:
    due = from_sql(row.due)
    return Run(
        id=row.id,
        due=Due(job or stand_in(row.job, due), due),
        claimed=from_sql(row.claimed),
        attempt=row.attempt,
        trigger=Trigger(row.trigger),
        arguments=row.arguments,
    )


def with_rows(ended: Sequence[EndedRun], transact: Callable[[Rows], T]) -> T:
    """Do a transaction with the rows of the ends; again when the database does not keep all of Unicode."""
    try:
        return transact([outcome_row(each.outcome) for each in ended])
    except NotStorable:
        if not ended:
            raise
        return transact([outcome_row(each.outcome, "ascii") for each in ended])


def record_ends(
    connection: Connection, database: Database, ended: Sequence[EndedRun], rows: Rows
) -> list[EndedRun]:
    """Record how runs ended; return those of which that was not on record yet."""
    recorded = []
    for each, row in zip(ended, rows, strict=True):
        if each.run.is_short:  # there may be no record of it yet
            connection.execute(
                database.statements.record_late,
                run_row(each.run, database.process) | {"the_run": each.run.id},
            )
        if connection.execute(database.statements.finish, {**row, "the_run": each.run.id}).rowcount == 1:
            recorded.append(each)
    return recorded


def set_free(connection: Connection, statements: Statements, ended: EndedRun) -> None:
    """Take the lock and the lease away from a run that ended, if it has them."""
    for step in freeing(ended.run, ended.outcome):
        connection.execute(getattr(statements, step.statement), step.values)


def is_due_again(tables: Tables, now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Tell which runs, beside the rows of their jobs, are to be tried again now."""
    return and_(tables.runs.c.retry_at <= now, tables.jobs.c.paused == false())
