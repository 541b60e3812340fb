"""What authors write into `reminders`: read, or refused with the key, the value and the way out."""

from datetime import time
from types import SimpleNamespace

import pytest

from docassemble.Scheduler.reminders.reading import plain, read_reminders
from docassemble.Scheduler.reminders.reminder import Channel, ReminderError

GOOD = {"description": "Your hearing", "date": "hearing_date", "when": "3 days before"}
WRONG = [
    ({"when": "3 dais before"}, "reminders['it']['when'] has a unit that is not known"),
    ({"when": ["1 day before", 3]}, "(it is 3)"),
    ({"when": None}, "Write `3 days before`"),
    ({"date": None}, "reminders['it']['date'] is missing: write the name of a variable"),
    ({"date": " "}, "(it is ' ')"),
    ({"at": "25:00"}, "reminders['it']['at'] is no hour: write `09:00`"),
    ({"at": True}, "(it is True)"),
    ({"emial template": "x"}, "['emial template'] has no meaning: did you mean `email template`?"),
    ({"template": ["x"]}, "['template'] must be a text"),
    ({"description": 7}, "['description'] must be a text (it is 7)"),
]


def test_a_reminder_is_read_with_the_keys_that_authors_write():
    (read,) = read_reminders(
        {"it": {**GOOD, "when": ["3 days before", "on the day"], "at": "10:30", "sms template": "short"}}
    )
    assert (read.key, read.description, read.date) == ("it", "Your hearing", "hearing_date")
    assert [offset.text for offset in read.offsets] == ["3 days before", "on the day"]
    assert read.hour == time(10, 30)
    assert read.templates == {Channel.SMS: "short"}


def test_one_template_is_for_both_ways_unless_one_has_its_own():
    (read,) = read_reminders({"it": {**GOOD, "template": "both", "email_template": "long"}})
    assert read.templates == {Channel.EMAIL: "long", Channel.SMS: "both"}


def test_an_hour_that_yaml_has_made_a_number_of_is_that_hour():
    assert read_reminders({"it": {**GOOD, "at": 630}})[0].hour == time(10, 30)


def test_a_reminder_without_a_description_has_its_name():
    assert read_reminders({"it": {"date": "d", "when": "on the day"}})[0].description == "it"


@pytest.mark.parametrize(("change", "said"), WRONG)
def test_what_is_wrong_is_told_by_its_place_its_value_and_the_way_out(change, said):
    with pytest.raises(ReminderError) as raised:
        read_reminders({"it": {**GOOD, **change}})
    assert said in str(raised.value)


def test_everything_that_is_wrong_is_told_together():
    with pytest.raises(ReminderError) as raised:
        read_reminders({"one": {**GOOD, "at": "9"}, "two": {**GOOD, "when": "soon"}, "three": "soon"})
    assert len(str(raised.value).splitlines()) == 3


@pytest.mark.parametrize("given", [None, {}, [], "hearing"])
def test_there_must_be_a_reminder(given):
    with pytest.raises(ReminderError) as raised:
        read_reminders(given)
    assert "variable name: reminders" in raised.value.hint


def test_docassembles_dictionaries_and_lists_are_read_as_those_inside():
    offsets = SimpleNamespace(elements=["1 day before"])
    given = SimpleNamespace(elements={"it": SimpleNamespace(elements={**GOOD, "when": offsets})})
    assert plain(given) == {"it": {**GOOD, "when": ["1 day before"]}}
    assert read_reminders(given)[0].offsets[0].text == "1 day before"
