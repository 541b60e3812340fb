# do not pre-load
"""Crontab expressions, read by cronsim; what it refuses is told with field, value and a way out."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from functools import lru_cache

from cronsim import CronSim, CronSimError

from ...core.errors import ScheduleError
from ...core.texts.excerpt import excerpt
from .cures import cure
from .pattern import Expression, Pattern

ALIASES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}

#: the fields in their order, each with what it may hold
FIELDS = {
    "second": "0-59, `*`, steps such as `*/10`, lists such as `0,30`",
    "minute": "0-59, `*`, steps such as `*/5`, ranges such as `0-29`, lists such as `0,30`",
    "hour": "0-23, `*`, steps such as `*/2`, ranges such as `9-17`, lists such as `8,20`",
    "day of month": "1-31, `*`, `L` (the last day), `LW` (the last working day), ranges and lists",
    "month": "1-12, `*`, names such as `JAN`, ranges and lists",
    "weekday": "0-7 (0 and 7 are Sunday), `*`, names such as `MON`, `MON#1` (the first Monday), "
    "`5L` (the last Friday), ranges and lists; write Saturday to Sunday as `6-7`",
}

#: cronsim asks for a moment to start from; only what it parses is used
ANY_MOMENT = datetime(2000, 1, 1, tzinfo=timezone.utc)


#: `5-5/2` is 5; cronsim 2.8 reads it as `5/2`, from 5 to the end
ONE_VALUE = re.compile(r"\b(\w+)-\1/0*[1-9][0-9]*", re.IGNORECASE)
#: stands in when a field is tried alone
STAR = "*"


@lru_cache(maxsize=2048)
def parse(text: str) -> Expression:
    """Return the expression: five fields, six with seconds first, or an alias such as `@daily`.

    Day and weekday follow Debian's cron: both must match when one of them starts with `*`, else either.
    Raises ScheduleError. Jobs with the same text share the expression.
    """
    parts = _parts(text)
    try:
        sim = read(parts)
    except ValueError as error:
        raise _diagnosis(text, parts) from error
    pattern = Pattern.of(sim, both=sim.day_and)
    if not pattern.days.ever():
        raise _never(text, parts)
    fixed = not (parts[1].startswith("*") or parts[2].startswith("*"))
    return Expression(text=" ".join(text.split()), pattern=pattern, fixed=fixed)


def read(parts: list[str]) -> CronSim:
    """Return what cronsim parsed from the six fields; ValueError when it refuses them."""
    text = ONE_VALUE.sub(r"\1", " ".join(parts))
    try:
        return CronSim(text, ANY_MOMENT)
    except CronSimError as error:
        raise ValueError(str(error)) from error


def wrong_field(parts: list[str]) -> int | None:
    """Return the index of the first of the six fields that cronsim refuses; None if each is fine alone."""
    for index, part in enumerate(parts):
        alone = [STAR] * len(FIELDS)
        alone[index] = part
        try:
            read(alone)
        except ValueError:
            return index
    return None


def _parts(text: str) -> list[str]:
    """Return the six fields of an expression, seconds first."""
    stripped = text.strip()
    if not stripped:
        raise ScheduleError("The crontab expression is empty.", hint="`*/5 * * * *` is every five minutes.")
    if stripped.startswith("@") and stripped.lower() not in ALIASES:
        raise ScheduleError(
            f"`{excerpt(text)}` is not a known abbreviation.",
            hint=cure(text, _reads) or f"There are {', '.join(f'`{name}`' for name in ALIASES)}.",
        )
    parts = ALIASES.get(stripped.lower(), stripped).split()
    if len(parts) not in (5, 6):
        count = f"{len(parts)} field{'s' * (len(parts) != 1)}"
        raise ScheduleError(
            f"`{excerpt(text)}` has {count}; a crontab expression has 5, or 6.",
            hint=cure(text, _reads)
            or "The fields are [second] minute hour day-of-month month weekday, separated by spaces.",
        )
    return parts if len(parts) == 6 else ["0", *parts]


def _diagnosis(text: str, parts: list[str]) -> ScheduleError:
    index = wrong_field(parts)
    if index is None:
        return _never(text, parts)
    field = list(FIELDS)[index]
    return ScheduleError(
        f"The {field} `{excerpt(parts[index])}` of `{excerpt(text)}` is not valid.",
        hint=cure(text, _reads) or f"It may be {FIELDS[field]}.",
    )


def _reads(text: str) -> bool:
    """Tell whether an expression without an abbreviation can be read."""
    parts = text.split()
    try:
        return len(parts) in (5, 6) and bool(read(parts if len(parts) == 6 else ["0", *parts]))
    except ValueError:
        return False


def _never(text: str, parts: list[str]) -> ScheduleError:
    day, month, weekday = map(excerpt, parts[3:])
    return ScheduleError(
        f"`{excerpt(text)}` never fires: there is no such day.",
        hint=f"Day of month `{day}`, month `{month}` and weekday `{weekday}` never come together.",
    )
