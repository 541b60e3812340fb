# do not pre-load
"""Stretch: a stretch of time in which a zone's UTC offset stays the same.

All instants in this module are naive datetimes in UTC with whole seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from itertools import pairwise

from .instants import YEARS

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """The zone's clock goes from `opens` to `closes` while UTC goes from `start` to `end` (excluded)."""

    start: datetime
    end: datetime
    offset: timedelta
    opens: datetime
    closes: datetime
    #: what the clock would have shown at `start` if it had not been moved there:
    #: before `opens` when it was put forward, after `opens` when it was put back
    expected: datetime


def stretches_from(zone: tzinfo, moment: datetime) -> Iterator[Stretch]:
    """Yield the stretch that holds `moment`, then the later ones."""
    for year in range(max(moment.year - 1, YEARS.start), YEARS.stop):
        for stretch in stretches_of_year(zone, year):
            if stretch.end > moment:
                yield stretch


def stretches_until(zone: tzinfo, moment: datetime) -> Iterator[Stretch]:
    """Yield the stretch that holds `moment`, then the earlier ones."""
    for year in range(moment.year, YEARS.start - 1, -1):
        for stretch in reversed(stretches_of_year(zone, year)):
            if stretch.start <= moment:
                yield stretch


@lru_cache(maxsize=1024)
def stretches_of_year(zone: tzinfo, year: int) -> tuple[Stretch, ...]:
    """Return the stretches of a year; they are cut at its ends.

    Zones do not change their offset twice in three days (true of all zone data up to now), so one look
    a day finds every change.
    """
    start, end = _new_year(zone, year), _new_year(zone, year + 1)
    looks = [start + count * DAY for count in range((end - start) // DAY + 1)] + [end]
    changes = [
        _change(zone, before, after)
        for before, after in pairwise(looks)
        if _offset(zone, before) != _offset(zone, after)
    ]
    edges = [start, *changes, end]
    return tuple(_stretch(zone, first, last) for first, last in pairwise(edges))


def _stretch(zone: tzinfo, start: datetime, end: datetime) -> Stretch:
    offset = _offset(zone, start)
    return Stretch(
        start=start,
        end=end,
        offset=offset,
        opens=start + offset,
        closes=end + offset,
        expected=start + _offset(zone, start - SECOND),
    )


def _new_year(zone: tzinfo, year: int) -> datetime:
    """Return where a year is cut: never in an hour that the clock repeats, its two halves belong together."""
    cut = datetime(year, 1, 1, tzinfo=timezone.utc)
    while cut.astimezone(zone).fold:
        cut += HOUR
    return cut.replace(tzinfo=None)


def _change(zone: tzinfo, before: datetime, after: datetime) -> datetime:
    """Return the first second of the offset that is in force at `after` but not yet at `before`."""
    offset = _offset(zone, after)
    while after - before > SECOND:
        middle = before + (after - before) // SECOND // 2 * SECOND
        if _offset(zone, middle) == offset:
            after = middle
        else:
            before = middle
    return after


def _offset(zone: tzinfo, moment: datetime) -> timedelta:
    offset = moment.replace(tzinfo=timezone.utc).astimezone(zone).utcoffset()
    return offset or timedelta(0)
