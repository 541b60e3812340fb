# do not pre-load
"""Jobs that are added at run time."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    delete,
    func,
    insert,
    not_,
    or_,
    select,
    update,
)

from ....core.job import Job
from ....core.run import Status
from ....core.session_action import is_session_action
from ....core.texts.storable import MAX_NAME, storable
from ...base import DynamicJob, TakenAction
from ..engine import Database, insert_missing, inserting_missing
from ..requests import is_waiting, note
from ..rows import from_sql, job_row, to_sql
from ..tables import Tables
from .jobs import NO_SCHEDULE, insert_locks
from .pauses import NOT_PAUSED, with_all

ADD, CANCEL = "add", "cancel"


class DynamicJobs:
    """Keeps the jobs that were added; those that were taken away stay for a while, for people."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, job: Job, definition: str, *, since: datetime, now: datetime, by: str) -> None:
        row = _row(definition, now, by)
        with self._database.transaction() as connection:
            self._insert_lock(connection, job)
            is_new = self._insert(connection, job.name, row)
            if not is_new:
                self._replace(connection, job.name, row, before=None)
            self._take_up(connection, job, row, since, is_new=is_new)
            note(connection, self._database.tables, now, by, ADD, job.name)

    def put(  # noqa: PLR0913 - as the protocol has it
        self, job: Job, definition: str, *, since: datetime, now: datetime, by: str, before: int | None
    ) -> bool:
        row = _row(definition, now, by)
        with self._database.transaction() as connection:
            self._insert_lock(connection, job)
            if before is None:
                is_done = self._insert(connection, job.name, row)
            else:
                is_done = self._replace(connection, job.name, row, before)
            if is_done:
                self._take_up(connection, job, row, since, is_new=before is None)
                note(connection, self._database.tables, now, by, ADD, job.name)
        return is_done

    def _insert_lock(self, connection: Connection, job: Job) -> None:
        insert_locks(connection, self._database.tables, {job.lock} if job.lock is not None else set())

    def _insert(self, connection: Connection, name: str, row: dict[str, Any]) -> bool:
        """Insert a row, or take the one of a job that is no more; return False when there is a job."""
        table = self._database.tables.dynamic_jobs
        insert_missing(connection, table, [{**row, "name": name, "removed": row["at"]}])
        new = and_(table.c.name == name, table.c.removed.is_not(None))
        return connection.execute(update(table).where(new).values(row)).rowcount == 1

    def _replace(self, connection: Connection, name: str, row: dict[str, Any], before: int | None) -> bool:
        """Replace the row of a job; with `before`, return False when it is another version that is there."""
        table = self._database.tables.dynamic_jobs
        same = table.c.name == name
        if before is not None:
            same = and_(same, table.c.removed.is_(None), table.c.version == before)
        return connection.execute(update(table).where(same).values(row)).rowcount == 1

    def _take_up(
        self, connection: Connection, job: Job, row: dict[str, Any], since: datetime, *, is_new: bool
    ) -> None:
        """Let servers claim a job in its new version."""
        tables = self._database.tables
        self._begin(connection, job, since, is_new=is_new)
        current = (
            update(tables.jobs)
            .where(tables.jobs.c.name == job.name)
            .values(version=row["version"], problem=None)
        )
        connection.execute(current)

    def _begin(self, connection: Connection, job: Job, since: datetime, *, is_new: bool) -> None:
        """Let an added job be due after `since`, unless it was there before, with the same schedule."""
        table, row = self._database.tables.jobs, job_row(job, since)
        pause = with_all(connection, self._database.tables)
        other = table.c.name == job.name
        if is_new:
            changed = row | _FORGOTTEN | pause
        else:
            other = and_(other, table.c.schedule != job.fingerprint)
            changed = {name: value for name, value in row.items() if name != "paused"}
        # in this order: the pruning deletes rows of jobs that are no more
        if connection.execute(update(table).where(other).values(changed)).rowcount == 0:
            insert_missing(connection, table, [row | pause])

    def cancel(self, name: str, now: datetime, by: str, version: int | None = None) -> bool:
        table = self._database.tables.dynamic_jobs
        there = and_(table.c.name == name, table.c.removed.is_(None))
        if version is not None:
            there = and_(there, table.c.version == version)
        with self._database.transaction() as connection:
            was_waiting = is_session_action(name) and self._forget_action(connection, name)
            if not self._take_away(connection, name, there, now) and not was_waiting:
                return False
            note(connection, self._database.tables, now, by, CANCEL, name)
        return True

    def retire(self, jobs: Collection[str], now: datetime) -> Sequence[str]:
        table, known = self._database.tables.dynamic_jobs, self._database.tables.jobs
        runs, events = self._database.tables.runs, self._database.tables.events
        running_runs = or_(runs.c.status == Status.RUNNING.value, runs.c.retry_at.is_not(None))
        busy = select(runs.c.id).where(and_(runs.c.job == table.c.name, running_runs)).exists()
        requested = select(events.c.id).where(
            and_(events.c.job == table.c.name, is_waiting(self._database.tables))
        )
        over = and_(table.c.removed.is_(None), known.c.next_due.is_(None), known.c.lease.is_(None))
        with self._database.transaction() as connection:
            rows = connection.execute(
                select(table.c.name, table.c.version)
                .join_from(table, known, known.c.name == table.c.name)
                .where(and_(over, not_(busy), not_(requested.exists())))
                .order_by(table.c.name)
            ).all()
            return [
                row.name
                for row in rows
                if row.name in jobs and self._retire(connection, row.name, row.version, now)
            ]

    def _retire(self, connection: Connection, name: str, version: int, now: datetime) -> bool:
        table = self._database.tables.dynamic_jobs
        same = and_(table.c.name == name, table.c.removed.is_(None), table.c.version == version)
        if is_session_action(name):  # its row first, as whatever else changes both
            actions = self._database.tables.session_actions
            self._forget_action(connection, name, actions.c.wake_at.is_(None))
        return self._take_away(connection, name, same, now)

    def _take_away(
        self, connection: Connection, name: str, there: ColumnElement[bool], now: datetime
    ) -> bool:
        """Take a job away if `there`; of an action in a session no row stays, because there may be thousands."""
        table = self._database.tables.dynamic_jobs
        gone = update(table).where(there).values(removed=to_sql(now))
        if connection.execute(delete(table).where(there) if is_session_action(name) else gone).rowcount != 1:
            return False
        self._let_go(connection, name)
        return True

    def _forget_action(self, connection: Connection, name: str, *which: ColumnElement[bool]) -> bool:
        """Forget the action in a session that a job was or would become; return whether there was one."""
        actions = self._database.tables.session_actions
        return connection.execute(delete(actions).where(actions.c.name == name, *which)).rowcount == 1

    def become(self, connection: Connection, taken: Sequence[TakenAction], now: datetime) -> None:
        """Let actions in sessions be added jobs, in the place of those that they were at their last due times.

        In a few statements, however many they are: many people are reminded at nine o'clock.
        """
        if not taken:
            return
        tables, names = self._database.tables, [each.job.name for each in taken]
        table, known = tables.dynamic_jobs, tables.jobs
        rows = {each.job.name: _row(each.definition, now, each.waiting.by) for each in taken}
        connection.execute(delete(table).where(table.c.name.in_(names)))
        connection.execute(insert(table).values([{**row, "name": name} for name, row in rows.items()]))
        pause = with_all(connection, tables)
        connection.execute(delete(known).where(known.c.name.in_(names), known.c.lease.is_(None)))
        begun = [
            job_row(each.job, each.since) | pause | {"version": rows[each.job.name]["version"]}
            for each in taken
        ]
        connection.execute(inserting_missing(connection, known).values(begun))
        running = select(known.c.name).where(known.c.name.in_(names), known.c.lease.is_not(None))
        for name in list(connection.execute(running).scalars()):
            (each,) = (each for each in taken if each.job.name == name)
            self._take_up(connection, each.job, rows[name], each.since, is_new=True)

    def remove(self, connection: Connection, name: str, now: datetime) -> bool:
        """Take an added job away, in the transaction of something else; False when there is none."""
        table = self._database.tables.dynamic_jobs
        return self._take_away(connection, name, and_(table.c.name == name, table.c.removed.is_(None)), now)

    def _let_go(self, connection: Connection, name: str) -> None:
        """Let nothing of a job be claimed any more, on no server."""
        known, runs = self._database.tables.jobs, self._database.tables.runs
        row = {"schedule": NO_SCHEDULE, "version": None, "next_due": None, **_FORGOTTEN}
        connection.execute(update(known).where(known.c.name == name).values(row))
        again = and_(runs.c.job == name, runs.c.retry_at.is_not(None))
        connection.execute(update(runs).where(again).values(retry_at=None))

    def dynamic_jobs(self) -> Sequence[DynamicJob]:
        table = self._database.tables.dynamic_jobs
        with self._database.transaction() as connection:
            found = self._with_cursors().where(table.c.removed.is_(None)).order_by(table.c.name)
            return [_dynamic_job(row) for row in connection.execute(found)]

    def dynamic_job(self, name: str) -> DynamicJob | None:
        found = self._with_cursors().where(self._database.tables.dynamic_jobs.c.name == name)
        with self._database.transaction() as connection:
            row = connection.execute(found).first()
        return None if row is None else _dynamic_job(row)

    def _with_cursors(self) -> Select[Any]:
        table, known = self._database.tables.dynamic_jobs, self._database.tables.jobs
        return select(table, known.c.cursor_at).join_from(
            table, known, known.c.name == table.c.name, isouter=True
        )

    def dynamic_jobs_etag(self) -> str:
        with self._database.transaction() as connection:
            return etag_of(connection.execute(etag_query(self._database.tables)).one())


