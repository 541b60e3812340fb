# do not pre-load
"""Sentry: check-ins of its cron monitors, where `sentry_sdk` has been set up by somebody else."""

from __future__ import annotations

import re
import sys
from datetime import timedelta, timezone
from hashlib import blake2b
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from ..core.alerts import is_failure
from ..core.job import Job, Schedule
from ..core.run import Due, FinishedRun, Interruption, Outcome, Run, Status
from ..execution.observers import RunObserver
from ..schedules.cron.schedule import Cron
from ..schedules.modifiers import Bounded, Jittered
from ..schedules.simple import Interval

#: Sentry takes no longer name of a monitor (characters)
MAX_SLUG = 50
MINUTE = timedelta(minutes=1)
_UNITS = {
    "week": timedelta(weeks=1),
    "day": timedelta(days=1),
    "hour": timedelta(hours=1),
    "minute": MINUTE,
}
#: numbers, names of three letters, and what every crontab knows
_CRONTAB_FIELD = re.compile(r"([0-9*,/-]|[a-z]{3})+", re.IGNORECASE)


class SentryCheckIns(RunObserver):
    """Checks runs in: one check-in for each due time, whose attempts count as one."""

    def started(self, run: Run) -> None:
        """Say that a run is in progress."""
        if _client() is not None:
            _check_in(run.due, "in_progress")

    def finished(self, run: Run, outcome: Outcome) -> None:
        """Say how it ended."""
        if _client() is not None:
            _ended(run.job, FinishedRun.of(run, outcome))

    def interrupted(self, interruption: Interruption, job: Job | None) -> None:
        """Say that it failed, in place of the process that died."""
        if job is not None and _client() is not None:
            _ended(job, FinishedRun.interrupted(interruption, job))


def _client() -> Any:
    """Return Sentry's client if there is an active one: whoever set it up has imported it, so we need not."""
    sdk: Any = sys.modules.get("sentry_sdk")
    if sdk is None or not hasattr(sdk, "get_client"):
        return None
    client = sdk.get_client()
    return client if client.is_active() else None


def _ended(job: Job, run: FinishedRun) -> None:
    if run.retry_at is not None:
        return
    duration = None if run.duration is None else run.duration.total_seconds()
    if run.status is Status.SUCCEEDED:
        _check_in(Due(job, run.due), "ok", duration)
    elif is_failure(run.status, run.reason):
        _check_in(Due(job, run.due), "error", duration)


def _check_in(due: Due, status: str, duration: float | None = None) -> None:
    from sentry_sdk.crons import capture_checkin

    config: Any = monitor_config(due.job)
    capture_checkin(
        monitor_slug=slug(due.job.name),
        check_in_id=check_in_id(due, _client().options),
        status=status,
        duration=duration,
        monitor_config=config,
    )


def slug(name: str) -> str:
    """Return the name of a job's monitor: `test.heartbeat 2` is `test-heartbeat-2`; a long name keeps its end."""
    simple = re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-")
    if not simple or simple.isdecimal():
        simple = f"job-{simple}"
    if len(simple) <= MAX_SLUG:
        return simple
    digest = blake2b(name.encode(), digest_size=4).hexdigest()
    return f"{digest}-{simple[len(digest) + 1 - MAX_SLUG :]}"


def check_in_id(due: Due, options: Any) -> str:
    """Return what is the same for all attempts of a due time, and another one elsewhere."""
    where = f"{options.get('dsn')} {options.get('environment')}"
    return uuid5(NAMESPACE_URL, f"{where} {due.job.name} {due.at.astimezone(timezone.utc).isoformat()}").hex


def monitor_config(job: Job) -> dict[str, Any] | None:
    """Return what Sentry makes or updates the monitor with; None when it cannot express the schedule."""
    spread = job.schedule.spread if isinstance(job.schedule, Jittered) else timedelta()
    schedule = _told(job.schedule)
    if schedule is None:
        return None
    config: dict[str, Any] = {"schedule": schedule, "timezone": job.time_zone}
    if job.check_in_margin is not None or spread:
        config["checkin_margin"] = _minutes((job.check_in_margin or MINUTE) + spread)
    if job.max_runtime is not None:
        config["max_runtime"] = _minutes(job.max_runtime)
    return config


def _told(schedule: Schedule) -> dict[str, Any] | None:
    if isinstance(schedule, Jittered) or (isinstance(schedule, Bounded) and schedule.end is None):
        return _told(schedule.schedule)
    if isinstance(schedule, Interval):
        for unit, length in _UNITS.items():
            if schedule.period % length == timedelta():
                return {"type": "interval", "value": schedule.period // length, "unit": unit}
    if isinstance(schedule, Cron):
        fields = schedule.expression.text.split()
        # with both a day and a weekday, the rules of those who read crontabs differ
        if len(fields) == 5 and "*" in (fields[2], fields[4]) and all(map(_CRONTAB_FIELD.fullmatch, fields)):
            return {"type": "crontab", "value": " ".join(fields)}
    return None


def _minutes(duration: timedelta) -> int:
    """Round up, as Sentry counts in minutes, and not below one."""
    return max(1, -(-duration // MINUTE))
