# do not pre-load
"""Schedules made of others: bounded, spread in time, or several as one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b

from ..core.clock import RESOLUTION
from ..core.errors import ScheduleError
from ..core.job import Schedule
from .instants import EPOCH, to_utc


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
            instant = self.start - RESOLUTION
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
        return self.start is not None and self.next_after(self.start - RESOLUTION) is None


MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Jittered:
    """Each due time of `schedule`, moved later by less than `spread` and less than the gap to the next one.

    The shift is a hash of `seed` (the job's name) and the due time, in whole milliseconds: the same in every
    process, different from one due time to the next. The order of the due times stays.
    Raises ScheduleError for a negative spread.
    """

    schedule: Schedule
    spread: timedelta
    seed: str

    def __post_init__(self) -> None:
        if self.spread < timedelta(0):
            raise ScheduleError(
                f"The jitter is negative ({self.spread.total_seconds():g} s).",
                hint="Jitter only moves due times later; give a duration above zero.",
            )

    def next_after(self, instant: datetime) -> datetime | None:
        """Return the first shifted due time strictly after `instant`."""
        instant = to_utc(instant)
        base = self.schedule.latest_at(instant)
        if base is not None and (due := self._shifted(base)) > instant:
            return due
        base = self.schedule.next_after(instant)
        return None if base is None else self._shifted(base)

    def latest_at(self, instant: datetime) -> datetime | None:
        """Return the last shifted due time at or before `instant`."""
        instant = to_utc(instant)
        base = self.schedule.latest_at(instant)
        if base is None or (due := self._shifted(base)) <= instant:
            return None if base is None else due
        base = self.schedule.latest_at(base - RESOLUTION)
        return None if base is None else self._shifted(base)

    def base_of(self, due: datetime) -> datetime:
        """Return the due time of the schedule that was shifted to `due`."""
        return self.schedule.latest_at(due) or due

    def _shifted(self, base: datetime) -> datetime:
        following = self.schedule.next_after(base)
        room = self.spread if following is None else min(self.spread, following - base)
        choices = max(room // MILLISECOND, 1)
        text = f"{self.seed}\0{(base - EPOCH) // RESOLUTION}"
        digest = blake2b(text.encode(errors="surrogatepass"), digest_size=8).digest()
        return base + int.from_bytes(digest, "big") % choices * MILLISECOND


#: And gives up after this many proposals on which its schedules do not agree
PROPOSALS = 5000


@dataclass(frozen=True, slots=True)
class Or:
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
class And:
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
            instant = max(agreed) - RESOLUTION
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
