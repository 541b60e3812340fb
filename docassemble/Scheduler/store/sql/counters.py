# do not pre-load
"""Counters that all servers share: of ends, for monitoring, and of failures in a row, for the alerts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, Table, bindparam, select, update
from sqlalchemy.dialects import mysql, postgresql, sqlite

from ...core.alerts import Alert, AlertPolicy, FailureStreak, failed, succeeded
from ...core.errors import StoreUnavailable
from ..counters import CounterKey, JobCounters, counters_of, with_actions_as_one
from .claims.state import CursorCache
from .engine import Database, unnested
from .rows import from_sql, to_sql

#: how often a count of failures is begun again after another server was faster
TRIES = 100
_KEY = ("job", "measure", "label")


class Counters:
    """Adds up what processes have counted, for ever."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save_counters(self) -> None:
        counted = with_actions_as_one(self._database.counts.take())
        if not counted:
            return
        try:
            with self._database.transaction() as connection:
                _add(connection, self._database.tables.counters, counted)
        except BaseException:
            self._database.counts.add(counted.items())
            raise

    def counters(self) -> Sequence[JobCounters]:
        table = self._database.tables.counters
        with self._database.transaction() as connection:
            rows = connection.execute(select(table)).all()
        return counters_of({CounterKey(row.job, row.measure, row.label): row.total for row in rows})


class FailureStreaks:
    """Counts failures in a row."""

    def __init__(self, database: Database, cursors: CursorCache) -> None:
        self._database = database
        self._cursors = cursors
        jobs = database.tables.jobs
        columns = [jobs.c[each.name] for each in fields(FailureStreak)]
        is_job = jobs.c.name == bindparam("the_job")
        as_seen = [each.is_not_distinct_from(bindparam(f"the_{each.name}")) for each in columns]
        #: built once: that costs more than to execute them
        self._select = select(*columns).where(is_job)
        self._update = (
            update(jobs).where(is_job, *as_seen).values({each: bindparam(each.name) for each in columns})
        )

    def count_failure(self, job: str, now: datetime, policy: AlertPolicy) -> Alert | None:
        self._cursors.forget(job)  # the row of a job that fails has to be read
        return self._count(job, partial(failed, now=now, policy=policy))

    def count_success(self, job: str, policy: AlertPolicy) -> Alert | None:
        return self._count(job, partial(succeeded, policy=policy))

    def _count(
        self, job: str, step: Callable[[FailureStreak], tuple[FailureStreak, Alert | None]]
    ) -> Alert | None:
        with self._database.transaction() as connection:
            for _ in range(TRIES):
                before = self._streak(connection, job)
                # Somebody deleted the job's row: better a mail too many than none.
                after, alert = step(before or FailureStreak())
                if before is None or after == before or self._replace(connection, job, before, after):
                    return alert
        raise StoreUnavailable(f"others have counted {TRIES} times in between")

    def _streak(self, connection: Connection, job: str) -> FailureStreak | None:
        row = connection.execute(self._select, {"the_job": job}).first()
        if row is None:
            return None
        return FailureStreak(
            failures=row.failures,
            unreported_failures=row.unreported_failures,
            alerted=bool(row.alerted),
            alerted_at=row.alerted_at and from_sql(row.alerted_at),
        )

    def _replace(self, connection: Connection, job: str, before: FailureStreak, after: FailureStreak) -> bool:
        seen = {f"the_{name}": value for name, value in asdict(before).items()}
        moments = {"the_alerted_at": to_sql(before.alerted_at), "alerted_at": to_sql(after.alerted_at)}
        values = {**seen, **asdict(after), **moments, "the_job": job}
        return connection.execute(self._update, values).rowcount == 1


def _add(connection: Connection, table: Table, numbers: Mapping[CounterKey, float]) -> None:
    # in one order on every server, so that two never wait for each other
    rows = [{**key._asdict(), "total": number} for key, number in sorted(numbers.items())]
    dialect = connection.dialect.name
    if dialect == "postgresql":  # whose driver would send each row in a message of its own
        columns = {name: [row[name] for row in rows] for name in (*_KEY, "total")}
        given = unnested("given", **{each.name: (each.name, each.type) for each in table.c})
        added = postgresql.insert(table).from_select(table.c.keys(), select(given))
        connection.execute(_adding_to(table, added), columns)
    elif dialect == "sqlite":
        connection.execute(_adding_to(table, sqlite.insert(table)), rows)
    else:
        new = mysql.insert(table)
        connection.execute(new.on_duplicate_key_update(total=table.c.total + new.inserted.total), rows)


def _adding_to(table: Table, insert: Any) -> Any:
    """Return what inserts rows, and adds to the totals of those that are there."""
    return insert.on_conflict_do_update(
        index_elements=list(_KEY), set_={"total": table.c.total + insert.excluded.total}
    )
