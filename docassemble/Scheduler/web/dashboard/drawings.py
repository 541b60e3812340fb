# do not pre-load
"""The drawings: the last runs of a job as a sparkline, and the timeline of what ran lately and what is due next."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone

from ...core.durations import short
from ...management.status import JobState
from ...store.records import RECENT, RunSummary
from .presentation import BADGES, Viewer

#: of a sparkline, in units of the drawing
STEP, THICKNESS, HEIGHT, LOWEST = 6, 4, 24, 4
#: how far a timeline looks back, and ahead
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
#: hours between two ticks
HOURS = 6
#: what is drawn over what
_LAYERS = ("quiet", "good", "busy", "warn", "bad")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rectangle:
    """A run, or several that would cover each other."""

    x: float
    y: int
    width: float
    height: int
    tone: str
    #: to be translated
    status: str
    #: when it was due or began, and how long it took; of several, of the first
    title: str
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Sparkline:
    """The last runs of a job, oldest first; the height of each is its duration."""

    rectangles: Sequence[Rectangle]
    #: how many of which status, commonest first
    counts: Sequence[tuple[str, int]]
    width: int = STEP * RECENT
    height: int = HEIGHT


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A job, what ran of it, and where it is due."""

    name: str
    y: int
    rectangles: Sequence[Rectangle]
    #: where it is due
    marks: Sequence[float]

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
    """What ran in the last 24 hours and what is due in the next 24, a row for each job."""

    rows: Sequence[Row]
    ticks: Sequence[Tick]
    height: int
    #: how many jobs had no room
    left_out: int
    now: float = LABEL + HALF
    width: int = WIDTH
    label: int = LABEL
    row: int = ROW
    head: int = HEAD


def sparkline(runs: Sequence[RunSummary], viewer: Viewer) -> Sparkline:
    """Draw the latest runs, newest first as history gives them; the newest is on the right."""
    latest = list(runs[:RECENT])[::-1]
    longest = max((_seconds(run, viewer) for run in latest), default=0.0)
    left = RECENT - len(latest)
    drawn = [_upright(run, left + index, longest, viewer) for index, run in enumerate(latest)]
    return Sparkline(rectangles=drawn, counts=Counter(run.status.value for run in latest).most_common())


def _upright(run: RunSummary, index: int, longest: float, viewer: Viewer) -> Rectangle:
    seconds = _seconds(run, viewer)
    share = math.sqrt(seconds / longest) if longest > 0 else 0.0
    height = LOWEST + round((HEIGHT - LOWEST) * share)
    return Rectangle(
        x=STEP * index,
        y=HEIGHT - height,
        width=THICKNESS,
        height=height,
        tone=BADGES[run.status].tone,
        status=run.status.value,
        title=viewer.exact(run.due) + _took(run, seconds),
    )


def _seconds(run: RunSummary, viewer: Viewer) -> float:
    if not run.ran and run.ended is not None:
        return 0.0
    return max(0.0, ((run.ended or viewer.now) - run.began).total_seconds())


def _took(run: RunSummary, seconds: float) -> str:
    return f", {short(timedelta(seconds=seconds))}" if run.ran or run.ended is None else ""


def timeline(states: Sequence[JobState], runs: Iterable[RunSummary], viewer: Viewer) -> Timeline:
    """Draw the first of these jobs."""
    shown = states[:ROWS]
    ran: dict[str, list[RunSummary]] = {state.name: [] for state in shown}
    for run in runs:
        ran.get(run.job, []).append(run)
    rows = [_row(HEAD + ROW * index, state, ran[state.name], viewer) for index, state in enumerate(shown)]
    return Timeline(
        rows=rows,
        ticks=list(_ticks(viewer)),
        height=HEAD + ROW * len(rows) + 4,
        left_out=len(states) - len(shown),
    )


def _row(y: int, state: JobState, runs: Sequence[RunSummary], viewer: Viewer) -> Row:
    drawn = _merged(_flat(run, y + 3, viewer) for run in runs)
    return Row(
        name=state.name,
        y=y,
        rectangles=sorted(drawn, key=lambda each: _LAYERS.index(each.tone)),
        marks=[_x(due, viewer) for due in _due_times(state, viewer)],
    )


def _flat(run: RunSummary, y: int, viewer: Viewer) -> Rectangle:
    x = _x(run.began, viewer)
    return Rectangle(
        x=x,
        y=y,
        width=round(max(THINNEST, _x(run.ended or viewer.now, viewer) - x), 1),
        height=13,
        tone=BADGES[run.status].tone,
        status=run.status.value,
        title=viewer.exact(run.began) + _took(run, _seconds(run, viewer)),
        count=run.times,
    )


def _merged(rectangles: Iterable[Rectangle]) -> list[Rectangle]:
    """Put together what would cover each other and says the same."""
    merged: dict[str, list[Rectangle]] = {}
    for each in sorted(rectangles, key=lambda each: each.x):
        row = merged.setdefault(each.status, [])
        if row and each.x - (row[-1].x + row[-1].width) < THINNEST / 2:
            row[-1] = _joined(row[-1], each)
        else:
            row.append(each)
    return [each for row in merged.values() for each in row]


def _joined(left: Rectangle, right: Rectangle) -> Rectangle:
    end = max(left.x + left.width, right.x + right.width)
    return replace(left, width=round(end - left.x, 1), count=left.count + right.count)


def _due_times(state: JobState, viewer: Viewer) -> Iterable[datetime]:
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
