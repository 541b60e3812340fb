# do not pre-load
"""What people look at: jobs, a run, servers, events, the timeline."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Table,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
)

from ...core.progress import Progress
from ...core.run import Status, Trigger
from ..records import (
    MAX_SUMMARIES,
    NOTABLE,
    PAGE,
    RECENT,
    Event,
    JobRecord,
    ProcessRecord,
    RunRecord,
    RunSummary,
    ServerRecord,
    ThreadCounts,
)
from .engine import Database
from .jobs.jobs import noted_problem
from .jobs.pauses import pause_of
from .rows import from_sql, to_sql

#: where in an identifier its random digits stand (counted from 1), and how many choose the bars of a timeline
RANDOM, DIGITS = 13, 4
#: what takes at least this part of a timeline is long
LONG_PART = 200
#: the columns that a progress is made of
_PROGRESS = {name: f"progress_{name}" for name in ("done", "total", "text", "at")}
#: the columns of a record
RUN = dict.fromkeys([field.name for field in fields(RunRecord) if field.name != "progress"])
RUN |= dict.fromkeys(_PROGRESS.values())
_STATUSES = {status.value: status for status in Status}
_NOTABLE = [status.value for status in NOTABLE]


class History:
    """Reads what there is to see."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def jobs(self, names: Collection[str] | None = None, recent: int = RECENT) -> Sequence[JobRecord]:
        table = self._database.tables.jobs
        wanted = select(table).order_by(table.c.name)
        if names is not None:
            wanted = wanted.where(table.c.name.in_(list(names)))
        with self._database.transaction() as connection:
            rows = connection.execute(wanted).all()
            latest = self._latest(connection, [row.name for row in rows], recent)
            running = self._running(connection)
        return [_job_record(row, running[row.name], latest[row.name]) for row in rows]

    def run(self, id_: str) -> RunRecord | None:
        table = self._database.tables.runs
        with self._database.transaction() as connection:
            found = select(*(table.c[name] for name in RUN)).where(table.c.id == id_)
            row = connection.execute(found).first()
        return None if row is None else run_record(row)

    def timeline(self, since: datetime, until: datetime, limit: int = MAX_SUMMARIES) -> Sequence[RunSummary]:
        with self._database.transaction() as connection:
            running = [bar for bars in self._running(connection).values() for bar in bars]
            bars = [bar for bar in running if bar.began < until][-limit:]
            bars += self._ended(connection, since, until, limit - len(bars))
        return sorted(bars, key=lambda bar: (bar.began, bar.id))

    def servers(self) -> Sequence[ServerRecord]:
        table = self._database.tables.processes
        seen = select(table.c.server, func.max(table.c.seen).label("seen")).group_by(table.c.server)
        with self._database.transaction() as connection:
            living = connection.execute(
                select(table).where(table.c.ended.is_(None)).order_by(table.c.id)
            ).all()
            known = connection.execute(seen).all()
        processes = defaultdict(list)
        for row in living:
            processes[row.server].append(_process(row))
        return [
            ServerRecord(name=row.server, seen=from_sql(row.seen), processes=tuple(processes[row.server]))
            for row in sorted(known, key=lambda row: row.server)
        ]

    def events(
        self, job: str | None = None, *, before: str | None = None, limit: int = PAGE
    ) -> Sequence[Event]:
        """Return a page of who did what, newest first; `before` is the identifier of the last one before."""
        table = self._database.tables.events
        found = select(table).order_by(table.c.id.desc()).limit(limit)
        if job is not None:
            found = found.where(table.c.job == job)
        if before is not None:
            found = found.where(table.c.id < before)
        with self._database.transaction() as connection:
            return [
                Event(
                    id=row.id,
                    at=from_sql(row.at),
                    actor=row.actor,
                    action=row.action,
                    job=row.job,
                    run=row.run,
                    note=row.note,
                )
                for row in connection.execute(found)
            ]

    def _latest(
        self, connection: Connection, names: Collection[str], count: int
    ) -> Mapping[str, list[RunSummary]]:
        """Return the latest records of each job, newest first."""
        jobs, runs = self._database.tables.jobs, self._database.tables.runs
        latest = select(*_bar_columns(runs)).order_by(runs.c.id.desc()).limit(count)
        if connection.dialect.name == "postgresql":
            of_job = latest.where(runs.c.job == jobs.c.name).lateral("latest")
            found = select(*of_job.c).select_from(jobs).where(jobs.c.name.in_(list(names)))
            return _by_job(connection.execute(found).all())
        # MariaDB does not know LATERAL, and whatever else says it in one statement reads the whole history.
        of_one = latest.where(runs.c.job == bindparam("the_name"))
        rows = [row for name in names for row in connection.execute(of_one, {"the_name": name})]
        return _by_job(rows)

    def _running(self, connection: Connection) -> Mapping[str, list[RunSummary]]:
        """Return the runs that go on, oldest first."""
        runs = self._database.tables.runs
        found = select(*_bar_columns(runs)).where(runs.c.status == Status.RUNNING.value)
        return _by_job(connection.execute(found.order_by(runs.c.id)).all())

    def _ended(
        self, connection: Connection, since: datetime, until: datetime, limit: int
    ) -> list[RunSummary]:
        """Return what ended after `since` and began before `until`; of more than `limit`, a fair choice."""
        runs = self._database.tables.runs
        within = and_(runs.c.finished >= to_sql(since), runs.c.claimed < to_sql(until))
        bars = select(*_bar_columns(runs)).where(within)
        rows = connection.execute(bars.limit(limit + 1)).all()
        if len(rows) > limit:
            long = _long_spans(connection.dialect.name, runs.c.started, runs.c.finished, until - since)
            rank = case((or_(runs.c.status.in_(_NOTABLE), long), 1), else_=0)
            chosen = self._chosen(connection, within, rank, limit)
            some = bars.where(chosen).order_by(rank.desc(), runs.c.finished.desc()).limit(limit)
            rows = connection.execute(some).all()
        return [_bar(row) for row in rows]

    def _chosen(
        self, connection: Connection, within: ColumnElement[bool], rank: ColumnElement[int], limit: int
    ) -> ColumnElement[bool]:
        """Return what is true for about `limit` of the records: all of rank 1, and some of the others."""
        runs = self._database.tables.runs
        counted = select(func.count(), func.coalesce(func.sum(rank), 0)).where(within)
        total, first = connection.execute(counted).one()
        part = max(limit - int(first), 0) / max(total - int(first), 1)
        below = f"{min(int(part * 16**DIGITS), 16**DIGITS - 1):0{DIGITS}x}"
        return or_(rank == 1, func.substr(runs.c.id, RANDOM, DIGITS) < below)


