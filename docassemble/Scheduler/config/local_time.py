# do not pre-load
"""Local times of a zone, and the gaps that daylight saving tears into them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from ..schedules.offsets import stretches_from


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
    """Find the gaps of a zone after `now`."""
    start = now.astimezone(timezone.utc).replace(tzinfo=None)
    for stretch in stretches_from(zone, start):
        if stretch.start > start + within:
            return
        if stretch.start > start and stretch.expected < stretch.opens:
            yield Gap(start=stretch.expected, end=stretch.opens)
