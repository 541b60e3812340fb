"""Every so many days at the same hour of the clocks, whatever daylight saving does."""

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docassemble.Scheduler.core.errors import ScheduleError
from docassemble.Scheduler.schedules.local_interval import LocalInterval, repeated
from docassemble.Scheduler.schedules.simple import Interval

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC")
DAY = timedelta(days=1)


def berlin(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin"))


def test_the_hour_is_the_same_before_and_after_the_clocks_are_moved():
    weekly = LocalInterval(7 * DAY, berlin("2027-03-22 09:00"), "Europe/Berlin")
    assert weekly.next_after(berlin("2027-03-22 09:00")) == berlin("2027-03-29 09:00")
    assert weekly.latest_at(berlin("2027-03-29 08:59")) == berlin("2027-03-22 09:00")


@pytest.mark.parametrize(
    ("anchor", "due"),
    [
        # what the clocks skip, and what is there twice
        ("2027-03-27 02:30", "2027-03-28T01:30:00"),
        ("2027-10-30 02:30", "2027-10-31T00:30:00"),
    ],
)
def test_what_is_not_there_or_there_twice_is_due_once(anchor, due):
    daily = LocalInterval(DAY, berlin(anchor), "Europe/Berlin")
    found = daily.next_after(berlin(anchor))
    assert found == datetime.fromisoformat(due).replace(tzinfo=timezone.utc)
    assert daily.next_after(found) - found > timedelta(hours=20)


@given(
    days=st.integers(1, 40),
    anchor=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001
    instant=st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1)),  # noqa: DTZ001
    zone=st.sampled_from(ZONES),
)
def test_next_and_latest_agree(days, anchor, instant, zone):
    anchor, instant = anchor.replace(tzinfo=timezone.utc), instant.replace(tzinfo=timezone.utc)
    schedule = LocalInterval(days * DAY, anchor, zone)
    following = schedule.next_after(instant)
    latest = schedule.latest_at(instant)
    assert latest <= instant < following
    assert following - latest < (days + 1) * DAY
    assert schedule.latest_at(following) == following
    assert schedule.next_after(latest) == following
    before = schedule.latest_at(latest - timedelta(microseconds=1))
    assert schedule.next_after(before) == latest


@pytest.mark.parametrize("period", [timedelta(hours=5), timedelta(days=1, seconds=1), timedelta(0)])
def test_a_period_is_of_whole_days(period):
    with pytest.raises(ScheduleError):
        LocalInterval(period, berlin("2027-03-22 09:00"), "Europe/Berlin")


def test_anything_but_whole_days_is_real_time():
    anchor = berlin("2027-03-22 09:00")
    assert repeated(timedelta(hours=6), anchor, "Europe/Berlin") == Interval(timedelta(hours=6), anchor)
    assert repeated(14 * DAY, anchor, "Europe/Berlin") == LocalInterval(14 * DAY, anchor, "Europe/Berlin")


def test_there_is_an_end_of_the_calendar():
    daily = LocalInterval(DAY, berlin("2027-03-22 09:00"), "UTC")
    assert daily.next_after(datetime.max.replace(tzinfo=timezone.utc)) is None
