"""Interval, Date and OnDemand."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docassemble.Scheduler.core.errors import ScheduleError
from docassemble.Scheduler.schedules.instants import EPOCH
from docassemble.Scheduler.schedules.simple import Date, Interval, OnDemand
from tests.unit.schedules.checks import RESOLUTION, property_of

UTC = timezone.utc
INSTANTS = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
PERIODS = st.timedeltas(timedelta(seconds=1), timedelta(days=1000))


@property_of(200)
@given(PERIODS, INSTANTS, INSTANTS)
def test_due_times_are_the_multiples_of_the_period(
    period: timedelta, anchor: datetime, instant: datetime
) -> None:
    interval = Interval(period, anchor)
    due, latest = interval.next_after(instant), interval.latest_at(instant)
    assert due is not None
    assert latest is not None
    assert latest <= instant < due
    assert due - latest == period
    assert (due - anchor) % period == timedelta(0)


@property_of(100)
@given(PERIODS, INSTANTS)
def test_what_is_next_is_the_latest_once_it_has_come(period: timedelta, instant: datetime) -> None:
    interval = Interval(period)
    due = interval.next_after(instant)
    assert due is not None
    assert interval.latest_at(due) == due
    assert interval.latest_at(due - RESOLUTION) == interval.latest_at(instant)


def test_it_is_counted_from_the_epoch() -> None:
    assert Interval(timedelta(days=1)).next_after(EPOCH + timedelta(hours=5)) == EPOCH + timedelta(days=1)


def test_the_anchor_may_be_in_any_zone() -> None:
    tokyo = timezone(timedelta(hours=9))
    interval = Interval(timedelta(days=1), datetime(2026, 1, 1, 8, tzinfo=tokyo))
    due = interval.next_after(datetime(2026, 1, 5, tzinfo=UTC))
    assert due == datetime(2026, 1, 5, 23, tzinfo=UTC)
    assert due.tzinfo is UTC
    assert interval == Interval(timedelta(days=1), datetime(2025, 12, 31, 23, tzinfo=UTC))


@pytest.mark.parametrize("period", [timedelta(0), timedelta(seconds=-5), timedelta(milliseconds=999)])
def test_a_period_of_less_than_a_second_is_refused(period: timedelta) -> None:
    with pytest.raises(ScheduleError, match="too short") as refused:
        Interval(period)
    assert refused.value.hint


def test_the_calendar_has_ends() -> None:
    interval = Interval(timedelta(days=4_000_000))
    assert interval.next_after(EPOCH) is None
    assert interval.latest_at(EPOCH - RESOLUTION) is None


def test_once_is_due_once() -> None:
    at = datetime(2026, 1, 1, 12, tzinfo=UTC)
    once = Date(at)
    assert once.next_after(at - RESOLUTION) == at
    assert once.next_after(at) is None
    assert once.latest_at(at) == at
    assert once.latest_at(at - RESOLUTION) is None


def test_once_refuses_a_naive_instant() -> None:
    with pytest.raises(ScheduleError, match="no time zone"):
        Date(datetime(2026, 1, 1))  # noqa: DTZ001


@given(INSTANTS)
def test_what_is_on_demand_is_never_due(instant: datetime) -> None:
    assert OnDemand().next_after(instant) is None
    assert OnDemand().latest_at(instant) is None
