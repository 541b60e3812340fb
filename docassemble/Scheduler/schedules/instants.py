# do not pre-load
"""Instants, and periods of time in which a zone's UTC offset stays the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from itertools import pairwise

from ..core.errors import ScheduleError

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

#: One year short of what `datetime` can hold, so that a zone's offset never overflows it.
YEARS = range(2, 9999)


def to_utc(instant: datetime) -> datetime:
    """Return the same instant in UTC.

    Raises ScheduleError for a naive datetime, and outside of the years 2 to 9998.
    """
    if instant.utcoffset() is None:
        raise ScheduleError(
            f"{instant.isoformat(' ')} has no time zone.", hint="Give the time zone in which it is meant."
        )
    if instant.year not in YEARS:
        raise ScheduleError(f"The year {instant.year} is out of range.", hint="Years 2 to 9998 are possible.")
    return instant.astimezone(timezone.utc)


SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class OffsetPeriod:
    """The zone's clock goes from `local_start` to `local_end` while UTC goes from `start` to `end` (excluded)."""

    start: datetime
    end: datetime
    offset: timedelta
    local_start: datetime
    local_end: datetime
    #: what the clock would have shown at `start` if it had not been moved there:
    #: before `local_start` when it was put forward, after `local_start` when it was put back
    unshifted_start: datetime


def offset_periods_from(zone: tzinfo, moment: datetime) -> Iterator[OffsetPeriod]:
    """Yield the period that holds `moment`, then the later ones."""
    for year in range(max(moment.year - 1, YEARS.start), YEARS.stop):
        for period in offset_periods_of_year(zone, year):
            if period.end > moment:
                yield period


def offset_periods_until(zone: tzinfo, moment: datetime) -> Iterator[OffsetPeriod]:
    """Yield the period that holds `moment`, then the earlier ones."""
    for year in range(moment.year, YEARS.start - 1, -1):
        for period in reversed(offset_periods_of_year(zone, year)):
            if period.start <= moment:
                yield period


@lru_cache(maxsize=1024)
def offset_periods_of_year(zone: tzinfo, year: int) -> tuple[OffsetPeriod, ...]:
    """Return the periods of a year; they are cut at its ends.

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
    return tuple(_period(zone, first, last) for first, last in pairwise(edges))


def _period(zone: tzinfo, start: datetime, end: datetime) -> OffsetPeriod:
    offset = _offset(zone, start)
    return OffsetPeriod(
        start=start,
        end=end,
        offset=offset,
        local_start=start + offset,
        local_end=end + offset,
        unshifted_start=start + _offset(zone, start - SECOND),
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
