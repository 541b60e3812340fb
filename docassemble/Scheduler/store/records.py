# do not pre-load
"""What people are shown of jobs, runs, servers and each other's doings: values."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from ..core.problem import Problem
from ..core.progress import Progress
from ..core.run import Status, Trigger

#: how many of the latest records of a job come with it
RECENT = 20
#: how many records a page has, unless it says so
PAGE = 50
#: how many bars a timeline has at most
MAX_SUMMARIES = 2_000

#: the function did not do what it should
FAILURES = frozenset({Status.FAILED, Status.TIMED_OUT, Status.INTERRUPTED})
#: what can be tried again by hand
RETRYABLE = FAILURES | {Status.STOPPED}
#: what nobody should overlook: never thinned out of a timeline
NOTABLE = FAILURES | {Status.MISSED, Status.RUNNING}


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadCounts:
    """What the job threads of a process are doing."""

    #: waiting for work
    free: int = 0
    #: running a job, or at work around one
    busy: int = 0
    #: in a run that does not end although it was stopped, or busy outside of any run for more than a minute
    stuck: int = 0

    @property
    def can_work(self) -> bool:
        """Whether any thread can take work, now or when its run is over."""
        return self.free + self.busy > 0


class RunSummary(NamedTuple):
    """A record, as small as a strip or a timeline needs it. No dataclass: one page may need 20,000."""

    #: of the run
    id: str
    job: str
    status: Status
    due: datetime
    #: when it was claimed; of a run whose start is known, when it started
    began: datetime
    #: None while it goes on
    ended: datetime | None
    #: how many due times; more than 1 only when they ended without a run
    times: int = 1

    @property
    def ran(self) -> bool:
        """Whether a run has ended, rather than goes on or was not begun."""
        return self.status is Status.SUCCEEDED or self.status in RETRYABLE

    @property
    def duration(self) -> timedelta | None:
        """The time it took; None while it goes on."""
        return None if self.ended is None else self.ended - self.began


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Since when something is paused, and why."""

    #: of a pause that an older release has made, who and when are not known
    at: datetime | None
    by: str | None
    note: str | None = None
    #: whether everything is paused, so that the pause of a job ends with that
    of_all: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecord:
    """What the database knows of a job."""

    name: str
    #: None while it is not paused
    pause: Pause | None = None
    #: the last due time that was dealt with
    cursor: datetime
    #: failures since the last success
    failures: int
    #: due times up to then passed while it was paused
    resumed_at: datetime | None = None
    #: why it cannot run, as a server found at its start; and when
    problem: Problem | None = None
    problem_at: datetime | None = None
    #: the runs that go on, oldest first
    running: tuple[RunSummary, ...] = ()
    #: the latest records, newest first, those that go on included
    recent: tuple[RunSummary, ...] = ()

    @property
    def paused(self) -> bool:
        """Whether its due times are passed over."""
        return self.pause is not None

    @property
    def last(self) -> RunSummary | None:
        """The latest run that has ended, if it is among the recent records."""
        return next(self._ran(), None)

    @property
    def usual_duration(self) -> timedelta | None:
        """The median of how long the recent runs took that succeeded; None when there is none."""
        took = sorted(bar.duration for bar in self._ran() if bar.status is Status.SUCCEEDED and bar.duration)
        return took[len(took) // 2] if took else None

    @property
    def success_rate(self) -> float | None:
        """The share of successes among the recent runs, 0 to 1; None when there is none. Stopped ones are neither."""
        ran = [bar.status is Status.SUCCEEDED for bar in self._ran() if bar.status is not Status.STOPPED]
        return sum(ran) / len(ran) if ran else None

    @property
    def failing_since(self) -> datetime | None:
        """The due time of the first of the failures without a success since; None when the last run succeeded.

        When all recent runs have failed, that of the oldest of them.
        """
        since = None
        for bar in self._ran():
            if bar.status is Status.SUCCEEDED:
                break
            if bar.status in FAILURES:
                since = bar.due
        return since

    def _ran(self) -> Iterator[RunSummary]:
        return (bar for bar in self.recent if bar.ran)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """A record of a run, or of due times that ended without one."""

    id: str
    job: str
    #: the due time; of several, the first
    due: datetime
    #: of several: the last, and how many
    due_until: datetime | None = None
    count: int = 1
    attempt: int
    status: Status
    trigger: Trigger
    #: None while it belongs to nobody
    process: str | None = None
    server: str | None = None
    claimed: datetime
    #: None when it is not known (yet): a run reports it after two seconds
    started: datetime | None = None
    finished: datetime | None = None
    #: when it is to be tried again, and the run that did
    retry_at: datetime | None = None
    retried: str | None = None
    #: why it is asked to stop: the name of a StopReason
    stop: str | None = None
    #: it waits for another process to take it over, until then
    expires: datetime | None = None
    reason: str | None = None
    result: str | None = None
    error: str | None = None
    #: how far it was when it last reported that; None when it never did
    progress: Progress | None = None
    #: of a run that has gone on for two seconds: the number of its process there, and the name of its thread
    pid: int | None = None
    thread: str | None = None
    #: since when somebody wants to know where in its code it is
    stack_wanted: datetime | None = None
    #: where that was, and when
    stack_at: datetime | None = None
    #: these only when one run is asked for
    stack: str | None = None
    traceback: str | None = None
    log: str | None = None

    @property
    def lateness(self) -> timedelta | None:
        """How long after its due time it started; None when it did not."""
        return None if self.started is None else self.started - self.due

    @property
    def duration(self) -> timedelta | None:
        """The time it took; None when it did not run or that is not known."""
        if self.started is None or self.finished is None or self.status is Status.SKIPPED:
            return None
        return self.finished - self.started


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """What a run that goes on reports. None = as it was reported before."""

    run: str
    started: datetime
    pid: int
    thread: str
    progress: Progress | None = None
    log: str | None = None
    #: where in its code it is, if somebody wanted to know, and when that was
    stack: str | None = None
    stack_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunQuery:
    """Which records are wanted; what is None or empty does not matter."""

    job: str | None = None
    statuses: Collection[Status] = ()
    trigger: Trigger | None = None
    server: str | None = None
    #: put on record at this instant or later (of a run: when it was claimed), and before that one
    since: datetime | None = None
    until: datetime | None = None
    #: part of the error, the reason or the log; capital letters do not matter
    text: str | None = None
    #: the error, or the reason where there is none, as `Failure.error` has it: each `#` stands for anything
    error: str | None = None
    #: records before this one only: the identifier of the last one on the page before
    before: str | None = None
    limit: int = PAGE

    @property
    def texts(self) -> Sequence[str | None]:
        """What is asked for in words of others, which not every database has the characters for."""
        return self.job, self.server, self.text, self.error, self.before

    @property
    def is_search(self) -> bool:
        """Whether no index knows which records these are, so that one after the other is looked at."""
        is_read = any(each is not None for each in (self.trigger, self.server, self.text, self.error))
        return is_read or (self.job is not None and bool(self.statuses))


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPage:
    """Records, newest first, as far as a look went."""

    runs: Sequence[RunRecord]
    #: what the query for the next page has as `before`; None = that was all. A page of a search that has looked at
    #: many records has it too, though it has few records or none
    before: str | None = None


class Failure(NamedTuple):
    """What groups of failures are made of. No dataclass: one page needs thousands."""

    #: of the run
    id: str
    job: str
    status: Status
    #: the beginning of the error, or of the reason where there is none
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Failures:
    """Failures, newest first, as far as a look went."""

    failures: Sequence[Failure]
    #: the identifier of the last record that was looked at; None = that was all
    before: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessRecord:
    """A process that runs jobs and has not been given up."""

    id: str
    pid: int
    #: the last heartbeat, by its own clock
    seen: datetime
    #: what its job threads did then; None where it has not said so, as a process of a Celery worker
    thread_counts: ThreadCounts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerRecord:
    """A server that has run jobs lately."""

    name: str
    #: the last heartbeat of any of its processes, by its own clock
    seen: datetime
    #: empty when the server is down, or has been given up
    processes: tuple[ProcessRecord, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Who did what."""

    id: str
    at: datetime
    actor: str
    #: `pause`, `resume`, `stop`, ...
    action: str
    #: empty of what was done to all
    job: str
    run: str | None = None
    #: why, in their own words
    note: str | None = None
