# do not pre-load
"""The timeline: what ran in the last 24 hours and what is due in the next 24, a row for each job."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone

from ...core.durations import short
from ...management.status import JobState
from ...store.records import RunSummary
from .badges import STATUSES
from .viewer import Viewer

#: how far it looks back, and ahead
SPAN = timedelta(hours=24)
#: how many jobs have room
ROWS = 24
#: in units of the drawing
LABEL, HALF, ROW, HEAD = 190, 400, 18, 22
WIDTH = LABEL + 2 * HALF
#: nothing is drawn narrower
THINNEST = 2.0
#: due times closer together than this are one mark
MARK = timedelta(minutes=20)
#: hours between two lines
HOURS = 6
#: what is drawn over what
_LAYERS = ("quiet", "good", "busy", "warn", "bad")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A bar: one run, or several that would cover each other."""

    x: float
    width: float
    tone: str
    #: the status, to be translated
    status: str
    #: when it began, and how long it took; of several, when the first began
    title: str
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A job, what ran of it, and where it is due."""

    name: str
    y: int
    pieces: tuple[Piece, ...]
    #: where it is due
    marks: tuple[float, ...]

    @property
    def path(self) -> str:
        """The marks as one line of SVG: a page has many."""
        return "".join(f"M{mark} {self.y + 6}v7" for mark in self.marks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A line across, and the hour it stands for."""

    x: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The drawing."""

    rows: tuple[Row, ...]
    ticks: tuple[Tick, ...]
    height: int
    #: how many jobs had no room
    left_out: int
    now: float = LABEL + HALF
    width: int = WIDTH
    label: int = LABEL
    row: int = ROW
    head: int = HEAD


def timeline(states: Sequence[JobState], bars: Iterable[RunSummary], viewer: Viewer) -> Timeline:
    """Draw the first of these jobs."""
    shown = states[:ROWS]
    ran: dict[str, list[RunSummary]] = {state.name: [] for state in shown}
    for bar in bars:
        ran.get(bar.job, []).append(bar)
    rows = tuple(_row(index, state, ran[state.name], viewer) for index, state in enumerate(shown))
    return Timeline(
        rows=rows,
        ticks=tuple(_ticks(viewer)),
        height=HEAD + ROW * len(rows) + 4,
        left_out=len(states) - len(shown),
    )


def _row(index: int, state: JobState, bars: Sequence[RunSummary], viewer: Viewer) -> Row:
    pieces = sorted(_merged(_piece(bar, viewer) for bar in bars), key=lambda piece: _LAYERS.index(piece.tone))
    return Row(
        name=state.name,
        y=HEAD + ROW * index,
        pieces=tuple(pieces),
        marks=tuple(_x(due, viewer) for due in _dues(state, viewer)),
    )


def _piece(bar: RunSummary, viewer: Viewer) -> Piece:
    end = bar.ended or viewer.now
    x = _x(bar.began, viewer)
    took = f", {short(max(timedelta(0), end - bar.began))}" if bar.ran or bar.ended is None else ""
    return Piece(
        x=x,
        width=round(max(THINNEST, _x(end, viewer) - x), 1),
        tone=STATUSES[bar.status].tone,
        status=bar.status.value,
        title=f"{viewer.exact(bar.began)}{took}",
        count=bar.times,
    )


def _merged(pieces: Iterable[Piece]) -> list[Piece]:
    """Put together what would cover each other and says the same."""
    merged: dict[str, list[Piece]] = {}
    for piece in sorted(pieces, key=lambda each: each.x):
        row = merged.setdefault(piece.status, [])
        if row and piece.x - (row[-1].x + row[-1].width) < THINNEST / 2:
            row[-1] = _joined(row[-1], piece)
        else:
            row.append(piece)
    return [piece for row in merged.values() for piece in row]


def _joined(left: Piece, right: Piece) -> Piece:
    end = max(left.x + left.width, right.x + right.width)
    return replace(left, width=round(end - left.x, 1), count=left.count + right.count)


def _dues(state: JobState, viewer: Viewer) -> Iterable[datetime]:
    due = state.next_due
    while due is not None and due <= viewer.now + SPAN:
        yield due
        due = state.job.schedule.next_after(due + MARK)


def _ticks(viewer: Viewer) -> Iterable[Tick]:
    local = (viewer.now - SPAN).astimezone(viewer.zone)
    first = local.replace(minute=0, second=0, microsecond=0).astimezone(timezone.utc)
    hours = (first + timedelta(hours=number) for number in range(1, 49))
    for hour in hours:
        if hour.astimezone(viewer.zone).hour % HOURS == 0:
            yield Tick(x=_x(hour, viewer), text=viewer.clock(hour))


def _x(instant: datetime, viewer: Viewer) -> float:
    share = max(-1.0, min(1.0, (instant - viewer.now) / SPAN))
    return round(LABEL + HALF * (1 + share), 1)
