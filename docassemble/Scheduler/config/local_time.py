# do not pre-load
"""Local times of a zone, and the gaps that daylight saving tears into them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

_STEP = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Local times, from `start` up to but not including `end`, that the clocks jump over; naive."""

    start: datetime
    end: datetime


def to_utc(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return an instant in UTC; without a zone of its own it is local in `zone`.

    What lies in a gap is taken as if the clocks had not been moved yet.
    """
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(timezone.utc)


def is_in_gap(moment: datetime, zone: ZoneInfo) -> bool:
    """Tell whether a naive local time does not exist in a zone."""
    return moment.tzinfo is None and to_utc(moment, zone).astimezone(zone).replace(tzinfo=None) != moment


def gaps(zone: ZoneInfo, now: datetime, within: timedelta = timedelta(days=366)) -> Iterator[Gap]:
    """Find the gaps of a zone after `now`. Two changes of the clocks within a week may be missed."""
    at = now.astimezone(timezone.utc)
    end = at + within
    while at < end:
        after = at + _STEP
        if _offset(zone, after) > _offset(zone, at):
            change = _change(zone, at, after)
            skipped = _offset(zone, after) - _offset(zone, at)
            start = (change + _offset(zone, at)).replace(tzinfo=None)
            yield Gap(start=start, end=start + skipped)
        at = after


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """Return the first whole second that has the offset of `after`."""
    old = _offset(zone, before)
    low, high = 0, int((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        is_before = _offset(zone, before + timedelta(seconds=middle)) == old
        low, high = (middle, high) if is_before else (low, middle)
    return (before + timedelta(seconds=high)).replace(microsecond=0)


def _offset(zone: ZoneInfo, instant: datetime) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta(0)
