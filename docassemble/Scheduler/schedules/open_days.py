# do not pre-load
"""A schedule without its closed days: what is due on them is left out, or moved to a working day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from enum import Enum
from zoneinfo import ZoneInfo

from ..core.clock import RESOLUTION
from ..core.job import Schedule
from .closed_days import ClosedDays, days_from
from .instants import DAY, YEARS, offset_periods_from, to_utc

#: so many days far a due time is looked for: the rarest ones that a calendar has come each forty years
HORIZON = 41 * 366
#: so many days far nothing is moved: what has no working day in a year is not due
FARTHEST = 366


class OnHoliday(Enum):
    """What becomes of a due time on a closed day."""

    SKIP = "skip"
    BEFORE = "before"
    AFTER = "after"


#: to which side a due time is moved
_SIDES = {OnHoliday.SKIP: 0, OnHoliday.BEFORE: -1, OnHoliday.AFTER: 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class OnOpenDays:
    """The due times of `schedule`, those on closed days left out, or moved to the working day before or after.

    A day is one of `zone`. What is moved keeps its local time. Where the clock skips that, it is due right after
    the gap, and where the clock shows it twice, the first time. Due times that fall together are one.
    """

    schedule: Schedule
    closed: ClosedDays
    zone: ZoneInfo
    on_holiday: OnHoliday = OnHoliday.SKIP

    def next_after(self, instant: datetime) -> datetime | None:
        """Return the first due time strictly after `instant`; None when there is none for forty years."""
        return self._nearest(to_utc(instant), 1)

    def latest_at(self, instant: datetime) -> datetime | None:
        """Return the last due time at or before `instant`; None when there is none for forty years."""
        return self._nearest(to_utc(instant), -1)

    def _nearest(self, instant: datetime, way: int) -> datetime | None:
        """Search forward (`way` 1, after `instant`) or backward (-1, from `instant`), day by day."""
        start = self._day_of(instant)
        day: date | None = start
        while day is not None and abs((day - start).days) <= HORIZON:
            found = (self._due(source, day, instant, way) for source in self._sources(day))
            dues = [due for due in found if due is not None]
            if dues:
                return min(dues) if way > 0 else max(dues)
            day = self._following(day, way)
        return None

    def _sources(self, day: date) -> Sequence[date]:
        """Return the days whose due times are due on `day`: itself, and closed ones that are moved to it."""
        if self.closed.includes(day):
            return ()
        side, sources = _SIDES[self.on_holiday], [day]
        if side and self.closed.is_working(day):
            for each in days_from(day - side * DAY, -side, FARTHEST):
                if self.closed.is_working(each):
                    break
                if self.closed.includes(each):
                    sources.append(each)
        return sources

    def _due(self, source: date, day: date, instant: datetime, way: int) -> datetime | None:
        """Return the nearest due time beyond `instant` that `source` gives to `day`."""
        due = self._asked(self._start(source, day, instant, way), way)
        while due is not None:
            local = due.astimezone(self.zone)
            if (local.date() - source).days * way > 0:
                return None
            if local.date() == source and not (local.fold and source != day):
                moved = due if source == day else self._local(day, local.time())
                if moved > instant if way > 0 else moved <= instant:
                    return moved
            due = self._asked(due if way > 0 else due - RESOLUTION, way)
        return None

    def _start(self, source: date, day: date, instant: datetime, way: int) -> datetime:
        """Return from where on the due times of `source` are searched; not too late, maybe too early."""
        local = instant.astimezone(self.zone)
        if local.date() != day or (local.fold and source != day):
            return self._edge(source, way)
        if source == day:
            return instant
        return self._reading(datetime.combine(source, local.time()), way)

    def _following(self, day: date, way: int) -> date | None:
        """Return the nearest day beyond `day` on which anything may be due."""
        ahead = _SIDES[self.on_holiday] * way
        if ahead < 0:
            return self._following_target(day, way)
        first = seek = day + way * DAY
        if ahead > 0:
            # what was due on closed days since the last working day may be due from here on
            last = self._working(day, -way)
            seek = first - way * FARTHEST * DAY if last is None else last + way * DAY
        source = self._source(seek, way)
        if source is None:
            return None
        return self._open(source if (source - first).days * way > 0 else first, way)

    def _following_target(self, day: date, way: int) -> date | None:
        """Return the same, where due times are moved against the way."""
        seek: date | None = day + way * DAY
        while seek is not None and abs((seek - day).days) <= HORIZON:
            source = self._source(seek, way)
            if source is None:
                return None
            target = self._working(source, -way) if self.closed.includes(source) else source
            if target is not None and (target - day).days * way > 0:
                return target
            seek = self._open(source + way * DAY, way)
        return None

    def _source(self, seek: date, way: int) -> date | None:
        """Return the first day from `seek` on that has a due time before any is moved."""
        if not YEARS.start < seek.year < YEARS.stop - 1:
            return None
        due = self._asked(self._edge(seek, way), way)
        if due is None:
            return None
        found = self._day_of(due)
        return found if (found - seek).days * way > 0 else seek

    def _working(self, day: date, way: int) -> date | None:
        days = days_from(day, way, FARTHEST)
        return next((each for each in days if self.closed.is_working(each)), None)

    def _open(self, day: date, way: int) -> date | None:
        return next((each for each in days_from(day, way, HORIZON) if not self.closed.includes(each)), None)

    def _asked(self, instant: datetime, way: int) -> datetime | None:
        return self.schedule.next_after(instant) if way > 0 else self.schedule.latest_at(instant)

    def _edge(self, day: date, way: int) -> datetime:
        """Return the last instant before a day, or the last one of it."""
        midnight = datetime.combine(day if way > 0 else day + DAY, time())
        return self._reading(midnight, way) - RESOLUTION

    def _reading(self, local: datetime, way: int) -> datetime:
        """Return when the clock shows a time: of two instants, the one from which no due time is missed."""
        offsets = [self._offset(local, fold) for fold in (0, 1)]
        return (local - (max(offsets) if way > 0 else min(offsets))).replace(tzinfo=timezone.utc)

    def _offset(self, local: datetime, fold: int) -> timedelta:
        return self.zone.utcoffset(local.replace(tzinfo=self.zone, fold=fold)) or timedelta()

    def _local(self, day: date, clock: time) -> datetime:
        """Return the instant of a local time; the end of the gap when the clock skips it."""
        local = datetime.combine(day, clock.replace(fold=0), self.zone)
        instant = local.astimezone(timezone.utc)
        if instant.astimezone(self.zone).replace(tzinfo=None) == local.replace(tzinfo=None):
            return instant
        period = next(offset_periods_from(self.zone, instant.replace(tzinfo=None)))
        return period.start.replace(tzinfo=timezone.utc)

    def _day_of(self, instant: datetime) -> date:
        return instant.astimezone(self.zone).date()
