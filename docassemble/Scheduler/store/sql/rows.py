# do not pre-load
"""From values to rows and back, and to the parameters of the statements that change rows."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, overload

from ...core.decision import Decision
from ...core.job import Job, RunOn
from ...core.retry import cursor_after
from ...core.run import Interruption, Outcome, Run, Status, Trigger, UnrunDueTimes, new_run_id
from ...core.texts.storable import MAX_ERROR, MAX_LOG, MAX_REASON, MAX_RESULT, MAX_TRACEBACK, storable
from ...core.texts.text import cut
from ..base import NOT_CARRIED_OUT, Process, RunRequest
from .statements import Step


def place(job: Job) -> tuple[str, str]:
    """Return the place of a job in the order in which every transaction takes rows: first what has no lock (C9)."""
    return job.lock or "", job.name


@overload
def to_sql(instant: datetime) -> datetime: ...
@overload
def to_sql(instant: datetime | None) -> datetime | None: ...
def to_sql(instant: datetime | None) -> datetime | None:
    """Return an aware instant as the database keeps it; None stays None."""
    return instant and instant.astimezone(timezone.utc).replace(tzinfo=None)


def from_sql(moment: datetime) -> datetime:
    """Return what the database keeps as an aware instant."""
    return datetime.combine(moment, moment.time(), timezone.utc)  # replace() takes six times as long


def job_row(job: Job, now: datetime) -> dict[str, Any]:
    """Return the row of a job that is seen for the first time."""
    return {
        "name": job.name,
        "schedule": job.fingerprint,
        "cursor_at": to_sql(now),
        "paused": False,
        "version": job.version,
        "next_due": to_sql(job.schedule.next_after(now)),
    }


def run_row(run: Run, process: Process | None) -> dict[str, Any]:
    """Return the row of a run that has been claimed."""
    return _row(run.id, run.job.name, run.due.at, run.claimed, Status.RUNNING, process) | {
        "attempt": run.attempt,
        "trigger": run.trigger.value,
        "arguments": run.arguments,
    }


def unrun_row(unrun: UnrunDueTimes, now: datetime, process: Process | None) -> dict[str, Any]:
    """Return the row of due times that end without a run."""
    return _row(new_run_id(now), unrun.job.name, unrun.first, now, unrun.status, process) | {
        "due_until": to_sql(unrun.last),
        "count": unrun.count,
        "finished": to_sql(now),
        "reason": storable(unrun.reason, MAX_REASON),
    }


def expired_request_row(run_request: RunRequest, record: str, now: datetime) -> dict[str, Any]:
    """Return the row of a run request that nobody carried out."""
    return _row(record, run_request.job, run_request.due or run_request.at, now, Status.MISSED, None) | {
        "trigger": Trigger.MANUAL.value,
        "finished": to_sql(now),
        "reason": NOT_CARRIED_OUT,
        "arguments": run_request.arguments,
    }


def outcome_row(outcome: Outcome, encoding: str = "utf-8") -> dict[str, Any]:
    """Return what an outcome changes in the row of its run; its texts have no character beyond `encoding`."""
    error = outcome.error_text
    return {
        "status": outcome.status.value,
        "started": to_sql(outcome.started),
        "finished": to_sql(outcome.finished),
        "the_retry_at": to_sql(outcome.retry_at),
        "reason": outcome.reason and storable(outcome.reason, MAX_REASON, encoding),
        "result": outcome.result and storable(outcome.result, MAX_RESULT, encoding),
        "error": error and storable(cut(error.line, MAX_ERROR), MAX_ERROR, encoding),
        "traceback": error and storable(error.traceback, MAX_TRACEBACK, encoding, end=True),
        "log": outcome.log and storable(outcome.log, MAX_LOG, encoding, end=True),
    }


def interruption_row(interruption: Interruption, now: datetime) -> dict[str, Any]:
    """Return what changes in the row of a run that nobody runs any more."""
    return {
        "status": interruption.status.value,
        "finished": to_sql(now),
        "reason": storable(interruption.reason, MAX_REASON),
        "retry_at": to_sql(interruption.retry_at),
        "expires": None,
    }


def moved(job: Job, cursor: datetime, decision: Decision) -> dict[str, Any]:
    """Return the values that move the cursor of a job, if it is still there."""
    return {
        "the_name": job.name,
        "the_cursor": to_sql(cursor),
        "cursor_at": to_sql(decision.cursor),
        "next_due": to_sql(job.schedule.next_after(decision.cursor)),
    }


def leased(run: Run) -> dict[str, Any]:
    """Return the values that give a run what it needs (C3)."""
    return {"lease": run.id, "leased_at": to_sql(run.claimed)}


def freeing(run: Run, outcome: Outcome) -> list[Step]:
    """Return what takes the lock and the lease away from a run that ended, if it has them."""
    steps = []
    if run.job.lock is not None:
        steps.append(Step("unlock", {"the_name": run.job.lock, "the_run": run.id}))
    # A worker of Celery may have another configuration than the server that claimed the run.
    if run.job.is_exclusive or run.job.run_on is RunOn.CELERY:
        values = {"the_name": run.job.name, "the_run": run.id}
        if run.job.counts_from_end:
            steps.append(Step("release_after", values | counted_from(run.job, cursor_after(outcome))))
        else:
            steps.append(Step("release", values))
    return steps


def counted_from(job: Job, end: datetime) -> dict[str, Any]:
    """Return the values that let the next due time of a job count from the end of a run (C29)."""
    return {
        "the_schedule": job.fingerprint,
        "the_end": to_sql(end),
        "next_due": to_sql(job.schedule.next_after(end)),
    }


def _row(  # noqa: PLR0913, PLR0917 - the columns that every record has
    id_: str, job: str, due: datetime, now: datetime, status: Status, process: Process | None
) -> dict[str, Any]:
    return {
        "id": id_,
        "job": job,
        "due": to_sql(due),
        "due_until": None,
        "count": 1,
        "attempt": 1,
        "status": status.value,
        "trigger": Trigger.SCHEDULE.value,
        "process": process.id if process else None,
        "server": process.server if process else None,
        "claimed": to_sql(now),
        "finished": None,
        "reason": None,
        "arguments": None,
    }
