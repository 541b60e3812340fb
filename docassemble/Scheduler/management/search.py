# do not pre-load
"""Searches among the records of runs, each for a limited time; failures grouped by job and error."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ..core.clock import Clock
from ..core.run import instant_of
from ..store.base import Store
from ..store.records import Failure, RunPage, RunQuery

#: how long a page looks for records that no index knows (seconds); then it says how far it came
SEARCH_TIMEOUT = 0.2
#: of how many records it looks at the texts first; then at more at a time, while that is quick (seconds)
FIRST_WINDOW, GROWTH, LAST_WINDOW, QUICK = 1_000, 4, 64_000, 0.04
#: how many failures of each status are grouped, the newest
GROUPED = 3_000
#: what differs between errors that are the same: addresses of objects, UUIDs and other long digits, numbers
_NUMBERS = re.compile(
    r"0x[0-9a-f]+|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b(?=[a-f]*[0-9])[0-9a-f]{12,}\b|[0-9]+(?:[.,][0-9]+)*",
    re.IGNORECASE,
)
#: so much of an error is shown of a group (characters)
MAX_SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureGroup:
    """Failures of one job with the same error, but for its numbers."""

    job: str
    #: `ValueError: no case #`, as `RunQuery.error` takes it
    error: str
    count: int
    first: datetime
    last: datetime
    #: the identifier of the newest of these runs
    newest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureGroups:
    """Groups, the one with the newest failure first."""

    groups: Sequence[FailureGroup]
    #: how many failures are in them
    count: int
    #: the failures before this instant are not in them; None = all are
    since: datetime | None


def find(store: Store, clock: Clock, query: RunQuery) -> RunPage:
    """Return a page of records; of a search, what is found within a moment."""
    began, window = clock.monotonic(), FIRST_WINDOW
    ends = began + SEARCH_TIMEOUT
    page = store.page(query, window)
    while page.before is not None and len(page.runs) < query.limit and (now := clock.monotonic()) < ends:
        window, began = _next_window(window, now - began, ends - now), now
        rest = replace(query, before=page.before, limit=query.limit - len(page.runs))
        page = joined(page, store.page(rest, window))
    return page


def _next_window(window: int, took: float, left: float) -> int:
    """Return at how many records to look next: at more while that is quick, at no more than there is time for."""
    wanted = min(GROWTH * window, LAST_WINDOW) if took < QUICK else window
    in_time = wanted if took <= 0 else int(window * left / took)
    return max(FIRST_WINDOW, min(wanted, in_time))


def joined(page: RunPage, following: RunPage) -> RunPage:
    """Return two pages as one."""
    return RunPage(runs=[*page.runs, *following.runs], before=following.before)


def grouped(store: Store, query: RunQuery) -> FailureGroups:
    """Return the newest failures that the query wants, in groups."""
    found = store.failures(query, GROUPED)
    by_error: dict[tuple[str, str], list[Failure]] = {}
    for failure in found.failures:
        by_error.setdefault((failure.job, without_numbers(failure.error)), []).append(failure)
    return FailureGroups(
        groups=[_group(*key, failures) for key, failures in by_error.items()],
        count=len(found.failures),
        since=None if found.before is None else instant_of(found.before),
    )


def without_numbers(error: str) -> str:
    """Return the first line of an error, each number in it as `#`."""
    line = next(iter(error.strip().splitlines()), "")
    return _NUMBERS.sub("#", line)[:MAX_SHOWN]


def _group(job: str, error: str, failures: Sequence[Failure]) -> FailureGroup:
    newest, oldest = failures[0].id, failures[-1].id
    return FailureGroup(
        job=job,
        error=error,
        count=len(failures),
        first=instant_of(oldest),
        last=instant_of(newest),
        newest=newest,
    )
