# do not pre-load
"""Records of runs as a CSV file, made while it is sent: a page of records at a time."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from ....core.errors import StoreUnavailable
from ....store.records import RunPage, RunRecord
from ..presentation import Viewer

#: how many records a file has at most, and how many are read at a time
MAX_ROWS, CHUNK = 10_000, 500
#: spreadsheets know by it that the file is in UTF-8
BOM = "\ufeff"
#: with these a formula begins, in one spreadsheet or another, and some begin one after a tab or line break
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_COLUMNS = ("id", "job", "status", "trigger", "attempt", "due times")
_TIMES = ("due", "claimed", "started", "finished")
_REST = ("seconds late", "seconds taken", "server", "reason", "error", "result")


def rows(
    first: RunPage, following: Callable[[str, int], RunPage], viewer: Viewer, time_is_up: Callable[[], bool]
) -> Iterator[str]:
    """Give the file in parts. `following` returns the page before an identifier, with so many records at most.

    Nothing can be raised any more when a part was sent, so the last line says what is missing.
    """
    yield BOM + _line([*_COLUMNS, *(f"{name} ({viewer.zone.key})" for name in _TIMES), *_REST])
    page, left = first, MAX_ROWS
    while True:
        yield "".join(_line(_cells(run, viewer)) for run in page.runs)
        left -= len(page.runs)
        if page.before is None:
            return
        if left <= 0:
            yield _line([f"There are more: a file has {MAX_ROWS:,} records at most. Narrow the time."])
            return
        if time_is_up():
            yield _line(["There may be more: the search took too long. Narrow the time."])
            return
        try:
            page = following(page.before, min(left, CHUNK))
        except StoreUnavailable:
            yield _line(["There are more: the database did not answer in time. Try again."])
            return


def harmless(cell: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _cells(run: RunRecord, viewer: Viewer) -> Iterable[str]:
    yield from (run.id, run.job, run.status.value, run.trigger.value, str(run.attempt), str(run.count))
    for at in (run.due, run.claimed, run.started, run.finished):
        yield _moment(at, viewer)
    yield from (_seconds(run.lateness), _seconds(run.duration))
    yield from (run.server or "", run.reason or "", run.error or "", run.result or "")


def _moment(at: datetime | None, viewer: Viewer) -> str:
    return "" if at is None else at.astimezone(viewer.zone).isoformat(" ", "milliseconds")[:23]


def _seconds(span: timedelta | None) -> str:
    return "" if span is None else f"{max(span.total_seconds(), 0.0):.3f}"


def _line(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow([harmless(cell) for cell in cells])
    return line.getvalue()
