# do not pre-load
"""Bounded: another schedule, from a start and until an end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ..core.errors import ScheduleError
from ..core.job import Schedule
from .instants import to_utc

MOMENT = timedelta.resolution


@dataclass(frozen=True, slots=True)
class Bounded:
    """The due times of `schedule` from `start` to `end`, both included; None means unbounded.

    Raises ScheduleError when no due time lies between the bounds.
    """

    schedule: Schedule
    start: datetime | None = None
    end: datetime | None = None

    def __post_init__(self) -> None:
        for name in ("start", "end"):
            bound = getattr(self, name)
            object.__setattr__(self, name, bound and to_utc(bound))
        if self._never_fires():
            raise ScheduleError(
                f"No due time lies between start ({self.start or 'none'}) and end ({self.end or 'none'}).",
                hint="Move `start` or `end`, or take one of them away.",
            )

    def next_after(self, instant: datetime) -> datetime | None:
        """Return the first due time strictly after `instant` within the bounds."""
        instant = to_utc(instant)
        if self.start is not None and instant < self.start:
            instant = self.start - MOMENT
        due = self.schedule.next_after(instant)
        return None if due is None or (self.end is not None and due > self.end) else due

    def latest_at(self, instant: datetime) -> datetime | None:
        """Return the last due time at or before `instant` within the bounds."""
        instant = to_utc(instant)
        if self.end is not None:
            instant = min(instant, self.end)
        due = self.schedule.latest_at(instant)
        return None if due is None or (self.start is not None and due < self.start) else due

    def _never_fires(self) -> bool:
        if self.end is not None:
            return self.latest_at(self.end) is None
        return self.start is not None and self.next_after(self.start - MOMENT) is None
