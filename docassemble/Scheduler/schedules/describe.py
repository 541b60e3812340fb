# do not pre-load
"""Schedules in words: `every fifth minute from 09:00 to 17:59, Monday to Friday, New York time`.

Each is a phrase, so that it can be said in other languages too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable
from zoneinfo import ZoneInfo

from ..core.durations import format_duration
from ..core.job import Schedule
from ..core.texts.phrase import Length, Moment, Month, Phrase, Place, Series, Value, Weekday, zone_name
from .after_end import AfterEnd
from .closed_days import ClosedDays, DayOfYear
from .cron.describe import clock_words, goes_on, is_time_of_day, members, on_days
from .cron.schedule import Cron
from .instants import EPOCH
from .modifiers import And, Bounded, Jittered, Or
from .open_days import OnHoliday, OnOpenDays
from .simple import AtStart, Date, Interval, OnDemand

#: so many dates and periods are told one by one
FEW = 4
_ON_HOLIDAY = {
    OnHoliday.SKIP: "{schedule}, not on {days}",
    OnHoliday.BEFORE: "{schedule}, on the working day before instead of on {days}",
    OnHoliday.AFTER: "{schedule}, on the next working day instead of on {days}",
}


@runtime_checkable
class Described(Protocol):
    """A schedule that says itself what it is, because it is made of somebody else's."""

    @property
    def description(self) -> Value:
        """Words for people, time zone included."""
        ...


@dataclass(frozen=True, slots=True)
class Words:
    """What is said of a schedule, and in which zone that is meant."""

    text: Value
    #: None when it is the same everywhere
    zone: ZoneInfo | None = None

    @property
    def in_full(self) -> Value:
        """The same with its zone."""
        if self.zone is None:
            return self.text
        return Phrase.of("{schedule}, {zone}", schedule=self.text, zone=zone_name(self.zone))


def describe(schedule: Schedule, zone: ZoneInfo) -> str:
    """Say in English when a schedule is due; instants are told in `zone`, that of the job."""
    return str(phrase(schedule, zone))


def phrase(schedule: Schedule, zone: ZoneInfo) -> Value:
    """Say when a schedule is due, to be translated; instants are told in `zone`, that of the job."""
    return _words(schedule, zone).in_full


def _words(schedule: Schedule, zone: ZoneInfo) -> Words:  # noqa: PLR0911 - one for each kind
    if isinstance(schedule, Cron):
        return _of_cron(schedule)
    if isinstance(schedule, Interval):
        return _of_interval(schedule, zone)
    if isinstance(schedule, Date):
        return Words(Phrase.of("once, on {moment}", moment=Moment(schedule.at, zone)), zone)
    if isinstance(schedule, AtStart | OnDemand):
        return Words(Phrase("at each start of the site" if isinstance(schedule, AtStart) else "on demand"))
    if isinstance(schedule, AfterEnd):
        return _after_end(schedule, zone)
    if isinstance(schedule, Bounded):
        return _of_bounded(schedule, zone)
    if isinstance(schedule, Jittered):
        return _of_jittered(schedule, zone)
    if isinstance(schedule, OnOpenDays):
        return _of_open_days(schedule, zone)
    if isinstance(schedule, Or | And):
        return _of_any(schedule, zone) if isinstance(schedule, Or) else _of_all(schedule, zone)
    return Words(schedule.description if isinstance(schedule, Described) else repr(schedule))


def _of_cron(cron: Cron) -> Words:
    pattern = cron.expression.pattern
    clock = clock_words(pattern)
    at_times = is_time_of_day(clock)
    text = on_days(clock, pattern.days, daily=at_times)
    note = _when_clocks_move(cron, at_times=at_times)
    is_local = text != clock or bool(note) or members(pattern.hours) != list(range(24))
    if note:
        text = Phrase.of(note, schedule=text)
    return Words(text, cron.zone if is_local else None)


def _when_clocks_move(cron: Cron, *, at_times: bool) -> str:
    """Return what the words do not let one expect of the hour that the clock repeats; "" where they do.

    Times of a day are expected once, and steps through a whole hour or day whenever the clock shows them.
    """
    if zone_name(cron.zone) == "UTC":
        return ""
    fixed = cron.expression.fixed
    if fixed is (at_times or not goes_on(cron.expression.pattern)):
        return ""
    if fixed:
        return "{schedule}, not again when the clocks go back"
    return "{schedule}, again when the clocks go back over it"


