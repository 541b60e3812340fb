# do not pre-load
"""Readers of days that do not count: `except` and `holidays`."""

from __future__ import annotations

import re
from datetime import date, datetime

from ..core.errors import ScheduleError
from ..core.texts.phrase import WEEKDAYS
from ..schedules.closed_days import ClosedDays, DayOfYear, HolidayCalendar
from ..schedules.holidays import LIKE, HolidaysMissing, calendar_of
from .codes import Code, InvalidValue
from .values.hints import did_you_mean, hint_for, shown

#: the number of a weekday, a month and a day of it, or a date
Day = int | DayOfYear | date

_NUMBERS = {name.lower(): number for number, name in enumerate(WEEKDAYS)}
_DAY = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_DAY_OF_YEAR = re.compile(r"([0-9]{1,2})-([0-9]{1,2})")
_RANGE = re.compile(r"\s+(?:to|until|-)\s+|\s*\.\.\s*", re.IGNORECASE)
_WEEKDAYS = re.compile(r"([a-z]+)\s*-\s*([a-z]+)", re.IGNORECASE)
_LIKE = "Write a date `2026-12-24`, `12-25` for each year, a weekday `sat`, or a range `2026-12-24 to 2027-01-02`."
#: as many days and places are looked through for each day of a year
MAX_DAYS, MAX_PLACES = 1_000, 20


def closed(value: object) -> ClosedDays:
    """Read the days of `except`: one, several with commas, or a list; an empty list or `none` is none at all."""
    weekdays: list[int] = []
    yearly: list[tuple[DayOfYear, DayOfYear]] = []
    periods: list[tuple[date, date]] = []
    for item in _items(value, MAX_DAYS):
        first, last = _range(item)
        if isinstance(first, int) and isinstance(last, int):
            weekdays += _week(first, last)
        elif isinstance(first, date) and isinstance(last, date):
            periods.append((first, last))
        elif isinstance(first, tuple) and isinstance(last, tuple):
            yearly.append((first, last))
        else:
            raise _refused(item, _LIKE)
    try:
        return ClosedDays(weekdays=tuple(weekdays), yearly=tuple(yearly), periods=tuple(periods))
    except ScheduleError as error:
        problem = "leaves no weekday on which the job is due"
        raise InvalidValue(Code.IMPOSSIBLE_SCHEDULE, problem, hint=error.hint) from error


def places(value: object) -> tuple[HolidayCalendar, ...]:
    """Read the places of `holidays`: one, several with commas, or a list; an empty list or `none` is none at all."""
    found = []
    for item in _items(value, MAX_PLACES):
        if not isinstance(item, str):
            problem, hint = "is not the code of a place, or a list of them", hint_for(item) or LIKE
            raise InvalidValue(Code.BAD_HOLIDAYS, problem, hint=hint)
        try:
            found.append(calendar_of(item))
        except HolidaysMissing as error:
            problem = "cannot be looked up, because the Python package `holidays` is not installed"
            raise InvalidValue(Code.NO_HOLIDAYS, problem, hint=error.hint) from error
        except ScheduleError as error:
            problem = "names a place whose holidays are not known"
            raise InvalidValue(Code.BAD_HOLIDAYS, problem, hint=f"{error} {error.hint}") from error
    return tuple(found)


def _items(value: object, most: int) -> list[object]:
    given = value if isinstance(value, list | tuple) else [value]
    items: list[object] = []
    for each in given:
        items += [part.strip() for part in each.split(",")] if isinstance(each, str) else [each]
    if len(items) > most:
        raise InvalidValue(Code.TOO_LARGE, f"has more than {most} items", hint="Write periods as ranges.")
    if len(items) == 1 and isinstance(items[0], str) and items[0].lower() == "none":
        return []
    return items


def _range(item: object) -> tuple[Day, Day]:
    """Read one item, as the first and the last day of it."""
    if isinstance(item, str) and (names := _WEEKDAYS.fullmatch(item)):
        return _weekday(item, names[1]), _weekday(item, names[2])
    parts = _RANGE.split(item) if isinstance(item, str) else [item]
    first, last = _day(parts[0]), _day(parts[-1])
    if len(parts) > 2:
        raise _refused(item, _LIKE)
    if isinstance(first, date) and isinstance(last, date) and last < first:
        raise _refused(item, "The last day is before the first one: write the earlier one first.")
    return first, last


def _day(item: object) -> Day:
    """Read one day."""
    if isinstance(item, datetime):
        raise _refused(item, "Only whole days can be left out: write it without a time.")
    if isinstance(item, date):
        return item
    if not isinstance(item, str):
        raise _refused(item, hint_for(item) or _LIKE)
    try:
        if written := _DAY.fullmatch(item):
            return date(*map(int, written.groups()))
        if written := _DAY_OF_YEAR.fullmatch(item):
            month, day = map(int, written.groups())
            return (month, date(2000, month, day).day)
    except ValueError as error:
        raise _refused(item, f"There is no such day. {_LIKE}") from error
    return _weekday(item, item)


def _weekday(item: str, name: str) -> int:
    """Read the name of a weekday: in full, its first three letters, or the plural."""
    wanted = name.lower()
    for full, number in _NUMBERS.items():
        if wanted in (full, full[:3], f"{full}s"):
            return number
    raise _refused(
        item, did_you_mean(name, [*_NUMBERS, *(full[:3] for full in _NUMBERS)], cutoff=0.6) or _LIKE
    )


def _week(first: int, last: int) -> list[int]:
    """Return the weekdays from one to another, maybe over the weekend."""
    return [(first + count) % 7 for count in range((last - first) % 7 + 1)]


def _refused(item: object, hint: str) -> InvalidValue:
    return InvalidValue(Code.BAD_DAY, "is not a day, or a list of days", hint=f"{shown(item)}: {hint}")
