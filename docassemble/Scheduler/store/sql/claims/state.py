# do not pre-load
"""The rows of jobs and locks, as one transaction sees them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from ....core.decision import State
from ....core.job import Job
from ....core.run import Status
from ..statements import Statements
from ..tables import from_sql


@dataclass(frozen=True, slots=True)
class Known:
    """The row of a job, as it was read."""

    state: State
    lease: str | None
    #: whether its last run failed
    failing: bool
    #: which definition counts, of an added job
    stamp: int | None


@dataclass(frozen=True, slots=True)
class Lock:
    """The row of a lock, as it was read."""

    #: what stands there, also when that run has ended: a release before this one knows no locks, and left it
    lease: str | None
    #: None when it is free
    since: datetime | None


class Seen:
    """What was read in one transaction, and what it has changed of that since."""

    def __init__(self, connection: Connection, statements: Statements) -> None:
        self._connection = connection
        self._statements = statements
        #: by the names of the jobs
        self.jobs: dict[str, Known] = {}
        #: by the names of the locks
        self.locks: dict[str, Lock] = {}

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
            self.jobs[row.name] = Known(state, row.lease, row.failures > 0, row.stamp)
        locks = sorted({job.lock for job in jobs if job.lock is not None})
        if locks:
            for row in self._connection.execute(self._statements.locks, {"the_names": locks}):
                running = row.status == Status.RUNNING.value
                self.locks[row.name] = Lock(row.lease, from_sql(row.leased_at) if running else None)

    def is_lost(self, job: Job) -> bool:
        """Return whether the database has no row of a job, or of its lock."""
        return job.name not in self.jobs or (job.lock is not None and job.lock not in self.locks)

    def state(self, job: Job) -> State | None:
        """Return the state of a job; None when there is nothing to be claimed of it.

        Either it is lost; or this process has not yet noticed that the job was added anew or taken away.
        """
        known = self.jobs.get(job.name)
        if known is None or (job.stamp is not None and job.stamp != known.stamp):
            return None
        if job.lock is None:
            return known.state
        lock = self.locks.get(job.lock)
        return None if lock is None else replace(known.state, locked_since=lock.since)
