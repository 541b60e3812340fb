# do not pre-load
"""The processes that run jobs, runs that wait for one, and what becomes of runs that have lost theirs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    insert,
    or_,
    select,
    update,
)

from ...core.job import Job
from ...core.retry import RESEND_AFTER, OrphanedRun, WaitingRun, end_orphan, send_again_at
from ...core.run import Interruption, Run, Status, Trigger
from ...core.site import SiteStart
from ..base import DequeuedRun, PollResult, Process, ProcessHeartbeat
from ..records import ThreadCounts
from .claims.short_runs import write_down
from .engine import Database, insert_missing
from .jobs.dynamic_jobs import etag_of, etag_query
from .jobs.pauses import is_held_up
from .jobs.session_actions import is_near
from .requests import is_waiting
from .rows import counted_from, from_sql, interruption_row, to_sql
from .runs import is_due_again
from .tables import Moment, Tables

#: the identifier of the one row that says when the site has started
SITE = 1
#: what is told of a process
PROCESS = ("id", "server", "host_id", "pid", "started_ticks", "boot", "heartbeat")
#: so many messages are sent again at a time
MESSAGES = 100


class Processes:
    """Knows who lives."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def register(self, process: Process, now: datetime) -> None:
        runs, before = self._database.tables.runs, self._database.process
        with self._database.transaction() as connection:
            row = asdict(process) | {"heartbeat": 0, "seen": to_sql(now)}
            connection.execute(insert(self._database.tables.processes), row)
            if before is not None:  # what was claimed under the name that others have given up
                running_runs = and_(runs.c.process == before.id, runs.c.status == Status.RUNNING.value)
                connection.execute(update(runs).where(running_runs).values(process=process.id))
                jobs = self._database.tables.jobs
                leases = update(jobs).where(jobs.c.lease_process == before.id)
                connection.execute(leases.values(lease_process=process.id))
        self._database.process = process

    def beat(self, process: Process, now: datetime, thread_counts: ThreadCounts | None = None) -> bool:
        table = self._database.tables.processes
        alive = and_(table.c.id == process.id, table.c.ended.is_(None))
        with self._database.transaction() as connection:
            values = {"heartbeat": table.c.heartbeat + 1, "seen": to_sql(now)}
            if thread_counts is not None:
                values |= {f"threads_{state}": number for state, number in asdict(thread_counts).items()}
            return connection.execute(update(table).where(alive).values(values)).rowcount == 1

    def reap(
        self, process: Process, beat: int | None, jobs: Mapping[str, Job], now: datetime
    ) -> Sequence[Interruption]:
        """Give a process up, unless it has moved on from `beat`; its runs end as interrupted or timed out (C12)."""
        table, runs = self._database.tables.processes, self._database.tables.runs
        orphan = and_(runs.c.process == process.id, runs.c.status == Status.RUNNING.value)
        dead = and_(table.c.id == process.id, table.c.ended.is_(None))
        if beat is not None:
            dead = and_(dead, table.c.heartbeat == beat)
        with self._database.transaction() as connection:
            if connection.execute(update(table).where(dead).values(ended=to_sql(now))).rowcount != 1:
                return []
            leases = self._database.tables.jobs.c.lease_process
            connection.execute(write_down(self._database.tables, leases == process.id))
            ended = _end_orphans(connection, self._database, orphan, jobs, now)
        self._database.counts.interrupted(ended)
        return ended

    def note_site_start(self, start: SiteStart) -> bool:
        site = self._database.tables.site
        as_seen = and_(site.c.id == SITE, site.c.number == start.number - 1)
        values = {
            "number": start.number,
            "started_at": to_sql(start.at),
            "boots": json.dumps(sorted(start.boots)),
        }
        with self._database.transaction() as connection:
            insert_missing(connection, site, [{"id": SITE, "number": 0}])
            return connection.execute(update(site).where(as_seen).values(values)).rowcount == 1

    def unregister(self, process: Process, now: datetime) -> bool:
        table, runs = self._database.tables.processes, self._database.tables.runs
        running_runs = and_(runs.c.process == process.id, runs.c.status == Status.RUNNING.value)
        leases = self._database.tables.jobs.c.lease_process
        idle = and_(
            table.c.id == process.id,
            ~select(runs.c.id).where(running_runs).exists(),
            ~select(leases).where(leases == process.id).exists(),
        )
        with self._database.transaction() as connection:
            return connection.execute(update(table).where(idle).values(ended=to_sql(now))).rowcount == 1

    def poll(self, now: datetime) -> PollResult:
        with self._database.transaction() as connection:
            rows = connection.execute(_poll_query(self._database.tables), {"the_now": to_sql(now)}).all()
        first = rows[0]  # there is one whether anybody lives or not
        return PollResult(
            heartbeats=tuple(
                ProcessHeartbeat(
                    process=Process(
                        id=row.id,
                        server=row.server,
                        host_id=row.host_id,
                        pid=row.pid,
                        started_ticks=row.started_ticks,
                        boot=row.boot,
                    ),
                    beat=row.heartbeat,
                )
                for row in rows
                if row.id is not None
            ),
            dynamic_jobs_etag=etag_of(first),
            is_wanted=bool(first.is_wanted),
            is_expired=bool(first.is_expired),
            is_unanswered=bool(first.is_unanswered),
            is_action_near=bool(first.is_action_near),
            site_start=_site_start(first),
        )


def _site_start(row: Row[Any]) -> SiteStart | None:
    if row.site_started_at is None:
        return None
    return SiteStart(
        number=row.site_number, at=from_sql(row.site_started_at), boots=frozenset(json.loads(row.site_boots))
    )


class QueuedRuns:
    """Runs that wait for another process (C21)."""

    def __init__(self, database: Database) -> None:
        self._database = database
        #: runs that may have been taken over although the connection broke
        self._unconfirmed: set[str] = set()

    def enqueue(self, run: Run, expires: datetime) -> None:
        runs = self._database.tables.runs
        waiting = and_(runs.c.id == run.id, runs.c.status == Status.RUNNING.value, runs.c.started.is_(None))
        with self._database.transaction() as connection:
            values = {
                "process": None,
                "expires": to_sql(expires),
                "send_again": to_sql(run.claimed + RESEND_AFTER),
            }
            connection.execute(update(runs).where(waiting).values(values))

    def dequeue(self, run: str, process: Process, now: datetime) -> DequeuedRun | None:
        runs = self._database.tables.runs
        tables = self._database.tables
        to_be_had = and_(
            runs.c.id == run, _is_enqueued(tables), runs.c.expires > to_sql(now), ~is_held_up(tables)
        )
        values = {
            "process": process.id,
            "server": process.server,
            "started": to_sql(now),
            "expires": None,
        }
        with self._database.transaction() as connection:
            taken = connection.execute(update(runs).where(to_be_had).values(values)).rowcount == 1
            if not taken and run not in self._unconfirmed:
                return None
            found = self._dequeued(connection, run, process)
            self._unconfirmed.add(run)
        self._unconfirmed.discard(run)
        return found

    def _dequeued(self, connection: Connection, run: str, process: Process) -> DequeuedRun | None:
        """Return a run that belongs to `process`."""
        runs, jobs = self._database.tables.runs, self._database.tables.jobs
        names = ("job", "due", "claimed", "attempt", "trigger", "arguments")
        columns = (*(runs.c[each] for each in names), jobs.c.failures)
        ours = and_(runs.c.id == run, runs.c.process == process.id, runs.c.status == Status.RUNNING.value)
        row = connection.execute(
            select(*columns).select_from(runs.outerjoin(jobs, jobs.c.name == runs.c.job)).where(ours)
        ).first()
        if row is None:
            return None
        return DequeuedRun(
            job=row.job,
            due=from_sql(row.due),
            claimed=from_sql(row.claimed),
            attempt=row.attempt,
            trigger=Trigger(row.trigger),
            failing=bool(row.failures),
            arguments=row.arguments,
        )

    def unanswered(self, now: datetime) -> Sequence[WaitingRun]:
        runs = self._database.tables.runs
        columns = (runs.c[each] for each in ("id", "job", "claimed", "expires", "send_again"))
        found = select(*columns).where(is_unanswered(self._database.tables, to_sql(now))).limit(MESSAGES)
        with self._database.transaction() as connection:
            return [
                waiting
                for row in connection.execute(found).all()
                if self._postpone(connection, waiting := _waiting(row), row.send_again, now)
            ]

    def _postpone(self, connection: Connection, waiting: WaitingRun, before: datetime, now: datetime) -> bool:
        """Note when a message is sent next; return whether nobody else has done so."""
        runs = self._database.tables.runs
        as_found = and_(runs.c.id == waiting.run, runs.c.process.is_(None), runs.c.send_again == before)
        again = to_sql(send_again_at(waiting, now))
        return connection.execute(update(runs).where(as_found).values(send_again=again)).rowcount == 1

    def give_up_expired(self, now: datetime, jobs: Mapping[str, Job]) -> Sequence[Interruption]:
        expired = is_expired(self._database.tables, to_sql(now))
        with self._database.transaction() as connection:
            ended = _end_orphans(connection, self._database, expired, jobs, now)
        self._database.counts.interrupted(ended)
        return ended


def _end_orphans(
    connection: Connection,
    database: Database,
    orphaned: ColumnElement[bool],
    jobs: Mapping[str, Job],
    now: datetime,
) -> Sequence[Interruption]:
    """End the runs for which `orphaned` is true, each only if that is still so when it is its turn."""
    runs = database.tables.runs
    rows = connection.execute(select(runs).where(orphaned).order_by(runs.c.id)).all()
    ended = []
    for row in rows:
        interruption = end_orphan(_orphaned_run(row), jobs.get(row.job), now)
        still = update(runs).where(and_(runs.c.id == row.id, orphaned))
        if connection.execute(still.values(interruption_row(interruption, now))).rowcount == 1:
            ended.append(interruption)
    if ended:
        _set_free(connection, database, ended, jobs, now)
    return ended


def _set_free(
    connection: Connection,
    database: Database,
    ended: Sequence[Interruption],
    jobs: Mapping[str, Job],
    now: datetime,
) -> None:
    """Take what runs hold away from them that ended at `now`, in the order of a claim."""
    locks, statements = database.tables.locks, database.statements
    runs = [each.run for each in ended]
    rows = connection.execute(select(locks.c.lease, locks.c.name).where(locks.c.lease.in_(runs)))
    held = {row.lease: row.name for row in rows}
    for each in sorted(ended, key=lambda each: (held.get(each.run, ""), each.job)):
        values = {"the_name": each.job, "the_run": each.run}
        if each.run in held:
            connection.execute(statements.unlock, {**values, "the_name": held[each.run]})
        job = jobs.get(each.job)
        if job is not None and job.counts_from_end:
            connection.execute(statements.release_after, values | counted_from(job, each.retry_at or now))
        else:
            connection.execute(statements.release, values)


def _orphaned_run(row: Row[Any]) -> OrphanedRun:
    return OrphanedRun(
        run=row.id,
        job=row.job,
        due=from_sql(row.due),
        attempt=row.attempt,
        server=row.server or "",
        began=from_sql(row.started or row.claimed),
        had_process=row.process is not None,
        stop=row.stop,
    )


def _waiting(row: Any) -> WaitingRun:
    return WaitingRun(run=row.id, job=row.job, claimed=from_sql(row.claimed), expires=from_sql(row.expires))


def _is_enqueued(tables: Tables) -> ColumnElement[bool]:
    """Tell which runs were handed over, and belong to nobody, if they have a time until which they may be taken."""
    return and_(tables.runs.c.process.is_(None), tables.runs.c.status == Status.RUNNING.value)


def is_expired(tables: Tables, now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Tell which runs were handed over, and nobody took them in time."""
    return and_(tables.runs.c.expires <= now, _is_enqueued(tables), ~is_held_up(tables))


def is_unanswered(tables: Tables, now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Tell which runs were handed over, and are to be announced again at `now`."""
    return and_(tables.runs.c.expires > now, _is_enqueued(tables), tables.runs.c.send_again <= now)


@cache
def _poll_query(tables: Tables) -> Select[Any]:
    """Build it: `the_now`."""
    processes, runs, jobs, site = tables.processes, tables.runs, tables.jobs, tables.site
    now = bindparam("the_now", type_=Moment)
    etag = etag_query(tables).subquery()
    again = (
        select(runs.c.id).join_from(runs, jobs, jobs.c.name == runs.c.job).where(is_due_again(tables, now))
    )
    requested = select(tables.events.c.id).where(is_waiting(tables))
    expired = select(runs.c.id).where(is_expired(tables, now))
    unanswered = select(runs.c.id).where(is_unanswered(tables, now))
    near = select(tables.session_actions.c.name).where(is_near(tables, now))
    return select(
        *(processes.c[each] for each in PROCESS),
        *etag.c,
        *(
            select(site.c[each]).where(site.c.id == SITE).scalar_subquery().label(f"site_{each}")
            for each in ("number", "started_at", "boots")
        ),
        or_(requested.exists(), again.exists()).label("is_wanted"),
        expired.exists().label("is_expired"),
        unanswered.exists().label("is_unanswered"),
        near.exists().label("is_action_near"),
    ).select_from(etag.outerjoin(processes, processes.c.ended.is_(None)))
