# do not pre-load
"""What commands list: jobs, due times, records, events, servers, as tables for people, in one time zone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ...core.durations import elapsed, format_duration, relative, short
from ...core.progress import Progress
from ...core.run import Due
from ...core.texts.text import cut
from ...management.status import JobState, schedule_in_words
from ...store.base import WaitingAction
from ...store.records import Event, RunRecord, ServerRecord
from ..context import CliContext
from .identifiers import shortened
from .listing import Listing

#: how much of an error is looked at (characters)
MAX_TEXT = 400


@dataclass(frozen=True, slots=True)
class Clock:
    """The time at which something is shown, and the zone in which times are told."""

    now: datetime
    zone: str

    @classmethod
    def of(cls, context: CliContext, zone: str | None) -> Clock:
        """Return the present time, in the zone that was asked for, or in docassemble's."""
        return cls(context.clock.now(), zone or context.manager.settings.time_zone)

    def time(self, at: datetime) -> str:
        """Return an instant to the second; the heading of its column names the zone."""
        return at.astimezone(ZoneInfo(self.zone)).strftime("%Y-%m-%d %H:%M:%S")

    def heading(self, what: str) -> str:
        """Return the heading of a column of times."""
        return f"{what} ({self.zone})"

    def both(self, at: datetime) -> str:
        """Return an instant, and how far away it is."""
        return f"{self.time(at)}, {relative(at, self.now)}"


def job_table(states: Sequence[JobState], unread: Collection[str], clock: Clock) -> Listing:
    """Return the jobs, one a row; of `unread` ones the configuration cannot be read."""
    rows = [
        (
            state.name,
            _state(state, clock),
            schedule_in_words(state.job),
            _last(state, clock),
            _next(state, clock),
        )
        for state in states
    ]
    rows += [(name, "problem", "cannot be read: see `problems`", "-", "-") for name in unread]
    columns = ("Job", "State", "Schedule", "Last run", clock.heading("Next run"))
    return Listing(columns, rows, "There is no job.")


def due_table(upcoming: Sequence[Due], clock: Clock) -> Listing:
    """Return due times."""
    rows = [(clock.time(due.at), relative(due.at, clock.now), due.job.name) for due in upcoming]
    empty = "Nothing is due: every job is on demand, paused, disabled or over."
    return Listing((clock.heading("Due"), "", "Job"), rows, empty)


def run_table(records: Sequence[RunRecord], clock: Clock) -> Listing:
    """Return records, one a row."""
    short_ids = shortened(record.id for record in records)
    columns = (clock.heading("Due"), "Job", "State", "Took", "Trigger", "Server", "What", "Run")
    rows = [_run(record, clock, short_ids[record.id]) for record in records]
    return Listing(columns, rows, "There is no record.")


def progress_text(progress: Progress) -> str:
    """Return how far a run is: `3 of 40, cases copied`."""
    done = f"{progress.done:g}" if progress.total is None else f"{progress.done:g} of {progress.total:g}"
    return f"{done}, {progress.text}" if progress.text else done


def event_table(events: Sequence[Event], clock: Clock) -> Listing:
    """Return who did what."""
    short_ids = shortened(event.run for event in events if event.run)
    rows = [
        (
            clock.time(event.at),
            event.actor,
            event.action,
            event.job or "all jobs",
            short_ids[event.run] if event.run else "-",
            event.note or "",
        )
        for event in events
    ]
    columns = (clock.heading("When"), "Who", "Action", "Job", "Run", "What")
    return Listing(columns, rows, "Nobody has done anything yet.")


def action_table(actions: Sequence[WaitingAction], clock: Clock) -> Listing:
    """Return the actions that wait in sessions."""
    rows = [
        (
            clock.time(each.due),
            each.action.action,
            each.action.id,
            each.action.interview,
            "-" if each.action.every is None else format_duration(timedelta(seconds=each.action.every)),
            each.action.job,
        )
        for each in actions
    ]
    columns = (clock.heading("Due"), "Action", "Id", "Interview", "Every", "Job")
    return Listing(columns, rows, "No action waits in a session.")


def server_table(servers: Sequence[ServerRecord], clock: Clock) -> Listing:
    """Return servers, one a row."""
    rows = []
    for server in servers:
        counts = [each.thread_counts for each in server.processes if each.thread_counts is not None]
        rows.append(
            (
                server.name,
                "ok" if server.processes else "down",
                ", ".join(str(each.pid) for each in server.processes) or "-",
                *(str(sum(getattr(each, key) for each in counts)) for key in ("free", "busy", "stuck")),
                clock.both(server.seen),
            )
        )
    columns = ("Server", "State", "Processes", "Free", "Busy", "Stuck", clock.heading("Last heartbeat"))
    return Listing(columns, rows, "No server has run jobs lately.")


def _state(state: JobState, clock: Clock) -> str:
    status = state.status.value
    return status if state.since is None else f"{status} for {elapsed(clock.now - state.since)}"


def _last(state: JobState, clock: Clock) -> str:
    last = None if state.record is None else state.record.last
    if last is None:
        return "-"
    took = "" if last.duration is None else f", took {short(last.duration)}"
    return f"{last.status.value} {relative(last.began, clock.now)}{took}"


def _next(state: JobState, clock: Clock) -> str:
    if state.next_due is None:
        return "-" if state.waits_for is None else str(state.waits_for)
    return clock.both(state.next_due)


def _run(record: RunRecord, clock: Clock, short_id: str) -> tuple[str, ...]:
    due = clock.time(record.due)
    return (
        due if record.count == 1 else f"{due} and {record.count - 1} more",
        record.job,
        record.status.value + (f", attempt {record.attempt}" if record.attempt > 1 else ""),
        "-" if record.duration is None else short(record.duration),
        record.trigger.value,
        record.server or "-",
        cut(record.error or record.reason or record.result or "", MAX_TEXT),
        short_id,
    )
