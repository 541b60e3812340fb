# do not pre-load
"""Closed days, which do not count for a job: weekdays, dates, periods, and holidays."""

from __future__ import annotations

from calendar import isleap
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from ..core.errors import ScheduleError
from .instants import DAY, YEARS

#: a month and a day of it
DayOfYear = tuple[int, int]
#: Saturday and Sunday, where no weekday is closed
WEEKEND = (5, 6)


@dataclass(frozen=True, slots=True)
class HolidayCalendar:
    """The holidays of a place; equal codes, equal calendars."""

    #: `US-MA`
    code: str
    #: of the place, in English: `Massachusetts`
    place: str = field(compare=False, repr=False)
    #: returns those of a year
    dates: Callable[[int], Collection[date]] = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedDays:
    """The days that do not count. What is written in another order is equal.

    Raises ScheduleError when no weekday is left.
    """

    #: 0 is Monday
    weekdays: tuple[int, ...] = ()
    #: each year from the first to the last; a last one before the first is in the year after
    yearly: tuple[tuple[DayOfYear, DayOfYear], ...] = ()
    #: from the first to the last
    periods: tuple[tuple[date, date], ...] = ()
    holidays: tuple[HolidayCalendar, ...] = ()

    def __post_init__(self) -> None:
        # tuples, in one order: the text of the schedule is the same in every process
        for name in ("weekdays", "yearly", "periods"):
            object.__setattr__(self, name, tuple(sorted(set(getattr(self, name)))))
        calendars = {each.code: each for each in self.holidays}
        object.__setattr__(self, "holidays", tuple(calendars[code] for code in sorted(calendars)))
        if len(self.weekdays) == 7:
            raise ScheduleError("No weekday is left on which anything is due.", hint="Leave out one of them.")

    def includes(self, day: date) -> bool:
        """Tell whether a day does not count."""
        return day in _closed_in(self, day.year)

    def is_working(self, day: date) -> bool:
        """Tell whether what is due on a closed day may be moved to this one: it counts, and is in no weekend.

        The weekend is the weekdays that are closed; Saturday and Sunday when there are none.
        """
        return not self.includes(day) and day.weekday() not in (self.weekdays or WEEKEND)


@lru_cache(maxsize=1024)
def _closed_in(closed: ClosedDays, year: int) -> frozenset[date]:
    """Return the closed days of a year; jobs with the same ones share them."""
    holidays = {day for calendar in closed.holidays for day in calendar.dates(year)}
    return frozenset(day for day in _days_of(year) if day in holidays or _is_listed(closed, day))


def _days_of(year: int) -> Iterator[date]:
    first = date(year, 1, 1)
    return (first + number * DAY for number in range(365 + isleap(year)))


def _is_listed(closed: ClosedDays, day: date) -> bool:
    return (
        day.weekday() in closed.weekdays
        or any(first <= day <= last for first, last in closed.periods)
        or any(_is_between((day.month, day.day), first, last) for first, last in closed.yearly)
    )


def _is_between(day: DayOfYear, first: DayOfYear, last: DayOfYear) -> bool:
    return first <= day <= last if first <= last else day >= first or day <= last


def days_from(day: date, way: int, most: int) -> Iterator[date]:
    """Yield a day and those after it (`way` 1) or before it (-1), at most so many."""
    for _ in range(most):
        if day.year not in YEARS:
            return
        yield day
        day += way * DAY
