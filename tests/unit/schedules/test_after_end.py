"""A schedule that counts from the end of the last run."""

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docassemble.Scheduler.core.errors import ScheduleError
from docassemble.Scheduler.schedules.after_end import AfterEnd
from docassemble.Scheduler.schedules.closed_days import ClosedDays
from docassemble.Scheduler.schedules.describe import describe

UTC, BERLIN = ZoneInfo("UTC"), ZoneInfo("Europe/Berlin")
#: a Sunday
NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TEN = 10 * MINUTE

instants = st.integers(0, 315_000_000).map(lambda seconds: NOON + timedelta(seconds=seconds))
delays = st.timedeltas(timedelta(seconds=1), timedelta(days=400))


def after(delay=TEN, zone=UTC, **fields):
    return AfterEnd(delay=delay, zone=zone, **fields)


@pytest.mark.parametrize(
    ("schedule", "due"),
    [
        (after(), NOON + TEN),
        (after(DAY), NOON + DAY),
        (after(start=NOON - HOUR), NOON + TEN),
        (after(start=NOON + HOUR), NOON + HOUR),
        (after(end=NOON + TEN), NOON + TEN),
        (after(end=NOON + TEN - MINUTE), None),
        (after(start=NOON + HOUR, end=NOON + MINUTE), None),
        (after(closed=ClosedDays(weekdays=(5,))), NOON + TEN),
        (after(closed=ClosedDays(weekdays=(6,))), datetime(2026, 3, 2, tzinfo=timezone.utc)),
        (
            after(zone=BERLIN, closed=ClosedDays(weekdays=(6, 0))),
            datetime(2026, 3, 2, 23, tzinfo=timezone.utc),
        ),
        (after(closed=ClosedDays(periods=((date(2026, 3, 1), date(2027, 6, 1)),))), None),
        (after(closed=ClosedDays(weekdays=(6,)), end=NOON + HOUR), None),
    ],
)
def test_it_is_due_so_long_after_the_end(schedule, due):
    assert schedule.next_after(NOON) == due


@pytest.mark.parametrize("seconds", [0, 0.999, -5])
def test_an_interval_of_less_than_a_second_is_refused(seconds):
    with pytest.raises(ScheduleError, match="too short"):
        after(timedelta(seconds=seconds))


@given(delays, instants)
def test_nothing_was_due_in_the_past_as_far_as_the_schedule_knows(delay, instant):
    assert after(delay).latest_at(instant) is None


@given(delays, instants, instants)
def test_a_run_that_ends_later_makes_the_job_due_no_sooner(delay, one, two):
    for schedule in (
        after(delay),
        after(delay, start=NOON),
        after(delay, closed=ClosedDays(weekdays=(0, 6))),
    ):
        first, second = sorted((one, two))
        assert schedule.next_after(first) <= schedule.next_after(second)
        assert schedule.next_after(first) >= first + delay


@given(delays, instants, st.timedeltas(timedelta(), timedelta(days=2)))
def test_jitter_moves_it_later_by_less_than_that_and_is_the_same_everywhere(delay, instant, spread):
    jittered = after(delay, spread=spread, seed="a.b")
    due = jittered.next_after(instant)
    assert timedelta() <= due - (instant + delay) < max(spread, timedelta(microseconds=1))
    assert due == after(delay, spread=spread, seed="a.b").next_after(instant)


def test_it_is_on_an_open_day_with_jitter_too():
    weekdays = ClosedDays(weekdays=(5, 6))
    schedule = after(spread=3 * DAY, seed="a.b", closed=weekdays)
    dues = [schedule.next_after(NOON + each * HOUR) for each in range(200)]
    assert all(due.weekday() < 5 for due in dues)
    assert len(set(dues)) > 100


def test_past_the_end_of_the_calendar_it_is_not_due():
    assert after(400 * DAY).next_after(datetime(9998, 12, 1, tzinfo=timezone.utc)) is None


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        (after(), "10 minutes after the end of the last run"),
        (after(HOUR + MINUTE), "1 hour 1 minute after the end of the last run"),
        (
            after(closed=ClosedDays(weekdays=(5, 6)), zone=BERLIN),
            "10 minutes after the end of the last run, not on Saturdays and Sundays, Berlin time",
        ),
        (after(spread=MINUTE), "10 minutes after the end of the last run, up to 1 minute later"),
        (
            after(start=NOON, end=NOON + DAY),
            "10 minutes after the end of the last run, from 2026-03-01 at 12:00 on, until 2026-03-02 at 12:00, UTC",
        ),
    ],
)
def test_it_is_said_in_words(schedule, words):
    assert describe(schedule, schedule.zone) == words
