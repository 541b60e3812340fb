# do not pre-load
"""Pauses: of one job, and of everything at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, and_, false, or_, select, true, update

from ....core.errors import RowsLocked, StoreUnavailable
from ....core.run import Status, Trigger
from ....core.texts.storable import MAX_NAME, MAX_REASON, storable
from ...records import Pause
from ..engine import Database, in_any_encoding, insert_missing, is_deadlock
from ..requests import note as record
from ..rows import from_sql, to_sql
from ..tables import Tables

PAUSE, RESUME, PAUSE_ALL, RESUME_ALL = "pause", "resume", "pause all", "resume all"
#: the only row of its table
GENERAL = 1
#: how often a change to all rows is tried that comes in the way of claims
TRIES = 5
_NOBODY: dict[str, Any] = {"paused_at": None, "paused_by": None, "pause_note": None}
#: the columns of a job that is not paused
NOT_PAUSED: dict[str, Any] = {"paused": False, "paused_with_all": False, **_NOBODY}
T = TypeVar("T")


class Pauses:
    """Pauses and resumes jobs: a mark in the row of each, which its claims look at (C19, C25)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def pause(self, job: str, now: datetime, by: str, note: str | None = None) -> bool:
        return _in_words(note, lambda words: self._pause(job, now, by, words))

    def _pause(self, job: str, now: datetime, by: str, note: str | None) -> bool:
        table = self._database.tables.jobs
        # one that is paused with all stays paused when that ends
        going = and_(table.c.name == job, or_(table.c.paused == false(), table.c.paused_with_all == true()))
        values = {"paused": True, "paused_with_all": False, **_columns(now, by, note)}
        with self._database.transaction() as connection:
            if connection.execute(update(table).where(going).values(values)).rowcount != 1:
                return False
            record(connection, self._database.tables, now, by, PAUSE, job, why=note)
        return True

    def resume(self, job: str, now: datetime, by: str) -> bool:
        table = self._database.tables.jobs
        paused = and_(table.c.name == job, table.c.paused == true())
        with self._database.transaction() as connection:
            if _general_pause(connection, self._database.tables) is not None:
                return False
            values = {**NOT_PAUSED, "resumed_at": to_sql(now)}
            if connection.execute(update(table).where(paused).values(values)).rowcount != 1:
                return False
            record(connection, self._database.tables, now, by, RESUME, job)
        return True

    def pause_all(self, now: datetime, by: str, note: str | None = None) -> bool:
        return _in_words(note, lambda words: _unhindered(lambda: self._pause_all(now, by, words)))

    def _pause_all(self, now: datetime, by: str, note: str | None) -> bool:
        general, jobs = self._database.tables.general_pause, self._database.tables.jobs
        columns = _columns(now, by, note)
        with self._database.transaction() as connection:
            insert_missing(connection, general, [{"id": GENERAL}])
            off = and_(general.c.id == GENERAL, general.c.paused_at.is_(None))
            if connection.execute(update(general).where(off).values(columns)).rowcount != 1:
                return False
            values = {"paused": True, "paused_with_all": True, **columns}
            connection.execute(update(jobs).where(jobs.c.paused == false()).values(values))
            record(connection, self._database.tables, now, by, PAUSE_ALL, "", why=note)
        return True

    def resume_all(self, now: datetime, by: str) -> bool:
        return _unhindered(lambda: self._resume_all(now, by))

    def _resume_all(self, now: datetime, by: str) -> bool:
        general, jobs = self._database.tables.general_pause, self._database.tables.jobs
        with self._database.transaction() as connection:
            on = and_(general.c.id == GENERAL, general.c.paused_at.is_not(None))
            if connection.execute(update(general).where(on).values(id=GENERAL)).rowcount != 1:
                return False
            self._give_time(connection, now)
            connection.execute(update(general).values(_NOBODY))
            values = {**NOT_PAUSED, "resumed_at": to_sql(now)}
            connection.execute(update(jobs).where(jobs.c.paused_with_all == true()).values(values))
            record(connection, self._database.tables, now, by, RESUME_ALL, "")
        return True

    def _give_time(self, connection: Connection, now: datetime) -> None:
        """Let runs that wait for a Celery worker wait longer by the length of the pause; call before it ends."""
        runs, general = self._database.tables.runs, self._database.tables.general_pause
        waiting = and_(runs.c.process.is_(None), runs.c.expires.is_not(None))
        waiting = and_(waiting, runs.c.status == Status.RUNNING.value, is_held_up(self._database.tables))
        since = connection.execute(select(general.c.paused_at).where(general.c.id == GENERAL)).scalar_one()
        found = select(runs.c.id, runs.c.expires).where(waiting).order_by(runs.c.id)
        for row in connection.execute(found).all():
            more = {"expires": row.expires + (to_sql(now) - since), "send_again": to_sql(now)}
            connection.execute(update(runs).where(and_(runs.c.id == row.id, waiting)).values(more))

    def general_pause(self) -> Pause | None:
        general = self._database.tables.general_pause
        on = and_(general.c.id == GENERAL, general.c.paused_at.is_not(None))
        with self._database.transaction() as connection:
            row = connection.execute(select(general).where(on)).first()
        return None if row is None else _pause(row, of_all=True)


