# do not pre-load
"""What commands show: tables and sentences for people, or one JSON document for programs. Messages go to stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.table import Table

from ..core.durations import relative, short
from ..core.errors import SchedulerError
from ..core.problem import Problem
from ..core.run import Due
from ..management.status import JobState, schedule_in_words
from ..store.records import RunRecord

#: exit statuses
FAILED, IMPOSSIBLE, BUSY = 1, 2, 3
#: how wide a table may be in a file or pipe (characters)
_WIDE = 200


@dataclass(frozen=True, slots=True)
class Listing:
    """A table: the names of its columns, and the rows."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    #: what is said instead when there is no row
    empty: str = ""


def show(document: object, *, as_json: bool, text: Callable[[], Listing | str]) -> None:
    """Show the document as JSON, or the text for people."""
    if as_json:
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    what = text()
    if isinstance(what, str):
        click.echo(visible(what))
    elif not what.rows:
        click.echo(what.empty)
    else:
        _console().print(_table(what))


def say(message: str) -> None:
    """Say something to the person, apart from what the command shows."""
    click.echo(visible(message), err=True)


def give_up(error: SchedulerError, status: int = IMPOSSIBLE) -> NoReturn:
    """End the command with an error and the way out."""
    say(f"Error: {_sentence(str(error))}{_sentence(f' Hint: {error.hint}') if error.hint else ''}")
    raise SystemExit(status)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."


def visible(text: str) -> str:
    """Return a text that cannot move the cursor or change colours of a terminal."""
    return "".join(
        each if each.isprintable() or each == "\n" else "\N{REPLACEMENT CHARACTER}" for each in text
    )


def _table(listing: Listing) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in listing.columns:
        table.add_column(column, overflow="fold")
    for row in listing.rows:
        table.add_row(*(visible(cell).replace("\n", " ") for cell in row))
    return table


def _console() -> Console:
    settings: dict[str, Any] = {"markup": False, "highlight": False, "emoji": False, "soft_wrap": False}
    return Console(file=sys.stdout, width=None if sys.stdout.isatty() else _WIDE, **settings)


def job_table(states: Sequence[JobState], now: datetime) -> Listing:
    """Return the jobs, one a row."""
    rows = [
        (state.name, state.status.value, schedule_in_words(state.job), _last(state, now), _next(state, now))
        for state in states
    ]
    return Listing(("Job", "State", "Schedule", "Last run", "Next run"), rows, "There is no job.")


def due_table(upcoming: Sequence[Due], now: datetime) -> Listing:
    """Return due times, each in the zone of its job."""
    rows = [(local(due.at, due.job.time_zone), relative(due.at, now), due.job.name) for due in upcoming]
    return Listing(
        ("Due", "", "Job"), rows, "Nothing is due: every job is on demand, paused, disabled or over."
    )


def run_table(records: Sequence[RunRecord], zone: str) -> Listing:
    """Return records, one a row."""
    columns = (f"Due ({zone})", "Job", "Status", "Took", "Trigger", "Server", "What", "Run")
    return Listing(columns, [_run(record, zone) for record in records], "There is no record.")


def problem_line(value: Problem, file: str) -> str:
    """Return a problem in one line, with the file and the line where it stands, as compilers do."""
    place = "" if value.line is None else f"{file}:{value.line}: "
    return f"{place}{value.severity.value}: {value}"


def local(at: datetime, zone: str) -> str:
    """Return an instant in a zone, to the second."""
    return at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S %Z")


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
