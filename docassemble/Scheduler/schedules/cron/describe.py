# do not pre-load
"""Cron patterns in words, said of the sets that are really matched and not of what was written.

Each text has a whole unit of the sentence, because languages put its parts in different orders.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise, product

from cronsim import CronSim

from ...core.durations import numeral
from ...core.texts.phrase import Month, Ordinal, Phrase, Series, TimeOfDay, Value, Weekday
from .pattern import Days, Pattern

#: so many times of day are told one by one; more only when there is no rule in them
FEW = 4
_AT_TIMES = "at {times}"
_SIZES = {"second": 60, "minute": 60, "hour": 24}
_NTH = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", CronSim.LAST: "last"}
_ALL_DAYS, _ALL_WEEKDAYS, _ALL_MONTHS = list(range(1, 32)), list(range(7)), list(range(1, 13))


def clock_words(pattern: Pattern) -> Phrase:
    """Return when in a day: `at 04:00`, `every fifth minute from 09:00 to 17:59`."""
    seconds, minutes, hours = members(pattern.seconds), members(pattern.minutes), members(pattern.hours)
    if len(seconds) == 1 and (len(minutes) == 1 or len(minutes) * len(hours) <= FEW):
        return _times(hours, minutes, seconds[0])
    if seconds == [0] and len(hours) == 1 and step(minutes) and len(minutes) < 60:
        first, last = (TimeOfDay(hours[0], minute) for minute in (minutes[0], minutes[-1]))
        return _every("minute", step(minutes), first=first, last=last)
    said = None if seconds == [0] else _unit("second", seconds)
    if said is None or not (_is_every(said) and len(minutes) == 60):
        said = _unit("minute", minutes, said)
    return _in_hours(said, hours)


def is_time_of_day(clock: Phrase) -> bool:
    """Tell whether words of a clock are times of a day: `at 04:00`."""
    return clock.text == _AT_TIMES


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


def _times(hours: list[int], minutes: list[int], second: int) -> Phrase:
    if len(minutes) == 1 and len(hours) == 24:
        return _past(minutes[0], second)
    times = [TimeOfDay(hour, minute, second) for hour, minute in product(hours, minutes)]
    every = step(hours) if len(minutes) == 1 and len(hours) > FEW else 0
    if every:
        return _every("hour", every, first=times[0], last=times[-1])
    return Phrase.of(_AT_TIMES, times=Series.of(times))


def _past(minute: int, second: int) -> Phrase:
    if second:
        return Phrase.of("every hour at minute {minute}, second {second}", minute=minute, second=second)
    return Phrase.of("every hour at minute {minute}", minute=minute) if minute else Phrase("every hour")


def _every(unit: str, number: int, before: str = "", **values: Value) -> Phrase:
    """Return `every fifth minute`; from `first` to `last` if these are among the values."""
    nth = "" if number == 1 else "{nth} "
    limits = " from {first} to {last}" if "last" in values else ""
    if nth:
        values["nth"] = Ordinal(number)
    return Phrase.of(f"{before}every {nth}{unit}{limits}", **values)


def _unit(unit: str, numbers: list[int], clock: Phrase | None = None) -> Phrase:
    """Return `every fifth minute`, `every minute from 10 to 20`, `at minutes 0, 20 and 45`, `at minute 5`.

    After `clock`, what is said of the unit below, it is `... of minute 5`.
    """
    before, values = ("{clock} of ", {"clock": clock}) if clock else ("", {})
    size, every = _SIZES[unit], step(numbers)
    if size % len(numbers) == 0 and numbers == list(range(0, size, size // len(numbers))) and numbers != [0]:
        return _every(unit, size // len(numbers), before, **values)
    if every:
        return _every(unit, every, before, first=numbers[0], last=numbers[-1], **values)
    before = before or "at "
    if len(numbers) == 1:
        return Phrase.of(f"{before}{unit} {{number}}", number=numbers[0], **values)
    return Phrase.of(f"{before}{unit}s {{numbers}}", numbers=Series.of(_runs(numbers)), **values)


def _is_every(said: Phrase) -> bool:
    """Tell whether a phrase goes on without a break from one minute or hour to the next."""
    text = said.text.removeprefix("{clock} of ")
    return text.startswith("every ") and " from " not in text


def _runs(numbers: Sequence[int], name: Callable[[int], Value] = int) -> list[Value]:
    """Return the names of numbers, three and more in a row as `June to August`."""
    found: list[Value] = []
    for first, last in ranges(numbers):
        run = [name(number) for number in range(first, last + 1)]
        found += [_span(run[0], run[-1])] if len(run) > 2 else run
    return found


def _span(first: Value, last: Value) -> Phrase:
    return Phrase.of("{first} to {last}", first=first, last=last)


def _in_hours(clock: Phrase, hours: list[int]) -> Phrase:
    """Add in which hours."""
    is_spread = _is_every(clock)  # it goes on from hour to hour
    if len(hours) == 24:
        return clock if is_spread else Phrase.of("{clock} of every hour", clock=clock)
    runs = ranges(hours)
    if len(runs) <= 2:
        times = [TimeOfDay(hour, minute) for first, last in runs for hour, minute in ((first, 0), (last, 59))]
        limits = " and ".join(["from {first} to {last}", "from {second} to {end}"][: len(runs)])
        named = dict(zip(("first", "last", "second", "end"), times, strict=False))
        return Phrase.of(f"{{clock}} {'' if is_spread else 'of every hour '}{limits}", clock=clock, **named)
    if step(hours):
        return _unit("hour", hours, clock)
    return Phrase.of("{clock} of the hours {hours}", clock=clock, hours=Series.of(_runs(hours)))


def on_days(clock: Phrase, days: Days, *, daily: bool) -> Phrase:
    """Add on which days: `..., Monday to Friday`, `... on the 1st of the month`; `daily`: also that it is every day."""
    any_day, any_weekday = members(days.days) == _ALL_DAYS, members(days.weekdays) == _ALL_WEEKDAYS
    months = members(days.months)
    if days.both and any_day and not any_weekday:
        return _in_months(_on_weekdays(clock, days), months)
    if any_day or (any_weekday and not days.both):
        return _in_months(Phrase.of("{schedule} every day", schedule=clock) if daily else clock, months)
    said = _on_days_of_month(clock, days, _months(months))
    if any_weekday:
        return said
    if days.both:
        choice = [Phrase.of("a {weekday}", weekday=each) for each in _plain(days)] + _nth_weekdays(days)
        return Phrase.of("{schedule} if that is {days}", schedule=said, days=Series.of(choice, "or"))
    return _in_months(_on_weekdays(said, days, also=True), months)


def _in_months(said: Phrase, numbers: Sequence[int]) -> Phrase:
    months = _months(numbers)
    return Phrase.of("{schedule} in {months}", schedule=said, months=months) if months else said


def _months(numbers: Sequence[int]) -> Series | None:
    """Return the names of months; None for all."""
    return None if numbers == _ALL_MONTHS else Series.of(_runs(numbers, Month))


def _on_days_of_month(clock: Phrase, days: Days, months: Series | None) -> Phrase:
    """Add `on the 1st and 15th of the month`, `on every fifth day from the 5th to the 30th of January`."""
    numbers = members(days.days)
    every = step(numbers)
    of_month, values = ("of {months}", {"months": months}) if months else ("of the month", {})
    if every > 1 and len(numbers) > 3 and not days.last_day and not days.last_working_day:
        return Phrase.of(
            f"{{schedule}} on every {{nth}} day from the {{first}} to the {{last}} {of_month}",
            schedule=clock,
            nth=Ordinal(every),
            first=_day(numbers[0]),
            last=_day(numbers[-1]),
            **values,
        )
    named = _runs(numbers, _day)
    named += [Phrase("last day")] * days.last_day + [Phrase("last working day")] * days.last_working_day
    return Phrase.of(
        f"{{schedule}} on the {{days}} {of_month}", schedule=clock, days=Series.of(named), **values
    )


def _day(number: int) -> Phrase:
    """Return `1st`, or `{number}nd` and the like: many languages say the first one differently."""
    if number == 1:
        return Phrase("1st")
    return Phrase.of(f"{{number}}{numeral(number).lstrip('0123456789')}", number=number)


def _on_weekdays(clock: Phrase, days: Days, *, also: bool = False) -> Phrase:
    plain, nth = _plain(days), _nth_weekdays(days, " of the month")
    runs = ranges([each.number for each in plain])
    on = ", and on " if also else " on "
    if len(plain) > 2 and len(runs) == 1 and not nth:
        first, last = plain[0], plain[-1]
        text = f"{{schedule}}{on if also else ', '}{{first}} to {{last}}"
        return Phrase.of(text, schedule=clock, first=first, last=last)
    named = [*(Phrase.of("{weekday}s", weekday=each) for each in plain), *nth]
    return Phrase.of(f"{{schedule}}{on}{{days}}", schedule=clock, days=Series.of(named))


def _plain(days: Days) -> list[Weekday]:
    """Return the weekdays that are matched each week, Monday first."""
    return [Weekday(number) for number in range(7) if days.weekdays >> (number + 1) % 7 & 1]


def _nth_weekdays(days: Days, of_month: str = "") -> list[Phrase]:
    """Return `the first Monday`, `the last Friday`."""
    ordered = sorted((nth == CronSim.LAST, nth, (weekday - 1) % 7) for weekday, nth in days.nth_weekdays)
    return [
        Phrase.of(f"the {_NTH[nth]} {{weekday}}{of_month}", weekday=Weekday(weekday))
        for _, nth, weekday in ordered
    ]
