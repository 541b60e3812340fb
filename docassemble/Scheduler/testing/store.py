# do not pre-load
"""The store in memory: it passes the same tests as the one in SQL."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from ..decision import Decision, State, decide
from ..errors import StoreUnavailable
from ..job import Job, Overlap
from ..record import Due, Ending, Interruption, Outcome, Run, Status, Trigger, new_run_id
from ..retry import pause_before_resuming
from ..store import Claim, Process, Pulse, Retry, Wanted


@dataclass
class MemoryRow:
    """A record of a run, or of due times that ended without one."""

    run: Run | None
    ending: Ending | None
    status: Status
    process: str
    finished: datetime | None = None
    outcome: Outcome | None = None
    retry_at: datetime | None = None

    @property
    def job(self) -> str:
        """The name of the job."""
        return self.run.job.name if self.run else self.ending.job.name if self.ending else ""


@dataclass
class MemoryJob:
    """What is known of a job."""

    schedule: str
    cursor: datetime
    lease: Run | None = None
    paused: bool = False


class MemoryWorld:
    """What servers share, in memory; each has a MemoryStore of its own to reach it."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.jobs: dict[str, MemoryJob] = {}
        self.rows: list[MemoryRow] = []
        self.beats: dict[str, Pulse] = {}
        #: while true, every store raises StoreUnavailable
        self.away = False


