from __future__ import annotations

from datetime import datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docassemble.Scheduler.core.alerts import (
    Alert,
    AlertKind,
    AlertPolicy,
    FailureStreak,
    failed,
    is_failure,
    succeeded,
)
from docassemble.Scheduler.core.run import Status, StopReason

START = datetime(2026, 2, 1, 12, tzinfo=timezone.utc)
FAILURE, STILL, RECOVERY = AlertKind.FAILURE, AlertKind.STILL_FAILING, AlertKind.RECOVERY


def story(events: str, policy: AlertPolicy, *, step: timedelta = timedelta(minutes=1)) -> list[str]:
    """Play one event per step (`F`ailure, `S`uccess); return the mails as `step:kind:count`."""
    state, mails = FailureStreak(), []
    for number, event in enumerate(events):
        now = START + number * step
        state, alert = failed(state, now, policy) if event == "F" else succeeded(state, policy)
        if alert:
            mails.append(f"{number}:{alert.kind.value}:{alert.count}")
    return mails


@pytest.mark.parametrize(
    ("events", "mails"),
    [
        ("SSS", []),
        ("F", ["0:failure:1"]),
        ("SSF", ["2:failure:1"]),
        ("F" * 60, ["0:failure:1"]),
        ("F" * 61, ["0:failure:1", "60:still failing:60"]),
        ("F" * 150, ["0:failure:1", "60:still failing:60", "120:still failing:60"]),
        ("FSS", ["0:failure:1", "1:recovery:0"]),
        ("FFFS", ["0:failure:1", "3:recovery:2"]),
        ("F" + "S" * 60 + "F", ["0:failure:1", "1:recovery:0", "61:failure:1"]),
    ],
)
def test_the_first_failure_is_mailed_then_one_an_hour_then_the_recovery(
    events: str, mails: list[str]
) -> None:
    assert story(events, AlertPolicy()) == mails


def test_a_job_that_fails_and_works_in_turns_is_limited_too_and_no_failure_is_left_out_of_the_count() -> None:
    assert story("FS" * 61, AlertPolicy()) == [
        "0:failure:1",
        "1:recovery:0",
        "60:failure:30",
        "61:recovery:0",
        "120:failure:30",
        "121:recovery:0",
    ]


@pytest.mark.parametrize(
    ("events", "mails"),
    [
        ("FF", []),
        ("FFS", []),
        ("FFSFF", []),
        ("FFF", ["2:failure:3"]),
        ("FFFS", ["2:failure:3", "3:recovery:0"]),
        ("FFSFFF", ["5:failure:5"]),
    ],
)
def test_the_first_mail_waits_for_as_many_failures_in_a_row_as_the_policy_wants(
    events: str, mails: list[str]
) -> None:
    assert story(events, AlertPolicy(after=3)) == mails


def test_a_recovery_can_be_left_unsaid_and_what_was_not_mailed_is_in_the_next_count() -> None:
    assert story("FFS" + "S" * 60 + "F", AlertPolicy(on_recovery=False)) == ["0:failure:1", "63:failure:2"]


def test_without_a_limit_every_failure_is_mailed() -> None:
    policy = AlertPolicy(every=timedelta(0))
    assert story("FFS", policy) == ["0:failure:1", "1:still failing:1", "2:recovery:0"]


def test_a_clock_that_was_set_back_does_not_silence_a_job() -> None:
    state, _ = failed(FailureStreak(), START + timedelta(days=3000), AlertPolicy())
    _, alert = failed(state, START, AlertPolicy())
    assert alert == Alert(kind=STILL, count=1)


@given(
    events=st.lists(st.tuples(st.booleans(), st.timedeltas(timedelta(0), timedelta(hours=3)))),
    after=st.integers(1, 4),
    every=st.timedeltas(timedelta(seconds=1), timedelta(hours=5)),
    on_recovery=st.booleans(),
)
def test_mails_keep_their_distance_and_count_every_failure_once(
    events: list[tuple[bool, timedelta]], after: int, every: timedelta, on_recovery: bool
) -> None:
    policy = AlertPolicy(after=after, every=every, on_recovery=on_recovery)
    state, now, failures, told = FailureStreak(), START, 0, 0
    mailed: list[datetime] = []
    known = False
    for fails, pause in events:
        now += pause
        state, alert = failed(state, now, policy) if fails else succeeded(state, policy)
        failures += fails
        if alert:
            assert alert.kind is ((STILL if known else FAILURE) if fails else RECOVERY)
            told += alert.count
            assert told == failures
        if alert and fails:
            mailed.append(now)
        assert bool(alert) == (known and on_recovery) or fails
        known = fails and (known or bool(alert))
    assert told + state.unreported_failures == failures
    assert all(later - earlier >= every for earlier, later in pairwise(mailed))


@pytest.mark.parametrize(
    ("status", "reason", "expected"),
    [
        (Status.SUCCEEDED, None, False),
        (Status.FAILED, None, True),
        (Status.TIMED_OUT, StopReason.TIMEOUT.value, True),
        (Status.INTERRUPTED, "its process died", True),
        (Status.INTERRUPTED, StopReason.RESTART.value, True),
        (Status.STOPPED, StopReason.BY_HAND.value, False),
        (Status.INTERRUPTED, StopReason.REPLACED.value, False),
        (Status.SKIPPED, "`only if` said no", False),
        (Status.MISSED, None, False),
    ],
)
def test_what_somebody_wanted_to_end_has_not_failed(
    status: Status, reason: str | None, expected: bool
) -> None:
    assert is_failure(status, reason) is expected
