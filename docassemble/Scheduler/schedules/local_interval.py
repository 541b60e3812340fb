# do not pre-load
"""LocalInterval: every so many days at the same hour of a time zone's clocks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from ..core.errors import ScheduleError
from .simple import Interval

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class LocalInterval:
    """Due at the local time of `anchor`, and every `period` of whole days from then on and before.

    Across daylight saving the hour stays the same. What the clocks skip is taken as if they had not been moved yet;
    what is there twice is the first of the two. Raises ScheduleError for a period that is not of whole days.
    """

    period: timedelta
    anchor: datetime
    time_zone: str

    def __post_init__(self) -> None:
        if self.period < DAY or self.period % DAY:
            raise ScheduleError("The period is not of whole days.", hint="Use an Interval.")

    def next_after(self, instant: datetime) -> datetime | None:
        """Return the first due time strictly after `instant`, in UTC; None past the calendar's end."""
        number = self._number(instant)
        return next((due for due in self._dues(number, number + 1, number + 2) if due > instant), None)

    def latest_at(self, instant: datetime) -> datetime | None:
        """Return the last due time at or before `instant`, in UTC; None before the calendar's start."""
        number = self._number(instant)
        return next((due for due in self._dues(number + 1, number, number - 1) if due <= instant), None)

    @property
    def _local(self) -> datetime:
        return self.anchor.astimezone(ZoneInfo(self.time_zone)).replace(tzinfo=None, fold=0)

    def _number(self, instant: datetime) -> int:
        """Return which due time, counted from the anchor on, an instant is near to; an offset away at most."""
        return (
            instant.astimezone(ZoneInfo(self.time_zone)).replace(tzinfo=None) - self._local
        ) // self.period

    def _dues(self, *numbers: int) -> list[datetime]:
        found = []
        for number in numbers:
            try:
                local = self._local + number * self.period
                found.append(local.replace(tzinfo=ZoneInfo(self.time_zone)).astimezone(timezone.utc))
            except OverflowError:
                continue
        return found


def repeated(period: timedelta, anchor: datetime, time_zone: str) -> Interval | LocalInterval:
    """Return what is due at `anchor` and every `period`: whole days keep the hour, anything else is real time."""
    if period >= DAY and not period % DAY:
        return LocalInterval(period, anchor, time_zone)
    return Interval(period, anchor)
