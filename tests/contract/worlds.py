"""Databases of each kind that stores share, and what stands in them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, inspect, select

from docassemble.Scheduler.store.sql.engine import Database, make_engine
from docassemble.Scheduler.store.sql.rows import from_sql
from docassemble.Scheduler.store.sql.store import SqlStore
from docassemble.Scheduler.store.sql.tables import define
from docassemble.Scheduler.testing import MemoryStore, MemoryWorld


@dataclass(frozen=True)
class Record:
    """A row of runs, as all databases have it."""

    run: str | None
    job: str
    due: datetime
    until: datetime
    attempt: int
    status: str
    reason: str | None
    finished: datetime | None
    retry_at: datetime | None
    stop: str | None

    @classmethod
    def of_row(cls, row):
        return cls(
            run=None if row.due_until else row.id,
            job=row.job,
            due=from_sql(row.due),
            until=from_sql(row.due_until or row.due),
            attempt=row.attempt,
            status=row.status,
            reason=row.reason,
            finished=row.finished and from_sql(row.finished),
            retry_at=row.retry_at and from_sql(row.retry_at),
            stop=row.stop,
        )


class World:
    """A database that stores share; each call makes the store of one more server."""

    def __init__(self, kind, url, prefix):
        self.url = url
        self.kind = kind
        self.prefix = prefix
        self._engines = []

    def engine(self):
        # PyMySQL reads all certificates of the machine for each connection, unless it is told that it needs none
        options = {"ssl_disabled": True} if self.kind == "mariadb" else {}
        self._engines.append(make_engine(self.url, options))
        return self._engines[-1]

    @property
    def _reader(self):
        return self._engines[0] if self._engines else self.engine()

    def store(self):
        store = SqlStore(Database(self.engine(), self.prefix))
        store.upgrade()
        return store

    def records(self):
        """Return every row of runs and of due times that were not run, in the order of their claims."""
        table = define(self.prefix).runs
        with self._reader.begin() as connection:
            rows = connection.execute(
                select(table).order_by(table.c.claimed, table.c.attempt, table.c.id)
            ).all()
        return [Record.of_row(row) for row in rows]

    def lose(self, name, table="jobs"):
        """Delete the row of a job or lock, as somebody might by hand."""
        found = getattr(define(self.prefix), table)
        with self._reader.begin() as connection:
            assert connection.execute(delete(found).where(found.c.name == name)).rowcount == 1

    def holders(self):
        """Return the runs that hold a job or a lock."""
        tables = define(self.prefix)
        with self._reader.begin() as connection:
            return sorted(
                run
                for table in (tables.jobs, tables.locks)
                for run in connection.execute(
                    select(table.c.lease).where(table.c.lease.is_not(None))
                ).scalars()
            )

    def next_dues(self):
        """Return when each job is due next, as the database tells people."""
        table = define(self.prefix).jobs
        with self._reader.begin() as connection:
            rows = connection.execute(select(table.c.name, table.c.next_due)).all()
        return {row.name: row.next_due and from_sql(row.next_due) for row in rows}

    def events(self):
        """Return who did what."""
        table = define(self.prefix).events
        with self._reader.begin() as connection:
            rows = connection.execute(select(table).order_by(table.c.at)).all()
        return [(from_sql(row.at), row.actor, row.action, row.job, row.run) for row in rows]

    def empty(self):
        """Empty the tables, and forget who used them."""
        if self._engines:
            with self._reader.begin() as connection:
                there = inspect(connection).get_table_names()
                for table in define(self.prefix).jobs.metadata.sorted_tables:
                    if table.name in there:
                        connection.execute(delete(table))
        for engine in self._engines:
            engine.dispose()
        self._engines.clear()


class InMemory(World):
    """The database in memory that unit tests use."""

    def __init__(self):
        super().__init__("sqlite", "", "")
        self._memory = MemoryWorld()

    def engine(self):
        return self._memory.engine

    def store(self):
        return MemoryStore(self._memory)
