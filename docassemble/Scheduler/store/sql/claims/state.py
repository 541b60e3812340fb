# do not pre-load
"""The rows of jobs and locks, as one transaction sees them; and what a process remembers of them in between."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from ....core.decision import Decision, State, decide
from ....core.job import Job, Overlap
from ....core.run import Due, Run, Status, Trigger, new_run_id
from ...base import Claim, ClaimRequest, Process
from ..rows import from_sql, leased, moved, run_row, unrun_row
from ..statements import Statements, Step


@dataclass(frozen=True, slots=True)
class JobRow:
    """The row of a job, as it was read."""

    state: State
    lease: str | None
    #: whether its last run failed
    failing: bool
    #: which definition counts, of an added job
    version: int | None


@dataclass(frozen=True, slots=True)
class LockRow:
    """The row of a lock, as it was read."""

    #: what stands there, also when that run has ended: a release before this one knows no locks, and left it
    lease: str | None
    #: None when it is free
    since: datetime | None


class ClaimState:
    """What was read in one transaction, and what it has changed of that since."""

    def __init__(self, connection: Connection, statements: Statements) -> None:
        self._connection = connection
        self._statements = statements
        #: by the names of the jobs
        self.jobs: dict[str, JobRow] = {}
        #: by the names of the locks
        self.locks: dict[str, LockRow] = {}

    def look(self, jobs: list[Job]) -> None:
        """Read the rows of these jobs, and those of their locks."""
        if not jobs:
            return
        names = [job.name for job in jobs]
        for row in self._connection.execute(self._statements.states, {"the_names": names}):
            state = State(
                cursor=from_sql(row.cursor_at),
                busy_since=from_sql(row.leased_at) if row.lease is not None else None,
                paused=bool(row.paused),
                resumed_at=row.resumed_at and from_sql(row.resumed_at),
            )
            self.jobs[row.name] = JobRow(state, row.lease, row.failures > 0, row.version)
        locks = sorted({job.lock for job in jobs if job.lock is not None})
        if locks:
            for row in self._connection.execute(self._statements.locks, {"the_names": locks}):
                running = row.status == Status.RUNNING.value
                self.locks[row.name] = LockRow(row.lease, from_sql(row.leased_at) if running else None)

    def is_missing(self, job: Job) -> bool:
        """Return whether the database has no row of a job, or of its lock."""
        return job.name not in self.jobs or (job.lock is not None and job.lock not in self.locks)

    def state(self, job: Job) -> State | None:
        """Return the state of a job; None when there is nothing to be claimed of it (C22).

        Either it is lost; or this process has not yet noticed that the job was added anew or taken away.
        """
        row = self.jobs.get(job.name)
        if row is None or (job.version is not None and job.version != row.version):
            return None
        if job.lock is None:
            return row.state
        lock = self.locks.get(job.lock)
        return None if lock is None else replace(row.state, locked_since=lock.since)


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimisticClaim:
    """A claim of a job whose row is not read first: it succeeds if the row is as this process has left it (C5)."""

    request: ClaimRequest
    decision: Decision
    run: Run
    #: of the statement `take_as_left`, which finds out
    values: Mapping[str, Any]

    @property
    def claim(self) -> Claim:
        return Claim(request=self.request, run=self.run, unrun=self.decision.unrun, more=self.decision.more)

    def steps(self, process: Process | None) -> list[Step]:
        """Return what makes and confirms it, for a process."""
        claimed = {"the_name": self.run.job.name, "the_run": self.run.id}
        rows = [unrun_row(each, self.run.claimed, process) for each in self.decision.unrun]
        begin = Step("begin", {**run_row(self.run, process), **self.values})
        return [begin, *(Step("end_with", {**row, **claimed}) for row in rows)]


class CursorCache:
    """Where this process has left the cursors of the jobs that it claimed last; others may have moved them.

    Without it, each claim reads its job's row first.
    """

    def __init__(self) -> None:
        self._cursors: dict[str, datetime] = {}

    def claims(self, requests: Sequence[ClaimRequest], now: datetime) -> list[OptimisticClaim]:
        """Return which of these can be claimed without a look at their rows, if nothing has changed."""
        claims = [
            self._claim(each, cursor, now)
            for each in requests
            if each.due is None and (cursor := self._cursors.get(each.job.name)) and is_plain(each.job)
        ]
        return [claim for claim in claims if claim is not None]

    def _claim(self, request: ClaimRequest, cursor: datetime, now: datetime) -> OptimisticClaim | None:
        """`take_as_left` checks all that the decision is made from: a cache that is out of date costs time, no more."""
        decision = decide(request.job, State(cursor=cursor), now)
        if decision is None or decision.run is None:
            return None
        is_short = request.is_short and not decision.unrun and decision.trigger is Trigger.SCHEDULE
        run = Run(
            id=new_run_id(now),
            due=Due(request.job, decision.run),
            claimed=now,
            trigger=decision.trigger,
            is_short=is_short,
        )
        values = {**moved(request.job, cursor, decision), **leased(run), "the_version": request.job.version}
        return OptimisticClaim(request=request, decision=decision, run=run, values=values)

    def forget(self, job: str) -> None:
        """Forget a job."""
        self._cursors.pop(job, None)

    def keep(self, requests: Iterable[ClaimRequest], cursors: Mapping[str, datetime]) -> None:
        """Remember where these requests have left cursors, by the names of jobs; forget their other jobs."""
        for each in requests:
            self._cursors.pop(each.job.name, None)
        self._cursors.update(cursors)


def is_plain(job: Job) -> bool:
    """Return whether nothing but a job's own row says whether it can be run, and nothing is to be stopped for it.

    Nor does the end of its run move its cursor.
    """
    return job.overlap in {Overlap.SKIP, Overlap.QUEUE} and job.lock is None and not job.counts_from_end
