# do not pre-load
"""Claims: each is one conditional UPDATE and its row count."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, and_, select, update

from ...decision import Decision, State, decide
from ...job import Job, Overlap
from ...record import Due, Run, Status, Trigger, new_run_id
from ...store import Claim, Retry, Wanted
from .database import Database
from .rows import ending_row, optional, run_row
from .tables import from_sql, to_sql

#: how often a claim looks again after another server was faster
TRIES = 5


class Claims(Database):
    """Claims what is to run."""

    def __init__(self, engine: Engine, prefix: str) -> None:
        super().__init__(engine, prefix)
        #: runs whose claim may have been committed although the connection broke
        self._doubtful: list[Run] = []

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
