# do not pre-load
"""Readers of durations, moments and time zones."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from ..duration import parse_duration
from ..errors import DurationError
from .codes import Code
from .names import did_you_mean
from .refused import Refused
from .traps import clock_hint, hint_for


def duration(value: object) -> timedelta:
    """Read a duration: seconds, or words."""
    try:
        return parse_duration(value)
    except DurationError as error:
        raise Refused(Code.BAD_DURATION, str(error), hint=error.hint) from error


def duration_or_unlimited(value: object) -> timedelta | None:
    """Read a duration; `-1` is no limit, as None."""
    is_unlimited = value.strip() == "-1" if isinstance(value, str) else value == -1
    return None if is_unlimited else duration(value)


def positive_duration(value: object) -> timedelta:
    """Read a duration of more than nothing."""
    if read := duration(value):
        return read
    raise Refused(Code.BAD_DURATION, "is no time at all", hint="Write `5 minutes`, say.")


def moment(value: object) -> datetime:
    """Read a date, or date and time, as an ISO text or as YAML's own; naive when it has no zone."""
    read = _iso(value) if isinstance(value, str) else value
    if isinstance(read, date) and not isinstance(read, datetime):
        read = datetime.combine(read, time())
    if not isinstance(read, datetime):
        raise Refused(Code.BAD_TIME, "is not a date and time", hint=clock_hint(value, least=60) or _LIKE)
    if not 1970 <= read.year < 3000:
        raise Refused(Code.BAD_TIME, "is not between the years 1970 and 3000", hint=_LIKE)
    return read


_LIKE = "Write it like `2027-03-28 14:30`."
_DATE_LIKE = re.compile(r"\d{4}-\d\d-\d\d([T ]|$)")


def _iso(value: str) -> datetime:
    written = value.strip()
    # before Python 3.11 fromisoformat does not know Z
    zoned = f"{written[:-1]}+00:00" if written[-1:] in ("Z", "z") else written
    try:
        return datetime.fromisoformat(zoned)
    except ValueError as error:
        if _DATE_LIKE.match(written):
            raise Refused(Code.BAD_TIME, "is not a date and time that exists", hint=_LIKE) from error
        raise Refused(Code.BAD_TIME, "is not a date and time", hint=_LIKE) from error


def zone(value: object) -> ZoneInfo:
    """Read the IANA name of a time zone."""
    if not isinstance(value, str):
        raise Refused(Code.BAD_TIME_ZONE, "is not the name of a time zone", hint=hint_for(value))
    name = value.strip()
    try:
        return ZoneInfo(name)
    # what it raises depends on what in the file system the name hits: nothing, a folder, some other file
    except (KeyError, ValueError, OSError) as error:
        hint = _guessed_zone(name) or "Write an IANA name like `Europe/Berlin`."
        raise Refused(Code.BAD_TIME_ZONE, "is not a time zone", hint=hint) from error


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
