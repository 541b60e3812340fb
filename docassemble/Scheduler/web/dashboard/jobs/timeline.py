# do not pre-load
"""The timeline: what ran of each job in the last 24 hours, and when it is due in the next 24."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone

from ....management.status import JobState
from ....store.records import RunSummary
from ..presentation import BADGES, Viewer
from .drawings import took

#: how far it looks back, and ahead
SPAN = timedelta(hours=24)
#: in units of the drawing
HALF, HEIGHT = 480, 18
WIDTH = 2 * HALF
#: nothing is drawn narrower
THINNEST = 2.0
#: due times closer together than this are a band, not marks
CLOSE = timedelta(minutes=10)
#: so far ahead is looked whether a band goes on
LEAP = 2 * CLOSE
#: a run may be claimed so long before it begins, and records are found by that
CLAIMED_BEFORE = timedelta(minutes=1)
#: hours between two ticks
HOURS = 6
#: so close to an edge a tick has no room for its text (a share of the width)
EDGE = 0.03
#: what is drawn over what
_LAYERS = ("quiet", "good", "busy", "warn", "bad")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunMark:
    """A run, or several that would cover each other."""

    x: float
    width: float
    tone: str
    #: to be translated
    status: str
    #: when it began, and how long it took; of several, of the first
    title: str
    #: identifier of the first
    run: str
    #: how many records, and how many due times they stand for
    records: int
    count: int
    since: datetime
    #: when the last one began
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DueBand:
    """A time in which a job is due so often that marks would run into one another."""

    x: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A job, what ran of it, and where it is due."""

    state: JobState
    bars: Sequence[RunMark]
    #: where it is due
    marks: Sequence[float]
    bands: Sequence[DueBand]

    @property
    def path(self) -> str:
        """The marks as one line of SVG: a page has many."""
        return "".join(f"M{mark} 6v7" for mark in self.marks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A line across, and the hour it stands for, or the day that begins."""

    x: float
    text: str
    is_day: bool

    @property
    def percent(self) -> str:
        """Where it is, as a share of the width."""
        return f"{100 * self.x / WIDTH:.2f}%"

    @property
    def has_room(self) -> bool:
        """Whether its text is not cut off by an edge."""
        return EDGE < self.x / WIDTH < 1 - EDGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """What ran and what is due, a row for each job."""

    rows: Sequence[Row]
    ticks: Sequence[Tick]
    #: the days at both ends
    first: str
    last: str
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def grid(self) -> str:
        """The ticks as one line of SVG."""
        return "".join(f"M{tick.x} 0v{HEIGHT}" for tick in self.ticks)


def timeline(states: Sequence[JobState], runs: Iterable[RunSummary], viewer: Viewer) -> Timeline:
    """Draw these jobs."""
    ran: dict[str, list[RunSummary]] = {state.name: [] for state in states}
    for run in runs:
        ran.get(run.job, []).append(run)
    return Timeline(
        rows=[_row(state, ran[state.name], viewer) for state in states],
        ticks=list(_ticks(viewer)),
        first=viewer.date(viewer.now - SPAN),
        last=viewer.date(viewer.now + SPAN),
    )


def _row(state: JobState, runs: Sequence[RunSummary], viewer: Viewer) -> Row:
    due = list(_due(state, viewer.now + SPAN))
    bars = _merged(_bar(run, viewer) for run in runs)
    return Row(
        state=state,
        bars=sorted(bars, key=lambda each: _LAYERS.index(each.tone)),
        marks=[_x(first, viewer) for first, last in due if first == last],
        bands=[_band(_x(first, viewer), _x(last, viewer)) for first, last in due if first != last],
    )


def _band(left: float, right: float) -> DueBand:
    return DueBand(x=left, width=round(max(THINNEST, right - left), 1))


def _bar(run: RunSummary, viewer: Viewer) -> RunMark:
    x = _x(run.began, viewer)
    return RunMark(
        x=x,
        width=round(max(THINNEST, _x(run.ended or viewer.now, viewer) - x), 1),
        tone=BADGES[run.status].tone,
        status=run.status.value,
        title=viewer.exact(run.began) + took(run, viewer),
        run=run.id,
        records=1,
        count=run.times,
        since=run.began,
        until=run.began,
    )


def _merged(bars: Iterable[RunMark]) -> list[RunMark]:
    """Put together what would cover each other and says the same."""
    merged: dict[str, list[RunMark]] = {}
    for each in sorted(bars, key=lambda each: each.x):
        row = merged.setdefault(each.status, [])
        if row and each.x - (row[-1].x + row[-1].width) < THINNEST / 2:
            row[-1] = _joined(row[-1], each)
        else:
            row.append(each)
    return [each for row in merged.values() for each in row]


def _joined(left: RunMark, right: RunMark) -> RunMark:
    end = max(left.x + left.width, right.x + right.width)
    return replace(
        left,
        width=round(end - left.x, 1),
        records=left.records + right.records,
        count=left.count + right.count,
        since=min(left.since, right.since),
        until=max(left.until, right.until),
    )


def _due(state: JobState, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield when a job is due until `end`: the first and the last of due times that are close together."""
    schedule, due = state.job.schedule, state.next_due
    if not state.job.has_timetable:
        end = min(end, due or end)  # what comes after the next due time, nobody knows
    while due is not None and due <= end:
        first = last = due
        due = schedule.next_after(last)
        while due is not None and due - last < CLOSE and last < end:
            # how often it is due in between makes no difference to what can be seen
            leap = min(last + LEAP, end)
            last = max(due, schedule.latest_at(leap) or due)
            due = schedule.next_after(last)
        yield first, min(last, end)


def _ticks(viewer: Viewer) -> Iterable[Tick]:
    local = (viewer.now - SPAN).astimezone(viewer.zone)
    first = local.replace(minute=0, second=0, microsecond=0).astimezone(timezone.utc)
    for hour in (first + timedelta(hours=number) for number in range(1, 49)):
        at = hour.astimezone(viewer.zone).hour
        if at % HOURS == 0:
            text = viewer.clock(hour) if at else viewer.date(hour)
            yield Tick(x=_x(hour, viewer), text=text, is_day=not at)


def runs_of(job: str, bar: RunMark) -> dict[str, str]:
    """Return the arguments of the address of the records that a bar stands for."""
    until = bar.until + timedelta(seconds=1)
    return {
        "job": job,
        "status": bar.status,
        "since": (bar.since - CLAIMED_BEFORE).isoformat(timespec="seconds"),
        "until": until.isoformat(timespec="seconds"),
    }


def _x(instant: datetime, viewer: Viewer) -> float:
    share = max(-1.0, min(1.0, (instant - viewer.now) / SPAN))
    return round(HALF * (1 + share), 1)
