# do not pre-load
"""AnyOf and AllOf: several schedules as one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ..core.job import Schedule
from .instants import to_utc

MOMENT = timedelta.resolution
#: AllOf gives up after this many proposals on which its schedules do not agree
PROPOSALS = 5000


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Due when at least one of the schedules is due."""

    schedules: tuple[Schedule, ...]

    def next_after(self, instant: datetime) -> datetime | None:
        """Return the earliest of their next due times."""
        dues = (schedule.next_after(instant) for schedule in self.schedules)
        return min((due for due in dues if due is not None), default=None)

    def latest_at(self, instant: datetime) -> datetime | None:
        """Return the last of their latest due times."""
        dues = (schedule.latest_at(instant) for schedule in self.schedules)
        return max((due for due in dues if due is not None), default=None)


@dataclass(frozen=True, slots=True)
class AllOf:
    """Due when all of the schedules are due at the same instant; there must be at least one.

    Schedules that agree too rarely, or never, count as not due: the search ends after PROPOSALS attempts.
    """

    schedules: tuple[Schedule, ...]

    def next_after(self, instant: datetime) -> datetime | None:
        """Return the first instant after `instant` at which all are due."""
        instant = to_utc(instant)
        for _ in range(PROPOSALS):
            dues = {schedule.next_after(instant) for schedule in self.schedules}
            agreed = [due for due in dues if due is not None]
            if None in dues or len(dues) == 1:
                return agreed[0] if len(dues) == 1 and agreed else None
            instant = max(agreed) - MOMENT
        return None

    def latest_at(self, instant: datetime) -> datetime | None:
        """Return the last instant at or before `instant` at which all were due."""
        instant = to_utc(instant)
        for _ in range(PROPOSALS):
            dues = {schedule.latest_at(instant) for schedule in self.schedules}
            agreed = [due for due in dues if due is not None]
            if None in dues or len(dues) == 1:
                return agreed[0] if len(dues) == 1 and agreed else None
            instant = min(agreed)
        return None
