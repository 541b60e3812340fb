# do not pre-load
"""What people see of the scheduler as JSON: the shapes that the command line and the JSON API share.

Keys are stable: new ones may be added, none is renamed. Instants are ISO 8601 in UTC, durations are seconds.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta, timezone
from typing import Any

from ..core.job import Job
from ..core.problem import Problem
from ..core.run import Due
from ..execution.results import result_value
from ..store.records import Event, JobRecord, RunRecord, RunSummary, ServerRecord
from .schedule_words import schedule_of
from .status import JobState

Plain = dict[str, Any]


def instant(at: datetime | None) -> str | None:
    """Return an instant in UTC."""
    return None if at is None else at.astimezone(timezone.utc).isoformat()


def seconds(duration: timedelta | None) -> float | None:
    """Return a duration in seconds."""
    return None if duration is None else duration.total_seconds()


def job(value: Job) -> Plain:
    """Return what is configured of a job; not its arguments, which may hold secrets."""
    return {
        "name": value.name,
        "description": value.shown("description"),
        "function": value.shown("function"),
        "type": value.type,
        "schedule": schedule_of(value),
        "time_zone": value.time_zone,
        "enabled": value.enabled,
        "run_on": value.run_on.value,
        "servers": sorted(value.shown("servers")),
    }


def job_state(state: JobState) -> Plain:
    """Return a job and how it stands."""
    return {
        **job(state.job),
        "description": state.description,
        "state": state.standing.value,
        "next_due": instant(state.next_due),
        "added": None if state.added is None else {"at": instant(state.added.at), "by": state.added.by},
        **_job_record(state.record),
    }


def _job_record(record: JobRecord | None) -> Plain:
    """Return what the database knows; the same keys when it knows nothing yet."""
    return {
        "paused": False if record is None else record.paused,
        "failures": 0 if record is None else record.failures,
        "failing_since": None if record is None else instant(record.failing_since),
        "success_rate": None if record is None else record.success_rate,
        "last_run": None if record is None or record.last is None else bar(record.last),
        "running": [] if record is None else [bar(each) for each in record.running],
        "recent": [] if record is None else [bar(each) for each in record.recent],
    }


def bar(value: RunSummary) -> Plain:
    """Return a record in brief."""
    return {
        "id": value.id,
        "status": value.status.value,
        "due": instant(value.due),
        "began": instant(value.began),
        "ended": instant(value.ended),
        "duration": seconds(value.duration),
        "count": value.times,
    }


def run(record: RunRecord) -> Plain:
    """Return a record; traceback and log are None unless a single one was asked for.

    A result that was JSON is what it was; any other one is text.
    """
    return {
        "id": record.id,
        "job": record.job,
        "status": record.status.value,
        "trigger": record.trigger.value,
        "due": instant(record.due),
        "due_until": instant(record.due_until),
        "count": record.count,
        "attempt": record.attempt,
        "server": record.server,
        "claimed": instant(record.claimed),
        "started": instant(record.started),
        "finished": instant(record.finished),
        "duration": seconds(record.duration),
        "lateness": seconds(record.lateness),
        "retry_at": instant(record.retry_at),
        "retried": record.retried,
        "reason": record.reason,
        "result": result_value(record.result),
        "error": record.error,
        "traceback": record.traceback,
        "log": record.log,
    }


def due(value: Due) -> Plain:
    """Return a due time, also as it is told in the zone of its job."""
    return {"job": value.job.name, "due": instant(value.at), "local": value.local.isoformat()}


def event(value: Event) -> Plain:
    """Return who did what."""
    return {
        "id": value.id,
        "at": instant(value.at),
        "who": value.actor,
        "what": value.action,
        "job": value.job,
        "run": value.run,
    }


def server(value: ServerRecord) -> Plain:
    """Return a server and its processes."""
    return {
        "name": value.name,
        "seen": instant(value.seen),
        "processes": [
            {
                "id": each.id,
                "pid": each.pid,
                "seen": instant(each.seen),
                "threads": None if each.manning is None else asdict(each.manning),
            }
            for each in value.processes
        ],
    }


def problem(value: Problem) -> Plain:
    """Return a problem of the configuration."""
    return {
        "severity": value.severity.value,
        "code": value.code,
        "path": list(value.place),
        "sentence": value.sentence,
        "hint": value.hint,
    }
