"""Bounded, Jittered, Or and And: schedules made of schedules."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docassemble.Scheduler.core.errors import ScheduleError
from docassemble.Scheduler.core.job import Schedule
from docassemble.Scheduler.schedules.cron.schedule import Cron
from docassemble.Scheduler.schedules.modifiers import And, Bounded, Jittered, Or
from docassemble.Scheduler.schedules.simple import Date, Interval
from tests.unit.schedules.checks import RESOLUTION, backward, forward, property_of

UTC = timezone.utc
DAY = timedelta(days=1)
HOURLY = Interval(timedelta(hours=1))
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
MINUTES = st.integers(-3000, 3000).map(lambda count: NOON + timedelta(minutes=count))
UNEVEN: list[Schedule] = [
    HOURLY,
    Interval(timedelta(seconds=1)),
    Interval(timedelta(seconds=61, microseconds=1)),
    Cron.from_crontab("0,1,7 * * * *", ZoneInfo("Europe/Berlin")),
    Bounded(HOURLY, NOON - DAY, NOON + DAY),
    Date(NOON),
]


@property_of(200)
@given(st.none() | MINUTES, st.none() | MINUTES)
def test_bounds_are_included_and_nothing_outside_is_due(start: datetime | None, end: datetime | None) -> None:
    window = NOON - 3 * DAY, NOON + 3 * DAY
    inside = [d for d in forward(HOURLY, *window) if (start or d) <= d <= (end or d)]
    if not inside:
        with pytest.raises(ScheduleError, match="No due time") as refused:
            Bounded(HOURLY, start, end)
        assert refused.value.hint
        return
    bounded = Bounded(HOURLY, start, end)
    assert forward(bounded, *window) == inside
    assert backward(bounded, *window) == inside


def test_a_start_after_the_last_due_time_is_refused() -> None:
    with pytest.raises(ScheduleError, match="No due time"):
        Bounded(Date(NOON), start=NOON + RESOLUTION)


def test_a_naive_bound_is_refused() -> None:
    with pytest.raises(ScheduleError, match="no time zone"):
        Bounded(HOURLY, end=datetime(2026, 1, 1))  # noqa: DTZ001


@property_of(150)
@given(st.sampled_from(UNEVEN), st.timedeltas(timedelta(0), timedelta(hours=2)), st.text(max_size=5))
def test_jitter_moves_each_due_time_later_but_never_to_the_next(
    schedule: Schedule, spread: timedelta, seed: str
) -> None:
    jittered = Jittered(schedule, spread, seed)
    window = NOON - timedelta(minutes=90), NOON + timedelta(minutes=1)
    for base in forward(schedule, *window)[-50:]:
        following = schedule.next_after(base)
        due = jittered.next_after(base - RESOLUTION)
        assert due is not None
        assert base <= due
        assert due == base or due < base + spread
        assert following is None or due < following
        assert (due - base) % timedelta(milliseconds=1) == timedelta(0)


@property_of(60)
@given(st.sampled_from(UNEVEN), st.timedeltas(timedelta(0), timedelta(hours=2)), st.text(max_size=5))
def test_jittered_due_times_are_the_same_in_both_directions(
    schedule: Schedule, spread: timedelta, seed: str
) -> None:
    jittered = Jittered(schedule, spread, seed)
    window = NOON - timedelta(minutes=61), NOON + timedelta(minutes=3)
    due = forward(jittered, *window)
    assert backward(jittered, *window) == due
    assert sorted(set(due)) == due


def test_jitter_keeps_the_number_of_due_times() -> None:
    jittered = Jittered(HOURLY, timedelta(minutes=30), "job")
    assert len(forward(jittered, NOON, NOON + 10 * DAY)) == 240


def test_jitter_is_spread_over_its_range_and_differs_by_seed() -> None:
    spread = timedelta(minutes=30)
    shifts = [
        due - NOON - timedelta(hours=n)
        for n, due in enumerate(forward(Jittered(HOURLY, spread, "job"), NOON, NOON + 20 * DAY))
    ]
    assert min(shifts) < spread / 20
    assert max(shifts) > spread * 19 / 20
    others = [
        Jittered(HOURLY, spread, seed).next_after(NOON - RESOLUTION) for seed in ("job", "job 2", "other")
    ]
    assert len(set(others)) == 3


def test_jitter_is_the_same_in_every_process() -> None:
    # written down once: a change of the hash would move every due time that is already claimed
    jittered = Jittered(HOURLY, timedelta(minutes=30), "test.heartbeat")
    assert jittered.next_after(NOON) == datetime(2026, 1, 1, 12, 1, 46, 798000, tzinfo=UTC)


def test_nothing_comes_after_a_jittered_end() -> None:
    jittered = Jittered(Date(NOON), timedelta(minutes=5), "job")
    due = jittered.next_after(NOON - RESOLUTION)
    assert due is not None
    assert jittered.next_after(due) is None
    assert jittered.latest_at(due) == due
    assert jittered.latest_at(due - RESOLUTION) is None
    assert jittered.latest_at(NOON - RESOLUTION) is None


def test_a_negative_jitter_is_refused() -> None:
    with pytest.raises(ScheduleError, match="negative") as refused:
        Jittered(HOURLY, timedelta(seconds=-1), "job")
    assert refused.value.hint


def test_any_of_is_due_when_one_of_them_is() -> None:
    both = Or((Interval(timedelta(hours=4)), Interval(timedelta(hours=6)), Date(NOON + timedelta(hours=1))))
    window = NOON, NOON + DAY / 2
    assert [due.hour for due in forward(both, *window)] == [12, 13, 16, 18, 20]
    assert [due.hour for due in backward(both, *window)] == [12, 13, 16, 18, 20]
    assert Or((Date(NOON),)).next_after(NOON) is None
    assert Or((Date(NOON),)).latest_at(NOON - RESOLUTION) is None


def test_all_of_is_due_when_all_of_them_are() -> None:
    both = And((Interval(timedelta(hours=4)), Interval(timedelta(hours=6))))
    window = NOON, NOON + DAY
    assert [due.hour for due in forward(both, *window)] == [12, 0]
    assert [due.hour for due in backward(both, *window)] == [12, 0]


def test_all_of_ends_with_the_first_of_them() -> None:
    both = And((HOURLY, Date(NOON)))
    assert both.next_after(NOON) is None
    assert both.latest_at(NOON) == NOON
    assert both.latest_at(NOON - RESOLUTION) is None


def test_all_of_gives_up_on_schedules_that_never_agree() -> None:
    both = And((HOURLY, Interval(timedelta(hours=1), NOON + timedelta(minutes=30))))
    assert both.next_after(NOON) is None
    assert both.latest_at(NOON) is None
