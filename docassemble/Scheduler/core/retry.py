# do not pre-load
"""Whether and when a run is tried again, and how an orphaned one ends, as pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from .job import Job
from .run import Interruption, Outcome, Run, Status, StopReason
from .texts.error_text import ErrorText

#: no pause between two attempts is longer
MAX_DELAY = timedelta(hours=1)
#: so much of a pause is spread, as one part of so many: what failed together is not tried again together
SPREAD = 10
#: how long a run waits that was interrupted twice; this doubles each time, up to the limit
PAUSE, MAX_PAUSE = timedelta(seconds=10), timedelta(minutes=5)


def retry_at(job: Job, status: Status, *, run: str, attempt: int, now: datetime) -> datetime | None:
    """Return when a run that ended at `now` is tried again; None when it is not.

    `attempt` is the one that ended, `run` its identifier, from which the spread is taken.
    """
    if status is Status.INTERRUPTED and job.resumable:
        return now + pause_before_resuming(attempt)
    if status in {Status.FAILED, Status.TIMED_OUT} and attempt <= job.retries:
        return now + pause_before_retry(job.retry_delay, attempt, run)
    return None


def next_attempt(status: Status, attempt: int) -> int:
    """Return the number of the attempt that follows one that ended so: a run that never began was none."""
    return attempt if status is Status.SKIPPED else attempt + 1


def cursor_after(outcome: Outcome) -> datetime:
    """Return from when on the next due time counts, of a job that counts from the end of its last run.

    A run that is to be tried again has not come to its end: the end of the next attempt counts.
    """
    return outcome.retry_at or outcome.finished


def given_back(now: datetime) -> Outcome:
    """Return the outcome of a run that could not begin at once, so that any process may run it."""
    return Outcome(status=Status.SKIPPED, started=now, finished=now, reason=GIVEN_BACK, retry_at=now)


def failed(
    run: Run, error: BaseException, *, started: datetime, now: datetime, text: ErrorText | None = None
) -> Outcome:
    """Return the outcome of a run that failed at `now`; `text` is that of the error, if it has been made."""
    again = retry_at(run.job, Status.FAILED, run=run.id, attempt=run.attempt, now=now)
    return Outcome(
        status=Status.FAILED, started=started, finished=now, error=error, error_text=text, retry_at=again
    )


def pause_before_retry(delay: timedelta, attempt: int, run: str) -> timedelta:
    """Return the pause after the failure of `attempt`: doubling, at most an hour, up to a tenth of it taken off."""
    doubled = min(delay * (1 << min(attempt - 1, 20)), MAX_DELAY)
    return doubled - doubled / SPREAD * (int(run[-4:], 16) / 0x10000)


def pause_before_resuming(attempt: int) -> timedelta:
    """Return how long a run waits that was interrupted in its `attempt`: the first time not at all.

    A run that takes its process with it, each time, must not keep the site from answering.
    """
    if attempt == 1:
        return timedelta()
    doublings = min(attempt - 2, 10)  # more is above the limit anyway, and soon above any timedelta
    return min(PAUSE * (1 << doublings), MAX_PAUSE)


DIED = "its process died"
GIVEN_BACK = "no thread was free for it after all"
KILLED = "its process was killed: its `max runtime` was over"
NOT_TAKEN = "no Celery worker took it"
#: a run that waits for a Celery worker is announced again after so long: its message may be lost
RESEND_AFTER = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingRun:
    """A run that was handed over, and that no Celery worker has taken so far."""

    run: str
    job: str
    claimed: datetime
    #: until then it may be taken
    expires: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrphanedRun:
    """A run that is on record as going on, and has no process."""

    run: str
    job: str
    due: datetime
    attempt: int
    #: name of the server that had it last
    server: str
    #: when it was started; if that is not known, when it was claimed
    began: datetime
    #: False when it waited for a process to take it over
    had_process: bool
    #: why it was asked to stop, the name of a StopReason; None when it was not
    stop: str | None = None


def send_again_at(waiting: WaitingRun, now: datetime) -> datetime:
    """Return when the message of a run that still waits is to be sent once more, after it was sent at `now`.

    The waits double, because a queue that is long already must not be filled with messages.
    """
    return now + max(RESEND_AFTER, now - waiting.claimed)


def end_orphan(orphan: OrphanedRun, job: Job | None, now: datetime) -> Interruption:
    """Return how an orphaned run ends at `now`; `job` is None when the configuration does not have it (C17)."""
    status, reason = _end(orphan, job, now)
    again = None
    if job is not None and not _is_unwanted(orphan):
        again = retry_at(job, status, run=orphan.run, attempt=orphan.attempt, now=now)
    return Interruption(
        run=orphan.run,
        job=orphan.job,
        due=orphan.due,
        attempt=orphan.attempt,
        server=orphan.server,
        status=status,
        reason=reason,
        retry_at=again,
    )


def _is_unwanted(orphan: OrphanedRun) -> bool:
    """Return whether somebody wanted the run to end."""
    return orphan.stop is not None and orphan.stop in {
        reason.name for reason in StopReason if reason.is_final
    }


def _end(orphan: OrphanedRun, job: Job | None, now: datetime) -> tuple[Status, str]:
    if orphan.stop is not None and _is_unwanted(orphan):
        wanted = StopReason[orphan.stop]
        return wanted.status, wanted.value
    if not orphan.had_process:
        return Status.INTERRUPTED, NOT_TAKEN
    if job is not None and job.max_runtime is not None and orphan.began + job.max_runtime <= now:
        return Status.TIMED_OUT, KILLED
    return Status.INTERRUPTED, DIED
