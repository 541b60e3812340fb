"""Schedules are said with texts that words files can have, each with an example."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from docassemble.Scheduler.config import parse
from docassemble.Scheduler.core.texts.phrase import (
    PLACEHOLDER,
    City,
    Length,
    Moment,
    Month,
    Ordinal,
    Phrase,
    Place,
    Series,
    TimeOfDay,
    Weekday,
    zone_name,
)
from docassemble.Scheduler.schedules.describe import describe, phrase
from tests.unit.schedules.checks import property_of
from tests.unit.schedules.phrases import BERLIN, EXAMPLES, NOON, texts
from tests.unit.schedules.test_schedule_words import KEYS


@pytest.mark.parametrize("text", EXAMPLES)
def test_each_text_is_used(text: str) -> None:
    assert text in set(texts(phrase(EXAMPLES[text], BERLIN)))


@property_of(300)
@given(KEYS)
def test_no_schedule_has_another_text(keys: dict[str, Any]) -> None:
    configuration = parse({"a.b": keys}, zone="Europe/Berlin", environ={}, now=NOON)
    for job in configuration.jobs:
        said = phrase(job.schedule, ZoneInfo(job.time_zone))
        assert set(texts(said)) <= EXAMPLES.keys()
        assert str(said) == describe(job.schedule, ZoneInfo(job.time_zone))


@pytest.mark.parametrize("text", EXAMPLES)
def test_each_placeholder_has_a_value(text: str) -> None:
    def check(value: Any) -> None:
        if isinstance(value, Phrase):
            assert {name for name, _ in value.values} == set(PLACEHOLDER.findall(value.text))
            for _, each in value.values:
                check(each)
        for item in value.items if isinstance(value, Series) else ():
            check(item)

    check(phrase(EXAMPLES[text], BERLIN))


@pytest.mark.parametrize(
    ("value", "english"),
    [
        (Ordinal(5), "fifth"),
        (Ordinal(21), "21st"),
        (Weekday(0), "Monday"),
        (Weekday(6), "Sunday"),
        (Month(12), "December"),
        (TimeOfDay(4, 5), "04:05"),
        (TimeOfDay(4, 5, 6), "04:05:06"),
        (Moment(NOON, BERLIN), "2026-11-21 at 13:00"),
        (City(ZoneInfo("America/New_York")), "New York"),
        (Place("US", "the United States"), "the United States"),
        (Length(NOON - NOON.replace(hour=10, minute=30)), "1 hour 30 minutes"),
        (Series.of(["a", "b", "c"]), "a, b and c"),
        (Series.of(["a", "b"], "or"), "a or b"),
        (Series.of(["a", "b"], "; and "), "a; and b"),
        (Phrase.of("{a} and {b}, {c}", a="{b}", b=2), "{b} and 2, {c}"),
        (zone_name(ZoneInfo("Etc/UTC")), "UTC"),
    ],
)
def test_english_is_the_text_of_each(value: Any, english: str) -> None:
    assert str(value) == english
