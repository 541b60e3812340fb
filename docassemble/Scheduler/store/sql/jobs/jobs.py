# do not pre-load
"""The jobs that the database knows, and the locks that they share."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, bindparam, select, update

from ....core.errors import NotStorable
from ....core.job import Job
from ....core.problem import Problem
from ..claims.state import CursorCache
from ..engine import Database, insert_missing
from ..rows import from_sql, job_row, place, to_sql
from ..tables import Tables
from .pauses import with_all

#: the fingerprint of a job that is no more: no schedule has it
NO_SCHEDULE = ""
#: how many rows are in memory at a time: those of thousands of jobs would take more of it than the jobs
BATCH = 500
#: fewer jobs are looked for by name, more among all rows
FEW = 100


class Jobs:
    """Takes up the jobs of the configuration."""

    def __init__(self, database: Database, cursors: CursorCache) -> None:
        self._database = database
        self._cursors = cursors

    def register_jobs(self, jobs: Sequence[Job], now: datetime) -> Mapping[str, datetime]:
        try:
            return self._register(jobs, now)
        except (NotStorable, ValueError):  # the second is psycopg2's, for a NUL
            if len(jobs) < 2:
                return {}
            # half of them at a time, until those that it is about are alone
            middle = len(jobs) // 2
            return {**self.register_jobs(jobs[:middle], now), **self.register_jobs(jobs[middle:], now)}

    def _register(self, jobs: Sequence[Job], now: datetime) -> Mapping[str, datetime]:
        table = self._database.tables.jobs
        with self._database.transaction() as connection:
            locks = insert_locks(
                connection, self._database.tables, {job.lock for job in jobs if job.lock is not None}
            )
            ours = {job.name: job for job in sorted(jobs, key=place) if job.lock in locks}
            cursors, edited = _look(connection, table, ours)
            new = [job for name, job in ours.items() if name not in cursors]
            changed = [job for name, job in ours.items() if name in edited]
            pause = with_all(connection, self._database.tables) if new else {}
            for portion in _portions(new):
                insert_missing(connection, table, [job_row(job, now) | pause for job in portion])
            for portion in _portions(changed):
                _begin_anew(connection, table, [job_row(job, now) for job in portion])
            if new or changed:
                cursors, _ = _look(connection, table, ours)
        # most are free, not paused and do not fail: what is due since the last stop is claimed without a look at each
        self._cursors.keep((), cursors)
        return cursors

    def note_problems(self, jobs: Collection[str], problems: Mapping[str, Problem], now: datetime) -> None:
        table = self._database.tables.jobs
        with self._database.transaction() as connection:
            noted = select(table.c.name).where(table.c.problem.is_not(None))
            before = [name for name in connection.execute(noted).scalars() if name in jobs]
            for name in sorted({*before, *problems}):
                problem = problems.get(name)
                values = {
                    "problem": problem and _problem_text(problem),
                    "problem_at": problem and to_sql(now),
                }
                connection.execute(update(table).where(table.c.name == name).values(values))


def _problem_text(problem: Problem) -> str:
    """Return a problem as the database keeps it, whatever its encoding."""
    names = ("code", "path", "sentence", "hint", "line")
    return json.dumps({name: getattr(problem, name) for name in names})


def noted_problem(text: str) -> Problem:
    """Return a problem that the database has kept."""
    kept = json.loads(text)
    return Problem(**{**kept, "path": tuple(kept["path"])})


def _look(
    connection: Connection, table: Table, jobs: Mapping[str, Job]
) -> tuple[Mapping[str, datetime], set[str]]:
    """Return the cursors of those jobs that are known, and which of them have another schedule now."""
    cursors, edited = {}, set()
    # many jobs were dealt with at the same moment; those that are new, all of them
    moments: dict[Any, datetime] = {}
    looked = select(table.c.name, table.c.schedule, table.c.cursor_at)
    if len(jobs) < FEW:
        looked = looked.where(table.c.name.in_(list(jobs)))
    result = connection.execute(looked)
    for rows in result.partitions(BATCH):
        for row in rows:
            job = jobs.get(row.name)
            if job is None:
                continue
            cursors[job.name] = moments.setdefault(row.cursor_at, from_sql(row.cursor_at))
            if row.schedule != job.fingerprint:
                edited.add(job.name)
    return cursors, edited


def _portions(jobs: Sequence[Job]) -> Iterator[Sequence[Job]]:
    return (jobs[start : start + BATCH] for start in range(0, len(jobs), BATCH))


def _begin_anew(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Let jobs begin with another schedule."""
    names = ("schedule", "cursor_at", "next_due")
    values: dict[str, Any] = {name: bindparam(name) for name in names}
    statement = update(table).where(table.c.name == bindparam("the_name")).values(values)
    connection.execute(
        statement, [{name: row[name] for name in names} | {"the_name": row["name"]} for row in rows]
    )


def insert_locks(connection: Connection, tables: Tables, names: set[str]) -> Collection[str | None]:
    """Take up locks; return those that the database has now, and None for the jobs without one."""
    table, known = tables.locks, set[str]()
    if names:
        known = set(connection.execute(select(table.c.name)).scalars())
    if new := names - known:
        insert_missing(connection, table, [{"name": name} for name in sorted(new)])
        known = set(connection.execute(select(table.c.name)).scalars())
    return {None, *known}
