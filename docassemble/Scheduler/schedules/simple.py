# do not pre-load
"""Interval, Date, AtStart and OnDemand: schedules that need no calendar."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..core.errors import ScheduleError
from .instants import EPOCH, to_utc

SHORTEST = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Interval:
    """Due at `anchor + k * period` for every whole k, negative ones too, exact to the microsecond.

    The period is real time: across daylight saving an interval of a day stays 24 hours.
    Raises ScheduleError for a period of less than a second.
    """

    period: timedelta
    anchor: datetime = EPOCH

    def __post_init__(self) -> None:
        if self.period < SHORTEST:
            raise ScheduleError(
                f"The interval is {self.period.total_seconds():g} s long, which is too short.",
                hint="Give at least one second in all, such as `minutes: 5`.",
            )
        object.__setattr__(self, "anchor", to_utc(self.anchor))

    def next_after(self, instant: datetime) -> datetime | None:
        """Return the first multiple strictly after `instant`; None past the calendar's end."""
        try:
            return self.anchor + ((instant - self.anchor) // self.period + 1) * self.period
        except OverflowError:
            return None

    def latest_at(self, instant: datetime) -> datetime | None:
        """Return the last multiple at or before `instant`; None before the calendar's start."""
        try:
            return self.anchor + (instant - self.anchor) // self.period * self.period
        except OverflowError:
            return None


@dataclass(frozen=True, slots=True)
class Date:
    """Due at the instant `at` (aware; kept in UTC) and at no other."""

    at: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", to_utc(self.at))

    def next_after(self, instant: datetime) -> datetime | None:
        """Return `at` while it is still to come."""
        return self.at if self.at > to_utc(instant) else None

    def latest_at(self, instant: datetime) -> datetime | None:
        """Return `at` once it has come."""
        return self.at if self.at <= to_utc(instant) else None


@dataclass(frozen=True, slots=True)
class AtStart:
    """Due at the last start of the site, as far as that is known; each start has a schedule of its own.

    All of them are the same for who asks whether the schedule was edited: their texts are equal.
    """

    started: datetime | None = field(default=None, repr=False)

    def next_after(self, instant: datetime) -> datetime | None:
        """Return that start while it is still to come."""
        return self.started if self.started is not None and self.started > instant else None

    def latest_at(self, instant: datetime) -> datetime | None:
        """Return that start once it has come."""
        return self.started if self.started is not None and self.started <= instant else None


@dataclass(frozen=True, slots=True)
class OnDemand:
    """Never due: each run is one that somebody asks for."""

    def next_after(self, _instant: datetime) -> datetime | None:
        """Return None."""
        return None

    def latest_at(self, _instant: datetime) -> datetime | None:
        """Return None."""
        return None