def _of_interval(interval: Interval, zone: ZoneInfo) -> Words:
    text = _every(interval.period)
    if (interval.anchor - EPOCH) % interval.period == timedelta(0):
        return Words(text)
    anchor = Moment(interval.anchor, zone)
    return Words(Phrase.of("{schedule}, counted from {moment}", schedule=text, moment=anchor), zone)


def _after_end(schedule: AfterEnd, zone: ZoneInfo) -> Words:
    delay = Length(schedule.delay)
    inner = Words(Phrase.of("{duration} after the end of the last run", duration=delay))
    if schedule.closed != ClosedDays():
        days = Series.of(_closed(schedule.closed))
        inner = Words(Phrase.of(_ON_HOLIDAY[OnHoliday.SKIP], schedule=inner.text, days=days), schedule.zone)
    return _jittered(_bounded(inner, schedule.start, schedule.end, zone), schedule.spread)


def _every(period: timedelta) -> Phrase:
    count, _, unit = format_duration(period).partition(" ")
    if count == "1" and " " not in unit:
        return Phrase(f"every {unit}")
    return Phrase.of("every {duration}", duration=Length(period))


def _of_bounded(bounded: Bounded, zone: ZoneInfo) -> Words:
    inner = _words(bounded.schedule, zone)
    text = inner.text if inner.zone in {None, zone} else inner.in_full
    if isinstance(bounded.schedule, Interval) and bounded.schedule.anchor == bounded.start:
        text = phrase(Interval(bounded.schedule.period), zone)
    is_bounded = bounded.start or bounded.end
    return _bounded(replace(inner, text=text), bounded.start, bounded.end, zone) if is_bounded else inner


def _bounded(inner: Words, start: datetime | None, end: datetime | None, zone: ZoneInfo) -> Words:
    text = inner.text
    if start is not None:
        text = Phrase.of("{schedule}, from {start} on", schedule=text, start=Moment(start, zone))
    if end is not None:
        text = Phrase.of("{schedule}, until {end}", schedule=text, end=Moment(end, zone))
    return Words(text, zone) if start or end else inner


def _of_jittered(jittered: Jittered, zone: ZoneInfo) -> Words:
    return _jittered(_words(jittered.schedule, zone), jittered.spread)


def _jittered(inner: Words, spread: timedelta) -> Words:
    if not spread:
        return inner
    text = Phrase.of("{schedule}, up to {duration} later", schedule=inner.text, duration=Length(spread))
    return replace(inner, text=text)


def _of_all(schedule: And, zone: ZoneInfo) -> Words:
    together = Series.of((phrase(each, zone) for each in schedule.schedules), "; ")
    return Words(Phrase.of("when these fall together: {schedules}", schedules=together))


def _of_any(schedule: Or, zone: ZoneInfo) -> Words:
    """Say each of several schedules; their zone once if it is that of all."""
    said = [_words(each, zone) for each in schedule.schedules]
    zones = {each.zone for each in said if each.zone is not None}
    if len(zones) == 1 and None not in {each.zone for each in said}:
        return Words(Series.of((each.text for each in said), "; and "), zones.pop())
    return Words(Series.of((each.in_full for each in said), "; and "))


def _of_open_days(schedule: OnOpenDays, zone: ZoneInfo) -> Words:
    inner = _words(schedule.schedule, zone)
    text = inner.text if inner.zone in {None, schedule.zone} else inner.in_full
    days = Series.of(_closed(schedule.closed))
    return Words(Phrase.of(_ON_HOLIDAY[schedule.on_holiday], schedule=text, days=days), schedule.zone)


def _closed(closed: ClosedDays) -> list[Value]:
    """Return the names of closed days."""
    named: list[Value] = [Phrase.of("{weekday}s", weekday=Weekday(each)) for each in closed.weekdays]
    if closed.holidays:
        places = Series.of(Place(each.code, each.place) for each in closed.holidays)
        named.append(Phrase.of("holidays of {places}", places=places))
    periods: list[tuple[Value, Value]] = [
        (_day_of_year(first), _day_of_year(last)) for first, last in closed.yearly
    ]
    periods += [(first.isoformat(), last.isoformat()) for first, last in closed.periods]
    named += [_period(*each) for each in periods[:FEW]]
    return [*named, Phrase("other days")] if len(periods) > FEW else named


def _day_of_year(day: DayOfYear) -> Phrase:
    return Phrase.of("{month} {number}", month=Month(day[0]), number=day[1])


def _period(first: Value, last: Value) -> Value:
    return first if first == last else Phrase.of("{first} to {last}", first=first, last=last)
