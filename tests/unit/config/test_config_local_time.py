"""Gaps of daylight saving."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from blocks import NOW

from docassemble.Scheduler.config.values.times import gaps, is_in_gap, to_utc


@pytest.mark.parametrize(
    ("zone", "start", "length"),
    [
        ("Europe/Berlin", "2027-03-28 02:00", 60),
        ("America/New_York", "2027-03-14 02:00", 60),
        ("Australia/Lord_Howe", "2027-10-03 02:00", 30),
        ("America/Havana", "2027-03-14 00:00", 60),
    ],
)
def test_the_gap_of_the_next_year_is_found(zone: str, start: str, length: int) -> None:
    begins = datetime.fromisoformat(start)
    assert list(gaps(ZoneInfo(zone), NOW)) == [(begins, begins + timedelta(minutes=length))]


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/Phoenix"])
def test_a_zone_without_daylight_saving_has_none(zone: str) -> None:
    assert list(gaps(ZoneInfo(zone), NOW)) == []


def test_a_gap_is_found_from_any_instant_before_it() -> None:
    change = datetime(2027, 3, 28, 1, tzinfo=timezone.utc)
    for seconds in (1, 59, 3600, 86400.5, 604800, 604801):
        ((start, _),) = gaps(
            ZoneInfo("Europe/Berlin"), change - timedelta(seconds=seconds), timedelta(days=30)
        )
        assert start.isoformat() == "2027-03-28T02:00:00"


def test_a_time_in_a_gap_is_taken_as_if_the_clocks_had_not_moved() -> None:
    local = datetime.fromisoformat("2027-03-28 02:30")
    assert is_in_gap(local, ZoneInfo("Europe/Berlin"))
    assert to_utc(local, ZoneInfo("Europe/Berlin")) == datetime(2027, 3, 28, 1, 30, tzinfo=timezone.utc)


def test_an_instant_with_a_zone_of_its_own_is_in_no_gap() -> None:
    assert not is_in_gap(datetime(2027, 3, 28, 2, 30, tzinfo=timezone.utc), ZoneInfo("Europe/Berlin"))
