"""What the blocks of the include do in a session: plan, follow the answers, send, and fail when nothing was sent."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from docassemble.Scheduler.reminders.in_session import (
    cancel_reminders,
    plan_reminders,
    reminder_descriptions,
    reminder_message,
    restart_reminders,
    send_reminder,
    upcoming_reminders,
)
from docassemble.Scheduler.reminders.reminder import ReminderError

if TYPE_CHECKING:
    from tests.unit.reminders.conftest import Session

NOW = datetime.now(timezone.utc)
EMAIL_ID, SMS_ID = "reminder hearing 3 days before email", "reminder hearing 3 days before sms"
DUE = {"reminder": "hearing", "when": "3 days before", "channel": "email"}


def days(number: float) -> datetime:
    """An hour that the clock does not leave out, so many days from now."""
    return (NOW + timedelta(days=number)).replace(hour=12, minute=0, second=0, microsecond=0)


@pytest.fixture
def wanted(session: Session) -> Session:
    """A session whose user wants to be reminded of a hearing in ten days by e-mail."""
    session.answers |= {
        "multi_user": True,
        "reminders": {
            "hearing": {"description": "Your hearing", "date": "hearing_date", "when": "3 days before"}
        },
        "reminders_wanted": True,
        "reminders_by": {"email": True, "sms": False},
        "reminders_email": "client@example.com",
        "hearing_date": days(10),
        "client": "Ada",
    }
    session.template("reminders_default_template", "Reminder", "{client}, your hearing is near")
    session.template(
        "reminders_email_template", "{reminders_message[subject]}", "<{reminders_message[text]}>"
    )
    session.template(
        "reminders_text_template", "", "{reminders_message[text]} Stop: {reminders_message[stop_link]}"
    )
    return session


def deliver(session: Session, **changed: Any) -> None:
    """Do what the event of the include does."""
    message = reminder_message(session.answers, **{**DUE, **changed})
    session.answers["reminders_message"] = message
    if message:
        send_reminder(session.answers, message)


def come_near(session: Session) -> None:
    """Let the hearing be so near that its message is due."""
    session.answers["hearing_date"] = NOW + timedelta(days=3)


def test_a_message_is_scheduled_with_what_it_has_to_know(wanted: Session) -> None:
    plan_reminders()
    assert list(wanted.scheduled) == [EMAIL_ID]
    assert abs(wanted.scheduled[EMAIL_ID] - days(7)) <= timedelta(hours=1)  # clocks may move between
    assert wanted.arguments[EMAIL_ID] == DUE


def test_the_next_screen_changes_nothing_that_is_right(wanted: Session) -> None:
    plan_reminders()
    before = wanted.changes
    plan_reminders()
    assert wanted.changes == before


def test_another_date_moves_it_and_no_date_cancels_it(wanted: Session) -> None:
    plan_reminders()
    before = wanted.scheduled[EMAIL_ID]
    wanted.answers["hearing_date"] += timedelta(days=5)
    plan_reminders()
    assert wanted.scheduled[EMAIL_ID] - before >= timedelta(days=5) - timedelta(hours=1)
    wanted.answers["hearing_date"] = None
    plan_reminders()
    assert wanted.scheduled == {}


def test_another_way_takes_the_place_of_the_first(wanted: Session) -> None:
    plan_reminders()
    wanted.answers["reminders_by"] = {"email": False, "sms": True}
    plan_reminders()
    assert list(wanted.scheduled) == [SMS_ID]


def test_who_wants_none_is_not_asked_for_anything_and_has_none(wanted: Session) -> None:
    plan_reminders()
    wanted.scheduled["of the interview itself"] = days(1)
    wanted.answers["reminders_wanted"] = False
    for name in ("hearing_date", "reminders_by"):
        del wanted.answers[name]
    plan_reminders()
    assert list(wanted.scheduled) == ["of the interview itself"]


def test_stopping_needs_no_answers_and_starting_again_schedules_what_lies_ahead(wanted: Session) -> None:
    plan_reminders()
    reminders = wanted.answers.pop("reminders")
    cancel_reminders()
    assert wanted.scheduled == {}
    wanted.answers["reminders"] = reminders
    restart_reminders(wanted.answers)
    assert list(wanted.scheduled) == [EMAIL_ID]


def test_a_date_without_an_answer_is_asked_for(wanted: Session) -> None:
    del wanted.answers["hearing_date"]
    with pytest.raises(NameError, match="hearing_date"):
        plan_reminders()


@pytest.mark.parametrize("date", ["2027-02-31", "2 dais", 7])
def test_a_date_that_is_none_is_told_with_its_value(wanted: Session, date: object) -> None:
    wanted.answers["hearing_date"] = date
    with pytest.raises(ReminderError, match="is no date") as raised:
        plan_reminders()
    assert str(date) in str(raised.value)


@pytest.mark.parametrize("multi_user", [None, False, "yes"])
def test_a_session_that_nobody_else_can_open_is_refused(wanted: Session, multi_user: object) -> None:
    wanted.answers["multi_user"] = multi_user
    with pytest.raises(ReminderError) as raised:
        plan_reminders()
    assert "multi_user = True" in raised.value.hint


def test_pages_show_what_it_is_about_and_what_will_be_sent_when(wanted: Session) -> None:
    assert reminder_descriptions() == ["Your hearing"]
    (next_one,) = upcoming_reminders()
    assert (next_one["description"], next_one["channel"]) == ("Your hearing", "email")
    assert next_one["at"].tzname() in ("CET", "CEST")
    come_near(wanted)
    assert upcoming_reminders() == []


def test_a_mail_has_the_variables_filled_and_the_link_in_its_plain_text(wanted: Session) -> None:
    come_near(wanted)
    deliver(wanted)
    (mail,) = wanted.sent
    assert (mail["to"], mail["subject"]) == ("client@example.com", "Reminder")
    assert mail["html"] == "<Ada, your hearing is near>"
    assert mail["body"] == "Ada, your hearing is near Stop: https://example.com/stop"


def test_a_reminder_may_have_a_template_of_its_own_and_without_a_subject_has_its_description(
    wanted: Session,
) -> None:
    come_near(wanted)
    wanted.template("its_own", "", "Come, {client}")
    wanted.answers["reminders"]["hearing"]["email template"] = "its_own"
    deliver(wanted)
    assert (wanted.sent[0]["subject"], wanted.sent[0]["html"]) == ("Your hearing", "<Come, Ada>")


def test_a_text_message_goes_to_the_phone(wanted: Session) -> None:
    come_near(wanted)
    wanted.answers |= {"reminders_by": {"email": False, "sms": True}, "reminders_phone": "+12125550123"}
    deliver(wanted, channel="sms")
    stop = "Stop: https://example.com/stop"
    assert wanted.sent == [{"to": "+12125550123", "body": f"Ada, your hearing is near {stop}"}]


def test_a_phone_that_is_none_fails_and_does_not_pass_for_sent(wanted: Session) -> None:
    come_near(wanted)
    wanted.answers |= {"reminders_by": {"sms": True}, "reminders_phone": "unknown"}
    with pytest.raises(ReminderError, match="is no phone number"):
        deliver(wanted, channel="sms")
    assert wanted.sent == []


@pytest.mark.parametrize(("channel", "directive"), [("email", "`mail`"), ("sms", "`twilio`")])
def test_what_docassemble_could_not_send_fails(wanted: Session, channel: str, directive: str) -> None:
    come_near(wanted)
    wanted.answers |= {"reminders_by": {"email": True, "sms": True}, "reminders_phone": "+12125550123"}
    wanted.answer = False
    with pytest.raises(ReminderError, match="could not send") as raised:
        deliver(wanted, channel=channel)
    assert directive in raised.value.hint


def test_what_a_block_of_code_computes_is_computed(wanted: Session) -> None:
    come_near(wanted)
    wanted.computed["client"] = wanted.answers.pop("client")
    deliver(wanted)
    assert wanted.sent[0]["html"] == "<Ada, your hearing is near>"


def test_a_text_that_needs_an_answer_is_not_sent_and_does_not_pass_for_sent(wanted: Session) -> None:
    come_near(wanted)
    wanted.asked.add("client")
    del wanted.answers["client"]
    with pytest.raises(ReminderError, match="`client`, which only the user can answer"):
        deliver(wanted)
    wanted.asked.clear()
    with pytest.raises(ReminderError, match="no block defines `client`"):
        deliver(wanted)
    assert wanted.sent == []


@pytest.mark.parametrize(
    "changed",
    [
        {"reminders_wanted": False},
        {"reminders_by": {"email": False, "sms": True}},
        {"reminders": {"another": {"date": "hearing_date", "when": "3 days before"}}},
        {"hearing_date": ""},
    ],
    ids=["stopped", "another way", "no such reminder", "no date"],
)
def test_what_is_not_wanted_any_more_is_not_sent(wanted: Session, changed: dict[str, Any]) -> None:
    come_near(wanted)
    wanted.answers |= changed
    deliver(wanted)
    assert wanted.sent == []


def test_what_was_moved_while_nobody_went_on_is_sent_at_its_new_time(wanted: Session) -> None:
    deliver(wanted)
    assert wanted.sent == []
    assert list(wanted.scheduled) == [EMAIL_ID]


def test_what_comes_after_its_date_fails_and_announces_nothing(wanted: Session) -> None:
    wanted.answers["hearing_date"] = NOW - timedelta(hours=1)
    with pytest.raises(ReminderError, match="has passed"):
        deliver(wanted)
    assert wanted.sent == []


def test_a_visitor_who_calls_the_action_sends_nothing(wanted: Session) -> None:
    come_near(wanted)
    wanted.is_due = False
    with pytest.raises(ReminderError, match="by the scheduler only"):
        deliver(wanted)
    assert wanted.sent == []