def with_all(connection: Connection, tables: Tables) -> dict[str, Any]:
    """Return the columns that a new job has while everything is paused; else none."""
    row = _general_pause(connection, tables)
    if row is None:
        return {}
    return {"paused": True, "paused_with_all": True, **{name: row._mapping[name] for name in _NOBODY}}


def pause_of(row: Row[Any]) -> Pause:
    """Return the pause of a job that is paused."""
    return _pause(row, of_all=bool(row.paused_with_all))


def is_held_up(tables: Tables) -> ColumnElement[bool]:
    """Tell which runs no Celery worker may begin, because everything is paused; those that people want, it may."""
    jobs, runs = tables.jobs, tables.runs
    held = and_(jobs.c.name == runs.c.job, jobs.c.paused_with_all == true())
    return and_(runs.c.trigger != Trigger.MANUAL.value, select(jobs.c.name).where(held).exists())


def _general_pause(connection: Connection, tables: Tables) -> Row[Any] | None:
    """Return the general pause, if there is one, and keep it from beginning or ending in this transaction."""
    general = tables.general_pause
    # shared: those that add jobs do not wait for each other
    found = select(general).where(general.c.id == GENERAL).with_for_update(read=True)
    row = connection.execute(found).first()
    if row is None:  # there must be one to hold
        insert_missing(connection, general, [{"id": GENERAL}])
        row = connection.execute(found).first()
    return None if row is None or row.paused_at is None else row


def _columns(now: datetime, by: str, note: str | None) -> dict[str, Any]:
    return {"paused_at": to_sql(now), "paused_by": storable(by, MAX_NAME), "pause_note": note}


def _pause(row: Row[Any], *, of_all: bool) -> Pause:
    at = row.paused_at and from_sql(row.paused_at)
    return Pause(at=at, by=row.paused_by, note=row.pause_note, of_all=of_all)


def _in_words(note: str | None, do: Callable[[str | None], T]) -> T:
    """Do something with a note; without the characters that the database has not, if there are any."""
    if note is None:
        return do(None)
    return in_any_encoding(lambda encoding: do(storable(note, MAX_REASON, encoding)))


def _unhindered(change: Callable[[], T]) -> T:
    """Change many rows; again when claims, which take them in another order, came in the way."""
    for _ in range(TRIES - 1):
        try:
            return change()
        except RowsLocked:
            continue
        except StoreUnavailable as error:
            if not is_deadlock(getattr(error.__cause__, "orig", None)):
                raise
    return change()
