# do not pre-load
"""A reminder: what it is about, and how long before or after a date it is sent."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import Enum

from docassemble.Scheduler.core.durations import parse_duration
from docassemble.Scheduler.core.errors import DurationError, SchedulerError

#: when a reminder is sent on its day, unless it or its date has an hour
DEFAULT_HOUR = time(9)
DAY = timedelta(days=1)
ON_THE_DAY = "on the day"
_WORDS = re.compile(r"(?P<duration>.+?)\s+(?P<side>before|after)", re.IGNORECASE)


class ReminderError(SchedulerError):
    """A reminder that cannot be read, or a message that was not sent."""


class Channel(Enum):
    """How a message is sent."""

    EMAIL = "email"
    SMS = "sms"


@dataclass(frozen=True, slots=True)
class Offset:
    """How long before (negative) or after a date; `text` is how the author wrote it."""

    text: str
    duration: timedelta

    @property
    def is_before(self) -> bool:
        """Return whether it is too late when the date has passed."""
        return self.duration <= timedelta(0)

    def moment(self, date: datetime, hour: time | None) -> datetime:
        """Return when to send, in the zone of `date`, which must be aware.

        Whole days are days of the calendar: at `hour`, else at the hour of the date, else at 09:00. Midnight is a
        date without an hour. Anything else is counted from the date to the second.
        """
        start = begins(date, hour)
        if not self.duration % DAY:
            return datetime.combine(date.date() + self.duration, hour or start.time(), date.tzinfo)
        # through UTC: the difference of two local times leaves out that clocks were moved between them
        return datetime.fromtimestamp(start.timestamp() + self.duration.total_seconds(), date.tzinfo)


def begins(date: datetime, hour: time | None) -> datetime:
    """Return the date with an hour: its own, else that of its reminder, else 09:00."""
    return date if date.time() != time() else datetime.combine(date, hour or DEFAULT_HOUR, date.tzinfo)


def read_offset(text: str) -> Offset:
    """Read `3 days before`, `2 hours after` or `on the day`; raises DurationError."""
    words = " ".join(text.split()).lower()
    if words == ON_THE_DAY:
        return Offset(words, timedelta(0))
    found = _WORDS.fullmatch(words)
    if found is None:
        raise DurationError(
            "does not say how long before or after",
            hint="Write `3 days before`, `2 hours after` or `on the day`.",
        )
    duration = parse_duration(found["duration"])
    return Offset(words, -duration if found["side"] == "before" else duration)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """A reminder as its author wrote it."""

    key: str
    #: what it is about, as users read it
    description: str
    #: the name of a variable, or a date
    date: object
    offsets: tuple[Offset, ...]
    #: at which hour, on days that are counted
    hour: time | None = None
    #: names of template blocks, by the channel
    templates: dict[Channel, str] = field(default_factory=dict)
