# do not pre-load
"""The store in a database in memory."""

from __future__ import annotations

import sqlite3
import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from sqlalchemy import Connection, delete, select, text

from ..core.errors import StoreUnavailable
from ..store.records import RunRecord
from ..store.sql.engine import Database, make_engine
from ..store.sql.history import run_record
from ..store.sql.store import SqlStore
from ..store.sql.tables import define

#: compiled statements of all worlds
_COMPILED: dict[Any, Any] = {}


class MemoryWorld:
    """A database in memory, which servers share; each has a MemoryStore of its own to reach it."""

    def __init__(self) -> None:
        engine = make_engine("sqlite://")
        self.engine = engine.execution_options(compiled_cache=_COMPILED)
        #: SQLite has a database in memory for each connection: here is one, which all threads use in turn
        self.lock = threading.RLock()
        #: while true, every store raises StoreUnavailable
        self.away = False
        connection: Any = engine.raw_connection()
        _empty_database().backup(connection.driver_connection)
        weakref.finalize(self, engine.dispose)

    def records(self) -> Sequence[RunRecord]:
        """Return all records of runs in the order in which they were made, also while `away`."""
        with self.lock, self.engine.begin() as connection:
            rows = connection.execute(select(define("").runs).order_by(text("rowid"))).all()
        return [run_record(row) for row in rows]

    def lose(self, job: str) -> None:
        """Delete the row of a job, as somebody might by hand."""
        jobs = define("").jobs
        with self.lock, self.engine.begin() as connection:
            connection.execute(delete(jobs).where(jobs.c.name == job))


class MemoryStore(SqlStore):
    """The store of one process, in memory."""

    def __init__(self, world: MemoryWorld | None = None) -> None:
        self.world = world or MemoryWorld()
        super().__init__(_MemoryDatabase(self.world))


class _MemoryDatabase(Database):
    def __init__(self, world: MemoryWorld) -> None:
        super().__init__(world.engine, "")
        self._world = world

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        if self._world.away:
            raise StoreUnavailable("the memory is away")
        with self._world.lock, super().transaction() as connection:
            yield connection


@cache
def _empty_database() -> sqlite3.Connection:
    """Make the tables once: copying them takes a hundredth of the time."""
    engine = make_engine("sqlite://")
    define("").jobs.metadata.create_all(engine)
    connection: Any = engine.raw_connection()
    made: sqlite3.Connection = connection.driver_connection
    return made
