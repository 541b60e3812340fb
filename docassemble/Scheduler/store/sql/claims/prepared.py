# do not pre-load
"""What PostgreSQL can do in one message: ends of runs, and claims of jobs that are as they were left.

The statements are those of every run, prepared once for each connection. A message is one transaction, and only its
last statement answers: that one tells what the others did.

It is a shortcut: what it does not do, or may have done without an answer, is done or found out the long way.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    ClauseElement,
    Engine,
    Insert,
    Select,
    and_,
    any_,
    bindparam,
    exists,
    insert,
    select,
    text,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.pool import PoolProxiedConnection

from ....core.errors import RowsLocked, StoreUnavailable
from ..rows import RUN_COLUMNS
from ..statements import Statements, Step
from ..tables import Id, Tables

#: where the connection says that it has prepared the statements
PREPARED = "scheduler's statements are prepared"
#: PostgreSQL's code for that it does not know a prepared statement: a proxy hands out another connection each time
NOT_PREPARED = "26000"
#: and for a right that is missing, which somebody may give back
NO_RIGHT = "42501"
#: PostgreSQL's mark of the rows that this transaction has made: <https://www.postgresql.org/docs/current/ddl-system-columns.html>
_MADE_NOW = "xmin::text::bigint = txid_current() % 4294967296"


class Prepared:
    """Sends messages on connections of an engine."""

    def __init__(self, engine: Engine, tables: Tables, statements: Statements) -> None:
        """Use `engine`, whose driver is psycopg2."""
        self._engine = engine
        self._driver: Any = engine.dialect.loaded_dbapi
        #: errors after which no message will ever have better luck
        self._final = (self._driver.ProgrammingError, self._driver.NotSupportedError)
        self._forms = {name: _Form.of(name, each) for name, each in _chosen(tables, statements).items()}
        self._preparation = "; ".join(form.preparation for form in self._forms.values())
        self._is_refused = False

    @classmethod
    def on(cls, engine: Engine, tables: Tables, statements: Statements) -> Prepared | None:
        """Return None when the database cannot do it, or when it is not known how its driver does."""
        dialect = engine.dialect
        able = (dialect.name, dialect.driver) == ("postgresql", "psycopg2")
        return cls(engine, tables, statements) if able else None

    def send(self, steps: Iterable[Step], runs: Collection[str]) -> Collection[str] | None:
        """Do the steps in this order, all or nothing; return those of `runs` whose records this has made or changed.

        None = it went wrong, and perhaps was done all the same: the long way finds out, and says what is wrong.
        Raises StoreUnavailable when there is no connection, RowsLocked when that kept it from being done.
        """
        if self._is_refused:
            return None
        connection = self._connection()
        try:
            return self._send(connection, [*steps, Step("made", {"the_runs": list(runs)})])
        except self._driver.errors.LockNotAvailable as error:
            raise RowsLocked(str(error).strip()) from error
        except self._driver.Error as error:
            self._is_refused = (isinstance(error, self._final) and error.pgcode != NO_RIGHT) or (
                error.pgcode == NOT_PREPARED
            )
            return None
        finally:
            connection.close()

    def _connection(self) -> PoolProxiedConnection:
        try:
            return self._engine.raw_connection()
        except self._driver.Error as error:  # the long way would but wait for it once more
            raise StoreUnavailable(f"{type(error).__name__}: {str(error).strip()}") from error

    def _send(self, connection: PoolProxiedConnection, steps: Sequence[Step]) -> Collection[str]:
        message = "; ".join(self._forms[step.statement].execution for step in steps)
        values = [value for step in steps for value in self._forms[step.statement].arguments(step.values)]
        try:
            driver: Any = connection.driver_connection
            driver.autocommit = True  # a message is a transaction by itself
            with driver.cursor() as cursor:
                if PREPARED not in connection.info:
                    cursor.execute(self._preparation)
                    connection.info[PREPARED] = True
                cursor.execute(message, values)
                made = {row[0] for row in cursor.fetchall()}
            driver.autocommit = False
        except BaseException as error:
            connection.invalidate(error)
            raise
        return made


@dataclass(frozen=True, slots=True)
class _Form:
    """How a statement is prepared and executed."""

    preparation: str
    execution: str
    #: its parameters, in order
    names: Sequence[str]
    #: the values of those that are the same each time
    constants: Mapping[str, Any]

    @classmethod
    def of(cls, name: str, statement: ClauseElement) -> _Form:
        dialect = postgresql.dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
        compiled: Any = statement.compile(dialect=dialect)
        names = compiled.positiontup
        places = ", ".join(["%s"] * len(names))
        # a proxy may mix up connections, but no statements for other tables, or of another release
        unique = f"scheduler_{name}_{zlib.crc32(compiled.string.encode()):08x}"
        return cls(
            preparation=f"PREPARE {unique} AS {compiled.string}",
            execution=f"EXECUTE {unique} ({places})",
            names=names,
            constants={each: compiled.params[each] for each in names if not compiled.binds[each].required},
        )

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        given = {**self.constants, **values}
        return [given[name] for name in self.names]


def _chosen(tables: Tables, statements: Statements) -> Mapping[str, ClauseElement]:
    return {
        "finish": statements.finish,
        "unlock": statements.unlock,
        "release": statements.release,
        "begin": _begin(tables, statements),
        "end_with": _end_with(tables),
        "made": _made(tables),
    }


def _begin(tables: Tables, statements: Statements) -> Insert:
    """Take a job as it was left, and record its run if that succeeds."""
    taken = statements.take_as_left.returning(tables.jobs.c.name).cte("taken")
    return insert(tables.runs).from_select(RUN_COLUMNS, _new_row(tables).select_from(taken))


def _end_with(tables: Tables) -> Insert:
    """Record due times that end without a run, if the run that comes after them was claimed."""
    jobs = tables.jobs
    claimed = exists().where(and_(jobs.c.name == bindparam("the_name"), jobs.c.lease == bindparam("the_run")))
    return insert(tables.runs).from_select(RUN_COLUMNS, _new_row(tables).where(claimed))


def _new_row(tables: Tables) -> Select[Any]:
    return select(*(bindparam(name, type_=tables.runs.c[name].type) for name in RUN_COLUMNS))


def _made(tables: Tables) -> Select[Any]:
    runs = tables.runs
    asked = runs.c.id == any_(bindparam("the_runs", type_=ARRAY(Id)))
    return select(runs.c.id).where(and_(asked, text(_MADE_NOW)))
