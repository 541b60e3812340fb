# do not pre-load
"""Cron patterns: which days and times an expression matches, before any time zone comes in."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from cronsim import CronSim

from ..instants import YEARS


def bits(numbers: Iterable[int]) -> int:
    """Return the set of these numbers; none may be negative."""
    mask = 0
    for number in numbers:
        mask |= 1 << number
    return mask


def at_least(mask: int, number: int) -> int:
    """Return the smallest member that is >= `number` (0 or more), or -1."""
    rest = mask >> number
    return number + (rest & -rest).bit_length() - 1 if rest else -1


def at_most(mask: int, number: int) -> int:
    """Return the largest member that is <= `number` (-1 or more), or -1."""
    return (mask & ((1 << number + 1) - 1)).bit_length() - 1


#: days 1, 8, 15, 22 and 29, shifted by a weekday's distance from the first of the month
WEEKLY = bits((1, 8, 15, 22, 29))
#: shared by the schedules of thousands of jobs: each empty set of their own takes 200 bytes
NONE: frozenset[tuple[int, int]] = frozenset()
#: the Gregorian calendar repeats after 400 years
CYCLE = range(2000, 2400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """Months, days of the month and weekdays, in the sense of cronsim's parsed fields."""

    #: bits 1 to 12
    months: int
    #: bits 1 to 31
    days: int
    #: `L`: the last day of the month
    last_day: bool
    #: `LW`: the last day of the month that is no Saturday or Sunday
    last_working_day: bool
    #: bits 0 (Sunday) to 6
    weekdays: int
    #: (weekday 0 to 6, n): the n-th one of the month, or its last one for CronSim.LAST
    nth_weekdays: frozenset[tuple[int, int]]
    #: whether day and weekday must both match (else either does)
    both: bool

    @classmethod
    def of(cls, sim: CronSim, *, both: bool) -> Days:
        """Return the days that cronsim read from an expression."""
        plain, nth = _split(sim.weekdays)
        return cls(
            months=bits(sim.months),
            days=bits(day for day in sim.days if day > 0),
            last_day=CronSim.LAST in sim.days,
            last_working_day=CronSim.LAST_WEEKDAY in sim.days,
            weekdays=bits(plain),
            nth_weekdays=frozenset(nth) if nth else NONE,
            both=both,
        )

    def in_month(self, year: int, month: int) -> int:
        """Return the matching days of that month as bits 1 to 31; 0 for a month that does not match."""
        if not self.months >> month & 1:
            return 0
        first, length = monthrange(year, month)
        first = (first + 1) % 7
        days = self._by_day(first, length)
        weekdays = self._by_weekday(first, length)
        return (days & weekdays if self.both else days | weekdays) & ((2 << length) - 2)

    def ever(self) -> bool:
        """Tell whether any day matches at all (31 April does not)."""
        return any(self.in_month(year, month) for year in CYCLE for month in range(1, 13))

    def _by_day(self, first: int, length: int) -> int:
        days = self.days
        if self.last_day:
            days |= 1 << length
        if self.last_working_day:
            last_weekday = (first + length - 1) % 7
            days |= 1 << (length - {6: 1, 0: 2}.get(last_weekday, 0))
        return days

    def _by_weekday(self, first: int, length: int) -> int:
        days = 0
        for offset in range(7):
            if self.weekdays >> (first + offset) % 7 & 1:
                days |= WEEKLY << offset
        for weekday, nth in self.nth_weekdays:
            day = 1 + (weekday - first) % 7
            days |= 1 << (day + (length - day) // 7 * 7 if nth == CronSim.LAST else day + (nth - 1) * 7)
        return days


def _split(weekdays: Iterable[int | tuple[int, int]]) -> tuple[set[int], set[tuple[int, int]]]:
    """Tell plain weekdays from n-th ones, and call Sunday 0 in both."""
    plain: set[int] = set()
    nth: set[tuple[int, int]] = set()
    for item in weekdays:
        if isinstance(item, int):
            plain.add(item % 7)
        else:
            nth.add((item[0] % 7, item[1]))
    return plain, nth


@dataclass(frozen=True, slots=True)
class Direction:
    """Which way to search: all that differs between forward and backward."""

    step: int
    #: (members, number): the nearest member from `number` on, -1 if there is none
    seek: Callable[[int, int], int]
    #: where months, days, hours, minutes and seconds begin, seen from there
    month: int
    day: int
    hour: int
    minute: int
    second: int


FORWARD = Direction(1, at_least, 1, 1, 0, 0, 0)
BACKWARD = Direction(-1, at_most, 12, 31, 23, 59, 59)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """The local times of an expression: naive datetimes with whole seconds."""

    days: Days
    #: bits 0 to 23
    hours: int
    #: bits 0 to 59
    minutes: int
    #: bits 0 to 59
    seconds: int

    @classmethod
    def of(cls, sim: CronSim, *, both: bool) -> Pattern:
        """Return what cronsim read; `both`: day and weekday must both match."""
        days = Days.of(sim, both=both)
        return cls(days=days, hours=bits(sim.hours), minutes=bits(sim.minutes), seconds=bits(sim.seconds))

    def nearest(self, local: datetime, way: Direction) -> datetime | None:
        """Return the matching local time at `local`, or else the nearest one on the `way`.

        None when the calendar ends first.
        """
        days = self.days.in_month(local.year, local.month)
        if days >> local.day & 1 and (clock := self._clock(local, way)):
            return local.replace(hour=clock[0], minute=clock[1], second=clock[2])
        year, month = local.year, local.month
        day = way.seek(days, local.day + way.step)
        while day < 0:
            month = way.seek(self.days.months, month + way.step)
            if month < 0:
                year, month = year + way.step, way.seek(self.days.months, way.month)
                if year not in YEARS:
                    return None
            day = way.seek(self.days.in_month(year, month), way.day)
        hour, minute, second = self._edge(way)
        return local.replace(year, month, day, hour, minute, second)

    def _clock(self, local: datetime, way: Direction) -> tuple[int, int, int] | None:
        """Return the nearest matching (hour, minute, second) of the same day."""
        _, minute, second = self._edge(way)
        if self.hours >> local.hour & 1:
            if self.minutes >> local.minute & 1:
                found = way.seek(self.seconds, local.second)
                if found >= 0:
                    return local.hour, local.minute, found
            found = way.seek(self.minutes, local.minute + way.step)
            if found >= 0:
                return local.hour, found, second
        found = way.seek(self.hours, local.hour + way.step)
        return (found, minute, second) if found >= 0 else None

    def _edge(self, way: Direction) -> tuple[int, int, int]:
        """Return the first matching (hour, minute, second) of any day on the `way`."""
        return (
            way.seek(self.hours, way.hour),
            way.seek(self.minutes, way.minute),
            way.seek(self.seconds, way.second),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """What `crontab` and the cron fields are both read into."""

    #: in crontab notation, five fields or six with seconds first; for people, not to be read again:
    #: it does not say that a list stood for a wildcard
    text: str
    pattern: Pattern
    #: neither hour nor minute is a wildcard: a time of day, for the daylight-saving rule
    fixed: bool
