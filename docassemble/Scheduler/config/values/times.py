# do not pre-load
"""Readers of durations, moments and time zones; local times, and the gaps that daylight saving tears into them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, timezone
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from ...core.durations import parse_duration
from ...core.errors import DurationError
from ...schedules.instants import offset_periods_from
from ..codes import Code, InvalidValue
from .hints import clock_hint, did_you_mean, hint_for


def duration(value: object) -> timedelta:
    """Read a duration: seconds, or words."""
    try:
        return parse_duration(value)
    except DurationError as error:
        raise InvalidValue(Code.BAD_DURATION, str(error), hint=error.hint) from error


def duration_or_unlimited(value: object) -> timedelta | None:
    """Read a duration; `-1` is no limit, as None."""
    is_unlimited = value.strip() == "-1" if isinstance(value, str) else value == -1
    return None if is_unlimited else duration(value)


def positive_duration(value: object) -> timedelta:
    """Read a duration of more than nothing."""
    if read := duration(value):
        return read
    raise InvalidValue(Code.BAD_DURATION, "is no time at all", hint="Write `5 minutes`, say.")


def moment(value: object) -> datetime:
    """Read a date, or date and time, as an ISO text or as YAML's own; naive when it has no zone."""
    read = _read(value.strip()) if isinstance(value, str) else value
    if isinstance(read, date) and not isinstance(read, datetime):
        read = datetime.combine(read, time())
    if not isinstance(read, datetime):
        raise InvalidValue(Code.BAD_TIME, "is not a date and time", hint=clock_hint(value, least=60) or _LIKE)
    if not 1970 <= read.year < 3000:
        raise InvalidValue(Code.BAD_TIME, "is not between the years 1970 and 3000", hint=_LIKE)
    return read


_LIKE = "Write it like `2027-03-28 14:30`."
_ZONE = "Write it like `2027-03-28 14:30`, or `2027-03-28 14:30 +01:00`, and a zone's name into `time zone`."
#: what YAML takes for a timestamp, and some more: no seconds, a.m. and p.m., a comma, UTC
_WRITTEN = re.compile(
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"
    r"(?:(?:[Tt]|\s+)([0-9]{1,2})(?::([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{0,20}))?)?)?"
    r"(?:\s*([AaPp])\.?[Mm]\.?)?"
    r"(?:\s*([Zz]|UTC|([-+])([0-9]{1,2})(?::?([0-9]{2}))?))?)?",
)
_NAMED_ZONE = re.compile(r"[0-9-]+[Tt\s]+[0-9:.,]+\s*[A-Za-z]{2,}[A-Za-z/_]*")


def _read(written: str) -> datetime:
    """Read a text by one rule, which takes all that YAML makes timestamps of."""
    found = _WRITTEN.fullmatch(written)
    if found is None or (found[4] and not found[5] and not found[8]):
        # week dates, and what else this release of Python knows of ISO 8601
        return _iso(written)
    year, month, day, hour, minute, second = (int(each or 0) for each in found.group(1, 2, 3, 4, 5, 6))
    try:
        return datetime(
            *(year, month, day, _hour(hour, found[8]), minute, second),
            int((found[7] or "")[:6].ljust(6, "0")),
            tzinfo=_offset(found),
        )
    except ValueError as error:
        raise InvalidValue(Code.BAD_TIME, "is not a date and time that exists", hint=_LIKE) from error


def _hour(hour: int, half: str | None) -> int:
    """Return the hour of 24; `half` is the letter of a.m. or p.m."""
    if half is None:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError("there are 12 hours before and 12 after noon")
    return hour % 12 + 12 * (half in "Pp")


def _offset(found: re.Match[str]) -> timezone | None:
    if found[9] is None:
        return None
    offset = timedelta(hours=int(found[11] or 0), minutes=int(found[12] or 0))
    return timezone(-offset if found[10] == "-" else offset)


def _iso(written: str) -> datetime:
    try:
        return datetime.fromisoformat(written)
    except ValueError as error:
        hint = _ZONE if _NAMED_ZONE.fullmatch(written) else _LIKE
        raise InvalidValue(Code.BAD_TIME, "is not a date and time", hint=hint) from error


def zone(value: object) -> ZoneInfo:
    """Read the IANA name of a time zone."""
    if not isinstance(value, str):
        raise InvalidValue(Code.BAD_TIME_ZONE, "is not the name of a time zone", hint=hint_for(value))
    name = value.strip()
    try:
        return ZoneInfo(name)
    # what it raises depends on what in the file system the name hits: nothing, a folder, some other file
    except (KeyError, ValueError, OSError) as error:
        hint = _guessed_zone(name) or "Write an IANA name like `Europe/Berlin`."
        raise InvalidValue(Code.BAD_TIME_ZONE, "is not a time zone", hint=hint) from error


@cache
def _known_zones() -> tuple[str, ...]:
    # looks at hundreds of files
    return tuple(sorted(available_timezones()))


def _guessed_zone(name: str) -> str:
    known = _known_zones()
    city = "/" + name.lower().replace(" ", "_")
    return did_you_mean(
        next((each for each in known if each.lower().endswith(city)), name), known, cutoff=0.8
    )


def to_utc(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return an instant in UTC; without a zone of its own it is local in `zone`.

    What lies in a gap is taken as if the clocks had not been moved yet.
    """
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(timezone.utc)


def is_in_gap(moment: datetime, zone: ZoneInfo) -> bool:
    """Tell whether a naive local time does not exist in a zone."""
    return moment.tzinfo is None and to_utc(moment, zone).astimezone(zone).replace(tzinfo=None) != moment


def gaps(
    zone: ZoneInfo, now: datetime, within: timedelta = timedelta(days=366)
) -> Iterator[tuple[datetime, datetime]]:
    """Find the naive local times after `now` that the clocks jump over: from the first on, up to the second."""
    start = now.astimezone(timezone.utc).replace(tzinfo=None)
    for period in offset_periods_from(zone, start):
        if period.start > start + within:
            return
        if period.start > start and period.unshifted_start < period.local_start:
            yield period.unshifted_start, period.local_start
