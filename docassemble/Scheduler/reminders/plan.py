# do not pre-load
"""The plan: which message goes out when, and what has to change for it among the scheduled actions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from .reminder import Channel, Offset, Reminder, begins

#: what the ids of our scheduled actions begin with
PREFIX = "reminder "
#: docassemble keeps times to the microsecond, a store may not
TOLERANCE = timedelta(seconds=1)


def is_ours(id_: str) -> bool:
    """Return whether a scheduled action sends a message; an interview may have others."""
    return id_.startswith(PREFIX)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message that is to be sent."""

    reminder: Reminder
    offset: Offset
    channel: Channel
    #: when it is sent, and the date that it is about; both in UTC
    at: datetime
    date: datetime

    @property
    def id(self) -> str:
        """Return what its scheduled action is called in the session."""
        return message_id(self.reminder.key, self.offset.text, self.channel.value)

    def is_too_late(self, now: datetime) -> bool:
        """Return whether it announces what has passed."""
        if not self.offset.is_before:
            return False
        return now >= (self.date if self.at < self.date else self.at + timedelta(days=1))


def message_id(key: str, when: str, channel: str) -> str:
    """Return the id of a scheduled action."""
    return f"{PREFIX}{key} {when} {channel}"


def messages(
    reminders: Iterable[Reminder], dates: Mapping[str, datetime], channels: Collection[Channel]
) -> list[Message]:
    """Return all messages of reminders whose date is known, also those that are past."""
    found = []
    for reminder in reminders:
        date = dates.get(reminder.key)
        if date is None:
            continue
        found += [
            _message(reminder, offset, channel, date)
            for offset in reminder.offsets
            for channel in Channel
            if channel in channels
        ]
    return found


def _message(reminder: Reminder, offset: Offset, channel: Channel, date: datetime) -> Message:
    return Message(
        reminder=reminder,
        offset=offset,
        channel=channel,
        at=offset.moment(date, reminder.hour).astimezone(timezone.utc),
        date=begins(date, reminder.hour).astimezone(timezone.utc),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What has to be done so that the scheduled actions are those of the plan."""

    schedule: tuple[Message, ...]
    #: ids
    cancel: tuple[str, ...]


def changes(planned: Iterable[Message], scheduled: Mapping[str, datetime], now: datetime) -> Changes:
    """Compare the plan with the due times of the actions that are scheduled, by their ids.

    An action that is due by `now` is left alone: it may be running.
    """
    future = {message.id: message for message in planned if message.at > now}
    return Changes(
        schedule=tuple(
            message
            for id_, message in future.items()
            if id_ not in scheduled or abs(scheduled[id_] - message.at) > TOLERANCE
        ),
        cancel=tuple(
            id_ for id_, due in scheduled.items() if is_ours(id_) and id_ not in future and due > now
        ),
    )
