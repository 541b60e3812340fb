# do not pre-load
"""What becomes of a run that nobody runs any more: the rules, as a pure function."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from .job import Job
from .retry import retry_at
from .run import Interruption, Status, StopReason

DIED = "its process died"
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
        return Status.INTERRUPTED, StopReason[orphan.stop].value
    if not orphan.had_process:
        return Status.INTERRUPTED, NOT_TAKEN
    if job is not None and job.max_runtime is not None and orphan.began + job.max_runtime <= now:
        return Status.TIMED_OUT, KILLED
    return Status.INTERRUPTED, DIED