def _bar_columns(runs: Table) -> list[ColumnElement[Any]]:
    columns = runs.c
    began = func.coalesce(columns.started, columns.claimed).label("began")
    return [columns.id, columns.job, columns.status, columns.due, began, columns.finished, columns.count]


def _by_job(rows: Sequence[Row[Any]]) -> Mapping[str, list[RunSummary]]:
    bars = defaultdict(list)
    for bar in map(_bar, rows):
        bars[bar.job].append(bar)
    return bars


def _bar(row: Row[Any]) -> RunSummary:
    id_, job, status, due, began, ended, times = row
    end = None if ended is None else from_sql(ended)
    return RunSummary(id_, job, _STATUSES[status], from_sql(due), from_sql(began), end, times)


def _job_record(row: Row[Any], running: list[RunSummary], recent: list[RunSummary]) -> JobRecord:
    return JobRecord(
        name=row.name,
        pause=pause_of(row) if row.paused else None,
        cursor=from_sql(row.cursor_at),
        failures=row.failures,
        resumed_at=row.resumed_at and from_sql(row.resumed_at),
        problem=None if row.problem is None else noted_problem(row.problem),
        problem_at=row.problem_at and from_sql(row.problem_at),
        running=tuple(running),
        recent=tuple(recent),
    )


def run_record(row: Row[Any]) -> RunRecord:
    """Return a row of runs, or what was read of it, as a record."""
    values: dict[str, Any] = {
        name: from_sql(value) if isinstance(value, datetime) else value
        for name, value in row._mapping.items()
        if name in RUN
    }
    told = {name: values.pop(column) for name, column in _PROGRESS.items()}
    progress = None if told["at"] is None else Progress(**told)
    status, trigger = Status(row.status), Trigger(row.trigger)
    return RunRecord(**values | {"status": status, "trigger": trigger, "progress": progress})


def _process(row: Row[Any]) -> ProcessRecord:
    thread_counts = None
    if row.threads_free is not None:
        thread_counts = ThreadCounts(free=row.threads_free, busy=row.threads_busy, stuck=row.threads_stuck)
    return ProcessRecord(id=row.id, pid=row.pid, seen=from_sql(row.seen), thread_counts=thread_counts)


def _long_spans(
    dialect: str, start: ColumnElement[Any], end: ColumnElement[Any], window: timedelta
) -> ColumnElement[bool]:
    """Return what is true where `start` and `end` are far apart, as seen in a window of that length."""
    seconds = window.total_seconds() / LONG_PART
    if dialect == "postgresql":
        return func.extract("epoch", end - start) > seconds
    if dialect == "sqlite":
        return (func.julianday(end) - func.julianday(start)) * 86400 > seconds
    return func.timestampdiff(literal_column("SECOND"), start, end) > seconds
