# do not pre-load
"""Durations as people write them: `90`, `5 minutes`, `1 hour 30 minutes`, `1.5 hours`."""

from __future__ import annotations

import re
from datetime import timedelta
from difflib import get_close_matches

from .errors import DurationError

#: nothing in a schedule is longer; keeps every sum of durations and instants within what `datetime` can hold
LONGEST = timedelta(days=36525)

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
_SHORT = {
    "s": "second",
    "sec": "second",
    "m": "minute",
    "min": "minute",
    "h": "hour",
    "hr": "hour",
    "d": "day",
    "w": "week",
    "wk": "week",
}
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
    rest = abs(duration)
    words = []
    for unit in ("day", "hour", "minute"):
        count, rest = divmod(rest, timedelta(seconds=_SECONDS[unit]))
        words += [_counted(count, unit)] if count else []
    if rest or not words:
        words.append(_counted(rest.total_seconds(), "second"))
    return ("-" if duration < timedelta(0) else "") + " ".join(words)


def _counted(count: float, unit: str) -> str:
    number = f"{count:.6f}".rstrip("0").rstrip(".")
    return f"{number} {unit}" if count == 1 else f"{number} {unit}s"


def _checked(seconds: float) -> timedelta:
    if seconds < 0:
        raise DurationError("is a negative duration", hint="A duration cannot be negative.")
    # written so that NaN, which is neither more nor less, is refused too
    if not seconds <= LONGEST.total_seconds():
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
    close = get_close_matches(word, [f"{unit}s" for unit in _SECONDS], n=1)
    hint = f"Did you mean `{close[0]}`?" if close else "Units are seconds, minutes, hours, days and weeks."
    raise DurationError("has a unit that is not known", hint=hint)


def _way_out(words: str) -> str:
    if words.startswith("-"):
        return "A duration cannot be negative."
    return "Write a number of seconds, or words like `5 minutes` or `1 hour 30 minutes`."
