# do not pre-load
"""APScheduler 3 triggers as schedules: pure functions of an instant, anchored at the epoch and not at "now".

APScheduler is optional and only imported when a trigger is built.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from importlib.metadata import entry_points
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from ..errors import ScheduleError
from ..schedule import Schedule
from ..schedule.bounded import Bounded
from ..schedule.instant import EPOCH, YEARS, to_utc
from ..schedule.interval import Interval
from ..schedule.once import Once

MOMENT = timedelta.resolution
GROUP = "apscheduler.triggers"
#: where a trigger counts from that would count from the moment of its creation
FIRST_DAY = "1970-01-01"


class Trigger(Protocol):
    """What an APScheduler 3 trigger can answer."""

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """Return the first fire time from `now` on, given that it fired at `previous_fire_time`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Triggered:
    """Due when an APScheduler trigger fires that was never told when it fired before.

    `alias` and `params` say which trigger it is: two such schedules are equal when these are.
    """
