# do not pre-load
"""Runs that somebody wants now, and the record of who did what."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, insert, select, update

from ...core.run import new_run_id
from ...core.storable import LONGEST_NAME, storable
from ..base import Order
from ..records import FAILURES
from .engine import Database
from .rows import expired_order_row
from .tables import Tables, from_sql, to_sql

ORDER, ORDER_HERE, TRY_AGAIN = "run", "run here", "try again"


class Requests:
    """Keeps orders until a run is claimed for them, which the claims do; and who did what."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def order(self, job: str, now: datetime, by: str, arguments: str | None = None) -> Order:
        """Order a run of a job."""
        with self._database.transaction() as connection:
            id_ = note(connection, self._database.tables, now, by, ORDER, job, arguments=arguments)
        return Order(id=id_, job=job, at=now, by=by, arguments=arguments)

    def order_here(
        self, job: str, due: datetime, now: datetime, by: str, arguments: str | None = None
    ) -> Order:
        """Put on record that the caller will run a job himself, for a due time of his choice."""
        with self._database.transaction() as connection:
            id_ = note(connection, self._database.tables, now, by, ORDER_HERE, job, arguments=arguments)
        return Order(id=id_, job=job, at=due, by=by, arguments=arguments)

    def orders(self) -> Sequence[Order]:
        """Return the orders that no run has been claimed for, oldest first."""
        events = self._database.tables.events
        with self._database.transaction() as connection:
            rows = connection.execute(
                select(events).where(is_waiting(self._database.tables)).order_by(events.c.id)
            ).all()
        return [_order(row) for row in rows]

    def give_up_orders(self, before: datetime, now: datetime) -> Sequence[Order]:
        """End the orders as missed that were given before and not carried out. Only one caller gets each."""
        events = self._database.tables.events
        old = and_(is_waiting(self._database.tables), events.c.at < to_sql(before))
        with self._database.transaction() as connection:
            rows = connection.execute(select(events).where(old).order_by(events.c.id)).all()
            return [_order(row) for row in rows if self._give_up(connection, _order(row), now)]

    def _give_up(self, connection: Connection, order: Order, now: datetime) -> bool:
        record = new_run_id(now)
        values = {"the_order": order.id, "the_run": record}
        if connection.execute(self._database.statements.take_order, values).rowcount != 1:
            return False
        connection.execute(self._database.statements.record, expired_order_row(order, record, now))
        return True

    def try_again(self, run: str, now: datetime, by: str) -> bool:
        """Let a run be tried again now that ended badly and has not been tried again; False when it is not so."""
        runs = self._database.tables.runs
        failed = runs.c.status.in_([status.value for status in FAILURES])
        wanted = and_(runs.c.id == run, failed, runs.c.retried.is_(None))
        with self._database.transaction() as connection:
            again = update(runs).where(wanted).values(retry_at=to_sql(now))
            if connection.execute(again).rowcount != 1:
                return False
            job = connection.execute(select(runs.c.job).where(runs.c.id == run)).scalar_one()
            note(connection, self._database.tables, now, by, TRY_AGAIN, job, run)
        return True


def note(  # noqa: PLR0913, PLR0917 - who did what, when, to what
    connection: Connection,
    tables: Tables,
    now: datetime,
    by: str,
    what: str,
    job: str,
    run: str | None = None,
    arguments: str | None = None,
) -> str:
    """Put on record who did what, in the transaction in which it is done; return the identifier of the event."""
    row: dict[str, Any] = {
        "id": new_run_id(now),
        "at": to_sql(now),
        "who": storable(by, LONGEST_NAME),
        "what": what,
        "job": job,
        "run": run,
        "arguments": arguments,
    }
    connection.execute(insert(tables.events), row)
    return str(row["id"])


def is_waiting(tables: Tables) -> ColumnElement[bool]:
    """Tell which events are orders that no run has been claimed for."""
    return and_(tables.events.c.run.is_(None), tables.events.c.what == ORDER)


def _order(row: Row[Any]) -> Order:
    return Order(id=row.id, job=row.job, at=from_sql(row.at), by=row.who, arguments=row.arguments)
