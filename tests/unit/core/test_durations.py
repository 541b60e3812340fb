"""Durations, as they are written and as they are said."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docassemble.Scheduler.core.durations import MAX_DURATION, format_duration, parse_duration
from docassemble.Scheduler.core.errors import DurationError


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        (90, 90),
        (0, 0),
        (1.5, 1.5),
        ("90", 90),
        (" 90 ", 90),
        ("0.25", 0.25),
        ("5 minutes", 300),
        ("5 Minutes", 300),
        ("1 minute", 60),
        ("1 hour 30 minutes", 5400),
        ("1 hour, 30 minutes and 5 seconds", 5405),
        ("1 day, and 1 second", 86401),
        ("2 days", 172800),
        ("1 week", 604800),
        ("1.5 hours", 5400),
        ("90s", 90),
        ("1h30m", 5400),
        ("10 min", 600),
        ("10 mins", 600),
        ("2 hrs", 7200),
        ("3 secs", 3),
        ("1d", 86400),
        ("2 wks", 1209600),
    ],
)
def test_a_duration_is_a_number_of_seconds_or_words(written: object, seconds: float) -> None:
    assert parse_duration(written) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "written",
    [
        *(True, False, None, [], {}, date(2026, 1, 1), b"5"),
        *("", " ", "soon", "minutes", "5 minutes or so", "minutes 5", "5 5", "5 minutes and", "five minutes"),
        *("1:30", "1e3", "inf", "nan", "\u0661 minute", "5 parsecs"),
        *(-1, -0.5, "-1", "-5 minutes", float("inf"), float("nan"), float("-inf")),
        *(36526 * 86400, "101 years", "5218 weeks", 10**400, "9" * 300),
    ],
)
def test_anything_else_is_refused(written: object) -> None:
    with pytest.raises(DurationError):
        parse_duration(written)


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("5 minuets", "Did you mean `minutes`?"),
        ("5 parsecs", "Units are seconds, minutes, hours, days and weeks."),
        ("-5 minutes", "A duration cannot be negative."),
        ("soon", "Write a number of seconds, or words like `5 minutes` or `1 hour 30 minutes`."),
    ],
)
def test_the_error_shows_a_way_out(written: str, hint: str) -> None:
    with pytest.raises(DurationError) as caught:
        parse_duration(written)
    assert caught.value.hint == hint


@pytest.mark.parametrize("written", ["s3cret", "-5 s3cret", "5 s3crets", "5 minutes s3cret"])
def test_the_error_never_repeats_the_value(written: str) -> None:
    with pytest.raises(DurationError) as caught:
        parse_duration(written)
    assert "s3cret" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize(
    ("duration", "words"),
    [
        (timedelta(0), "0 seconds"),
        (timedelta(seconds=1), "1 second"),
        (timedelta(seconds=0.25), "0.25 seconds"),
        (timedelta(seconds=90), "1 minute 30 seconds"),
        (timedelta(minutes=90), "1 hour 30 minutes"),
        (timedelta(days=2), "2 days"),
        (timedelta(days=1, microseconds=1), "1 day 0.000001 seconds"),
        (timedelta(seconds=-90), "-1 minute 30 seconds"),
    ],
)
def test_a_duration_is_said_in_words(duration: timedelta, words: str) -> None:
    assert format_duration(duration) == words


@given(st.timedeltas(timedelta(0), MAX_DURATION))
def test_what_is_said_can_be_read_again(duration: timedelta) -> None:
    assert parse_duration(format_duration(duration)) == duration
