# do not pre-load
"""Runs that somebody wants now, and the record of who did what."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, insert, select, update

from ...core.run import new_run_id
from ...core.texts.storable import MAX_NAME, storable
from ..base import RunRequest
from ..records import RETRYABLE
from .engine import Database
from .rows import expired_request_row, from_sql, to_sql
from .tables import Tables

RUN, RUN_HERE, RETRY = "run", "run here", "try again"


class Requests:
    """Keeps run requests until a run is claimed for them, which the claims do; and who did what."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def request_run(self, job: str, now: datetime, by: str, arguments: str | None = None) -> RunRequest:
        with self._database.transaction() as connection:
            id_ = note(connection, self._database.tables, now, by, RUN, job, arguments=arguments)
        return RunRequest(id=id_, job=job, at=now, by=by, arguments=arguments)

    def request_runs(self, job: str, dues: Sequence[datetime], now: datetime, by: str) -> None:
        # the order of identifiers is that in which they are carried out
        ids = (new_run_id(now + number * timedelta(milliseconds=1)) for number in range(len(dues)))
        rows = [
            _event(id_, now, by, RUN, job) | {"due": to_sql(due)} for id_, due in zip(ids, dues, strict=True)
        ]
        if rows:
            with self._database.transaction() as connection:
                connection.execute(insert(self._database.tables.events), rows)

    def record_inline_run(
        self, job: str, due: datetime, now: datetime, by: str, arguments: str | None = None
    ) -> RunRequest:
        with self._database.transaction() as connection:
            id_ = note(connection, self._database.tables, now, by, RUN_HERE, job, arguments=arguments)
        return RunRequest(id=id_, job=job, at=due, by=by, arguments=arguments)

    def run_requests(self) -> Sequence[RunRequest]:
        events = self._database.tables.events
        with self._database.transaction() as connection:
            rows = connection.execute(
                select(events).where(is_waiting(self._database.tables)).order_by(events.c.id)
            ).all()
        return [_run_request(row) for row in rows]

    def expire_run_requests(self, before: datetime, now: datetime) -> Sequence[RunRequest]:
        events = self._database.tables.events
        old = and_(is_waiting(self._database.tables), events.c.at < to_sql(before))
        with self._database.transaction() as connection:
            rows = connection.execute(select(events).where(old).order_by(events.c.id)).all()
            return [_run_request(row) for row in rows if self._give_up(connection, _run_request(row), now)]

    def _give_up(self, connection: Connection, run_request: RunRequest, now: datetime) -> bool:
        record = new_run_id(now)
        values = {"the_request": run_request.id, "the_run": record}
        if connection.execute(self._database.statements.take_request, values).rowcount != 1:
            return False
        connection.execute(self._database.statements.record, expired_request_row(run_request, record, now))
        return True

    def retry(self, run: str, now: datetime, by: str) -> bool:
        runs = self._database.tables.runs
        failed = runs.c.status.in_([status.value for status in RETRYABLE])
        wanted = and_(runs.c.id == run, failed, runs.c.retried.is_(None))
        with self._database.transaction() as connection:
            again = update(runs).where(wanted).values(retry_at=to_sql(now))
            if connection.execute(again).rowcount != 1:
                return False
            job = connection.execute(select(runs.c.job).where(runs.c.id == run)).scalar_one()
            note(connection, self._database.tables, now, by, RETRY, job, run)
        return True


def note(  # noqa: PLR0913, PLR0917 - who did what, when, to what
    connection: Connection,
    tables: Tables,
    now: datetime,
    by: str,
    action: str,
    job: str,
    run: str | None = None,
    arguments: str | None = None,
    why: str | None = None,
) -> str:
    """Put on record who did what, in the transaction in which it is done; return the identifier of the event."""
    id_ = new_run_id(now)
    more = {"run": run, "arguments": arguments, "note": why}
    connection.execute(insert(tables.events), _event(id_, now, by, action, job) | more)
    return id_


def _event(id_: str, now: datetime, by: str, action: str, job: str) -> dict[str, Any]:
    return {
        "id": id_,
        "at": to_sql(now),
        "actor": storable(by, MAX_NAME),
        "action": action,
        "job": job,
    }


def is_waiting(tables: Tables) -> ColumnElement[bool]:
    """Tell which events are run requests that no run has been claimed for."""
    return and_(tables.events.c.run.is_(None), tables.events.c.action == RUN)


def _run_request(row: Row[Any]) -> RunRequest:
    due = row.due and from_sql(row.due)
    return RunRequest(
        id=row.id, job=row.job, at=from_sql(row.at), by=row.actor, arguments=row.arguments, due=due
    )