class MemoryStore:
    """A store in memory, for tests: the same rules as the one in SQL."""

    def __init__(self, world: MemoryWorld | None = None) -> None:
        self.world = world or MemoryWorld()
        self._process: Process | None = None

    @contextmanager
    def _transaction(self) -> Iterator[MemoryWorld]:
        if self.world.away:
            raise StoreUnavailable("the memory is away")
        with self.world.lock:
            yield self.world

    def enrol(self, process: Process, now: datetime) -> None:  # noqa: ARG002 - kept for people only
        """Take up a process."""
        with self._transaction() as world:
            world.beats[process.id] = Pulse(process=process, beat=0)
            for row in world.rows:
                if row.process == self._name and row.status is Status.RUNNING:
                    row.process = process.id
            self._process = process

    def see(self, jobs: Sequence[Job], now: datetime) -> Mapping[str, datetime]:
        """Take up the jobs of the configuration, and return the cursor of each."""
        with self._transaction() as world:
            for each in jobs:
                known = world.jobs.get(each.name)
                if known is None:
                    world.jobs[each.name] = MemoryJob(each.fingerprint, now)
                elif known.schedule != each.fingerprint:
                    known.schedule, known.cursor = each.fingerprint, now
            return {each.name: world.jobs[each.name].cursor for each in jobs}

    def claim(self, wanted: Sequence[Wanted], now: datetime) -> Sequence[Claim]:
        """Decide about each wish and claim what is to run."""
        with self._transaction() as world:
            return [
                self._claim_due(world, each, now)
                if each.retry is None
                else self._claim_retry(world, each, now)
                for each in wanted
            ]

    def _claim_due(self, world: MemoryWorld, wanted: Wanted, now: datetime) -> Claim:
        known = world.jobs[wanted.job.name]
        state = State(
            cursor=known.cursor, busy_since=known.lease.claimed if known.lease else None, paused=known.paused
        )
        decision = decide(wanted.job, state, now)
        if decision is None:
            return Claim(wanted=wanted)
        known.cursor = decision.cursor
        for ending in decision.endings:
            world.rows.append(MemoryRow(None, ending, ending.status, self._name, finished=now))
        return self._start(world, wanted, decision, now)

    def _start(self, world: MemoryWorld, wanted: Wanted, decision: Decision, now: datetime) -> Claim:
        run = None
        if decision.run is not None:
            due = Due(wanted.job, decision.run)
            run = Run(id=new_run_id(now), due=due, claimed=now, trigger=decision.trigger)
            self._record(world, run)
        return Claim(wanted=wanted, run=run, endings=decision.endings, more=decision.more)

    def _claim_retry(self, world: MemoryWorld, wanted: Wanted, now: datetime) -> Claim:
        retry = wanted.retry
        rows = [row for row in world.rows if row.run and retry and row.run.id == retry.run and row.retry_at]
        if retry is None or not rows:
            return Claim(wanted=wanted)
        if world.jobs[wanted.job.name].lease is not None and wanted.job.overlap is not Overlap.ALLOW:
            return Claim(wanted=wanted, more=True)
        rows[0].retry_at = None
        due = Due(wanted.job, retry.due)
        run = Run(id=new_run_id(now), due=due, claimed=now, attempt=retry.attempt, trigger=Trigger.RETRY)
        self._record(world, run)
        return Claim(wanted=wanted, run=run)

    def _record(self, world: MemoryWorld, run: Run) -> None:
        world.rows.append(MemoryRow(run, None, Status.RUNNING, self._name))
        if run.job.overlap is not Overlap.ALLOW:
            world.jobs[run.job.name].lease = run

    def finish(self, run: Run, outcome: Outcome) -> None:
        """Record how a run ended and set its job free."""
        with self._transaction() as world:
            for row in world.rows:
                if row.run == run and row.status in {Status.RUNNING, Status.INTERRUPTED}:
                    row.status, row.finished, row.outcome = outcome.status, outcome.finished, outcome
                    row.retry_at = None
            if world.jobs[run.job.name].lease == run:
                world.jobs[run.job.name].lease = None

    def beat(self, process: Process, now: datetime) -> bool:  # noqa: ARG002 - kept for people only
        """Give a sign of life; False when the process was given up by others."""
        with self._transaction() as world:
            pulse = world.beats.get(process.id)
            if pulse is not None:
                world.beats[process.id] = replace(pulse, beat=pulse.beat + 1)
            return pulse is not None

    def pulses(self) -> Sequence[Pulse]:
        """Return the last sign of life of every process that has not been given up."""
        with self._transaction() as world:
            return list(world.beats.values())

    def bury(
        self, process: Process, beat: int | None, resumable: Collection[str], now: datetime
    ) -> Sequence[Interruption]:
        """Give a process up, unless it has moved on from `beat`; its runs become interrupted."""
        with self._transaction() as world:
            pulse = world.beats.get(process.id)
            if pulse is None or beat not in {None, pulse.beat}:
                return []
            del world.beats[process.id]
            orphans = [
                row for row in world.rows if row.process == process.id and row.status is Status.RUNNING
            ]
            return [
                self._interrupt(
                    world,
                    row,
                    row.run,
                    process.server,
                    now + pause_before_resuming(row.run.attempt) if row.job in resumable else None,
                )
                for row in orphans
                if row.run is not None
            ]

    def leave(self, process: Process, now: datetime) -> bool:  # noqa: ARG002 - kept for people only
        """Take leave in good order; False, and nothing is changed, when a run of the process has not ended."""
        with self._transaction() as world:
            if any(row.process == process.id and row.status is Status.RUNNING for row in world.rows):
                return False
            return world.beats.pop(process.id, None) is not None

    def _interrupt(
        self, world: MemoryWorld, row: MemoryRow, run: Run, server: str, retry_at: datetime | None
    ) -> Interruption:
        row.status, row.retry_at = Status.INTERRUPTED, retry_at
        if world.jobs[run.job.name].lease == run:
            world.jobs[run.job.name].lease = None
        return Interruption(run=run.id, job=run.job.name, due=run.due.at, attempt=run.attempt, server=server)

    def retries(self, jobs: Collection[str], now: datetime) -> Sequence[Retry]:
        """Return what is to be tried again now, of these jobs."""
        with self._transaction() as world:
            return [
                Retry(run=row.run.id, job=row.job, due=row.run.due.at, attempt=row.run.attempt + 1)
                for row in world.rows
                if row.run and row.retry_at is not None and row.retry_at <= now and row.job in jobs
            ]

    def prune(self, before: datetime, limit: int) -> int:
        """Delete at most `limit` records that ended before; the latest of each job stays."""
        with self._transaction() as world:
            latest = {row.job: row for row in world.rows}
            old = [
                row
                for row in world.rows
                if row.finished is not None and row.finished < before and latest[row.job] is not row
            ][:limit]
            world.rows = [row for row in world.rows if row not in old]
            return len(old)

    @property
    def _name(self) -> str:
        return self._process.id if self._process else ""
