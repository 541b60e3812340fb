# do not pre-load
"""Words for people: how long ago, how long, lists and ordinals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

_UNITS = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))
_SHORT_UNITS = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
_ORDINALS = {
    2: "second",
    3: "third",
    4: "fourth",
    5: "fifth",
    6: "sixth",
    7: "seventh",
    8: "eighth",
    9: "ninth",
    10: "tenth",
    12: "twelfth",
}


def relative(instant: datetime, now: datetime) -> str:
    """Say how far an instant is from `now`, in the unit that fits: `in 3 minutes`, `2 hours ago`, `now`."""
    seconds = round(abs((instant - now).total_seconds()))
    if seconds == 0:
        return "now"
    unit, size, seconds = _fitting(seconds, _UNITS)
    words = _counted(_rounded(seconds, size) // size, unit)
    return f"in {words}" if instant > now else f"{words} ago"


def short(duration: timedelta) -> str:
    """Say how long something took, in two units at most: `12 ms`, `1.2 s`, `5 min 12 s`, `2 h 5 min`."""
    seconds = duration.total_seconds()
    if seconds < 0:
        return f"-{short(-duration)}"
    if round(seconds, 3) < 1:
        return f"{seconds * 1000:.0f} ms"
    if round(seconds, 1) < 10:
        return f"{seconds:.1f} s"
    return _in_two_units(round(seconds))


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


def zone_name(zone: ZoneInfo) -> str:
    """Say a time zone: `New York time` for America/New_York, `UTC`."""
    name = zone.key.rpartition("/")[2].replace("_", " ")
    if name in {"UTC", "UCT", "Universal", "Zulu"}:
        return "UTC"
    # abbreviations, and what has digits, are names already
    return name if name.isupper() or any(each.isdigit() for each in name) else f"{name} time"


def _counted(count: int, unit: str) -> str:
    return f"{count} {unit}{'s' * (count != 1)}"


def _fitting(seconds: int, units: Sequence[tuple[str, int]]) -> tuple[str, int, int]:
    """Return the largest unit of which there is one, its size, and the seconds rounded to the unit below it.

    Rounded first: 59 minutes and 40 seconds are an hour.
    """
    smaller = [size for _, size in units[1:]] + [1]
    return next(
        (unit, size, rounded)
        for (unit, size), below in zip(units, smaller, strict=True)
        if (rounded := _rounded(seconds, below)) >= size
    )


def _rounded(seconds: int, size: int) -> int:
    return (seconds + size // 2) // size * size


def _in_two_units(seconds: int) -> str:
    unit, size, seconds = _fitting(seconds, _SHORT_UNITS)
    count, rest = divmod(seconds, size)
    below = next(((name, length) for name, length in _SHORT_UNITS if length < size), ("s", 1))
    return f"{count} {unit}" + (f" {rest // below[1]} {below[0]}" if rest else "")
