"""A brute-force oracle for cron: written from the documented rules, sharing nothing with the product.

It walks through UTC tick by tick, looks at the clock of the zone, and writes down when a job is due.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

UTC = timezone.utc
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]


@dataclass(frozen=True)
class Rule:
    second: set[int]
    minute: set[int]
    hour: set[int]
    day: Callable[[date], bool]
    #: neither hour nor minute is a wildcard
    fixed: bool

    def matches(self, local: datetime) -> bool:
        return (
            local.minute in self.minute
            and local.hour in self.hour
            and local.second in self.second
            and self.day(local.date())
        )


def due_times(rule: Rule, zone: ZoneInfo, start: datetime, end: datetime, tick: timedelta) -> list[datetime]:
    """All due times in [start, end); a multiple of the tick apart from every change of the clock."""
    due = []
    for moment, before, now in walk(zone, start, end, tick):
        skipped = clocks(before + tick, now.replace(tzinfo=None), tick) if rule.fixed else []
        again = rule.fixed and now.fold
        if any(map(rule.matches, skipped)) or (rule.matches(now) and not again):
            due.append(moment)
    return due


@lru_cache(maxsize=4)
def walk(
    zone: ZoneInfo, start: datetime, end: datetime, tick: timedelta
) -> list[tuple[datetime, datetime, datetime]]:
    """(instant, what the clock showed one tick earlier, what it shows)."""
    steps = []
    before = (start - tick).astimezone(zone).replace(tzinfo=None)
    moment = start
    while moment < end:
        now = moment.astimezone(zone)
        steps.append((moment, before, now))
        before = now.replace(tzinfo=None, fold=0)
        moment += tick
    return steps


def clocks(first: datetime, last: datetime, tick: timedelta) -> list[datetime]:
    """What a clock that was not put forward would have shown from first up to last (excluded)."""
    shown = []
    while first < last:
        shown.append(first)
        first += tick
    return shown


@lru_cache(maxsize=256)
def changes(zone: ZoneInfo, year: int) -> list[datetime]:
    """The hours of a year in which the zone's clock is put forward or back."""
    moment = datetime(year, 1, 1, tzinfo=UTC)
    found = []
    while moment.year == year:
        later = moment + timedelta(hours=6)
        if moment.astimezone(zone).utcoffset() != later.astimezone(zone).utcoffset():
            while moment.astimezone(zone).utcoffset() != later.astimezone(zone).utcoffset():
                later -= MINUTE
            found.append(later + MINUTE)
            later += timedelta(hours=6)
        moment = later
    return found


# -- crontab: [second] minute hour day month weekday ----------------------------------


def crontab(text: str) -> Rule:
    parts = text.lower().split()
    second, minute, hour, day, month, weekday = parts if len(parts) == 6 else ["0", *parts]
    both = day[0] == "*" or weekday[0] == "*"
    months = numbers(month, 1, 12, MONTHS)

    def matches_day(when: date) -> bool:
        by_day = any(day_term(term, when) for term in day.split(","))
        by_weekday = any(weekday_term(term, when) for term in weekday.split(","))
        return when.month in months and (by_day and by_weekday if both else by_day or by_weekday)

    return Rule(
        second=numbers(second, 0, 59),
        minute=numbers(minute, 0, 59),
        hour=numbers(hour, 0, 23),
        day=lru_cache(maxsize=None)(matches_day),
        fixed=minute[0] != "*" and hour[0] != "*",
    )


def day_term(term: str, when: date) -> bool:
    last = calendar.monthrange(when.year, when.month)[1]
    if term == "l":
        return when.day == last
    if term == "lw":
        working = [d for d in range(1, last + 1) if calendar.weekday(when.year, when.month, d) < 5]
        return when.day == working[-1]
    return when.day in numbers(term, 1, 31)


def weekday_term(term: str, when: date) -> bool:
    days_of_month = calendar.monthrange(when.year, when.month)[1]
    if term.endswith("l"):
        return on_weekday(term[:-1], when) and when.day + 7 > days_of_month
    if "#" in term:
        weekday, nth = term.split("#")
        return on_weekday(weekday, when) and 7 * (int(nth) - 1) < when.day <= 7 * int(nth)
    return on_weekday(term, when)


def on_weekday(term: str, when: date) -> bool:
    wanted = numbers(term, 0, 7, WEEKDAYS)
    return when.isoweekday() in wanted or (when.isoweekday() == 7 and 0 in wanted)


def numbers(field: str, low: int, high: int, names: list[str] | None = None) -> set[int]:
    """The numbers that a field stands for, by the rules of crontab."""
    found: set[int] = set()
    for term in field.split(","):
        span, _, step = term.partition("/")
        first, _, last = span.partition("-")
        if span == "*":
            chosen = range(low, high + 1)
        elif last:
            chosen = range(number(first, low, names), number(last, low, names) + 1)
        else:
            chosen = range(number(first, low, names), high + 1 if step else number(first, low, names) + 1)
        found |= set(chosen[:: int(step or 1)])
    return found


def number(text: str, low: int, names: list[str] | None) -> int:
    return names.index(text) + low if names and text in names else int(text)


# -- field-style cron -----------------------------------------


def fields(
    *,
    month: object = "*",
    day: object = "*",
    weekday: object = "*",
    hour: object = "*",
    minute: object = "*",
    second: object = 0,
) -> Rule:
    months, days = field(month, 1, 12, MONTHS), field(day, 1, 31)
    weekdays = {number % 7 for number in field(weekday, 0, 7, WEEKDAYS)}

    def matches_day(when: date) -> bool:
        by_day, by_weekday = when.day in days, when.isoweekday() % 7 in weekdays
        either = plain(day) and plain(weekday)
        return when.month in months and (by_day or by_weekday if either else by_day and by_weekday)

    return Rule(
        second=field(second, 0, 59),
        minute=field(minute, 0, 59),
        hour=field(hour, 0, 23),
        day=lru_cache(maxsize=None)(matches_day),
        fixed=plain(hour) and plain(minute),
    )


def plain(value: object) -> bool:
    return not str(value).startswith(("*", "-"))


def field(value: object, low: int, high: int, names: list[str] | None = None) -> set[int]:
    if isinstance(value, list):
        return set().union(*(field(item, low, high, names) for item in value))
    text = str(value).lower()
    if text == "*":
        return set(range(low, high + 1))
    if not plain(value):
        divisor = int(text.lstrip("*/-"))
        # uWSGI looks at the real weekday, 0 to 6: Sunday is never a 7 there
        return {n for n in range(low, 7 if names is WEEKDAYS else high + 1) if n % divisor == 0}
    return numbers(text, low, high, names)
