# do not pre-load
"""Jittered: another schedule, spread in time, by the same amounts on every server."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b

from ..core.errors import ScheduleError
from ..core.job import Schedule
from .instants import EPOCH, to_utc

MOMENT = timedelta.resolution
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
        base = self.schedule.latest_at(base - MOMENT)
        return None if base is None else self._shifted(base)

    def base_of(self, due: datetime) -> datetime:
        """Return the due time of the schedule that was shifted to `due`."""
        return self.schedule.latest_at(due) or due

    def _shifted(self, base: datetime) -> datetime:
        following = self.schedule.next_after(base)
        room = self.spread if following is None else min(self.spread, following - base)
        choices = max(room // MILLISECOND, 1)
        text = f"{self.seed}\0{(base - EPOCH) // MOMENT}"
        digest = blake2b(text.encode(), digest_size=8).digest()
        return base + int.from_bytes(digest, "big") % choices * MILLISECOND
