# do not pre-load
"""The database: what every part of the store in SQL needs of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DataError, SQLAlchemyError

from ...core.errors import NotStorable, RowsLocked, StoreUnavailable
from ..base import Process
from ..counters import Counts
from . import schema, statements
from .tables import Tables, define

#: what drivers say when a lock is not to be had in time
_LOCKED_IN_POSTGRESQL, _LOCKED_IN_MYSQL = "55P03", (1205,)


class Database:
    """The tables in one database, for one process."""

    def __init__(self, engine: Engine, prefix: str) -> None:
        """Use `engine`, which no other process may share; table names begin with `prefix`."""
        self._engine = engine
        self._prefix = prefix
        self._tables: Tables = define(prefix)
        self._statements = statements.build(self._tables)
        #: who we are, once registered
        self._process: Process | None = None
        #: for the tallies
        self._counts = Counts()

    def upgrade(self) -> None:
        """Create or upgrade the tables."""
        with self._errors():
            schema.upgrade(self._engine, self._prefix)

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with self._errors(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        # the second is the driver's, for a character that the database's encoding does not have
        except (DataError, UnicodeEncodeError) as error:
            raise NotStorable(_said(error)) from error
        except SQLAlchemyError as error:
            raise told(getattr(error, "orig", None), _said(error)) from error


def told(cause: object, text: str) -> StoreUnavailable:
    """Return what to raise for an exception of a driver."""
    if (
        getattr(cause, "pgcode", None) == _LOCKED_IN_POSTGRESQL
        or getattr(cause, "args", ())[:1] == _LOCKED_IN_MYSQL
    ):
        return RowsLocked(text)
    return StoreUnavailable(text)


def _said(error: Exception) -> str:
    """Return what the driver said, without the statement and its parameters: they may hold what jobs return."""
    reason = getattr(error, "orig", None) or error
    return f"{type(error).__name__}: {str(reason).strip()}"
