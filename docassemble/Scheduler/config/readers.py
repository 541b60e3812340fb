# do not pre-load
"""Readers: each turns one value of the block into what the program works with, or raises `Refused`.

A reader that takes options is made by a function (`whole(0)`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from enum import Enum
from functools import cache
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from ..duration import parse_duration
from ..errors import DurationError
from .codes import Code
from .names import did_you_mean, is_dotted
from .refused import Refused, kind_of, text_of
from .traps import clock_hint, hint_for

Reader = Callable[[object], Any]

_WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


def text(value: object) -> str:
    """Read a text that is not empty."""
    if isinstance(value, str) and value.strip():
        return value.strip()
    raise Refused(Code.WRONG_TYPE, "is not a text" if value != "" else "is empty", hint=hint_for(value))


def words(value: object) -> str:
    """Read something for people: a text, or a scalar that YAML has made of one."""
    return text_of(value) if isinstance(value, int | float | date) else text(value)


def as_written(value: object) -> object:
    """Take any value; somebody else judges it."""
    return value


def mapping(value: object) -> Mapping[Any, Any]:
    """Take a mapping."""
    if isinstance(value, Mapping):
        return value
    raise Refused(Code.WRONG_TYPE, f"is {kind_of(value)} where a mapping is wanted")


def whole(least: int = 0, most: int = 10**12) -> Reader:
    """Make a reader of whole numbers; digits in quotes are one too, as in 0.2.x."""

    def read(value: object) -> int:
        number = _number(value)
        if number is None:
            hint = hint_for(value) if isinstance(value, bool | date) else ""
            raise Refused(Code.BAD_NUMBER, "is not a whole number", hint=hint)
        if not least <= number <= most:
            raise Refused(Code.BAD_NUMBER, f"is less than {least}" if number < least else "is far too large")
        return number

    return read


def _number(value: object) -> int | None:
    if isinstance(value, str) and re.fullmatch(r"\s*[+-]?[0-9]{1,20}\s*", value):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def failures(value: object) -> int:
    """Read `1 failure`, `3 failures` or a number."""
    return int(whole(1)(re.sub(r"\s*failures?\s*$", "", value) if isinstance(value, str) else value))


def boolean(value: object) -> bool:
    """Read true or false, or one of the words for them."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in _WORDS:
        return _WORDS[value.strip().lower()]
    raise Refused(Code.BAD_BOOLEAN, "is neither true nor false")


def choice(options: Mapping[str, Any], also: Mapping[str, Any] | None = None) -> Reader:
    """Make a reader of one of some words, in any case; those of `also` are taken, and not advertised."""
    known = {**options, **(also or {})}

    def read(value: object) -> Any:
        if isinstance(value, str) and value.strip().lower() in known:
            return known[value.strip().lower()]
        guess = did_you_mean(value, options) if isinstance(value, str) else hint_for(value)
        hint = guess or "It can be " + ", ".join(f"`{option}`" for option in options) + "."
        raise Refused(Code.BAD_CHOICE, "is not one of the words that this key takes", hint=hint)

    return read


def one_of(options: type[Enum]) -> Reader:
    """Make a reader of one member of an enumeration, by value."""
    return choice({str(member.value): member for member in options})


def duration(value: object) -> timedelta:
    """Read a duration: seconds, or words."""
    try:
        return parse_duration(value)
    except DurationError as error:
        raise Refused(Code.BAD_DURATION, str(error), hint=error.hint) from error


def duration_or_unlimited(value: object) -> timedelta | None:
    """Read a duration; `-1` is no limit, as None."""
    return None if _number(value) == -1 else duration(value)


def positive_duration(value: object) -> timedelta:
    """Read a duration of more than nothing."""
    if read := duration(value):
        return read
    raise Refused(Code.BAD_DURATION, "is no time at all")


def moment(value: object) -> datetime:
    """Read a date, or date and time, as an ISO text or as YAML's own; naive when it has no zone."""
    read = _iso(value) if isinstance(value, str) else value
    if isinstance(read, date) and not isinstance(read, datetime):
        read = datetime.combine(read, time())
    if not isinstance(read, datetime):
        raise Refused(Code.BAD_TIME, "is not a date and time", hint=clock_hint(value, least=60) or _LIKE)
    if not 1970 <= read.year < 3000:
        raise Refused(Code.BAD_TIME, "is not between the years 1970 and 3000")
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
    return did_you_mean(next((each for each in known if each.lower().endswith(city)), name), known)


def dotted(value: object) -> str:
    """Read the dotted name of a function or class; it is not imported here."""
    if isinstance(value, str) and is_dotted(value.strip()):
        return value.strip()
    hint = "Write it like `file.function` or `package.module.function`."
    raise Refused(Code.BAD_NAME, "is not a dotted name", hint=hint_for(value) or hint)


def arguments(value: object) -> tuple[Any, ...]:
    """Read the positional arguments of a function."""
    if isinstance(value, list | tuple):
        return tuple(value)
    hint = "Did you mean `kwargs`?" if isinstance(value, Mapping) else "Write one per line, each after `- `."
    raise Refused(Code.BAD_ARGUMENTS, "is not a list", hint=hint)


def keyword_arguments(value: object) -> dict[str, Any]:
    """Read the named arguments of a function."""
    if not isinstance(value, Mapping):
        raise Refused(Code.BAD_ARGUMENTS, "is not a mapping", hint="Did you mean `args`?")
    for key in value:
        if not isinstance(key, str):
            raise Refused(Code.BAD_ARGUMENTS, "has a name that is not a text", hint=hint_for(key))
    return dict(value)


def tags(value: object) -> frozenset[str]:
    """Read tags: a list of texts, or one text in which commas separate them."""
    parts: Any = value.split(",") if isinstance(value, str) else value
    parts = parts if isinstance(parts, list | tuple | set) else [value]
    strangers = [part for part in parts if not isinstance(part, str)]
    if strangers:
        raise Refused(Code.WRONG_TYPE, "is not a tag or a list of tags", hint=hint_for(strangers[0]))
    read = frozenset(part.strip() for part in parts if part.strip())
    if not read:
        raise Refused(Code.WRONG_TYPE, "names no tag")
    return read


def email(value: object) -> str:
    """Read one e-mail address; nothing but its shape is looked at."""
    if isinstance(value, str) and _EMAIL.fullmatch(value.strip()):
        return value.strip()
    raise Refused(Code.BAD_EMAIL, "is not an e-mail address")


def emails(value: object) -> tuple[str, ...]:
    """Read one e-mail address, or a list of them."""
    if isinstance(value, list | tuple) and value:
        return tuple(email(each) for each in value)
    return (email(value),)


def url(value: object) -> str:
    """Read an http or https address."""
    if isinstance(value, str):
        try:
            parts = urlsplit(value.strip())
        except ValueError:  # a bracket without its partner, say: no address either
            parts = urlsplit("")
        if parts.scheme in ("http", "https") and parts.netloc:
            return value.strip()
    raise Refused(Code.BAD_URL, "is not an http or https address")


#: reads the name of a level of `logging`, in any case, into the one that `logging` knows
log_level = choice(
    {name: name.upper() for name in ("debug", "info", "warning", "error", "critical")},
    # 0.2.x took whatever `logging` takes
    also={"warn": "WARNING", "fatal": "CRITICAL", "notset": "NOTSET"},
)
