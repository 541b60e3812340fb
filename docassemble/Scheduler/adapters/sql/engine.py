# do not pre-load
"""The connections to the database: few, of this process alone, and never waited for without end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url

#: seconds until a server that does not answer is taken for away
CONNECT_TIMEOUT = 5
STATEMENT_TIMEOUT = 15


def make_engine(url: str, connect_args: Mapping[str, Any] | None = None) -> Engine:
    """Return an engine for the database at `url`; which must not be used before a fork: it would connect."""
    dialect = make_url(url).get_backend_name()
    if dialect == "sqlite":
        return _sqlite(url)
    arguments = {**_timeouts(dialect), **(connect_args or {})}
    return create_engine(
        url,
        connect_args=arguments,
        isolation_level=None if dialect == "postgresql" else "READ COMMITTED",
        pool_size=2,
        max_overflow=4,
        pool_timeout=CONNECT_TIMEOUT,
        pool_recycle=1800,
    )


def _timeouts(dialect: str) -> dict[str, Any]:
    if dialect == "postgresql":
        settings = {
            "statement_timeout": STATEMENT_TIMEOUT * 1000,
            "timezone": "UTC",
            # not by the driver, which would send it with each transaction
            "default_transaction_isolation": r"read\ committed",
            # compiling what the pages ask takes longer than asking it
            "jit": "off",
        }
        return {
            "connect_timeout": CONNECT_TIMEOUT,
            "tcp_user_timeout": STATEMENT_TIMEOUT * 1000,
            "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
            "application_name": "docassemble.Scheduler",
        }
    return {
        # drivers have others as their defaults, which do not have all characters
        "charset": "utf8mb4",
        "connect_timeout": CONNECT_TIMEOUT,
        "read_timeout": STATEMENT_TIMEOUT,
        "write_timeout": STATEMENT_TIMEOUT,
    }


def _sqlite(url: str) -> Engine:
    """One writer at a time, that says so at once: the driver's own habit is to find out in the middle."""
    engine = create_engine(url, connect_args={"timeout": STATEMENT_TIMEOUT, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _leave_transactions_to_us(connection: Any, _record: Any) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine
