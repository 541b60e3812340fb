# do not pre-load
"""The store in SQL: every method is one transaction, a claim is one conditional UPDATE and its row count."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, and_, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError, SQLAlchemyError

from ...decision import Decision, State, decide
from ...errors import StoreUnavailable
from ...job import Job, Overlap
from ...record import Due, Interruption, Outcome, Run, Status, Trigger, new_run_id
from ...retry import pause_before_resuming
from ...store import Claim, Process, Pulse, Retry, Wanted
from . import schema, statements
from .rows import ending_row, in_ascii, job_row, optional, outcome_row, run_row
from .tables import Tables, define, from_sql, to_sql

#: how often a claim looks again after another server was faster
TRIES = 5


class SqlStore:
    """The store of one process."""

    def __init__(self, engine: Engine, prefix: str) -> None:
        """Use `engine`, which no other process may share; table names begin with `prefix`."""
        self._engine = engine
        self._prefix = prefix
        self._tables: Tables = define(prefix)
        self._statements = statements.build(self._tables)
        self._process: Process | None = None
        #: runs whose claim may have been committed although the connection broke
        self._doubtful: list[Run] = []

    def upgrade(self) -> None:
        """Create or upgrade the tables."""
        with self._errors():
            schema.upgrade(self._engine, self._prefix)

    def enrol(self, process: Process, now: datetime) -> None:
        """Take up a process; what it claims bears its name."""
        runs, before = self._tables.runs, self._process
        with self._transaction() as connection:
            row = asdict(process) | {"beat": 0, "seen": to_sql(now)}
            connection.execute(insert(self._tables.processes), row)
            if before is not None:  # what was claimed under the name that others have given up
                going_on = and_(runs.c.process == before.id, runs.c.status == Status.RUNNING.value)
                connection.execute(update(runs).where(going_on).values(process=process.id))
        self._process = process

    def see(self, jobs: Sequence[Job], now: datetime) -> Mapping[str, datetime]:
        """Take up the jobs of the configuration, and return the cursor of each."""
        table = self._tables.jobs
        jobs = sorted(jobs, key=lambda job: job.name)  # in one order on every server, as in a claim
        with self._transaction() as connection:
            known = {row.name: row for row in connection.execute(select(table.c.name, table.c.schedule))}
            new = [job_row(job, now) for job in jobs if job.name not in known]
            if new:
                self._insert_jobs(connection, new)
            for job in jobs:
                if job.name in known and known[job.name].schedule != job.fingerprint:
                    values = {"schedule": job.fingerprint, "cursor_at": to_sql(now)}
                    connection.execute(update(table).where(table.c.name == job.name).values(values))
            cursors = connection.execute(select(table.c.name, table.c.cursor_at)).all()
        return {row.name: from_sql(row.cursor_at) for row in cursors}

    def _insert_jobs(self, connection: Connection, rows: list[dict[str, Any]]) -> None:
        """Insert the rows that no other server has inserted meanwhile."""
        if connection.dialect.name in {"mysql", "mariadb"}:
            statement: Any = insert(self._tables.jobs).prefix_with("IGNORE")
        else:
            dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
            statement = dialect.insert(self._tables.jobs).on_conflict_do_nothing()
        connection.execute(statement, rows)

    def claim(self, wanted: Sequence[Wanted], now: datetime) -> Sequence[Claim]:
        """Decide about each wish and claim what is to run, all or nothing, recording what is not run."""
        claims: list[Claim] = []
        rows: list[dict[str, Any]] = []
        with self._transaction() as connection:
            recovered = self._recover(connection)
            states = self._states(connection, [each.job.name for each in wanted])
            # in one order on every server, so that two never wait for each other
            ordered = sorted(wanted, key=lambda one: one.key)
            claims.extend(self._claim(connection, each, states, now, rows) for each in ordered)
            if rows:
                connection.execute(self._statements.record, rows)
            self._doubtful += [claim.run for claim in claims if claim.run is not None]
        self._doubtful = []
        return claims + recovered

    def _recover(self, connection: Connection) -> list[Claim]:
        """Find the claims whose commit went through although its answer was lost: they are ours to run."""
        if not self._doubtful:
            return []
        table = self._tables.runs
        ids = [run.id for run in self._doubtful]
        # those that others have meanwhile found without a process are no longer ours
        ours = and_(table.c.id.in_(ids), table.c.status == Status.RUNNING.value)
        found = set(connection.execute(select(table.c.id).where(ours)).scalars())
        return [Claim(wanted=Wanted(run.job), run=run) for run in self._doubtful if run.id in found]

    def _states(self, connection: Connection, names: Sequence[str]) -> dict[str, State]:
        rows = connection.execute(self._statements.states, {"the_names": names})
        return {
            row.name: State(
                cursor=from_sql(row.cursor_at),
                busy_since=from_sql(row.leased_at) if row.lease is not None else None,
                paused=bool(row.paused),
            )
            for row in rows
        }

    def _claim(
        self,
        connection: Connection,
        wanted: Wanted,
        states: dict[str, State],
        now: datetime,
        rows: list[dict[str, Any]],
    ) -> Claim:
        if wanted.retry is not None:
            return self._claim_retry(connection, wanted, wanted.retry, now, rows)
        name = wanted.job.name
        for _ in range(TRIES):
            if name not in states:
                return Claim(wanted=wanted)  # somebody deleted the job's row; the next start makes it again
            decision = decide(wanted.job, states[name], now)
            if decision is None:
                return Claim(wanted=wanted)
            run = self._new_run(wanted.job, decision, now)
            if self._advance(connection, wanted.job, states[name], decision, run):
                rows.extend(ending_row(ending, now, self._process) for ending in decision.endings)
                if run is not None:
                    rows.append(run_row(run, self._process))
                return Claim(wanted=wanted, run=run, endings=decision.endings, more=decision.more)
            states.update(self._states(connection, [name]))
        return Claim(wanted=wanted, more=True)

    @staticmethod
    def _new_run(job: Job, decision: Decision, now: datetime) -> Run | None:
        if decision.run is None:
            return None
        return Run(id=new_run_id(now), due=Due(job, decision.run), claimed=now, trigger=decision.trigger)

    def _advance(
        self, connection: Connection, job: Job, state: State, decision: Decision, run: Run | None
    ) -> bool:
        """Move the cursor, if it is still where it was seen: the claim."""
        if decision.cursor == state.cursor:
            return True
        values: dict[str, Any] = {
            "the_name": job.name,
            "the_cursor": to_sql(state.cursor),
            "cursor_at": to_sql(decision.cursor),
            "next_due": optional(job.schedule.next_after(decision.cursor)),
        }
        if run is None or job.overlap is Overlap.ALLOW:
            return connection.execute(self._statements.advance, values).rowcount == 1
        values |= {"lease": run.id, "leased_at": to_sql(run.claimed)}
        return connection.execute(self._statements.take, values).rowcount == 1

    def _claim_retry(
        self, connection: Connection, wanted: Wanted, retry: Retry, now: datetime, rows: list[dict[str, Any]]
    ) -> Claim:
        due = Due(wanted.job, retry.due)
        run = Run(id=new_run_id(now), due=due, claimed=now, attempt=retry.attempt, trigger=Trigger.RETRY)
        runs, jobs = self._tables.runs, self._tables.jobs
        if wanted.job.overlap is not Overlap.ALLOW:
            free = and_(jobs.c.name == wanted.job.name, jobs.c.lease.is_(None))
            lease = {"lease": run.id, "leased_at": to_sql(now)}
            if connection.execute(update(jobs).where(free).values(lease)).rowcount != 1:
                return Claim(wanted=wanted, more=True)
        open_ = and_(runs.c.id == retry.run, runs.c.retry_at.is_not(None))
        if connection.execute(update(runs).where(open_).values(retry_at=None)).rowcount != 1:
            connection.execute(update(jobs).where(jobs.c.lease == run.id).values(lease=None, leased_at=None))
            return Claim(wanted=wanted)
        rows.append(run_row(run, self._process))
        return Claim(wanted=wanted, run=run)

    def finish(self, run: Run, outcome: Outcome) -> None:
        """Record how a run ended and set its job free; harmless when repeated."""
        values = outcome_row(outcome)
        try:
            self._finish(run, values)
        except StoreUnavailable as error:
            if not isinstance(error.__cause__, DataError):
                raise
            self._finish(run, in_ascii(values))  # a database that does not keep all of Unicode

    def _finish(self, run: Run, values: Mapping[str, Any]) -> None:
        with self._transaction() as connection:
            connection.execute(self._statements.finish, {**values, "the_run": run.id})
            if run.job.overlap is not Overlap.ALLOW:
                connection.execute(self._statements.release, {"the_name": run.job.name, "the_run": run.id})

    def beat(self, process: Process, now: datetime) -> bool:
        """Give a sign of life; False when the process was given up by others."""
        table = self._tables.processes
        alive = and_(table.c.id == process.id, table.c.ended.is_(None))
        with self._transaction() as connection:
            values = {"beat": table.c.beat + 1, "seen": to_sql(now)}
            return connection.execute(update(table).where(alive).values(values)).rowcount == 1

    def pulses(self) -> Sequence[Pulse]:
        """Return the last sign of life of every process that has not been given up."""
        table = self._tables.processes
        with self._transaction() as connection:
            rows = connection.execute(select(table).where(table.c.ended.is_(None))).all()
        return [
            Pulse(
                process=Process(id=row.id, server=row.server, place=row.place, pid=row.pid, birth=row.birth),
                beat=row.beat,
            )
            for row in rows
        ]

    def bury(
        self, process: Process, beat: int | None, resumable: Collection[str], now: datetime
    ) -> Sequence[Interruption]:
        """Give a process up, unless it has moved on from `beat`; its runs become interrupted."""
        table = self._tables.processes
        dead = and_(table.c.id == process.id, table.c.ended.is_(None))
        if beat is not None:
            dead = and_(dead, table.c.beat == beat)
        with self._transaction() as connection:
            if connection.execute(update(table).where(dead).values(ended=to_sql(now))).rowcount != 1:
                return []
            return self._interrupt(connection, process, resumable, now)

    def leave(self, process: Process, now: datetime) -> bool:
        """Take leave in good order; False, and nothing is changed, when a run of the process has not ended."""
        table, runs = self._tables.processes, self._tables.runs
        going_on = and_(runs.c.process == process.id, runs.c.status == Status.RUNNING.value)
        idle = and_(table.c.id == process.id, ~select(runs.c.id).where(going_on).exists())
        with self._transaction() as connection:
            return connection.execute(update(table).where(idle).values(ended=to_sql(now))).rowcount == 1

    def _interrupt(
        self, connection: Connection, process: Process, resumable: Collection[str], now: datetime
    ) -> list[Interruption]:
        runs, jobs = self._tables.runs, self._tables.jobs
        orphan = and_(runs.c.process == process.id, runs.c.status == Status.RUNNING.value)
        columns = (runs.c.id, runs.c.job, runs.c.due, runs.c.attempt)
        # in the order in which claims take the jobs, so that the two never wait for each other
        rows = connection.execute(select(*columns).where(orphan).order_by(runs.c.job)).all()
        for row in rows:
            values = {
                "status": Status.INTERRUPTED.value,
                "finished": to_sql(now),
                "reason": "its process died",
                "retry_at": to_sql(now + pause_before_resuming(row.attempt))
                if row.job in resumable
                else None,
            }
            connection.execute(update(runs).where(runs.c.id == row.id).values(values))
            held = and_(jobs.c.name == row.job, jobs.c.lease == row.id)
            connection.execute(update(jobs).where(held).values(lease=None, leased_at=None))
        return [
            Interruption(
                run=row.id, job=row.job, due=from_sql(row.due), attempt=row.attempt, server=process.server
            )
            for row in rows
        ]

    def retries(self, jobs: Collection[str], now: datetime) -> Sequence[Retry]:
        """Return what is to be tried again now, of these jobs."""
        table = self._tables.runs
        with self._transaction() as connection:
            rows = connection.execute(
                select(table.c.id, table.c.job, table.c.due, table.c.attempt)
                .where(and_(table.c.retry_at.is_not(None), table.c.retry_at <= to_sql(now)))
                .order_by(table.c.retry_at)
            ).all()
        return [
            Retry(run=row.id, job=row.job, due=from_sql(row.due), attempt=row.attempt + 1)
            for row in rows
            if row.job in jobs
        ]

    def prune(self, before: datetime, limit: int) -> int:
        """Delete at most `limit` records that ended before; the latest of each job stays. Return how many."""
        runs = self._tables.runs
        later = runs.alias()
        newer = select(later.c.id).where(and_(later.c.job == runs.c.job, later.c.id > runs.c.id)).exists()
        old = and_(runs.c.finished < to_sql(before), runs.c.retry_at.is_(None), newer)
        processes = self._tables.processes
        with self._transaction() as connection:
            connection.execute(delete(processes).where(processes.c.ended < to_sql(before)))
            ids = list(connection.execute(select(runs.c.id).where(old).limit(limit)).scalars())
            if ids:
                connection.execute(delete(runs).where(runs.c.id.in_(ids)))
        return len(ids)

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with self._errors(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            # The statement and its parameters are left out: they may hold what jobs return.
            reason = getattr(error, "orig", None) or error
            raise StoreUnavailable(f"{type(error).__name__}: {str(reason).strip()}") from error
