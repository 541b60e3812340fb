"""When a reminder is sent: days of the calendar at an hour, or to the second."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from docassemble.Scheduler.core.errors import DurationError
from docassemble.Scheduler.reminders.reminder import read_offset

BERLIN = ZoneInfo("Europe/Berlin")
MOMENTS = [
    # the date, its own hour if it has one | when | at | sent
    ("2027-03-10 14:00", "3 days before", "09:00", "2027-03-07 09:00"),
    ("2027-03-10 14:00", "3 days before", None, "2027-03-07 14:00"),
    ("2027-03-10 00:00", "3 days before", None, "2027-03-07 09:00"),
    ("2027-03-10 00:00", "1 week after", "18:30", "2027-03-17 18:30"),
    ("2027-03-10 14:00", "on the day", "08:00", "2027-03-10 08:00"),
    ("2027-03-10 00:00", "On  the Day", None, "2027-03-10 09:00"),
    ("2027-03-10 14:00", "2 hours before", "09:00", "2027-03-10 12:00"),
    ("2027-03-10 00:00", "2 hours before", None, "2027-03-10 07:00"),
    ("2027-03-10 00:00", "1 hour 30 minutes after", "12:00", "2027-03-10 13:30"),
    # the clocks move in the night to 28 March: days keep the hour, hours are hours
    ("2027-03-28 12:00", "1 day before", None, "2027-03-27 12:00"),
    ("2027-03-28 04:00", "2 hours before", None, "2027-03-28 01:00"),
]


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@pytest.mark.parametrize(("date", "when", "at", "sent"), MOMENTS)
def test_it_is_sent_so_long_before_or_after_its_date(date, when, at, sent):
    hour = time.fromisoformat(at) if at else None
    assert read_offset(when).moment(local(date), hour) == local(sent)


@given(instant=st.integers(1, 2_840_000_000), seconds=st.integers(1, 86_399))
def test_less_than_a_day_is_counted_to_the_second_whatever_the_clocks_do(instant, seconds):
    date = datetime.fromtimestamp(instant, BERLIN)
    assume(date.time() != time())
    before = read_offset(f"{seconds} seconds before").moment(date, None)
    assert instant - before.timestamp() == seconds


@pytest.mark.parametrize("when", ["", "3 days", "before", "3 dais before", "-1 day before", "tomorrow"])
def test_what_says_no_time_is_refused_with_a_way_out(when):
    with pytest.raises(DurationError) as raised:
        read_offset(when)
    assert raised.value.hint
