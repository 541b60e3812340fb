"""Words for people."""

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docassemble.Scheduler.core.durations import listed, numeral, ordinal, relative, short
from docassemble.Scheduler.core.texts.phrase import zone_name

NOW = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "now"),
        (0.4, "now"),
        (-0.4, "now"),
        (1, "in 1 second"),
        (-1, "1 second ago"),
        (59.4, "in 59 seconds"),
        (59.6, "in 1 minute"),
        (180, "in 3 minutes"),
        (-200, "3 minutes ago"),
        (31 * 60, "in 31 minutes"),
        (3580, "in 1 hour"),
        (-7200, "2 hours ago"),
        (23.4 * 3600, "in 23 hours"),
        (23.8 * 3600, "in 1 day"),
        (30 * 86400, "in 30 days"),
    ],
)
def test_how_far_an_instant_is(seconds, words):
    assert relative(NOW + timedelta(seconds=seconds), NOW) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 ms"),
        (0.0124, "12 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1.0 s"),
        (1.24, "1.2 s"),
        (9.96, "10 s"),
        (34, "34 s"),
        (59.7, "1 min"),
        (312, "5 min 12 s"),
        (3599.7, "1 h"),
        (7500, "2 h 5 min"),
        (86399, "1 d"),
        (273600, "3 d 4 h"),
        (-0.5, "-500 ms"),
    ],
)
def test_how_long_something_took(seconds, words):
    assert short(timedelta(seconds=seconds)) == words


@given(st.timedeltas())
def test_there_are_words_for_every_time(duration):
    assert short(duration)
    start, end = datetime.min.replace(tzinfo=timezone.utc), datetime.max.replace(tzinfo=timezone.utc)
    if start - NOW < duration < end - NOW:
        assert relative(NOW + duration, NOW)


def test_lists():
    assert listed(["a"]) == "a"
    assert listed(["a", "b"]) == "a and b"
    assert listed(["a", "b", "c"], "or") == "a, b or c"


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1, "1st"),
        (2, "2nd"),
        (3, "3rd"),
        (4, "4th"),
        (11, "11th"),
        (12, "12th"),
        (13, "13th"),
        (21, "21st"),
        (30, "30th"),
    ],
)
def test_numerals(number, words):
    assert numeral(number) == words


def test_small_ordinals_are_in_letters():
    assert [ordinal(number) for number in (2, 5, 12, 15)] == ["second", "fifth", "twelfth", "15th"]


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("America/New_York", "New York time"),
        ("America/Argentina/Buenos_Aires", "Buenos Aires time"),
        ("Etc/UTC", "UTC"),
        ("UTC", "UTC"),
        ("Etc/GMT+5", "GMT+5"),
        ("CET", "CET"),
        ("Japan", "Japan time"),
    ],
)
def test_time_zones(key, words):
    assert str(zone_name(ZoneInfo(key))) == words
