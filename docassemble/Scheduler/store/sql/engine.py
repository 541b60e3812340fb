# do not pre-load
"""The connections to the database: few, of this process alone, and never waited for without end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.pool import StaticPool

#: how long to wait for a row that somebody has locked (seconds): each of our own transactions takes milliseconds
LOCK_TIMEOUT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseUrl:
    """Where docassemble keeps its data. The address holds a password: it is never shown."""

    url: str = field(repr=False)
    connect_args: Mapping[str, Any] = field(repr=False)
    #: what the names of docassemble's tables begin with
    prefix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a server may take until it is taken for away (seconds)."""

    #: for a connection, a new one or one of the pool
    connect: int
    #: for the answer to a statement
    statement: int


#: of the scheduler itself
SCHEDULER = Patience(connect=5, statement=15)
#: of pages and the JSON API: a web thread waits, and the site has few of them
REQUESTS = Patience(connect=2, statement=2)


def make_engine(
    url: str, connect_args: Mapping[str, Any] | None = None, patience: Patience = SCHEDULER
) -> Engine:
    """Return an engine for the database at `url`; which must not be used before a fork: it would connect."""
    dialect = make_url(url).get_backend_name()
    if dialect == "sqlite":
        return _sqlite(url, patience)
    arguments = {**_timeouts(dialect, patience), **(connect_args or {})}
    return create_engine(
        url,
        connect_args=arguments,
        isolation_level=None if dialect == "postgresql" else "READ COMMITTED",
        pool_size=2,
        max_overflow=4,
        pool_timeout=patience.connect,
        pool_recycle=1800,
    )


def _timeouts(dialect: str, patience: Patience) -> dict[str, Any]:
    if dialect == "postgresql":
        settings = {
            "statement_timeout": patience.statement * 1000,
            "lock_timeout": LOCK_TIMEOUT * 1000,
            "timezone": "UTC",
            # not by the driver, which would send it with each transaction
            "default_transaction_isolation": r"read\ committed",
            # compiling what the pages ask takes longer than asking it
            "jit": "off",
        }
        return {
            "connect_timeout": patience.connect,
            "tcp_user_timeout": patience.statement * 1000,
            "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
            "application_name": "docassemble.Scheduler",
        }
    return {
        # drivers have others as their defaults, which do not have all characters
        "charset": "utf8mb4",
        "connect_timeout": patience.connect,
        "read_timeout": patience.statement,
        "write_timeout": patience.statement,
        # what the driver no longer waits for must not wait on in the server
        "init_command": f"SET SESSION lock_wait_timeout = {patience.statement},"
        f" innodb_lock_wait_timeout = {LOCK_TIMEOUT}",
    }


def _sqlite(url: str, patience: Patience) -> Engine:
    """One writer at a time, that says so at once: the driver's own habit is to find out in the middle."""
    engine = create_engine(
        url,
        connect_args={"timeout": patience.statement, "check_same_thread": False},
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
