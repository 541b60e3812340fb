# do not pre-load
"""What PostgreSQL can do in one message: ends of runs, and claims of jobs that are as this process has left them.

The statements are those of every run, prepared once for each connection. A message is one transaction, and only its
last statement answers: that one tells what the others did.

It is a shortcut: what it does not do, or may have done without an answer, is done or found out the long way. Delete
this file and the two calls of `FastPath.send`, and everything still works.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ClauseElement,
    Insert,
    Select,
    and_,
    bindparam,
    exists,
    insert,
    select,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.pool import PoolProxiedConnection

from ....core.errors import RowsLocked, StoreUnavailable
from ....core.run import EndedRun
from ..engine import Database, is_locked
from ..rows import freeing, place
from ..statements import RUN_COLUMNS, Statements, Step
from ..tables import Tables
from .short_runs import begin, begin_step, end, end_step, made
from .state import OptimisticClaim

#: where the connection says that it has prepared the statements
PREPARED = "scheduler's statements are prepared"
#: PostgreSQL's code for that it does not know a prepared statement: a proxy hands out another connection each time
NOT_PREPARED = "26000"
#: and for a right that is missing, which somebody may give back
NO_RIGHT = "42501"


class FastPath:
    """Sends messages to a database (C6)."""

    def __init__(self, database: Database) -> None:
        """Use `database`, whose driver is psycopg2."""
        self._database = database
        self._driver: Any = database.engine.dialect.loaded_dbapi
        #: errors after which no message will ever have better luck
        self._final = (self._driver.ProgrammingError, self._driver.NotSupportedError)
        chosen = _chosen(database.tables, database.statements)
        self._forms = {name: _Prepared.of(name, each) for name, each in chosen.items()}
        self._preparation = "; ".join(form.preparation for form in self._forms.values())
        self._is_refused = False

    @classmethod
    def on(cls, database: Database) -> FastPath | None:
        """Return None when the database cannot do it, or when it is not known how its driver does."""
        dialect = database.engine.dialect
        return cls(database) if (dialect.name, dialect.driver) == ("postgresql", "psycopg2") else None

    def send(
        self,
        ended: Sequence[EndedRun],
        rows: Sequence[Mapping[str, Any]],
        claims: Sequence[OptimisticClaim] = (),
    ) -> Collection[str] | None:
        """Record ends and make claims in one message, all or nothing; return the runs of which that was done.

        `rows` are what the ends change. None = it went wrong, and perhaps was done all the same: the long way finds
        out, and says what is wrong. Raises StoreUnavailable when there is no connection, RowsLocked when that kept it
        from being done.
        """
        if self._is_refused:
            return None
        with self._database.errors():
            done = self._try(self._steps(ended, rows, claims))
        if done is not None:
            for each in ended:
                if each.run.id in done:
                    self._database.counts.finished(each.run, each.outcome)
        return done

    def _steps(
        self,
        ended: Sequence[EndedRun],
        rows: Sequence[Mapping[str, Any]],
        claims: Sequence[OptimisticClaim],
    ) -> Iterator[Step]:
        process = self._database.process
        long, short = _by_length(claims)
        short_ends = []
        for each, row in zip(ended, rows, strict=True):
            if each.run.is_short:
                short_ends.append((each.run, row))
            else:
                yield Step("finish", {**row, "the_run": each.run.id})
        if short_ends:
            yield end_step(short_ends, process)
        turns = [(each.run, freeing(each.run, each.outcome)) for each in ended]
        turns += [(each.run, each.steps(process)) for each in long]
        for _, steps in sorted(turns, key=lambda turn: place(turn[0].job)):
            yield from steps
        if short and process is not None:
            yield begin_step(short, process)
        yield Step(
            "made",
            {
                "the_runs": [run.id for run, _ in turns],
                "the_jobs": [each.run.job.name for each in short],
                "the_leases": [each.run.id for each in short],
            },
        )

    def _try(self, steps: Iterable[Step]) -> Collection[str] | None:
        connection = self._connection()
        try:
            return self._send(connection, steps)
        except self._driver.Error as error:
            if is_locked(error):
                raise RowsLocked(str(error).strip()) from error
            self._is_refused = (isinstance(error, self._final) and error.pgcode != NO_RIGHT) or (
                error.pgcode == NOT_PREPARED
            )
            return None
        finally:
            connection.close()

    def _connection(self) -> PoolProxiedConnection:
        try:
            return self._database.engine.raw_connection()
        except self._driver.Error as error:  # the long way would but wait for it once more
            raise StoreUnavailable(f"{type(error).__name__}: {str(error).strip()}") from error

    def _send(self, connection: PoolProxiedConnection, steps: Iterable[Step]) -> Collection[str]:
        steps = list(steps)
        message = "; ".join(self._forms[step.statement].execution for step in steps)
        values = [value for step in steps for value in self._forms[step.statement].arguments(step.values)]
        try:
            driver: Any = connection.driver_connection
            driver.autocommit = True  # a message is a transaction by itself
            with driver.cursor() as cursor:
                if PREPARED not in connection.info:
                    with self._database.logged(self._preparation):
                        cursor.execute(self._preparation)
                    connection.info[PREPARED] = True
                with self._database.logged(message):
                    cursor.execute(message, values)
                made = {row[0] for row in cursor.fetchall()}
            driver.autocommit = False
        except BaseException as error:
            connection.invalidate(error)
            raise
        return made


@dataclass(frozen=True, slots=True)
class _Prepared:
    """How a statement is prepared and executed."""

    preparation: str
    execution: str
    #: its parameters, in order
    names: Sequence[str]
    #: the values of those that are the same each time
    constants: Mapping[str, Any]

    @classmethod
    def of(cls, name: str, statement: ClauseElement) -> _Prepared:
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
        "release_after": statements.release_after,
        "begin": _begin(tables, statements),
        "end_with": _end_with(tables),
        "begin_short": begin(tables),
        "end_short": end(tables),
        "made": made(tables),
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


def _by_length(claims: Sequence[OptimisticClaim]) -> tuple[list[OptimisticClaim], list[OptimisticClaim]]:
    """Return those of runs that are recorded now, and those of short ones."""
    return [each for each in claims if not each.run.is_short], [each for each in claims if each.run.is_short]
