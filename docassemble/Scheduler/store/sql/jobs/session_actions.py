# do not pre-load
"""Actions that wait in sessions of interviews: rows that nobody looks at until one is nearly due."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Row,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)

from ....core.session_action import AHEAD, Place, SessionAction
from ....core.texts.storable import MAX_NAME, storable
from ...base import TakenAction, WaitingAction, WaitingActions
from ...records import PAGE
from ..engine import Database
from ..rows import from_sql, to_sql
from ..tables import Tables
from .dynamic_jobs import DynamicJobs


class SessionActions:
    """Keeps the actions that wait in sessions.

    Whatever changes one changes its row first, and then that of the job that it has become.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._jobs = DynamicJobs(database)

    def schedule_action(self, action: SessionAction, *, now: datetime, by: str, most: int) -> bool:
        table, name = self._database.tables.session_actions, action.job
        row = {
            "place": action.place.key,
            "interview": action.interview,
            "action": action.packed(),
            "due": to_sql(action.first),
            "wake_at": to_sql(action.first - AHEAD),
            "at": to_sql(now),
            "actor": storable(by, MAX_NAME),
            "version": secrets.randbits(31),
        }
        with self._database.transaction() as connection:
            if connection.execute(update(table).where(table.c.name == name).values(row)).rowcount == 1:
                self._jobs.remove(connection, name, now)
                return True
            others = select(func.count()).where(table.c.place == row["place"])
            if connection.execute(others).scalar_one() >= most:
                return False
            connection.execute(insert(table).values({**row, "name": name}))
            # one that was due for the last time, and is running or waits to be retried
            self._jobs.remove(connection, name, now)
        return True

    def cancel_action(self, name: str, now: datetime) -> bool:
        table = self._database.tables.session_actions
        with self._database.transaction() as connection:
            was_there = connection.execute(delete(table).where(table.c.name == name)).rowcount == 1
            return self._jobs.remove(connection, name, now) or was_there

    def actions_of(self, place: Place) -> Sequence[WaitingAction]:
        table = self._database.tables.session_actions
        found = select(table).where(table.c.place == place.key).order_by(table.c.due, table.c.name)
        with self._database.transaction() as connection:
            return [_waiting_action(row) for row in connection.execute(found)]

    def near_actions(self, now: datetime, limit: int) -> Sequence[WaitingAction]:
        table = self._database.tables.session_actions
        found = select(table).where(is_near(self._database.tables, to_sql(now)))
        with self._database.transaction() as connection:
            rows = connection.execute(found.order_by(table.c.wake_at, table.c.name).limit(limit))
            return [_waiting_action(row) for row in rows]

    def make_jobs_of(self, taken: Sequence[TakenAction], now: datetime) -> int:
        with self._database.transaction() as connection:
            ours = self._take(connection, taken)
            self._jobs.become(connection, ours, now)
        return len(ours)

    def _take(self, connection: Connection, taken: Sequence[TakenAction]) -> list[TakenAction]:
        """Note that actions become jobs; return those of which nobody else has done so, or changed them (C28)."""
        table, version = self._database.tables.session_actions, secrets.randbits(31)
        as_found = tuple_(table.c.name, table.c.version).in_(
            [(each.job.name, each.waiting.version) for each in taken]
        )
        connection.execute(update(table).where(as_found).values(version=version, wake_at=None))
        names = [each.job.name for each in taken]
        ours = select(table.c.name).where(table.c.name.in_(names), table.c.version == version)
        found = set(connection.execute(ours).scalars())
        for each in taken:
            if each.job.name in found and each.following is not None:
                row = {"due": to_sql(each.following), "wake_at": to_sql(each.following - AHEAD)}
                connection.execute(update(table).where(table.c.name == each.job.name).values(row))
        return [each for each in taken if each.job.name in found]

    def waiting_actions(
        self, *, interview: str | None = None, after: tuple[datetime, str] | None = None, limit: int = PAGE
    ) -> Sequence[WaitingAction]:
        table = self._database.tables.session_actions
        found = select(table).where(table.c.wake_at.is_not(None))
        if interview is not None:
            found = found.where(table.c.interview == interview)
        if after is not None:
            wake_at, name = to_sql(after[0] - AHEAD), after[1]
            later = and_(table.c.wake_at == wake_at, table.c.name > name)
            found = found.where(or_(table.c.wake_at > wake_at, later))
        with self._database.transaction() as connection:
            rows = connection.execute(found.order_by(table.c.wake_at, table.c.name).limit(limit))
            return [_waiting_action(row) for row in rows]

    def count_actions(self) -> WaitingActions:
        table = self._database.tables.session_actions
        asked = select(
            func.count(table.c.wake_at).label("number"), func.min(table.c.wake_at).label("nearest")
        )
        with self._database.transaction() as connection:
            row = connection.execute(asked).one()
        first = row.nearest and from_sql(row.nearest) + AHEAD
        return WaitingActions(count=row.number, next_due=first)


def is_near(tables: Tables, now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Tell which actions are to become jobs."""
    return tables.session_actions.c.wake_at <= now


def _waiting_action(row: Row[Any]) -> WaitingAction:
    return WaitingAction(
        action=SessionAction.unpacked(row.action),
        due=from_sql(row.due),
        is_waiting=row.wake_at is not None,
        at=from_sql(row.at),
        by=row.actor,
        version=row.version,
    )
