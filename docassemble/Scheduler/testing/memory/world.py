# do not pre-load
"""What servers share, in memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from ...core.alerts import FailureStreak
from ...core.errors import StoreUnavailable
from ...core.job import Job
from ...core.lost import LostRun, interrupt
from ...core.manning import Manning
from ...core.run import Ending, Interruption, Outcome, Run, Status, new_run_id
from ...store.base import Process, ProcessHeartbeat
from ...store.counters import Counts, Line
from ...store.orders import Order
from ...store.records import Event

#: what a run may be on record as that has not ended, or was given up by mistake
UNFINISHED = {Status.RUNNING, Status.INTERRUPTED, Status.TIMED_OUT}


@dataclass
class MemoryRow:
    """A record of a run, or of due times that ended without one."""

    id: str
    claimed: datetime
    run: Run | None
    ending: Ending | None
    status: Status
    #: None when the run belongs to nobody
    process: Process | None
    server: str = ""
    finished: datetime | None = None
    started: datetime | None = None
    outcome: Outcome | None = None
    reason: str | None = None
    retry_at: datetime | None = None
    #: the run that tried it again
    retried: str | None = None
    stop: str | None = None
    expires: datetime | None = None
    send_again: datetime | None = None

    @property
    def job(self) -> str:
        """The name of the job."""
        return self.run.job.name if self.run else self.ending.job.name if self.ending else ""

    def is_expired(self, now: datetime) -> bool:
        """Return whether it was handed over, and nobody took it in time."""
        return self._waits and self.expires is not None and self.expires <= now

    def is_unanswered(self, now: datetime) -> bool:
        """Return whether it was handed over, and is to be announced again."""
        in_time = self._waits and self.expires is not None and self.expires > now
        return in_time and self.send_again is not None and self.send_again <= now

    @property
    def _waits(self) -> bool:
        return self.status is Status.RUNNING and self.process is None


@dataclass
class MemoryJob:
    """What is known of a job."""

    schedule: str
    cursor: datetime
    next_due: datetime | None = None
    lease: Run | None = None
    paused: bool = False
    resumed_at: datetime | None = None
    streak: FailureStreak = field(default_factory=FailureStreak)
    #: which definition counts, of an added job
    stamp: int | None = None

    @property
    def is_no_more(self) -> bool:
        """Whether it was added at run time, and taken away."""
        return not self.schedule


@dataclass(frozen=True)
class MemoryAdded:
    """A job that was added at run time."""

    job: Job
    definition: str
    at: datetime
    who: str
    stamp: int


class MemoryWorld:
    """What servers share, in memory; each has a MemoryStore of its own to reach it."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.jobs: dict[str, MemoryJob] = {}
        self.rows: list[MemoryRow] = []
        #: the locks that are taken
        self.locks: dict[str, Run] = {}
        self.events: list[Event] = []
        #: those that no run has been claimed for
        self.orders: dict[str, Order] = {}
        #: the jobs that were added at run time
        self.added: dict[str, MemoryAdded] = {}
        self.stamps = 0
        self.beats: dict[str, ProcessHeartbeat] = {}
        #: what the job threads of processes do, as far as that was said
        self.manning: dict[str, Manning] = {}
        #: the last sign of life of every process that was ever registered
        self.seen: dict[Process, datetime] = {}
        self.tallies: dict[Line, float] = {}
        #: while true, every store raises StoreUnavailable
        self.away = False

    @property
    def added_mark(self) -> str:
        """What is another text whenever a job has been added, replaced or taken away."""
        return " ".join(str(each.stamp) for each in self.added.values())

    def note(self, now: datetime, by: str, what: str, job: str, run: str | None = None) -> Event:
        """Put on record who did what."""
        self.events.append(Event(id=new_run_id(now), at=now, who=by, what=what, job=job, run=run))
        return self.events[-1]

    def is_open(self, order: Order) -> bool:
        """Return whether no run has been claimed for an order."""
        return any(event.id == order.id and event.run is None for event in self.events)

    def carry_out(self, order: Order, run: str) -> None:
        """Put on record which run an order has become."""
        self.orders.pop(order.id, None)
        self.events = [replace(event, run=run) if event.id == order.id else event for event in self.events]

    def running_runs(self, run: str) -> MemoryRow | None:
        """Return the row of a run that has not ended."""
        return next((row for row in self.rows_of(run) if row.status is Status.RUNNING), None)

    def is_due_again(self, row: MemoryRow, now: datetime) -> bool:
        """Return whether a run is to be tried again now."""
        known = self.jobs.get(row.job)
        return row.retry_at is not None and row.retry_at <= now and known is not None and not known.paused

    def rows_of(self, run: str) -> list[MemoryRow]:
        """Return the row of a run, if there is one."""
        return [row for row in self.rows if row.run is not None and row.run.id == run]

    def set_free(self, run: str) -> None:
        """Take what a run holds away from it."""
        for job in self.jobs.values():
            if job.lease is not None and job.lease.id == run:
                job.lease = None
        self.locks = {name: holder for name, holder in self.locks.items() if holder.id != run}


class Memory:
    """What every part of the store in memory needs."""

    def __init__(self, world: MemoryWorld | None = None) -> None:
        self.world = world or MemoryWorld()
        self._process: Process | None = None
        #: for the tallies
        self._counts = Counts()

    @contextmanager
    def _transaction(self) -> Iterator[MemoryWorld]:
        if self.world.away:
            raise StoreUnavailable("the memory is away")
        with self.world.lock:
            yield self.world

    def _finish(self, world: MemoryWorld, run: Run, outcome: Outcome) -> None:
        for row in world.rows_of(run.id):
            if row.status in UNFINISHED:
                self._counts.finished(run, outcome)
                row.status, row.finished, row.outcome = outcome.status, outcome.finished, outcome
                row.started, row.reason, row.expires = outcome.started, outcome.reason, None
                row.retry_at = None if row.retried else outcome.retry_at
        world.set_free(run.id)

    def _end_lost(
        self, world: MemoryWorld, rows: list[MemoryRow], jobs: Mapping[str, Job], now: datetime
    ) -> Sequence[Interruption]:
        ended = [
            self._interrupt(world, row, row.run, jobs.get(row.job), now)
            for row in rows
            if row.run is not None
        ]
        self._counts.interrupted(ended)
        return ended

    def _interrupt(
        self, world: MemoryWorld, row: MemoryRow, run: Run, job: Job | None, now: datetime
    ) -> Interruption:
        lost = LostRun(
            run=run.id,
            job=row.job,
            due=run.due.at,
            attempt=run.attempt,
            server=row.server,
            began=row.started or run.claimed,
            had_process=row.process is not None,
            stop=row.stop,
        )
        ended = interrupt(lost, job, now)
        row.status, row.reason, row.retry_at, row.expires = ended.status, ended.reason, ended.retry_at, None
        row.finished = now
        world.set_free(run.id)
        return ended