def _dynamic_job(row: Row[Any]) -> DynamicJob:
    return DynamicJob(
        name=row.name,
        definition=row.definition,
        at=from_sql(row.at),
        by=row.actor,
        version=row.version,
        cursor=row.cursor_at and from_sql(row.cursor_at),
        removed=row.removed and from_sql(row.removed),
    )


def _row(definition: str, now: datetime, by: str) -> dict[str, Any]:
    return {
        "definition": definition,
        "at": to_sql(now),
        "actor": storable(by, MAX_NAME),
        "version": secrets.randbits(31),
        "removed": None,
    }


def etag_query(tables: Tables) -> Select[Any]:
    """Ask for what `etag_of` needs."""
    added = tables.dynamic_jobs
    versions = func.coalesce(func.sum(added.c.version), 0)
    return select(func.count().label("added"), versions.label("versions")).where(added.c.removed.is_(None))


def etag_of(row: Row[Any]) -> str:
    """Return what is another text whenever a job has been added, replaced or taken away."""
    return f"{row.added} {int(row.versions)}"


#: what a job that is added has nothing to do with, although its name was used before
_FORGOTTEN: dict[str, Any] = {
    **NOT_PAUSED,
    "resumed_at": None,
    "failures": 0,
    "unreported_failures": 0,
    "alerted": False,
    "alerted_at": None,
}
