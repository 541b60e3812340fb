# do not pre-load
"""The overview: all jobs and their status, what needs a person first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from ...config.hints import normalised
from ...config.keys import SETTING_KEYS
from ...core.problem import Problem, Severity
from ...management.status import JobState
from .presentation import BADGES, PROBLEM, Badge

#: how many jobs a page has
PAGE = 100
#: words for the status of a job; what needs a person comes first
ORDER = ("problem", "failing", "late", "running", "paused", "ok", "disabled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which jobs are wanted."""

    #: part of the name or description
    text: str = ""
    #: a word of `ORDER`; empty = all
    status: str = ""
    #: counted from 1
    page: int = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """A job, or what should be one."""

    name: str
    badge: Badge
    #: None when it could not be read from the configuration
    state: JobState | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The jobs of a page, and what is told of all of them."""

    entries: Sequence[Entry]
    #: how many jobs have which badge
    counts: Sequence[tuple[Badge, int]]
    #: of those that the filter lets through
    found: int
    total: int
    filter: Filter
    pages: int
    #: errors first
    problems: Sequence[Problem]
    #: how many problems are about each name in the block
    problem_counts: Mapping[str, int]

    @property
    def states(self) -> list[JobState]:
        """The jobs of the page that could be read."""
        return [entry.state for entry in self.entries if entry.state is not None]


def overview(
    states: Sequence[JobState],
    problems: Sequence[Problem],
    wanted: Filter,
    in_full: Callable[[Collection[str]], Sequence[JobState]],
) -> Overview:
    """Put the page together, of what is known of all jobs, and `in_full` of those that it shows."""
    entries = _entries(states, problems)
    found = [entry for entry in entries if _is_wanted(entry, wanted)]
    pages = max(1, -(-len(found) // PAGE))
    page = min(max(1, wanted.page), pages)
    counts = Counter(entry.badge for entry in entries)
    return Overview(
        entries=_filled(found[PAGE * (page - 1) : PAGE * page], in_full),
        counts=sorted(counts.items(), key=lambda item: ORDER.index(item[0].text)),
        found=len(found),
        total=len(entries),
        filter=replace(wanted, page=page),
        pages=pages,
        problems=sorted(problems, key=lambda problem: problem.severity is not Severity.ERROR),
        problem_counts=Counter(problem.path[1] for problem in problems if len(problem.path) > 1),
    )


def _entries(states: Sequence[JobState], problems: Sequence[Problem]) -> list[Entry]:
    entries = [Entry(name, PROBLEM, None) for name in _broken_jobs(problems, {each.name for each in states})]
    entries += [_entry(state) for state in states]
    return sorted(entries, key=lambda entry: ORDER.index(entry.badge.text))


def _entry(state: JobState) -> Entry:
    return Entry(state.name, BADGES[state.status], state)


def _filled(shown: Sequence[Entry], in_full: Callable[[Collection[str]], Sequence[JobState]]) -> list[Entry]:
    names = [each.name for each in shown if each.state is not None]
    full = {state.name: _entry(state) for state in in_full(names)}
    return [full.get(each.name, each) for each in shown]


def _is_wanted(entry: Entry, wanted: Filter) -> bool:
    description = (entry.state.description if entry.state else None) or ""
    text = wanted.text.strip().casefold()
    return wanted.status in {"", entry.badge.text} and text in f"{entry.name}\n{description}".casefold()


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
