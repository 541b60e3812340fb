# do not pre-load
"""The store: what the scheduler needs of a database that all servers share.

Every method is one transaction. When the database cannot be reached, each raises StoreUnavailable.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from ..core.alerts import Alert, AlertPolicy
from ..core.job import Job
from ..core.problem import Problem
from ..core.retry import WaitingRun
from ..core.run import Due, EndedRun, Interruption, Outcome, Run, Trigger, UnrunDueTimes
from ..core.session_action import Place, SessionAction
from ..core.site import SiteStart
from ..schedules.simple import Date
from .counters import JobCounters
from .records import (
    MAX_SUMMARIES,
    PAGE,
    RECENT,
    Event,
    Failures,
    JobRecord,
    Pause,
    RunPage,
    RunQuery,
    RunRecord,
    RunReport,
    RunSummary,
    ServerRecord,
    ThreadCounts,
)

#: a run request that nobody could carry out for so long is given up
MAX_REQUEST_AGE = timedelta(days=1)
#: the reason that is recorded then
NOT_CARRIED_OUT = "requested by hand, and no server could run it within a day"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """Somebody wants a job to be run now."""

    #: 32 hexadecimal digits
    id: str
    job: str
    #: when it was given
    at: datetime
    #: who gave it
    by: str
    #: what the function is called with instead of the job's own arguments (`arguments.pack`); None = those
    arguments: str | None = None
    #: the due time of its run; None = `at`
    due: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamicJob:
    """A job that was added, as the database keeps it."""

    name: str
    #: a mapping of a job's keys, as JSON
    definition: str
    at: datetime
    #: who added it
    by: str
    #: another number each time that it is added anew
    version: int
    #: the last due time that was dealt with; None when the database has lost it
    cursor: datetime | None
    #: when it was taken away, or was over
    removed: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingAction:
    """An action in a session, as the database keeps it."""

    action: SessionAction
    #: when it is due, or was last if it is due no more
    due: datetime
    #: whether it will become a job; False once it has, if it is due no more
    is_waiting: bool
    at: datetime
    #: who scheduled it
    by: str
    #: another number each time that it is scheduled anew, or becomes a job
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenAction:
    """An action that is to become a job."""

    waiting: WaitingAction
    job: Job
    #: the definition of the job, as JSON
    definition: str
    #: after which due times the job is run
    since: datetime
    #: when the action is due again after that; None = never
    following: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingActions:
    """How many actions wait in sessions, and when the first of them is due; None when none waits."""

    count: int
    next_due: datetime | None


#: among the keys of a definition that is a row: the name of its table. No program can give it: it is no key of a job
TABLE = "jobs from"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """A run that is to be tried again."""

    #: the run that was interrupted or failed
    run: str
    job: str
    due: datetime
    #: the attempt that this will be
    attempt: int
    #: those of the run before, if they were not the job's own
    arguments: str | None = None


@dataclass(frozen=True, slots=True)
class ClaimRequest:
    """What a process would like to claim: whatever is due of a job, or one certain retry or run request."""

    job: Job
    retry: Retry | None = None
    run_request: RunRequest | None = None
    #: of whatever is due: since when something is, as far as the process knows
    due_since: datetime | None = None
    #: whether the run is expected to take but a moment
    is_short: bool = False
    #: what is the same for equal requests
    key: str = field(init=False, repr=False, compare=False)
    #: the due time of the retry or the run request; None when the schedule tells it
    due: datetime | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        retry, run_request = self.retry, self.run_request
        certain = retry.run if retry else run_request.id if run_request else None
        due = retry.due if retry else (run_request.due or run_request.at) if run_request else None
        object.__setattr__(self, "key", self.job.name if certain is None else f"{self.job.name}\0{certain}")
        object.__setattr__(self, "due", due)

    @property
    def waits_for(self) -> Due:
        """The due time because of which the request was made."""
        at = self.due or self.due_since
        assert at is not None  # noqa: S101 - whoever makes requests of a schedule says since when
        return Due(self.job, at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The answer to a request."""

    request: ClaimRequest
    run: Run | None = None
    unrun: tuple[UnrunDueTimes, ...] = ()
    #: whether to ask again when a run has ended
    more: bool = False
    #: whether the database has no row of the job, or of its lock
    missing: bool = False
    #: whether somebody has locked the rows that it needs
    locked: bool = False
    #: of a job whose due time counts from the end of its last run, and that is not due yet: its cursor
    cursor: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DequeuedRun:
    """What the one that takes over a run must know of it; the rest is in the configuration."""

    job: str
    due: datetime
    claimed: datetime
    attempt: int
    trigger: Trigger
    #: whether the job's failures before this run are counted in its streak
    failing: bool
    #: those of a run request, instead of the job's own
    arguments: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process that runs jobs."""

    #: 32 hexadecimal digits
    id: str
    #: name of the server, for people
    server: str
    #: where process numbers mean something: one kernel, one container
    host_id: str
    pid: int
    #: tells this process from a later one with the same number
    started_ticks: str
    #: the start of the web server that it is a process of: the same for all its workers; None = it is of none
    boot: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessHeartbeat:
    """The heartbeat of a process: `beat` grows while it lives."""

    process: Process
    beat: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PollResult:
    """What one look shows: who lives, and whether there is more to ask for."""

    #: the last heartbeat of every process that has not been given up
    heartbeats: tuple[ProcessHeartbeat, ...]
    #: as `Store.dynamic_jobs_etag` returns it
    dynamic_jobs_etag: str
    #: whether something is to be tried again now, or was requested
    is_wanted: bool
    #: whether a run was handed over and nobody took it in time
    is_expired: bool
    #: whether the message of a run that was handed over is to be sent again
    is_unanswered: bool
    #: whether an action in a session is to become a job
    is_action_near: bool = False
    #: the last start of the site; None when none was noted yet
    site_start: SiteStart | None = None

    @property
    def boots(self) -> Mapping[str, int]:
        """The web servers that are up: how often the process of each has beaten that came first."""
        boots: dict[str, int] = {}
        for each in self.heartbeats:
            if (boot := each.process.boot) is not None:
                boots[boot] = max(each.beat, boots.get(boot, 0))
        return boots


def stand_in(job: str, due: datetime) -> Job:
    """Return a job of that name that is not known here, for the record of its run."""
    return Job(name=job, function=job, type="date", schedule=Date(due))


class Store(Protocol):
    """A database that all servers share."""

    # runs

    def claim(
        self, requests: Sequence[ClaimRequest], now: datetime, ended: Sequence[EndedRun] = ()
    ) -> Sequence[Claim]:
        """Decide about each request and claim what is to run, all or nothing, recording what is not run.

        First the ends of runs are recorded, as `finish` does it: all in one transaction, which costs less than two.
        With ends, RowsLocked is raised when somebody has locked any of the rows; without, the answer says of which
        requests, and the others are claimed.
        """
        ...

    def finish(self, run: Run, outcome: Outcome) -> None:
        """Record how a run ended and set its job free; harmless when repeated."""
        ...

    def finish_all(self, ended: Sequence[EndedRun]) -> None:
        """Do the same for several runs, all or nothing."""
        ...

    def unfinished(self, ids: Collection[str], jobs: Mapping[str, Job]) -> Sequence[Run]:
        """Return those of these runs, of whatever process, whose end is not on record.

        `jobs` are those of the configuration; one that is not among them has a stand-in.
        """
        ...

    def request_stop(self, run: str, reason: str, now: datetime, by: str | None) -> bool:
        """Ask a run to stop that is going on somewhere; `by` is None when the scheduler itself asks.

        `reason` is the name of a StopReason.
        """
        ...

    def stop_requests(self, runs: Collection[str]) -> Mapping[str, str]:
        """Return which of these runs are asked to stop, and why: the name of a StopReason."""
        ...

    def report(self, reports: Sequence[RunReport]) -> None:
        """Note how runs of this process go, in one statement; nothing happens to a run that has ended."""
        ...

    def request_stack(self, run: str, now: datetime) -> bool:
        """Ask a run where in its code it is; False when it has ended."""
        ...

    def stack_requests(self, runs: Collection[str]) -> Collection[str]:
        """Return which of these runs are asked where they are."""
        ...

    def retries(self, jobs: Collection[str], now: datetime) -> Sequence[Retry]:
        """Return what is to be tried again now, of these jobs; what is paused waits until it is resumed."""
        ...

    def prune(self, before: datetime, limit: int) -> int:
        """Delete at most `limit` records that ended before; of each job that is left, the latest stays.

        Return how many.
        """
        ...

    # runs that somebody wants now

    def request_run(self, job: str, now: datetime, by: str, arguments: str | None = None) -> RunRequest:
        """Request a run of a job."""
        ...

    def request_runs(self, job: str, dues: Sequence[datetime], now: datetime, by: str) -> None:
        """Request a run of each of these due times, which have passed, in this order."""
        ...

    def record_inline_run(
        self, job: str, due: datetime, now: datetime, by: str, arguments: str | None = None
    ) -> RunRequest:
        """Put on record that the caller will run a job himself, for a due time of his choice.

        It is never among the `run_requests()`: no other process carries it out.
        """
        ...

    def run_requests(self) -> Sequence[RunRequest]:
        """Return the run requests that no run has been claimed for, oldest first."""
        ...

    def expire_run_requests(self, before: datetime, now: datetime) -> Sequence[RunRequest]:
        """End the run requests as missed that were given before and not carried out. Only one caller gets each."""
        ...

    def retry(self, run: str, now: datetime, by: str) -> bool:
        """Let a run be tried again now that ended badly and has not been tried again; False when it is not so."""
        ...

    # jobs

    def register_jobs(self, jobs: Sequence[Job], now: datetime) -> Mapping[str, datetime]:
        """Take up jobs, and return the cursor of each that the database keeps.

        A job that is new, or whose schedule is not the one of last time, starts with the cursor at `now`.
        """
        ...

    def note_problems(self, jobs: Collection[str], problems: Mapping[str, Problem], now: datetime) -> None:
        """Note why some of these jobs cannot run; of the others, forget what was noted."""
        ...

    def pause(self, job: str, now: datetime, by: str, note: str | None = None) -> bool:
        """Let the due times of a job be skipped from now on; `by` says who and `note` why, for the record.

        One that is paused with all others stays paused when that ends.
        """
        ...

    def resume(self, job: str, now: datetime, by: str) -> bool:
        """Let a job be run again from its next due time after `now` on; False while everything is paused."""
        ...

    def pause_all(self, now: datetime, by: str, note: str | None = None) -> bool:
        """Pause every job that is not paused, and those that are new from now on; False when that is so already."""
        ...

    def resume_all(self, now: datetime, by: str) -> bool:
        """Resume the jobs that were paused with all; False when not everything is paused."""
        ...

    def general_pause(self) -> Pause | None:
        """Return since when everything is paused, by whom and why; None when it is not."""
        ...

    def count_failure(self, job: str, now: datetime, policy: AlertPolicy) -> Alert | None:
        """Count a failure that is final; return the alert that is due now. Only one caller gets it."""
        ...

    def count_success(self, job: str, policy: AlertPolicy) -> Alert | None:
        """Count a success after failures; return the alert that is due now. Only one caller gets it."""
        ...

    # jobs that are added while the scheduler runs, by interviews and other programs

    def add(self, job: Job, definition: str, *, since: datetime, now: datetime, by: str) -> None:
        """Add a job, or put it in the place of the added one with its name.

        Unless that has the same schedule, the job's cursor is set to `since`.
        """
        ...

    def put(  # noqa: PLR0913 - as `add`, and what is there
        self, job: Job, definition: str, *, since: datetime, now: datetime, by: str, before: int | None
    ) -> bool:
        """Add a job if there is none of its name, or replace the one with the version `before`.

        Return whether that was so; else nothing is changed, because another server was faster.
        """
        ...

    def cancel(self, name: str, now: datetime, by: str, version: int | None = None) -> bool:
        """Take an added job away: nothing of it is claimed from now on. False when there is none, of that version.

        The name of an action that waits in a session takes that away.
        """
        ...

    def retire(self, jobs: Collection[str], now: datetime) -> Sequence[str]:
        """Take away those of these added jobs that will never be due again and have ended; return them."""
        ...

    def dynamic_jobs(self) -> Sequence[DynamicJob]:
        """Return the added jobs, by name."""
        ...

    def dynamic_job(self, name: str) -> DynamicJob | None:
        """Return an added job, also one that was taken away or is over, as long as it is kept."""
        ...

    def dynamic_jobs_etag(self) -> str:
        """Return a text that is another one whenever a job has been added, replaced or taken away."""
        ...

    # actions that wait in sessions of interviews; shortly before one is due, it becomes an added job

    def schedule_action(self, action: SessionAction, *, now: datetime, by: str, most: int) -> bool:
        """Let an action wait until its first due time, in the place of the one in its session with its id.

        What that one has become is taken away. False, and nothing is changed, when the session has `most` others.
        """
        ...

    def cancel_action(self, name: str, now: datetime) -> bool:
        """Take an action away, and the job that it has become, by the name of that; False when there is none."""
        ...

    def actions_of(self, place: Place) -> Sequence[WaitingAction]:
        """Return the actions of a session, by their due times."""
        ...

    def near_actions(self, now: datetime, limit: int) -> Sequence[WaitingAction]:
        """Return the actions that are to become jobs now, at most `limit`, those first that are due first."""
        ...

    def make_jobs_of(self, taken: Sequence[TakenAction], now: datetime) -> int:
        """Let actions become added jobs, each unless another server was faster; return how many have."""
        ...

    def waiting_actions(
        self, *, interview: str | None = None, after: tuple[datetime, str] | None = None, limit: int = PAGE
    ) -> Sequence[WaitingAction]:
        """Return a page of the actions that wait, by their due times; `after` are due time and name of the last one."""
        ...

    def count_actions(self) -> WaitingActions:
        """Return how many actions wait in sessions."""
        ...

    # processes

    def register(self, process: Process, now: datetime) -> None:
        """Take up a process; what it claims bears its name."""
        ...

    def beat(self, process: Process, now: datetime, thread_counts: ThreadCounts | None = None) -> bool:
        """Beat, and say what the job threads do; False when the process was given up by others."""
        ...

    def note_site_start(self, start: SiteStart) -> bool:
        """Note a start of the site, or who takes part in it; False when another process has noted something."""
        ...

    def poll(self, now: datetime) -> PollResult:
        """Return who lives, and whether there is more to ask for."""
        ...

    def reap(
        self, process: Process, beat: int | None, jobs: Mapping[str, Job], now: datetime
    ) -> Sequence[Interruption]:
        """Give a process up, unless it has moved on from `beat`; its runs end as interrupted or timed out.

        `jobs` are those of the configuration: they say what is tried again, and whose `max runtime` is over.
        Only one caller gets the interruptions.
        """
        ...

    def unregister(self, process: Process, now: datetime) -> bool:
        """Take leave in good order; False, and nothing is changed, when a run of the process has not ended."""
        ...

    # runs that go from the process that claimed them to another one, which waits for them in a queue

    def enqueue(self, run: Run, expires: datetime) -> None:
        """Let go of a run: from now on it belongs to nobody, until somebody takes it before `expires`."""
        ...

    def dequeue(self, run: str, process: Process, now: datetime) -> DequeuedRun | None:
        """Take a run that belongs to nobody; None when it is not (or no longer) to be had."""
        ...

    def unanswered(self, now: datetime) -> Sequence[WaitingRun]:
        """Return runs whose messages are to be sent again at `now`. Only one caller gets each."""
        ...

    def give_up_expired(self, now: datetime, jobs: Mapping[str, Job]) -> Sequence[Interruption]:
        """End the runs as interrupted that nobody took in time. Only one caller gets each.

        `jobs` are those of the configuration: they say what is tried again.
        """
        ...

    # what people look at; nothing here changes anything

    def jobs(self, names: Collection[str] | None = None, recent: int = RECENT) -> Sequence[JobRecord]:
        """Return these jobs (None = all that were ever seen) by name, as far as they are known."""
        ...

    def runs(self, query: RunQuery) -> Sequence[RunRecord]:
        """Return a page of records, newest first, without tracebacks and logs."""
        ...

    def page(self, query: RunQuery, window: int) -> RunPage:
        """Do the same, and say how to go on. A search looks at `window` records of each status or job."""
        ...

    def failures(self, query: RunQuery, window: int) -> Failures:
        """Return what failed among the newest `window` records of each status that is a failure.

        Of the statuses of the query, those that are no failures do not matter; nor does its limit.
        """
        ...

    def run(self, id_: str) -> RunRecord | None:
        """Return one record with everything; None when there is none (any more)."""
        ...

    def timeline(self, since: datetime, until: datetime, limit: int = MAX_SUMMARIES) -> Sequence[RunSummary]:
        """Return what was going on between two instants, by its beginning; at most `limit`.

        When there is more, what is notable and what took long stay, and of the rest as many as have room, always the
        same ones; of notable ones alone that are too many, the latest.
        """
        ...

    def servers(self) -> Sequence[ServerRecord]:
        """Return the servers by name."""
        ...

    def events(
        self, job: str | None = None, *, before: str | None = None, limit: int = PAGE
    ) -> Sequence[Event]:
        """Return a page of who did what, newest first; `before` is the identifier of the last one before."""
        ...

    # what is counted for monitoring

    def save_counters(self) -> None:
        """Add what this process has counted to the counters of all, from which it can be read."""
        ...

    def counters(self) -> Sequence[JobCounters]:
        """Return what was ever counted of each job, by name."""
        ...
