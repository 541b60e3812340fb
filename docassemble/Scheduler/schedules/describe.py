# do not pre-load
"""Schedules in plain English: `every fifth minute from 09:00 to 17:59, Monday to Friday, New York time`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable
from zoneinfo import ZoneInfo

from ..core.durations import format_duration, zone_name
from ..core.job import Schedule
from .cron.describe import clock_words, day_words, goes_on, members
from .cron.schedule import Cron
from .instants import EPOCH
from .modifiers import And, Bounded, Jittered, Or
from .simple import Date, Interval, OnDemand


@runtime_checkable
class Described(Protocol):
    """A schedule that says itself what it is, because it is made of somebody else's."""

    @property
    def description(self) -> str:
        """Words for people, time zone included."""
        ...


@dataclass(frozen=True, slots=True)
class Words:
    """What is said of a schedule, and in which zone that is meant."""

    text: str
    #: None when it is the same everywhere
    zone: ZoneInfo | None = None

    def __str__(self) -> str:
        return f"{self.text}, {zone_name(self.zone)}" if self.zone else self.text


def describe(schedule: Schedule, zone: ZoneInfo) -> str:
    """Say in words when a schedule is due; instants are told in `zone`, that of the job."""
    return str(_words(schedule, zone))


def _words(schedule: Schedule, zone: ZoneInfo) -> Words:  # noqa: PLR0911 - one for each kind
    if isinstance(schedule, Cron):
        return _of_cron(schedule)
    if isinstance(schedule, Interval):
        return _of_interval(schedule, zone)
    if isinstance(schedule, Date):
        return Words(f"once, on {_moment(schedule.at, zone)}", zone)
    if isinstance(schedule, OnDemand):
        return Words("on demand")
    if isinstance(schedule, Bounded):
        return _of_bounded(schedule, zone)
    if isinstance(schedule, Jittered):
        inner = _words(schedule.schedule, zone)
        later = f", up to {format_duration(schedule.spread)} later" if schedule.spread else ""
        return Words(f"{inner.text}{later}", inner.zone)
    if isinstance(schedule, Or):
        return Words("; and ".join(describe(each, zone) for each in schedule.schedules))
    if isinstance(schedule, And):
        return Words(
            f"when these fall together: {'; '.join(describe(each, zone) for each in schedule.schedules)}"
        )
    return Words(schedule.description if isinstance(schedule, Described) else repr(schedule))


def _of_cron(cron: Cron) -> Words:
    pattern = cron.expression.pattern
    clock, days = clock_words(pattern), day_words(pattern.days)
    moved = _when_clocks_move(cron, clock)
    is_local = bool(days or moved) or members(pattern.hours) != list(range(24))
    if clock[3:4].isdigit() and (not days or days.startswith(" in ")):
        days = f" every day{days}"
    return Words(f"{clock}{days}{moved}", cron.zone if is_local else None)


def _when_clocks_move(cron: Cron, clock: str) -> str:
    """Return what the words do not let one expect of the hour that the clock repeats; "" where they do.

    Times of a day are expected once, and steps through a whole hour or day whenever the clock shows them.
    """
    if zone_name(cron.zone) == "UTC":
        return ""
    fixed = cron.expression.fixed
    if fixed is (clock[3:4].isdigit() or not goes_on(cron.expression.pattern)):
        return ""
    return ", not again when the clocks go back" if fixed else ", again when the clocks go back over it"


def _of_interval(interval: Interval, zone: ZoneInfo) -> Words:
    duration = format_duration(interval.period)
    text = f"every {duration.removeprefix('1 ') if duration.count(' ') == 1 else duration}"
    if (interval.anchor - EPOCH) % interval.period == timedelta(0):
        return Words(text)
    return Words(f"{text}, counted from {_moment(interval.anchor, zone)}", zone)


def _of_bounded(bounded: Bounded, zone: ZoneInfo) -> Words:
    inner = _words(bounded.schedule, zone)
    text = inner.text if inner.zone in {None, zone} else str(inner)
    if isinstance(bounded.schedule, Interval) and bounded.schedule.anchor == bounded.start:
        text = describe(Interval(bounded.schedule.period), zone)
    if bounded.start is not None:
        text += f", from {_moment(bounded.start, zone)} on"
    if bounded.end is not None:
        text += f", until {_moment(bounded.end, zone)}"
    return Words(text, zone) if bounded.start or bounded.end else inner


def _moment(instant: datetime, zone: ZoneInfo) -> str:
    local = instant.astimezone(zone)
    clock = local.strftime("%H:%M:%S" if local.second else "%H:%M")
    return f"{local:%Y-%m-%d} at {clock}"
