"""Which messages go out when, and what changes for it among the actions that are scheduled."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docassemble.Scheduler.core.session_action import MAX_ID
from docassemble.Scheduler.reminders.plan import changes, is_ours, message_id, messages
from docassemble.Scheduler.reminders.reading import read_reminders
from docassemble.Scheduler.reminders.reminder import Channel

NOW = datetime(2027, 3, 1, 12, tzinfo=timezone.utc)
HEARING = datetime(2027, 3, 10, 14, tzinfo=timezone.utc)
BOTH = (Channel.EMAIL, Channel.SMS)


def planned(when="3 days before", date=HEARING, channels=(Channel.EMAIL,), **more):
    given = {"hearing": {"date": "hearing_date", "when": when, **more}}
    return messages(read_reminders(given), {"hearing": date}, channels)


def as_scheduled(found):
    return {message.id: message.at for message in found}


def test_there_is_a_message_for_each_time_and_each_way():
    found = planned(["3 days before", "1 hour after"], channels=BOTH)
    assert [(each.offset.text, each.channel.value) for each in found] == [
        ("3 days before", "email"),
        ("3 days before", "sms"),
        ("1 hour after", "email"),
        ("1 hour after", "sms"),
    ]
    assert found[0].at == datetime(2027, 3, 7, 14, tzinfo=timezone.utc)


def test_a_reminder_whose_date_was_left_empty_has_no_message():
    reminders = read_reminders({"hearing": {"date": "hearing_date", "when": "on the day"}})
    assert messages(reminders, {}, BOTH) == []


def test_what_is_new_or_was_moved_is_scheduled_and_what_is_not_wanted_cancelled():
    before = as_scheduled(planned(["3 days before", "1 day before"]))
    now = planned(["3 days before", "2 days before"], HEARING + timedelta(days=1))
    found = changes(now, before, NOW)
    assert [each.offset.text for each in found.schedule] == ["3 days before", "2 days before"]
    assert found.cancel == (message_id("hearing", "1 day before", "email"),)


def test_what_is_past_is_neither_scheduled_nor_cancelled():
    found = planned("3 days before", NOW + timedelta(days=1))
    assert changes(found, {}, NOW).schedule == ()
    assert changes([], as_scheduled(found), NOW).cancel == ()


def test_a_message_whose_date_has_come_near_is_cancelled_and_not_sent_late():
    before = as_scheduled(planned())
    assert changes(planned(date=NOW + timedelta(days=1)), before, NOW).cancel == tuple(before)


def test_other_actions_of_the_interview_are_left_alone():
    assert changes([], {"first": HEARING, "reminders": HEARING}, NOW).cancel == ()
    assert not is_ours("reminders")


@given(
    st.lists(st.sampled_from(["3 days before", "1 day before", "on the day", "2 hours after"]), min_size=1),
    st.integers(-20, 20),
    st.integers(-20, 20),
)
def test_after_the_changes_exactly_what_lies_ahead_is_scheduled(when, before, after):
    old = as_scheduled(planned(when, HEARING + timedelta(days=before), BOTH))
    new = planned(when, HEARING + timedelta(days=after), BOTH)
    found = changes(new, old, NOW)
    left = {id_: at for id_, at in old.items() if id_ not in found.cancel} | as_scheduled(found.schedule)
    ahead = {id_: at for id_, at in left.items() if at > NOW}
    assert ahead == {each.id: each.at for each in new if each.at > NOW}
    assert changes(new, left, NOW).schedule == ()


@pytest.mark.parametrize(
    ("when", "later", "late"),
    [
        ("3 days before", timedelta(days=2), False),
        ("3 days before", timedelta(days=3), True),
        ("on the day", timedelta(hours=23), False),
        ("on the day", timedelta(hours=24), True),
        ("1 day after", timedelta(days=30), False),
    ],
)
def test_nothing_is_announced_that_has_passed(when, later, late):
    (message,) = planned(when)
    assert message.is_too_late(message.at + later) is late


def test_an_id_is_one_that_an_action_may_have():
    assert len(message_id("the last day to appeal", "1 week 2 days before", "email")) < MAX_ID
