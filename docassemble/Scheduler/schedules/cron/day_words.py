# do not pre-load
"""Day words: the days of a cron expression in plain English, said of what is really matched."""

from __future__ import annotations

from collections.abc import Sequence

from cronsim import CronSim

from ...core.words import listed, numeral, ordinal
from .clock_words import members, ranges, step
from .days import Days

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_NTH = {1: "first", CronSim.LAST: "last"}
_ALL_DAYS, _ALL_WEEKDAYS, _ALL_MONTHS = list(range(1, 32)), list(range(7)), list(range(1, 13))


def day_words(days: Days) -> str:
    """Return on which days, as it follows the time: `, Monday to Friday`, ` on the 1st of the month`; "" for all."""
    any_day, any_weekday = members(days.days) == _ALL_DAYS, members(days.weekdays) == _ALL_WEEKDAYS
    months = _months(members(days.months))
    in_months = f" in {months}" if months else ""
    of_month = f" on {_days(days)} of {months or 'the month'}"
    if days.both and any_day and not any_weekday:
        return f"{_on_weekdays(days)}{in_months}"
    if any_day or (any_weekday and not days.both):
        return in_months
    if any_weekday:
        return of_month
    if days.both:
        return f"{of_month} if that is {listed([*(f'a {name}' for name in _plain(days)), *_nth(days)], 'or')}"
    return f"{of_month}, and{_on_weekdays(days).replace(',', ' on', 1)}{in_months}"


def _months(numbers: Sequence[int]) -> str:
    return "" if numbers == _ALL_MONTHS else listed(_stretches([number - 1 for number in numbers], MONTHS))


def _days(days: Days) -> str:
    """Return `the 1st and 15th`, `the last day`, `every fifth day from the 5th to the 30th`."""
    numbers = members(days.days)
    every = step(numbers)
    if every > 1 and len(numbers) > 3 and not days.last_day and not days.last_working_day:
        return f"every {ordinal(every)} day from the {numeral(numbers[0])} to the {numeral(numbers[-1])}"
    named = _stretches([number - 1 for number in numbers], [numeral(number) for number in _ALL_DAYS])
    named += ["last day"] * days.last_day + ["last working day"] * days.last_working_day
    return f"the {listed(named)}" if named else ""


def _on_weekdays(days: Days) -> str:
    plain, nth = _plain(days), [f"{each} of the month" for each in _nth(days)]
    stretches = _stretches([WEEKDAYS.index(name) for name in plain], WEEKDAYS)
    if len(plain) > 2 and len(stretches) == 1 and not nth:
        return f", {stretches[0]}"
    return f" on {listed([*(f'{name}s' for name in plain), *nth])}"


def _plain(days: Days) -> list[str]:
    """Return the names of the weekdays that are matched each week, Monday first."""
    return [name for number, name in enumerate(WEEKDAYS, 1) if days.weekdays >> number % 7 & 1]


def _nth(days: Days) -> list[str]:
    """Return `the first Monday`, `the last Friday`."""
    ordered = sorted((nth == CronSim.LAST, nth, (weekday - 1) % 7) for weekday, nth in days.nth_weekdays)
    return [f"the {_NTH.get(nth) or ordinal(nth)} {WEEKDAYS[weekday]}" for _, nth, weekday in ordered]


def _stretches(indexes: Sequence[int], names: Sequence[str]) -> list[str]:
    """Return the names, three and more in a row as `June to August`."""
    found = []
    for first, last in ranges(indexes):
        found += [f"{names[first]} to {names[last]}"] if last - first > 1 else list(names[first : last + 1])
    return found
