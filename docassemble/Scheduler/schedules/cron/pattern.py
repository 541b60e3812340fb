# do not pre-load
"""Pattern: what a cron expression says about calendar and clock, before any time zone comes in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from cronsim import CronSim

from ..instants import YEARS
from .bits import at_least, at_most, bits
from .days import Days


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
