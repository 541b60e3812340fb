# do not pre-load
"""Durations, read and written; and words for people: how long ago, lists, ordinals."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from .errors import DurationError, closest

#: nothing in a schedule is longer; keeps every sum of durations and instants within what `datetime` can hold
MAX_DURATION = timedelta(days=36525)

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
_UNITS_BY_SHORT = {
    "second": ("s", "sec"),
    "minute": ("m", "min"),
    "hour": ("h", "hr"),
    "day": ("d",),
    "week": ("w", "wk"),
}
_SHORT = {short: unit for unit, shorts in _UNITS_BY_SHORT.items() for short in shorts}
_NUMBER = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?")
_PART = re.compile(r"([0-9]{1,20}(?:\.[0-9]{1,20})?)\s*([a-z]+)(?:\s*,\s*and\s+|\s*,\s*|\s+and\s+|\s*)")


def parse_duration(value: object) -> timedelta:
    """Read a number of seconds, or words.

    Raises `DurationError` for anything else, for what is negative and for more than 100 years. Its message
    never repeats the value, so that it can be shown where the value must not be.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise DurationError("is not a duration", hint="Write a number of seconds, or words like `5 minutes`.")
    return _checked(_seconds_of_text(value) if isinstance(value, str) else value)


def format_duration(duration: timedelta) -> str:
    """Say a duration in the words that `parse_duration` reads: `1 hour 30 minutes`, `0 seconds`."""
    words = " ".join(_counted(count, unit) for count, unit in in_units(abs(duration)))
    return f"-{words}" if duration < timedelta(0) else words


def in_units(duration: timedelta) -> list[tuple[float, str]]:
    """Return a duration of zero or more, exact, in days, hours, minutes and seconds; only those that there are."""
    rest = duration
    found: list[tuple[float, str]] = []
    for unit in ("day", "hour", "minute"):
        count, rest = divmod(rest, timedelta(seconds=_SECONDS[unit]))
        found += [(count, unit)] if count else []
    if rest or not found:
        seconds = rest.total_seconds()
        found.append((int(seconds) if seconds.is_integer() else seconds, "second"))
    return found


def _counted(count: float, unit: str) -> str:
    number = f"{count:.6f}".rstrip("0").rstrip(".")
    return f"{number} {unit}" if count == 1 else f"{number} {unit}s"


def _checked(seconds: float) -> timedelta:
    if seconds < 0:
        raise DurationError("is a negative duration", hint="A duration cannot be negative.")
    # written so that NaN, which is neither more nor less, is refused too
    if not seconds <= MAX_DURATION.total_seconds():
        raise DurationError("is longer than 100 years", hint="Make it shorter.")
    return timedelta(seconds=seconds)


def _seconds_of_text(text: str) -> float:
    words = text.strip().lower()
    if _NUMBER.fullmatch(words):
        return float(words)
    total, position = 0.0, 0
    while position < len(words):
        part = _PART.match(words, position)
        if part is None:
            raise DurationError("is not a duration", hint=_way_out(words))
        total += float(part[1]) * _unit(part[2])
        position = part.end()
    if not words:
        raise DurationError("is not a duration", hint=_way_out(words))
    return total


def _unit(word: str) -> int:
    singular = word if word in _SHORT else word.removesuffix("s")
    name = _SHORT.get(singular, singular)
    if name in _SECONDS:
        return _SECONDS[name]
    close = closest(word, [f"{unit}s" for unit in _SECONDS])
    hint = f"Did you mean `{close}`?" if close else "Units are seconds, minutes, hours, days and weeks."
    raise DurationError("has a unit that is not known", hint=hint)


def _way_out(words: str) -> str:
    if words.startswith("-"):
        return "A duration cannot be negative."
    return "Write a number of seconds, or words like `5 minutes` or `1 hour 30 minutes`."


_UNITS = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))
#: international, so they are the same in each language
SYMBOLS = {"day": "d", "hour": "h", "minute": "min", "second": "s", "millisecond": "ms"}
_ORDINALS = dict(
    enumerate(["second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"], 2)
) | {12: "twelfth"}


def relative(instant: datetime, now: datetime) -> str:
    """Say how far an instant is from `now`, in the unit that fits: `in 3 minutes`, `2 hours ago`, `now`."""
    count, unit = largest_unit(instant - now)
    if count == 0:
        return "now"
    words = _counted(count, unit)
    return f"in {words}" if instant > now else f"{words} ago"


def elapsed(duration: timedelta) -> str:
    """Say a duration in the unit that fits: `57 seconds`, `3 hours`."""
    return _counted(*largest_unit(duration))


def largest_unit(duration: timedelta) -> tuple[int, str]:
    """Return a duration, rounded, in the largest unit of which there is one: `(3, "minute")`; its sign is left out."""
    seconds = round(abs(duration.total_seconds()))
    if seconds == 0:
        return 0, "second"
    unit, size, seconds = _fitting(seconds)
    return _rounded(seconds, size) // size, unit


def short(duration: timedelta) -> str:
    """Say how long something took, in two units at most: `12 ms`, `1.2 s`, `5 min 12 s`, `2 h 5 min`."""
    if duration < timedelta(0):
        return f"-{short(-duration)}"
    parts = two_units(duration)
    return " ".join(f"{number} {SYMBOLS[unit]}" for number, unit in parts)


def two_units(duration: timedelta) -> list[tuple[int | float, str]]:
    """Return a duration of zero or more, rounded, in its two largest units; below a minute it is one."""
    seconds = duration.total_seconds()
    if round(seconds, 3) < 1:
        return [(round(seconds * 1000), "millisecond")]
    if round(seconds, 1) < 10:
        return [(round(seconds, 1), "second")]
    unit, size, whole = _fitting(round(seconds))
    count, rest = divmod(whole, size)
    below = next((each for each in _UNITS if each[1] < size), _UNITS[-1])
    return [(count, unit), (rest // below[1], below[0])] if rest else [(count, unit)]


def listed(items: Sequence[str], word: str = "and") -> str:
    """Join: `a`, `a and b`, `a, b and c`."""
    head = ", ".join(items[:-1])
    return f"{head} {word} {items[-1]}" if head else items[-1]


def ordinal(number: int) -> str:
    """Say a number as an ordinal, small ones in letters: `fifth`, `21st`."""
    return _ORDINALS.get(number) or numeral(number)


def numeral(number: int) -> str:
    """Say a number as an ordinal, in digits: `1st`, `12th`, `23rd`."""
    last = 0 if number % 100 in {11, 12, 13} else number % 10
    return f"{number}{({1: 'st', 2: 'nd', 3: 'rd'}).get(last, 'th')}"


def _fitting(seconds: int) -> tuple[str, int, int]:
    """Return the largest unit of which there is one, its size, and the seconds rounded to the unit below it.

    Rounded first: 59 minutes and 40 seconds are an hour.
    """
    smaller = [size for _, size in _UNITS[1:]] + [1]
    return next(
        (unit, size, rounded)
        for (unit, size), below in zip(_UNITS, smaller, strict=True)
        if (rounded := _rounded(seconds, below)) >= size
    )


def _rounded(seconds: int, size: int) -> int:
    return (seconds + size // 2) // size * size
