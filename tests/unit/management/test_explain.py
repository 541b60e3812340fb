"""Schedules explained: words, warnings, due times."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from docassemble.Scheduler.core.errors import DefinitionError
from docassemble.Scheduler.management.drafts.explain import explain

NOON = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)


def test_a_crontab_is_said_in_words_with_its_next_due_times_in_its_zone():
    found = explain("30 4 * * MON-FRI", "America/New_York", NOON)
    assert found.words == "at 04:30, Monday to Friday, New York time"
    assert [due.isoformat() for due in found.due] == [
        f"2026-03-{day}-{offset}"
        for day, offset in [
            ("03T04:30:00", "05:00"),
            ("04T04:30:00", "05:00"),
            ("05T04:30:00", "05:00"),
            ("06T04:30:00", "05:00"),
            ("09T04:30:00", "04:00"),
        ]
    ]
    assert found.warnings == ()


def test_so_many_due_times_as_are_asked_for():
    assert len(explain("@hourly", "UTC", NOON, 12).due) == 12


@pytest.mark.parametrize("text", ["every 5 minutes", " Every  5   minutes"])
def test_words_are_explained_too(text):
    found = explain(text, "UTC", NOON)
    assert found.words == "every 5 minutes"
    assert found.due[0] == datetime(2026, 3, 2, 12, 5, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("crontab", "zone", "code"),
    [("*/40 * * * *", "UTC", "uneven-step"), ("15 2 * * *", "America/New_York", "daylight-saving-gap")],
)
def test_a_trap_is_a_warning(crontab, zone, code):
    assert [each.code for each in explain(crontab, zone, NOON).warnings] == [code]


@pytest.mark.parametrize(
    ("crontab", "zone", "code"),
    [
        ("", "UTC", "wrong-type"),
        ("* * *", "UTC", "bad-crontab"),
        ("99 * * * *", "UTC", "bad-crontab"),
        ("0 0 31 2 *", "UTC", "bad-crontab"),
        ("every now and then", "UTC", "bad-duration"),
        ("* * * * *", "Mars/Olympus", "bad-time-zone"),
        ("* * * * *", "../../etc/passwd", "bad-time-zone"),
        ("${HOME}", "UTC", "undefined-variable"),
        ("x" * 200_000, "UTC", "too-large"),
    ],
)
def test_what_is_none_is_told_with_a_way_out(crontab, zone, code):
    with pytest.raises(DefinitionError) as error:
        explain(crontab, zone, NOON)
    assert [each.code for each in error.value.problems] == [code]
    assert error.value.hint
