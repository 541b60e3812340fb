"""Claims: each due time is taken by one."""

from datetime import datetime, timedelta, timezone

import pytest

from docassemble.Scheduler.claims import MemoryClaims
from docassemble.Scheduler.job import Overlap
from docassemble.Scheduler.record import Due, Outcome, Run, Status
from docassemble.Scheduler.schedule.interval import Interval
from docassemble.Scheduler.testing import job

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
MINUTE = timedelta(minutes=1)


def due(name: str = "a.b", minutes: int = 0, **fields) -> Due:
    return Due(job(name, Interval(MINUTE), **fields), NOON + minutes * MINUTE)


def finish(claims: MemoryClaims, run: Run) -> None:
    claims.finish(run, Outcome(status=Status.SUCCEEDED, started=NOON, finished=NOON))


def claim(claims: MemoryClaims, wanted: Due):
    (answer,) = claims.claim([wanted], NOON)
    return answer


def test_a_due_time_is_claimed_once():
    claims = MemoryClaims()
    first = claim(claims, due())
    assert isinstance(first, Run)
    finish(claims, first)
    again = claim(claims, due())
    assert again.status is None


def test_an_earlier_due_time_than_the_last_one_taken_is_refused():
    claims = MemoryClaims()
    finish(claims, claim(claims, due(minutes=5)))
    assert claim(claims, due(minutes=4)).status is None


def test_a_due_time_during_the_previous_run_is_skipped():
    claims = MemoryClaims()
    claim(claims, due())
    skipped = claim(claims, due(minutes=1))
    assert skipped.status is Status.SKIPPED
    assert "still going" in skipped.reason


def test_a_skipped_due_time_stays_taken_when_the_run_has_ended():
    claims = MemoryClaims()
    run = claim(claims, due())
    claim(claims, due(minutes=1))
    finish(claims, run)
    assert claim(claims, due(minutes=1)).status is None
    assert isinstance(claim(claims, due(minutes=2)), Run)


def test_overlap_allow_lets_runs_overlap():
    claims = MemoryClaims()
    claim(claims, due(overlap=Overlap.ALLOW))
    assert isinstance(claim(claims, due(minutes=1, overlap=Overlap.ALLOW)), Run)


@pytest.mark.parametrize("names", [["a.b", "a.c"], ["a.b 1", "a.b 2"]])
def test_different_jobs_do_not_stand_in_each_others_way(names):
    claims = MemoryClaims()
    answers = claims.claim([due(name) for name in names], NOON)
    assert [type(answer) for answer in answers] == [Run, Run]
