# do not pre-load
"""The person who looks at a page: when that is, and in which time zone times are told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from ...core.durations import relative


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """An instant, told in three ways."""

    #: `3 minutes ago`
    relative: str
    #: `2026-11-21 11:35:20`, in the zone of the viewer
    exact: str
    #: for machines
    iso: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who looks at a page."""

    now: datetime
    zone: ZoneInfo

    def moment(self, instant: datetime) -> Moment:
        """Tell an instant."""
        return Moment(
            relative=relative(instant, self.now),
            exact=self.exact(instant),
            iso=instant.isoformat("T", "seconds"),
        )

    def moment_or_none(self, instant: datetime | None) -> Moment | None:
        """Tell an instant, if there is one."""
        return None if instant is None else self.moment(instant)

    def exact(self, instant: datetime) -> str:
        """Tell an instant to the second, as the clock on the wall shows it."""
        return instant.astimezone(self.zone).strftime("%Y-%m-%d %H:%M:%S")

    def clock(self, instant: datetime) -> str:
        """Tell the hour and minute of an instant."""
        return instant.astimezone(self.zone).strftime("%H:%M")
