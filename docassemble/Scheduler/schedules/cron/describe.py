# do not pre-load
"""Cron patterns in plain English, said of the sets that are really matched and not of what was written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise, product

from cronsim import CronSim

from ...core.durations import listed, numeral, ordinal
from .pattern import Days, Pattern

#: so many times of day are told one by one; more only when there is no rule in them
FEW = 4
_SIZES = {"second": 60, "minute": 60, "hour": 24}
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
MONTHS = [
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
]
_NTH = {1: "first", CronSim.LAST: "last"}
_ALL_DAYS, _ALL_WEEKDAYS, _ALL_MONTHS = list(range(1, 32)), list(range(7)), list(range(1, 13))


def clock_words(pattern: Pattern) -> str:
    """Return when in a day: `at 04:00`, `every fifth minute from 09:00 to 17:59`."""
    seconds, minutes, hours = members(pattern.seconds), members(pattern.minutes), members(pattern.hours)
    if len(seconds) == 1 and (len(minutes) == 1 or len(minutes) * len(hours) <= FEW):
        return _times(hours, minutes, seconds[0])
    if seconds == [0] and len(hours) == 1 and step(minutes) and len(minutes) < 60:
        first, last = (_time(hours[0], minute, 0) for minute in (minutes[0], minutes[-1]))
        return f"every {_nth(step(minutes), 'minute')} from {first} to {last}"
    parts = []
    if seconds != [0]:
        parts.append(_unit("second", seconds))
    if not (parts and _is_every(parts[0]) and len(minutes) == 60):
        parts.append(_unit("minute", minutes))
    spread = _is_every(parts[-1])
    parts[-1] += _hours(hours, spread=spread)
    text = " of ".join(parts)
    return text if text.startswith("every") else f"at {text}"


def goes_on(pattern: Pattern) -> bool:
    """Tell whether the times have the rhythm of a wildcard: all hours, or even steps from 0 in hours or minutes."""
    minutes, hours = members(pattern.minutes), members(pattern.hours)
    return len(hours) == 24 or _is_wildcard(minutes, 60) or (_is_wildcard(hours, 24) and len(hours) > FEW)


def _is_wildcard(numbers: list[int], size: int) -> bool:
    """Tell whether numbers are what `*` or a step `*/n` stands for."""
    every = step(numbers)
    return bool(every) and numbers == list(range(0, size, every))


def members(bits: int) -> list[int]:
    """Return the numbers of a set of bits."""
    return [number for number in range(bits.bit_length()) if bits >> number & 1]


def ranges(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Return the runs without a gap, each by its first and last number."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


def step(numbers: Sequence[int]) -> int:
    """Return the one distance between neighbours; 0 when they differ, or the numbers are too few for a rule."""
    steps = {second - first for first, second in pairwise(numbers)}
    return steps.pop() if len(steps) == 1 and len(numbers) > 2 else 0


def _times(hours: list[int], minutes: list[int], second: int) -> str:
    if len(minutes) == 1 and len(hours) == 24:
        return f"every hour{_past(minutes[0], second)}"
    times = [_time(hour, minute, second) for hour, minute in product(hours, minutes)]
    every = step(hours) if len(minutes) == 1 and len(hours) > FEW else 0
    if every:
        return f"every {_nth(every, 'hour')} from {times[0]} to {times[-1]}"
    return f"at {listed(times)}"


def _past(minute: int, second: int) -> str:
    if second:
        return f" at minute {minute}, second {second}"
    return f" at minute {minute}" if minute else ""


def _time(hour: int, minute: int, second: int) -> str:
    return f"{hour:02}:{minute:02}:{second:02}" if second else f"{hour:02}:{minute:02}"


def _unit(unit: str, numbers: list[int]) -> str:
    """Return `every fifth minute`, `every minute from 10 to 20`, `minutes 0, 20 and 45`, `minute 5`."""
    size, every = _SIZES[unit], step(numbers)
    if size % len(numbers) == 0 and numbers == list(range(0, size, size // len(numbers))) and numbers != [0]:
        return f"every {_nth(size // len(numbers), unit)}"
    if every:
        return f"every {_nth(every, unit)} from {numbers[0]} to {numbers[-1]}"
    if len(numbers) == 1:
        return f"{unit} {numbers[0]}"
    return f"{unit}s {listed(_runs(numbers))}"


def _nth(number: int, unit: str) -> str:
    return unit if number == 1 else f"{ordinal(number)} {unit}"


def _is_every(text: str) -> bool:
    """Tell whether a phrase goes on without a break from one minute or hour to the next."""
    return text.startswith("every ") and " from " not in text


def _runs(numbers: Sequence[int], name: Callable[[int], str] = str) -> list[str]:
    """Return the names of numbers, three and more in a row as `June to August`."""
    found: list[str] = []
    for first, last in ranges(numbers):
        run = [name(number) for number in range(first, last + 1)]
        found += [f"{run[0]} to {run[-1]}"] if len(run) > 2 else run
    return found


def _hours(hours: list[int], *, spread: bool) -> str:
    """Return in which hours, as it follows the minutes; `spread`: these go on from hour to hour."""
    if len(hours) == 24:
        return "" if spread else " of every hour"
    runs, every = ranges(hours), step(hours)
    if len(runs) <= 2:
        spans = listed([f"from {first:02}:00 to {last:02}:59" for first, last in runs])
        return f" {spans}" if spread else f" of every hour {spans}"
    return f" of {_unit('hour', hours)}" if every else f" of the hours {listed(_runs(hours))}"


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
        return f"{of_month} if that is {listed([*(f'a {name}' for name in _plain(days)), *_nth_weekdays(days)], 'or')}"
    return f"{of_month}, and{_on_weekdays(days).replace(',', ' on', 1)}{in_months}"


def _months(numbers: Sequence[int]) -> str:
    return "" if numbers == _ALL_MONTHS else listed(_runs(numbers, lambda month: MONTHS[month - 1]))


def _days(days: Days) -> str:
    """Return `the 1st and 15th`, `the last day`, `every fifth day from the 5th to the 30th`."""
    numbers = members(days.days)
    every = step(numbers)
    if every > 1 and len(numbers) > 3 and not days.last_day and not days.last_working_day:
        return f"every {ordinal(every)} day from the {numeral(numbers[0])} to the {numeral(numbers[-1])}"
    named = (
        _runs(numbers, numeral) + ["last day"] * days.last_day + ["last working day"] * days.last_working_day
    )
    return f"the {listed(named)}" if named else ""


def _on_weekdays(days: Days) -> str:
    plain, nth = _plain(days), [f"{each} of the month" for each in _nth_weekdays(days)]
    runs = _runs([WEEKDAYS.index(name) for name in plain], WEEKDAYS.__getitem__)
    if len(plain) > 2 and len(runs) == 1 and not nth:
        return f", {runs[0]}"
    return f" on {listed([*(f'{name}s' for name in plain), *nth])}"


def _plain(days: Days) -> list[str]:
    """Return the names of the weekdays that are matched each week, Monday first."""
    return [name for number, name in enumerate(WEEKDAYS, 1) if days.weekdays >> number % 7 & 1]


def _nth_weekdays(days: Days) -> list[str]:
    """Return `the first Monday`, `the last Friday`."""
    ordered = sorted((nth == CronSim.LAST, nth, (weekday - 1) % 7) for weekday, nth in days.nth_weekdays)
    return [f"the {_NTH.get(nth) or ordinal(nth)} {WEEKDAYS[weekday]}" for _, nth, weekday in ordered]
