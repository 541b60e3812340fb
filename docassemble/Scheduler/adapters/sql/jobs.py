# do not pre-load
"""The jobs that the database knows, and the locks that they share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ...job import Job
from .database import Database
from .rows import job_row
from .tables import from_sql

#: the fingerprint of a job that is no more: no schedule has it
NO_SCHEDULE = ""


class Jobs(Database):
    """Takes up the jobs of the configuration."""

    def see(self, jobs: Sequence[Job], now: datetime) -> Mapping[str, datetime]:
        """Take up the jobs of the configuration, and return the cursor of each."""
        table = self._tables.jobs
        jobs = sorted(jobs, key=lambda job: (job.lock or "", job.name))  # in the order of a claim
        with self._transaction() as connection:
            self._see_locks(connection, {job.lock for job in jobs if job.lock is not None})
            rows = _rows(connection, table)
            known = {row.name: row.schedule for row in rows}
            new = [job_row(job, now) for job in jobs if job.name not in known]
            changed = [
                job_row(job, now) for job in jobs if job.name in known and known[job.name] != job.fingerprint
            ]
            if new:
                insert_missing(connection, table, new)
            if changed:
                _begin_anew(connection, table, changed)
            if new or changed:
                rows = _rows(connection, table)
        return {row.name: from_sql(row.cursor_at) for row in rows}

    def _see_locks(self, connection: Connection, names: set[str]) -> None:
        table = self._tables.locks
        new = names - set(connection.execute(select(table.c.name)).scalars()) if names else names
        if new:
            insert_missing(connection, table, [{"name": name} for name in sorted(new)])


def _rows(connection: Connection, table: Table) -> Sequence[Row[Any]]:
    return connection.execute(select(table.c.name, table.c.schedule, table.c.cursor_at)).all()


def _begin_anew(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Let jobs begin with another schedule."""
    names = ("schedule", "cursor_at", "next_due")
    values: dict[str, Any] = {name: bindparam(name) for name in names}
    statement = update(table).where(table.c.name == bindparam("the_name")).values(values)
    connection.execute(
        statement, [{name: row[name] for name in names} | {"the_name": row["name"]} for row in rows]
    )


def insert_missing(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Insert the rows that no other server has inserted meanwhile."""
    if connection.dialect.name in {"mysql", "mariadb"}:
        statement: Any = insert(table).prefix_with("IGNORE")
    else:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        statement = dialect.insert(table).on_conflict_do_nothing()
    connection.execute(statement, rows)
