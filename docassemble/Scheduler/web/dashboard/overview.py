# do not pre-load
"""The overview: all jobs, how they stand, what needs a person first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from ...core.durations import short
from ...core.manning import Manning
from ...core.problem import Problem
from ...management.schedule_words import schedule_of
from ...management.status import JobState, Standing
from ...store.records import JobRecord, RunSummary, ServerRecord
from .badges import ORDER, PROBLEM, STANDINGS, STATUSES, Badge
from .problems import Trouble, broken_jobs, per_job, troubles
from .sparkline import Strip, strip
from .timeline import Timeline, timeline
from .viewer import Moment, Viewer

#: how many jobs a page has
PAGE = 100
#: how many records of each job tell how it stands; the jobs that are shown are asked for all
POLL = 3
#: a server that has given no sign of life for so long is not well
SILENCE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRun:
    """The last run that has ended."""

    when: Moment
    badge: Badge
    duration: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRow:
    """A job in the list."""

    name: str
    badge: Badge
    description: str = ""
    #: since when it fails or runs
    since: Moment | None = None
    #: in words
    schedule: str = ""
    last: LastRun | None = None
    next: Moment | None = None
    #: per cent
    success: int | None = None
    strip: Strip | None = None
    #: how many problems of the configuration are about it
    problems: int = 0
    #: who added it, when it does not stand in the configuration
    added_by: str | None = None
    #: whether it can be looked at: not when it could not be read
    exists: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server, and its last sign of life."""

    name: str
    seen: Moment
    processes: int
    #: of all its processes together; None where none has said so
    threads: Manning | None
    is_well: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many jobs stand in one way."""

    badge: Badge
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which jobs are wanted."""

    #: part of the name or description
    text: str = ""
    #: a word of `ORDER`; empty = all
    standing: str = ""
    #: counted from 1
    page: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The page."""

    rows: tuple[JobRow, ...]
    counts: tuple[Count, ...]
    #: of those that the filter lets through
    found: int
    total: int
    filter: Filter
    pages: int
    timeline: Timeline
    servers: tuple[Server, ...]
    troubles: tuple[Trouble, ...]
    zone: str
    now: Moment


@dataclass(frozen=True, slots=True)
class _Entry:
    """A job, or what should be one."""

    name: str
    badge: Badge
    state: JobState | None


def overview(  # noqa: PLR0913 - what there is to show
    states: Sequence[JobState],
    *,
    in_full: Callable[[Sequence[str]], Sequence[JobState]],
    bars: Sequence[RunSummary],
    servers: Sequence[ServerRecord],
    problems: Sequence[Problem],
    wanted: Filter,
    viewer: Viewer,
) -> Overview:
    """Put the page together, of what a poll tells of all jobs, and `in_full` of those that it shows."""
    entries = _entries(states, problems)
    found = [entry for entry in entries if _is_wanted(entry, wanted)]
    pages = max(1, -(-len(found) // PAGE))
    page = min(max(1, wanted.page), pages)
    shown = _filled(found[PAGE * (page - 1) : PAGE * page], in_full)
    about = per_job(problems)
    return Overview(
        rows=tuple(_row(entry, about.get(entry.name, 0), viewer) for entry in shown),
        counts=_counts(entries),
        found=len(found),
        total=len(entries),
        filter=Filter(text=wanted.text, standing=wanted.standing, page=page),
        pages=pages,
        timeline=timeline([entry.state for entry in shown if entry.state is not None], bars, viewer),
        servers=tuple(_server(server, viewer) for server in servers),
        troubles=troubles(problems),
        zone=viewer.zone.key,
        now=viewer.moment(viewer.now),
    )


def _entries(states: Sequence[JobState], problems: Sequence[Problem]) -> list[_Entry]:
    broken = broken_jobs(problems, {state.name for state in states})
    entries = [_Entry(name, PROBLEM, None) for name in broken]
    entries += [_Entry(state.name, STANDINGS[state.standing], state) for state in states]
    return sorted(entries, key=lambda entry: ORDER.index(entry.badge.text))


def _filled(shown: Sequence[_Entry], in_full: Callable[[Sequence[str]], Sequence[JobState]]) -> list[_Entry]:
    states = {state.name: state for state in in_full([each.name for each in shown if each.state is not None])}
    return [
        _Entry(each.name, STANDINGS[states[each.name].standing], states[each.name])
        if each.name in states
        else each
        for each in shown
    ]


def _is_wanted(entry: _Entry, wanted: Filter) -> bool:
    description = (entry.state.description if entry.state else None) or ""
    text = wanted.text.strip().casefold()
    return wanted.standing in {"", entry.badge.text} and text in f"{entry.name}\n{description}".casefold()


def _counts(entries: Sequence[_Entry]) -> tuple[Count, ...]:
    numbers = Counter(entry.badge for entry in entries)
    in_order = sorted(numbers, key=lambda badge: ORDER.index(badge.text))
    return tuple(Count(badge=badge, number=numbers[badge]) for badge in in_order)


def _row(entry: _Entry, problems: int, viewer: Viewer) -> JobRow:
    if entry.state is None:
        return JobRow(name=entry.name, badge=entry.badge, problems=problems, exists=False)
    return job_row(entry.state, viewer, problems)


def job_row(state: JobState, viewer: Viewer, problems: int = 0) -> JobRow:
    """Show how a job stands."""
    record = state.record
    rate = record.success_rate if record else None
    return JobRow(
        name=state.name,
        badge=STANDINGS[state.standing],
        description=state.description or "",
        since=_since(state, viewer),
        schedule=schedule_of(state.job),
        last=_last(record, viewer) if record else None,
        next=viewer.moment_or_none(state.next_due),
        success=None if rate is None else int(rate * 100),
        strip=strip(record.recent, viewer) if record and record.recent else None,
        problems=problems,
        added_by=state.added.by if state.added else None,
    )


def _since(state: JobState, viewer: Viewer) -> Moment | None:
    if state.record is None:
        return None
    if state.standing is Standing.RUNNING:
        return viewer.moment(state.record.running[0].began)
    if state.standing is Standing.FAILING:
        return viewer.moment_or_none(state.record.failing_since)
    return None


def _last(record: JobRecord, viewer: Viewer) -> LastRun | None:
    bar = record.last
    if bar is None:
        return None
    duration = "" if bar.duration is None else short(bar.duration)
    return LastRun(when=viewer.moment(bar.began), badge=STATUSES[bar.status], duration=duration)


def _server(server: ServerRecord, viewer: Viewer) -> Server:
    return Server(
        name=server.name,
        seen=viewer.moment(server.seen),
        processes=len(server.processes),
        threads=_threads([each.manning for each in server.processes if each.manning is not None]),
        is_well=bool(server.processes) and viewer.now - server.seen < SILENCE,
    )


def _threads(mannings: Sequence[Manning]) -> Manning | None:
    if not mannings:
        return None
    return Manning(
        free=sum(each.free for each in mannings),
        busy=sum(each.busy for each in mannings),
        stuck=sum(each.stuck for each in mannings),
    )
