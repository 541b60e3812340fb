# do not pre-load
"""Whether and when a run is tried again, as pure functions."""

from __future__ import annotations

from datetime import datetime, timedelta

from .error_text import ErrorText
from .job import Job
from .run import Outcome, Run, Status

#: no pause between two attempts is longer
LONGEST_DELAY = timedelta(hours=1)
#: so much of a pause is spread, as one part of so many: what failed together is not tried again together
SPREAD = 10
#: how long a run waits that was interrupted twice; this doubles each time, up to the limit
PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(minutes=5)


def retry_at(job: Job, status: Status, *, run: str, attempt: int, now: datetime) -> datetime | None:
    """Return when a run that ended at `now` is tried again; None when it is not.

    `attempt` is the one that ended, `run` its identifier, from which the spread is taken.
    """
    if status is Status.INTERRUPTED and job.resumable:
        return now + pause_before_resuming(attempt)
    if status in {Status.FAILED, Status.TIMED_OUT} and attempt <= job.retries:
        return now + pause_before_retry(job.retry_delay, attempt, run)
    return None


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
    doubled = min(delay * (1 << min(attempt - 1, 20)), LONGEST_DELAY)
    return doubled - doubled / SPREAD * (int(run[-4:], 16) / 0x10000)


def pause_before_resuming(attempt: int) -> timedelta:
    """Return how long a run waits that was interrupted in its `attempt`: the first time not at all.

    A run that takes its process with it, each time, must not keep the site from answering.
    """
    if attempt == 1:
        return timedelta()
    doublings = min(attempt - 2, 10)  # more is above the limit anyway, and soon above any timedelta
    return min(PAUSE * (1 << doublings), LONGEST_PAUSE)
