# do not pre-load
"""The overview: all jobs and their status, found, sorted and grouped as one likes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

from ....config.keys import SETTING_KEYS
from ....config.values.hints import normalised
from ....core.problem import Problem, Severity
from ....management.status import JobState
from ....store.records import JobRecord
from ..presentation import BADGES, PROBLEM, Badge
from .jobs_filter import ORDER, Filter, SortKey

#: how many jobs a page has
PAGE = 200
#: so many of the latest records of a job decide whether it looks as before
LATEST = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """A job, or what should be one."""

    name: str
    badge: Badge
    #: None when it could not be read from the configuration
    state: JobState | None

    @property
    def tags(self) -> list[str]:
        """Its tags, in the order of the alphabet."""
        return sorted(self.state.job.shown("tags")) if self.state else []

    @property
    def mark(self) -> tuple[object, ...]:
        """What changes whenever its row looks different."""
        state = self.state
        if state is None:
            return (self.name,)
        latest = state.record.recent[:LATEST] if state.record else ()
        running = state.record.running if state.record else ()
        return (
            *(self.name, self.badge.text, state.next_due, state.job.version, state.description),
            *((run.id, run.status.value, run.began, run.ended) for run in (*latest, *running)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Jobs below one heading."""

    #: None when nothing is grouped; empty for jobs that belong nowhere
    name: str | None
    #: those on this page
    entries: Sequence[Entry]
    #: on all pages, and how many have which badge
    total: int
    counts: Sequence[tuple[Badge, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The jobs of a page, and what is told of all of them."""

    groups: Sequence[Group]
    #: how many jobs have which badge
    counts: Sequence[tuple[Badge, int]]
    #: all there are, in the order of the alphabet
    tags: Sequence[str]
    #: of those that the filter lets through
    found: int
    total: int
    filter: Filter
    pages: int
    #: errors first
    problems: Sequence[Problem]
    #: how many problems are about each name in the block
    problem_counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def entries(self) -> list[Entry]:
        """What the page shows."""
        return [entry for group in self.groups for entry in group.entries]

    @property
    def states(self) -> list[JobState]:
        """The jobs of the page that could be read."""
        return [entry.state for entry in self.entries if entry.state is not None]

    @property
    def mark(self) -> tuple[object, ...]:
        """What changes whenever the page looks different."""
        counts = [(badge.text, number) for badge, number in self.counts]
        groups = [(group.name, group.total) for group in self.groups]
        problems = [(problem.path, problem.sentence) for problem in self.problems]
        return (self.filter, counts, groups, problems, self.found, *(entry.mark for entry in self.entries))

    def filled(self, in_full: Callable[[Collection[str]], Sequence[JobState]]) -> Overview:
        """Return the page with all that is known of the jobs that it shows."""
        full = {state.name: _entry(state) for state in in_full([state.name for state in self.states])}
        groups = [
            replace(group, entries=[full.get(each.name, each) for each in group.entries])
            for group in self.groups
        ]
        return replace(self, groups=groups)


def overview(states: Sequence[JobState], problems: Sequence[Problem], wanted: Filter) -> Overview:
    """Put the page together, of what is known of all jobs at a glance."""
    entries = [Entry(name, PROBLEM, None) for name in _broken_jobs(problems, {each.name for each in states})]
    entries += [_entry(state) for state in states]
    found = [entry for entry in entries if _is_wanted(entry, wanted)]
    pages = max(1, -(-len(found) // PAGE))
    page = min(max(1, wanted.page), pages)
    return Overview(
        groups=_groups(found, wanted, slice(PAGE * (page - 1), PAGE * page)),
        counts=_counted(entries),
        tags=sorted({tag for entry in entries for tag in entry.tags}),
        found=len(found),
        total=len(entries),
        filter=replace(wanted, page=page),
        pages=pages,
        problems=sorted(problems, key=lambda problem: problem.severity is not Severity.ERROR),
        problem_counts=Counter(problem.path[1] for problem in problems if len(problem.path) > 1),
    )


def _entry(state: JobState) -> Entry:
    return Entry(state.name, BADGES[state.status], state)


def _counted(entries: Sequence[Entry]) -> list[tuple[Badge, int]]:
    return sorted(Counter(entry.badge for entry in entries).items(), key=lambda item: _need(item[0]))


def _need(badge: Badge) -> int:
    return ORDER.index(badge.text)


def _groups(found: Sequence[Entry], wanted: Filter, shown: slice) -> list[Group]:
    """Return the groups of a page, each with its part of the jobs."""
    if not wanted.group:
        ordered = sorted_by(found, wanted)[shown]
        return [Group(name=None, entries=ordered, total=len(found), counts=())] if ordered else []
    members: dict[str, list[Entry]] = {}
    for entry in sorted_by(found, wanted):
        members.setdefault(_group_of(entry, wanted.group), []).append(entry)
    names = sorted(members, key=lambda name: (_group_need(members[name], wanted), not name, name.casefold()))
    pairs = [(name, entry) for name in names for entry in members[name]][shown]
    return [
        Group(
            name=name,
            entries=[entry for _, entry in those],
            total=len(members[name]),
            counts=_counted(members[name]),
        )
        for name, those in groupby(pairs, key=lambda pair: pair[0])
    ]


def _group_need(entries: Sequence[Entry], wanted: Filter) -> int:
    """Return how much a group needs a person, if that is what the jobs are sorted by."""
    return min(_need(entry.badge) for entry in entries) if wanted.sort is SortKey.NEED else 0


def _group_of(entry: Entry, by: str) -> str:
    if by == "tag":
        return entry.tags[0] if entry.tags else ""
    head, dot, _ = entry.name.partition(".")
    return head if dot else ""


def sorted_by(entries: Sequence[Entry], wanted: Filter) -> list[Entry]:
    """Sort entries; those of which nothing is known come last, whatever the direction."""
    get = _SORTS[wanted.sort]
    known = [entry for entry in entries if get(entry) is not None]
    unknown = [entry for entry in entries if get(entry) is None]
    return sorted(known, key=get, reverse=wanted.is_descending) + unknown


def _of_record(get: Callable[[JobRecord], Any]) -> Callable[[Entry], Any]:
    return lambda entry: get(entry.state.record) if entry.state and entry.state.record else None


#: by what a job is sorted; None = it is not known
_SORTS: Mapping[SortKey, Callable[[Entry], Any]] = {
    SortKey.NEED: lambda entry: _need(entry.badge),
    SortKey.NAME: lambda entry: (entry.name.casefold(), entry.name),
    SortKey.NEXT: lambda entry: entry.state.next_due if entry.state else None,
    SortKey.LAST: _of_record(lambda record: record.last and record.last.began),
    SortKey.DURATION: _of_record(lambda record: record.last and record.last.duration),
    SortKey.SUCCESS: _of_record(lambda record: record.success_rate),
}


def _is_wanted(entry: Entry, wanted: Filter) -> bool:
    description = (entry.state.description if entry.state else None) or ""
    text = wanted.text.strip().casefold()
    return (
        wanted.status in {"", entry.badge.text}
        and (not wanted.tag or wanted.tag in entry.tags)
        and text in f"{entry.name}\n{description}".casefold()
    )


def _broken_jobs(problems: Sequence[Problem], known: Collection[str]) -> list[str]:
    """Name what is meant to be a job and cannot be run, in the order of the configuration."""
    errors = [problem for problem in problems if problem.severity is Severity.ERROR and len(problem.path) > 1]
    return list(
        dict.fromkeys(each.path[1] for each in errors if _is_of_job(each) and each.path[1] not in known)
    )


def _is_of_job(problem: Problem) -> bool:
    if normalised(problem.path[1]) in SETTING_KEYS:
        return False
    # names of jobs have a dot, or a mapping below them in which something is wrong
    return "." in problem.path[1] or len(problem.path) > 2
