# do not pre-load
"""What the blocks of `data/questions/reminders.yml` call, in the session of an interview."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

from docassemble.Scheduler.execution.context import current_run
from docassemble.Scheduler.scheduler_logger import log

from .answers import evaluated
from .plan import Message, changes, is_ours, message_id, messages
from .reading import plain, read_reminders
from .reminder import Channel, Reminder, ReminderError
from .stop_link import stop_link

__all__ = [
    "cancel_reminders",
    "is_sms_possible",
    "plan_reminders",
    "reminder_descriptions",
    "reminder_message",
    "restart_reminders",
    "send_reminder",
    "upcoming_reminders",
]

#: the event that sends a message
ACTION = "reminders_send"
#: a message that is due by then is sent now
SOON = timedelta(minutes=1)
_VARIABLE = re.compile(r"[A-Za-z_][\w.\[\]'\"]*")


def plan_reminders() -> None:
    """Schedule the messages that the answers ask for, and cancel those that they do not ask for any more.

    Raises ReminderError when `reminders` or one of its dates cannot be read, or the interview is not `multi_user`.
    """
    from docassemble.Scheduler import cancel_action, schedule_action, scheduled_actions

    _check_multi_user()
    scheduled = {each.id: each.due for each in scheduled_actions()}
    todo = changes(_planned(), scheduled, datetime.now(timezone.utc))
    for id_ in todo.cancel:
        cancel_action(id_)
    for message in todo.schedule:
        arguments = {"reminder": message.reminder.key, "when": message.offset.text}
        schedule_action(
            action=ACTION, id=message.id, at=message.at, channel=message.channel.value, **arguments
        )


def cancel_reminders() -> None:
    """Cancel all messages, whatever the answers are."""
    from docassemble.Scheduler import cancel_action, scheduled_actions

    for each in scheduled_actions():
        if is_ours(each.id):
            cancel_action(each.id)


def restart_reminders(answers: dict[str, Any]) -> None:
    """Schedule the messages again while nobody is there; raises ReminderError when an answer is missing."""
    evaluated(answers, plan_reminders)


def upcoming_reminders() -> list[dict[str, Any]]:
    """Return the messages that will be sent, the next one first: `description`, `channel` and `at`, local time."""
    from docassemble.base.util import as_datetime

    now, zone = datetime.now(timezone.utc), _zone()
    return [
        {
            "description": each.reminder.description,
            "channel": each.channel.value,
            "at": as_datetime(each.at.astimezone(zone)),
        }
        for each in sorted(_planned(), key=lambda each: each.at)
        if each.at > now
    ]


def reminder_descriptions() -> list[str]:
    """Return what the reminders are about, for the question whether they are wanted."""
    return [reminder.description for reminder in _reminders()]


def is_sms_possible() -> bool:
    """Return whether this site can send text messages."""
    from docassemble.base.util import server_capabilities

    return bool(server_capabilities()["sms"])


def reminder_message(answers: dict[str, Any], reminder: str, when: str, channel: str) -> dict[str, Any]:
    """Return the message that is due, as the templates see it in `reminders_message`; empty if it is not to be sent.

    `answers` are the variables of the session. Raises ReminderError when it is too late, or when the text needs an
    answer that there is not.
    """
    if current_run() is None:
        # visitors can call every action of an interview, as often as they like, and name any address before
        raise ReminderError("a reminder is sent by the scheduler only, when it is due")
    id_ = message_id(reminder, when, channel)
    message = next((each for each in evaluated(answers, _planned) if each.id == id_), None)
    now = datetime.now(timezone.utc)
    if message is None:
        log(f"The reminder {reminder!r}, {when}, by {channel} is not wanted any more; nothing is sent")
        return {}
    if message.at > now + SOON:
        plan_reminders()
        log(f"The date of the reminder {reminder!r} was moved; it is sent at {message.at}")
        return {}
    if message.is_too_late(now):
        raise ReminderError(f"not sent: the date of the reminder {reminder!r}, {message.date}, has passed")
    text = _text(answers, message)
    return {**text, "description": message.reminder.description, "channel": channel, "stop_link": stop_link()}


def send_reminder(answers: dict[str, Any], message: dict[str, Any]) -> None:
    """Send a message, through docassemble; raises ReminderError when that says that it was not sent."""
    from docassemble.base.util import value

    whole = evaluated(answers, lambda: value("reminders_text_template").content)
    if message["channel"] == Channel.SMS.value:
        _send_sms(evaluated(answers, lambda: value("reminders_phone")), whole)
    else:
        _send_email(answers, whole)


def _send_email(answers: dict[str, Any], whole: str) -> None:
    from docassemble.base.util import send_email, value

    template = value("reminders_email_template")
    subject = evaluated(answers, lambda: template.subject)
    evaluated(answers, lambda: template.content)
    # docassemble would leave the address of the link out of the plain text
    if not send_email(to=value("reminders_email"), subject=subject, template=template, body=whole):
        raise ReminderError(
            "docassemble could not send the e-mail",
            hint="its reason is in docassemble.log; see the directive `mail`",
        )


def _send_sms(phone: str, whole: str) -> None:
    from docassemble.base.util import phone_number_in_e164, send_sms

    number = phone_number_in_e164(phone)
    if number is None:  # docassemble would send nothing, and say that it did
        raise ReminderError("the text message was not sent: `reminders_phone` is no phone number")
    if not send_sms(to=number, body=whole):
        raise ReminderError(
            "docassemble could not send the text message",
            hint="its reason is in docassemble.log; see the directive `twilio`",
        )


def _text(answers: dict[str, Any], message: Message) -> dict[str, Any]:
    from docassemble.base.util import as_datetime, value

    date = as_datetime(message.date.astimezone(_zone()))
    answers["reminders_message"] = {"description": message.reminder.description, "date": date}
    name = message.reminder.templates.get(message.channel, "reminders_default_template")
    template = evaluated(answers, lambda: value(name))
    return {
        "subject": evaluated(answers, lambda: template.subject) or message.reminder.description,
        "text": evaluated(answers, lambda: template.content),
        "date": date,
    }


def _planned() -> list[Message]:
    channels = _channels()
    if not channels:
        return []
    reminders = _reminders()
    return messages(reminders, _dates(reminders), channels)


def _reminders() -> tuple[Reminder, ...]:
    from docassemble.base.util import value

    return read_reminders(value("reminders"))


def _channels() -> Collection[Channel]:
    from docassemble.base.util import value

    if not value("reminders_wanted"):
        return ()
    chosen = plain(value("reminders_by"))
    return [channel for channel in Channel if chosen.get(channel.value)]


def _dates(reminders: Collection[Reminder]) -> dict[str, datetime]:
    """Return the dates, but for those that the user was free to leave empty."""
    from docassemble.base.util import value

    dates = {}
    for reminder in reminders:
        date = reminder.date
        if isinstance(date, str) and _VARIABLE.fullmatch(date):
            date = value(date)
        if date not in (None, ""):
            dates[reminder.key] = _datetime(reminder, date)
    return dates


def _datetime(reminder: Reminder, date: object) -> datetime:
    from docassemble.base.util import as_datetime

    try:
        return datetime.fromtimestamp(as_datetime(date).timestamp(), _zone())
    except (ValueError, TypeError, OverflowError, AttributeError) as error:
        raise ReminderError(
            f"reminders[{reminder.key!r}]['date'] is no date: {date!r:.100}",
            hint="write the name of a variable with a date, or a date such as `2027-01-31`",
        ) from error


def _zone() -> ZoneInfo:
    from docassemble.base.util import get_default_timezone

    return ZoneInfo(str(get_default_timezone()))


def _check_multi_user() -> None:
    from docassemble.base.util import showifdef

    if showifdef("multi_user", alternative=False) is not True:
        raise ReminderError(
            "reminders need sessions that the server can open while nobody is there",
            hint="set `multi_user = True` in a block of code with `mandatory: True`, at the beginning",
        )
