# do not pre-load
"""The database: connections with time limits, transactions, statements in the log, what a failure means."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from sqlalchemy import (
    ARRAY,
    Connection,
    Engine,
    Table,
    TableValuedAlias,
    bindparam,
    column,
    create_engine,
    event,
    func,
)
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DataError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from ...core.clock import Clock
from ...core.errors import NotStorable, RowsLocked, StoreUnavailable
from ...core.texts.text import cut
from ..base import Process
from ..counters import RunCounter
from .statements import build
from .tables import define

T = TypeVar("T")

#: how long to wait for a row that somebody has locked (seconds): each of our own transactions takes milliseconds
LOCK_TIMEOUT = 1
#: what is raised; the second is the driver's, for a character that the database's encoding does not have
_OF_DRIVERS = (SQLAlchemyError, UnicodeEncodeError)
#: what drivers say when a lock is not to be had in time
_LOCKED_IN_POSTGRESQL, _LOCKED_IN_MYSQL = "55P03", (1205,)
#: and when two transactions wait for each other
_DEADLOCK_IN_POSTGRESQL, _DEADLOCK_IN_MYSQL = "40P01", (1213,)
#: how much of a statement is logged (characters)
MAX_STATEMENT: Final = 2_000
#: where a connection says since when it is waiting for the answer to a statement
_SENT: Final = "when the scheduler sent the statement"


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseUrl:
    """Where docassemble keeps its data. The address holds a password: it is never shown."""

    url: str = field(repr=False)
    connect_args: Mapping[str, Any] = field(repr=False)
    #: what the names of docassemble's tables begin with
    prefix: str

    @property
    def shown(self) -> str:
        """The same without the password: what tells it from other databases."""
        return f"{make_url(self.url).render_as_string(hide_password=True)} {self.prefix}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long a server may take until it is taken for away (seconds)."""

    #: for a connection, a new one or one of the pool
    connect: int
    #: for the answer to a statement
    statement: int


#: of the scheduler itself
SCHEDULER = Timeouts(connect=5, statement=15)
#: of pages and the JSON API: a web thread waits, and the site has few of them
REQUESTS = Timeouts(connect=2, statement=2)


def make_engine(
    url: str, connect_args: Mapping[str, Any] | None = None, timeouts: Timeouts = SCHEDULER
) -> Engine:
    """Return an engine for the database at `url`; which must not be used before a fork: it would connect."""
    dialect = make_url(url).get_backend_name()
    if dialect == "sqlite":
        return _sqlite(url, timeouts)
    arguments = {**connect_limits(dialect, timeouts), **(connect_args or {})}
    return create_engine(
        url,
        connect_args=arguments,
        isolation_level=None if dialect == "postgresql" else "READ COMMITTED",
        pool_size=2,
        max_overflow=4,
        pool_timeout=timeouts.connect,
        pool_recycle=1800,
    )


def connect_limits(dialect: str, timeouts: Timeouts) -> dict[str, Any]:
    """Return what a driver is told, so that nothing takes longer than the time limits."""
    if dialect == "postgresql":
        settings = {
            "statement_timeout": timeouts.statement * 1000,
            "lock_timeout": LOCK_TIMEOUT * 1000,
            "timezone": "UTC",
            # not by the driver, which would send it with each transaction
            "default_transaction_isolation": r"read\ committed",
            # compiling what the pages ask takes longer than asking it
            "jit": "off",
        }
        return {
            "connect_timeout": timeouts.connect,
            "tcp_user_timeout": timeouts.statement * 1000,
            "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
            "application_name": "docassemble.Scheduler",
        }
    return {
        # drivers have others as their defaults, which do not have all characters
        "charset": "utf8mb4",
        "connect_timeout": timeouts.connect,
        "read_timeout": timeouts.statement,
        "write_timeout": timeouts.statement,
        # what the driver no longer waits for must not wait on in the server
        "init_command": f"SET SESSION lock_wait_timeout = {timeouts.statement},"
        f" innodb_lock_wait_timeout = {LOCK_TIMEOUT}",
    }


def _sqlite(url: str, timeouts: Timeouts) -> Engine:
    """One writer at a time, that says so at once: the driver's own habit is to find out in the middle."""
    engine = create_engine(
        url,
        connect_args={"timeout": timeouts.statement, "check_same_thread": False},
        # a database in memory is gone with its connection
        poolclass=StaticPool if make_url(url).database is None else None,
    )

    @event.listens_for(engine, "connect")
    def _leave_transactions_to_us(connection: Any, _record: Any) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


