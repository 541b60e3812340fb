# do not pre-load
"""What commands show to people: values of the manager as the rows of tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from ..core.durations import relative, short
from ..core.problem import Problem
from ..core.run import Due
from ..management.schedule_words import schedule_of
from ..management.status import JobState
from ..store.records import RunRecord
from .output import Sheet


def jobs(states: Sequence[JobState], now: datetime) -> Sheet:
    """Return the jobs, one a row."""
    rows = [
        (state.name, state.standing.value, _schedule(state), _last(state, now), _next(state, now))
        for state in states
    ]
    return Sheet(("Job", "State", "Schedule", "Last run", "Next run"), rows, "There is no job.")


def dues(upcoming: Sequence[Due], now: datetime) -> Sheet:
    """Return due times, each in the zone of its job."""
    rows = [(local(due.at, due.job.time_zone), relative(due.at, now), due.job.name) for due in upcoming]
    return Sheet(("Due", "", "Job"), rows, "Nothing is due: every job is paused, disabled or over.")


def runs(records: Sequence[RunRecord], zone: str) -> Sheet:
    """Return records, one a row."""
    columns = (f"Due ({zone})", "Job", "Status", "Took", "Trigger", "Server", "What", "Run")
    return Sheet(columns, [_run(record, zone) for record in records], "There is no record.")


def problem(value: Problem) -> str:
    """Return a problem in one line."""
    return f"{value.severity.value}: {value}"


def local(at: datetime, zone: str) -> str:
    """Return an instant in a zone, to the second."""
    return at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S %Z")


def lines(texts: Iterable[str]) -> str:
    """Return texts, one a line."""
    return "\n".join(texts)


def _schedule(state: JobState) -> str:
    return schedule_of(state.job)


def _last(state: JobState, now: datetime) -> str:
    last = None if state.record is None else state.record.last
    if last is None:
        return "-"
    took = "" if last.duration is None else f", took {short(last.duration)}"
    return f"{last.status.value} {relative(last.began, now)}{took}"


def _next(state: JobState, now: datetime) -> str:
    if state.next_due is None:
        return "-"
    return f"{relative(state.next_due, now)}: {local(state.next_due, state.job.time_zone)}"


def _run(record: RunRecord, zone: str) -> tuple[str, ...]:
    due = local(record.due, zone)
    return (
        due if record.count == 1 else f"{due} and {record.count - 1} more",
        record.job,
        record.status.value + (f", attempt {record.attempt}" if record.attempt > 1 else ""),
        "-" if record.duration is None else short(record.duration),
        record.trigger.value,
        record.server or "-",
        record.error or record.reason or record.result or "",
        record.id,
    )
