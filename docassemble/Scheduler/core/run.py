# do not pre-load
"""A run and how it ended: the values that are claimed, recorded, logged and mailed."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from enum import Enum
from zoneinfo import ZoneInfo

from .errors import JobStopped, JobTimeout
from .job import Job
from .texts.error_text import ErrorText

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Status(Enum):
    """How a due time ended, or that it has not yet."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TIMED_OUT = "timed out"
    #: deliberately not run: the previous run was still going, a flag was off
    SKIPPED = "skipped"
    #: not run because nobody could run it in time
    MISSED = "missed"
    #: its process died, or docassemble or the next run had it stopped
    INTERRUPTED = "interrupted"
    #: somebody stopped it by hand: no failure
    STOPPED = "stopped"


class Trigger(Enum):
    """What made a run happen."""

    SCHEDULE = "schedule"
    #: the schedule, but so late that nobody was up at the due time
    CATCH_UP = "catch-up"
    RETRY = "retry"
    MANUAL = "manual"


class StopReason(Enum):
    """Why a run is to stop; the value is recorded."""

    TIMEOUT = "its `max runtime` is over"
    REPLACED = "the next run replaces it"
    RESTART = "docassemble restarts"
    BY_HAND = "it was stopped by hand"

    @property
    def is_final(self) -> bool:
        """Whether what was stopped is not to be tried again: somebody wanted it to end."""
        return self in {StopReason.REPLACED, StopReason.BY_HAND}

    @property
    def status(self) -> Status:
        """How a run ends that was stopped for this reason."""
        return {StopReason.TIMEOUT: Status.TIMED_OUT, StopReason.BY_HAND: Status.STOPPED}.get(
            self, Status.INTERRUPTED
        )

    @property
    def exception(self) -> type[JobStopped]:
        """What is raised in the job."""
        return JobTimeout if self is StopReason.TIMEOUT else JobStopped


@dataclass(frozen=True, slots=True)
class Due:
    """A due time of a job."""

    job: Job
    at: datetime

    @property
    def local(self) -> datetime:
        """The same instant in the zone in which the schedule is meant, for people."""
        return self.at.astimezone(ZoneInfo(self.job.time_zone))


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A claimed due time: this process, and no other, runs it."""

    #: 32 hexadecimal digits; later runs have greater ones
    id: str
    due: Due
    #: the job that runs, which is that of the due time
    job: Job = field(init=False, repr=False, compare=False)
    claimed: datetime
    attempt: int = 1
    trigger: Trigger = Trigger.SCHEDULE
    #: whether its job had failed before, and that has not been settled by a success
    failing: bool = False
    #: what a run request wants its function to be called with; `job` has them already. None = the job's own
    arguments: str | None = None
    #: whether it is recorded no sooner than it ends, unless it takes longer than expected
    is_short: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "job", self.due.job)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnrunDueTimes:
    """Due times that end without a run; a long gap is one of these."""

    job: Job
    #: skipped or missed
    status: Status
    first: datetime
    last: datetime
    #: how many due times; counted up to 10,000
    count: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a run ended."""

    status: Status
    started: datetime
    finished: datetime
    #: what the function returned, as text; None when it returned nothing
    result: str | None = None
    #: what it raised
    error: BaseException | None = None
    #: the same as text, made once: where the outcome is made
    error_text: ErrorText | None = None
    #: why it was not run, or was stopped; None when status and error say it all
    reason: str | None = None
    #: when it is to be tried again; None = this was the last attempt
    retry_at: datetime | None = None
    #: what it wrote with `log()`, printed and told `logging`; None when that was nothing
    log: str | None = None

    def __post_init__(self) -> None:
        if self.error is not None and self.error_text is None:
            object.__setattr__(self, "error_text", ErrorText.of(self.error))

    @property
    def duration(self) -> timedelta:
        """The time the run took."""
        return self.finished - self.started

    @property
    def bare(self) -> Outcome:
        """The same without any text of the job's own, for a store that refuses that."""
        text = None if self.error is None else ErrorText.bare(self.error)
        return replace(self, result=None, log=None, error_text=text)


@dataclass(frozen=True, slots=True)
class EndedRun:
    """A run that is over, and how it ended."""

    run: Run
    outcome: Outcome

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is called, told or run again because of it: its record may wait for a moment."""
        job = self.run.job
        is_success = self.outcome.status is Status.SUCCEEDED and not self.run.failing
        return is_success and job.on_exit is None and not job.resumable


@dataclass(frozen=True, slots=True, kw_only=True)
class Interruption:
    """A run that was found without a process."""

    run: str
    job: str
    due: datetime
    attempt: int
    server: str
    #: interrupted, or timed out when its process was killed because its `max runtime` was over
    status: Status = Status.INTERRUPTED
    reason: str = "its process died"
    #: when it is tried again; None = it is not
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedRun:
    """A run that is over, as the function `on exit` is given it, mails and monitors."""

    id: str
    job: str
    #: in the time zone of the job; UTC when the job is unknown
    due: datetime
    attempt: int
    status: Status
    #: None when its process died
    started: datetime | None = None
    finished: datetime | None = None
    error: BaseException | None = None
    error_text: ErrorText | None = field(default=None, repr=False)
    reason: str | None = None
    #: when it is tried again; None = it is not
    retry_at: datetime | None = None
    #: where its process died; None = it ran in this process
    server: str | None = None

    @classmethod
    def of(cls, run: Run, outcome: Outcome) -> FinishedRun:
        """Return a run with its outcome."""
        return cls(
            id=run.id,
            job=run.job.name,
            due=run.due.local,
            attempt=run.attempt,
            status=outcome.status,
            started=outcome.started,
            finished=outcome.finished,
            error=outcome.error,
            error_text=outcome.error_text,
            reason=outcome.reason,
            retry_at=outcome.retry_at,
        )

    @classmethod
    def interrupted(cls, interruption: Interruption, job: Job | None) -> FinishedRun:
        """Return a run whose process died; the job is None when it is unknown."""
        return cls(
            id=interruption.run,
            job=interruption.job,
            due=interruption.due if job is None else Due(job, interruption.due).local,
            attempt=interruption.attempt,
            status=interruption.status,
            reason=interruption.reason,
            retry_at=interruption.retry_at,
            server=interruption.server,
        )

    @property
    def duration(self) -> timedelta | None:
        """The time the run took; None when its process died."""
        return None if self.started is None or self.finished is None else self.finished - self.started


def new_run_id(now: datetime) -> str:
    """Return an identifier that nobody else has, and that sorts by time."""
    return f"{int(now.timestamp() * 1000):012x}{secrets.token_hex(10)}"


def least_id(at: datetime) -> str:
    """Return a text that sorts before the identifiers that are made at `at` or later, and after all others."""
    return f"{max(0, int(at.timestamp() * 1000)):012x}"


def instant_of(id_: str) -> datetime:
    """Return when an identifier was made, to the millisecond; raises ValueError for what is none."""
    return EPOCH + timedelta(milliseconds=int(id_[:12], 16))