class StatementLog:
    """Writes statements to the log, at level debug, when they are answered or have failed.

    Their parameters, which may be secrets, are left out.
    """

    def __init__(self, logger: logging.Logger, clock: Clock) -> None:
        self._logger = logger
        self._clock = clock

    def listen(self, engine: Engine) -> None:
        """Write what is sent through an engine."""

        @event.listens_for(engine, "before_cursor_execute")
        def _send(connection: Any, *_: Any) -> None:
            connection.info[_SENT] = self._clock.monotonic()

        @event.listens_for(engine, "after_cursor_execute")
        def _end(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            self._write("SQL", statement, connection.info[_SENT])

        @event.listens_for(engine, "handle_error")
        def _fail(failure: Any) -> None:
            if failure.execution_context is not None:
                self._write("SQL failed", failure.statement, failure.connection.info[_SENT])

    @contextmanager
    def sent(self, statement: str) -> Iterator[None]:
        """Write what is sent in another way, inside of this block."""
        since, told = self._clock.monotonic(), "SQL failed"
        try:
            yield
            told = "SQL"
        finally:
            self._write(told, statement, since)

    def _write(self, told: str, statement: str, since: float) -> None:
        took = self._clock.monotonic() - since
        text = " ".join(cut(statement, MAX_STATEMENT).split())
        extra = {"event": "sql", "duration": round(took, 6)}
        self._logger.debug("%s after %.3f s: %s", told, took, text, extra=extra)


class Database:
    """The tables in one database, for one process: what every part of the store needs."""

    def __init__(self, engine: Engine, prefix: str, log: StatementLog | None = None) -> None:
        """Use `engine`, which no other process may share; table names begin with `prefix`.

        `log` is told of each statement.
        """
        self.engine = engine
        #: around each statement that is sent past the engine
        self.logged: Callable[[str], AbstractContextManager[object]] = nullcontext
        if log is not None:
            log.listen(engine)
            self.logged = log.sent
        self.prefix = prefix
        self.tables = define(prefix)
        self.statements = build(self.tables)
        #: who we are, once registered
        self.process: Process | None = None
        #: what this process has counted
        self.counts = RunCounter()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Give a connection for one transaction; raises as `errors` does."""
        try:
            with self.engine.begin() as connection:
                yield connection
        except _OF_DRIVERS as error:
            raise _meant(error) from error

    @contextmanager
    def one_statement(self) -> Iterator[Connection]:
        """Give a connection for one statement: a transaction which is one message, where the driver can do that."""
        with self.transaction() as connection:
            if connection.dialect.driver != "psycopg2":
                yield connection
                return
            driver: Any = connection.connection.driver_connection
            driver.autocommit = True
            try:
                yield connection
            finally:
                if not driver.closed:
                    driver.autocommit = False

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Raise StoreUnavailable, RowsLocked or NotStorable instead of what SQLAlchemy raises."""
        try:
            yield
        except _OF_DRIVERS as error:
            raise _meant(error) from error


def in_any_encoding(do: Callable[[str], T]) -> T:
    """Do something with texts in Unicode; in ASCII when the database does not keep all of their characters."""
    try:
        return do("utf-8")
    except NotStorable:
        return do("ascii")


def insert_missing(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Insert the rows that no other server has inserted meanwhile."""
    connection.execute(inserting_missing(connection, table), rows)


def inserting_missing(connection: Connection, table: Table) -> Any:
    """Return the statement that does it."""
    if connection.dialect.name in {"mysql", "mariadb"}:
        # not IGNORE, which would also cut what is too long, without a word
        (key,) = table.primary_key.columns
        return mysql.insert(table).on_duplicate_key_update({key.name: key})
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table).on_conflict_do_nothing()


def unnested(name: str, **arrays: tuple[str, Any]) -> TableValuedAlias:
    """Return rows made of one array for each column: its parameter, with the name and the type of the column."""
    values = (bindparam(each, type_=ARRAY(kind)) for each, (_, kind) in arrays.items())
    columns = (column(each, kind) for each, kind in arrays.values())
    return func.unnest(*values).table_valued(*columns, name=name).render_derived()


def is_locked(cause: object) -> bool:
    """Return whether an exception of a driver says that somebody else has locked a row for too long."""
    return (
        getattr(cause, "pgcode", None) == _LOCKED_IN_POSTGRESQL
        or getattr(cause, "args", ())[:1] == _LOCKED_IN_MYSQL
    )


def is_deadlock(cause: object) -> bool:
    """Return whether an exception of a driver says that two transactions waited for each other, and it ended ours."""
    return (
        getattr(cause, "pgcode", None) == _DEADLOCK_IN_POSTGRESQL
        or getattr(cause, "args", ())[:1] == _DEADLOCK_IN_MYSQL
    )


def _meant(error: Exception) -> StoreUnavailable:
    """Return what an error means, without the statement and its parameters: they may hold what jobs return."""
    cause = getattr(error, "orig", None)
    failure = RowsLocked if is_locked(cause) else StoreUnavailable
    if isinstance(error, DataError | UnicodeEncodeError):
        failure = NotStorable
    return failure(f"{type(error).__name__}: {str(cause or error).strip()}")
