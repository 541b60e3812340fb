# do not pre-load
"""Instants: aware datetimes, brought to UTC at the door of every schedule."""

from __future__ import annotations

from datetime import datetime, timezone

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
