# do not pre-load
"""Days: which days of which months a cron expression matches."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass

from cronsim import CronSim

from .bits import bits

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
