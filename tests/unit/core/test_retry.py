"""Whether and when a run is tried again."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docassemble.Scheduler.core.retry import (
    MAX_DELAY,
    pause_before_resuming,
    pause_before_retry,
    retry_at,
)
from docassemble.Scheduler.core.run import Status
from docassemble.Scheduler.schedules.simple import Interval
from docassemble.Scheduler.testing import job

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
SECOND = timedelta(seconds=1)
FIRST, LAST = "0" * 32, "f" * 32


def retried(status, *, attempt=1, **fields):
    return retry_at(job("a.b", Interval(60 * SECOND), **fields), status, run=FIRST, attempt=attempt, now=NOON)


@pytest.mark.parametrize("status", [Status.FAILED, Status.TIMED_OUT])
def test_a_failure_is_tried_again_as_often_as_the_job_says(status):
    assert retried(status, retries=2, attempt=1) == NOON + 30 * SECOND
    assert retried(status, retries=2, attempt=2) == NOON + 60 * SECOND
    assert retried(status, retries=2, attempt=3) is None
    assert retried(status) is None


@pytest.mark.parametrize("status", [Status.SUCCEEDED, Status.SKIPPED, Status.MISSED])
def test_what_is_no_failure_is_never_tried_again(status):
    assert retried(status, retries=5, resumable=True) is None


def test_an_interrupted_run_is_tried_again_only_when_the_job_is_resumable():
    assert retried(Status.INTERRUPTED, resumable=True) == NOON
    assert retried(Status.INTERRUPTED, retries=5) is None
    assert retried(Status.STOPPED, resumable=True, retries=5) is None


@pytest.mark.parametrize(("attempt", "seconds"), [(1, 0), (2, 10), (3, 20), (4, 40), (7, 300), (1000, 300)])
def test_a_run_that_is_interrupted_again_and_again_waits_longer_and_longer(attempt, seconds):
    assert pause_before_resuming(attempt) == seconds * SECOND


@pytest.mark.parametrize(
    ("attempt", "seconds"), [(1, 30), (2, 60), (3, 120), (7, 1920), (8, 3600), (999, 3600)]
)
def test_the_pause_doubles_up_to_an_hour(attempt, seconds):
    assert pause_before_retry(30 * SECOND, attempt, FIRST) == seconds * SECOND


@given(st.timedeltas(timedelta(), timedelta(days=3)), st.integers(1, 100))
def test_the_spread_takes_off_less_than_a_tenth_and_never_more_than_the_limit_is_waited(delay, attempt):
    longest, shortest = (pause_before_retry(delay, attempt, run) for run in (FIRST, LAST))
    assert longest * 0.9 <= shortest + timedelta.resolution
    assert shortest <= longest <= MAX_DELAY
