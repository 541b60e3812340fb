# do not pre-load
"""Cron: due when the clock of a time zone shows what the expression says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

from ..instants import SECOND, OffsetPeriod, offset_periods_from, offset_periods_until, to_utc
from . import crontab, fields
from .pattern import BACKWARD, FORWARD, Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Cron:
    """A cron expression in a time zone, to the second.

    When the zone's clock is moved (the rule of Debian's cron, which cronsim follows too; here it also holds
    for expressions with seconds, and for any move, however long):

    - A fixed time (neither hour nor minute is a wildcard) that the clock skips is due right after the gap,
      once, however many fixed times fall together there.
    - A fixed time that the clock shows twice is due the first time.
    - An expression with a wildcard (`*`, `*/n`, `-n`) in hour or minute follows real time: it is due whenever
      the clock really shows it, twice if need be.
    """

    expression: Expression
    zone: ZoneInfo

    @classmethod
    def from_crontab(cls, text: str, zone: ZoneInfo) -> Cron:
        """Read a crontab expression: five fields, or six with seconds first, or `@daily` and the like.

        Raises ScheduleError.
        """
        return cls(expression=crontab.parse(text), zone=zone)

    @classmethod
    def from_fields(cls, zone: ZoneInfo, **values: fields.Value) -> Cron:
        """Read field-style cron by uWSGI's rules (see `fields`).

        Raises FieldError.
        """
        return cls(expression=fields.parse(values), zone=zone)

    def next_after(self, instant: datetime) -> datetime | None:
        """Return the first due time strictly after `instant`; None past the calendar's end."""
        moment = _whole_second(instant) + SECOND
        for period in offset_periods_from(self.zone, moment):
            local = self._opening(period)
            if moment > period.start:
                local = max(local, moment + period.offset)
            found = self.expression.pattern.nearest(local, FORWARD)
            if found is None:
                break
            if found < period.local_end:
                return self._due(found, period)
        return None

    def latest_at(self, instant: datetime) -> datetime | None:
        """Return the last due time at or before `instant`; None before the calendar's start."""
        moment = _whole_second(instant)
        for period in offset_periods_until(self.zone, moment):
            local = min(moment, period.end - SECOND) + period.offset
            found = self.expression.pattern.nearest(local, BACKWARD)
            if found is None:
                break
            if found >= self._opening(period):
                return self._due(found, period)
        return None

    def _opening(self, period: OffsetPeriod) -> datetime:
        """Return the local time from which on the period answers for what is due.

        For fixed times, the period after a gap takes in what the clock skipped, and the period after a
        repetition leaves out what was due before: every local time belongs to one period.
        """
        return period.unshifted_start if self.expression.fixed else period.local_start

    def _due(self, local: datetime, period: OffsetPeriod) -> datetime:
        """Return the instant of a local time; a skipped one is due at the end of the gap."""
        return max(local - period.offset, period.start).replace(tzinfo=timezone.utc)


def _whole_second(instant: datetime) -> datetime:
    return to_utc(instant).replace(tzinfo=None, microsecond=0)
