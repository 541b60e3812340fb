# do not pre-load
"""Stand-ins for the world outside, for tests: of the scheduler itself and of your own jobs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from .decision import Decision, State, decide
from .errors import StoreUnavailable
from .job import Job, Overlap
from .record import Due, Ending, Interruption, Outcome, Run, Status, Trigger, new_run_id
from .schedule import Schedule
from .store import Claim, Process, Pulse, Retry, Wanted


class ManualClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        """Return the present instant."""
        return self._now

    def move(self, by: timedelta) -> None:
        """Go forward, or back."""
        self._now += by


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

    def enrol(self, process: Process, now: datetime) -> None:
        """Take up a process."""
        with self._transaction() as world:
            world.beats[process.id] = Pulse(process=process, beat=0)
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

    def beat(self, process: Process, now: datetime) -> bool:
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
                r for r in world.rows if r.process == process.id and r.status is Status.RUNNING and r.run
            ]
            return [
                self._interrupt(world, row, row.run, process, resumable, now) for row in orphans if row.run
            ]

    def _interrupt(  # noqa: PLR0913 - one step of bury, with all that it knows
        self,
        world: MemoryWorld,
        row: MemoryRow,
        run: Run,
        process: Process,
        resumable: Collection[str],
        now: datetime,
    ) -> Interruption:
        row.status, row.finished = Status.INTERRUPTED, now
        row.retry_at = now if run.job.name in resumable else None
        if world.jobs[run.job.name].lease == run:
            world.jobs[run.job.name].lease = None
        return Interruption(
            run=run.id, job=run.job.name, due=run.due.at, attempt=run.attempt, server=process.server
        )

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


class FakeHost:
    """A docassemble that keeps what it is told: the users whose contexts were entered, the mails, the lines."""

    def __init__(self, *, recipients: Sequence[str] = ("admin@example.com",)) -> None:
        self.application_name = "docassemble"
        self.server_name = "server-1"
        self.error_recipients = recipients
        self.entered: list[str | None] = []
        self.left = 0
        self.mails: list[tuple[str, str, Sequence[str]]] = []
        self.said: list[str] = []
        #: raised by `mail`, when set
        self.mail_error: Exception | None = None

    @contextmanager
    def context(self, user: str | None) -> Iterator[None]:
        """Enter the context of `user`."""
        self.entered.append(user)
        try:
            yield
        finally:
            self.left += 1

    def mail(self, subject: str, text: str, recipients: Sequence[str]) -> None:
        """Keep the mail."""
        if self.mail_error is not None:
            raise self.mail_error
        self.mails.append((subject, text, recipients))

    def say(self, message: str) -> None:
        """Keep the line."""
        self.said.append(message)


class FakeUwsgi:
    """uWSGI's built-in module: tables of its real sizes, alarms that ring when time is moved."""

    def __init__(self, *, threads: int = 6, phase: timedelta = timedelta(0), room: int = 64) -> None:
        """`phase` is how long after a full second the timers were started; `room` is the size of each table."""
        self.opt = {"threads": str(threads).encode()}
        self.phase = phase
        self.room = room
        self.handlers: dict[int, Callable[[int], None]] = {}
        self.timers: list[tuple[int, int]] = []
        self.rb_timers: list[tuple[int, int]] = []
        self.crons: list[tuple[int, ...]] = []
        self.rung: list[int] = []

    def masterpid(self) -> int:
        """Return the process number of the master."""
        return 1

    def worker_id(self) -> int:
        """Return the number of this worker."""
        return 1

    def signal_registered(self, number: int) -> bool:
        """Return whether a signal is taken."""
        return number in self.handlers

    def register_signal(self, number: int, target: str, handler: Callable[[int], None]) -> None:
        """Take a signal; as in uWSGI, only once and with a short receiver."""
        if number in self.handlers or len(target) > 63 or number not in range(256):
            raise ValueError("unable to register signal")
        self.handlers[number] = handler

    def add_timer(self, number: int, seconds: int) -> None:
        """Add a timer to its table."""
        self._add(self.timers, (number, seconds))

    def add_rb_timer(self, number: int, seconds: int) -> None:
        """Add a red-black timer to its table."""
        self._add(self.rb_timers, (number, seconds))

    def add_cron(self, number: int, *fields: int) -> None:
        """Add a cron entry to its table."""
        self._add(self.crons, (number, *fields))

    def signal(self, number: int) -> None:
        """Keep that a signal was raised."""
        self.rung.append(number)

    def pass_time(self, clock: ManualClock, duration: timedelta) -> None:
        """Move the clock on, ringing each timer at its times, first one period after the start."""
        end = clock.now() + duration
        while (ring := self._next_ring(clock.now())) <= end:
            clock.move(ring - clock.now())
            for number, _ in self.timers:
                self.handlers[number](number)
        clock.move(end - clock.now())

    def _next_ring(self, now: datetime) -> datetime:
        ring = now.replace(microsecond=0) + self.phase
        return ring if ring > now else ring + timedelta(seconds=1)

    def _add(self, table: list[Any], entry: tuple[int, ...]) -> None:
        if len(table) >= self.room:
            raise ValueError("unable to add timer")
        table.append(entry)


def job(name: str, schedule: Schedule, **fields: Any) -> Job:
    """Return a job called `name`; the other fields of a Job are as given or have their defaults."""
    common: dict[str, Any] = {"function": name.partition(" ")[0], "type": "interval"}
    return Job(name=name, schedule=schedule, **common | fields)
