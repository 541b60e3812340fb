"""The rules for a job whose due time counts from the end of its last run (C29)."""

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docassemble.Scheduler.core.decision import State, decide
from docassemble.Scheduler.core.job import Missed, Overlap
from docassemble.Scheduler.core.run import Status, Trigger
from docassemble.Scheduler.schedules.after_end import AfterEnd
from docassemble.Scheduler.testing import job

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
TEN = 10 * MINUTE
DUE = NOON + TEN


def chained(delay=TEN, *, end=None, **fields):
    schedule = AfterEnd(delay=delay, zone=ZoneInfo("UTC"), end=end)
    return job("a.b", schedule, type="after end", **{"misfire_grace_time": None} | fields)


def decided(now, a_job=None, **state):
    return decide(a_job or chained(), State(**{"cursor": NOON} | state), now)


def unrun(decision):
    return [(each.status, each.first, each.last, each.count, each.reason) for each in decision.unrun]


def test_nothing_is_due_before_the_interval_is_over():
    assert decided(DUE - SECOND) is None


@pytest.mark.parametrize(
    ("late", "trigger"),
    [(timedelta(), Trigger.SCHEDULE), (9 * SECOND, Trigger.SCHEDULE), (HOUR, Trigger.CATCH_UP)],
)
def test_one_due_time_is_run_however_late(late, trigger):
    decision = decided(DUE + late)
    assert (decision.run, decision.cursor, decision.trigger) == (DUE, DUE, trigger)
    assert (decision.unrun, decision.more) == ((), False)


@pytest.mark.parametrize("overlap", Overlap)
def test_nothing_is_due_while_a_run_goes_on_whatever_overlap_says(overlap):
    a_job = chained(overlap=overlap)
    assert a_job.is_exclusive
    assert decided(DUE + HOUR, a_job, busy_since=DUE) is None


def test_what_is_missed_counts_anew_from_when_that_is_noticed():
    decision = decided(DUE + HOUR, chained(misfire_grace_time=MINUTE))
    assert (decision.run, decision.cursor) == (None, DUE + HOUR)
    assert [each[:4] for each in unrun(decision)] == [(Status.MISSED, DUE, DUE, 1)]


def test_what_nobody_was_up_for_is_missed_if_the_job_says_so():
    assert decided(DUE + 9 * SECOND, chained(missed=Missed.SKIP)).run == DUE
    assert decided(DUE + MINUTE, chained(missed=Missed.SKIP)).cursor == DUE + MINUTE


def test_missed_all_is_one():
    assert decided(DUE + 24 * HOUR, chained(missed=Missed.ALL)).run == DUE


def test_a_paused_job_waits():
    assert decided(DUE + HOUR, paused=True) is None


def test_after_a_pause_it_counts_from_the_end_of_that():
    resumed = DUE + HOUR
    decision = decided(resumed + MINUTE, resumed_at=resumed)
    assert (decision.run, decision.cursor) == (None, resumed)
    assert unrun(decision) == [(Status.SKIPPED, DUE, DUE, 1, "the job is paused")]


def test_what_was_due_after_the_pause_is_run_at_once():
    resumed = DUE + HOUR
    decision = decided(resumed + TEN, resumed_at=resumed)
    assert decision.run == decision.cursor == resumed + TEN
    assert [each[:2] for each in unrun(decision)] == [(Status.SKIPPED, DUE)]


def test_a_pause_that_was_over_before_it_was_due_makes_no_difference():
    assert decided(DUE, resumed_at=DUE - SECOND).run == DUE


def test_the_last_due_time_of_a_paused_job_is_skipped_at_once():
    decision = decided(DUE + HOUR, chained(end=DUE + MINUTE), paused=True)
    assert (decision.run, decision.cursor) == (None, DUE + HOUR)


def test_a_lock_that_another_job_has_is_waited_for_or_the_due_time_skipped():
    waiting = decided(DUE, chained(lock="x", overlap=Overlap.QUEUE), locked_since=NOON)
    assert (waiting.run, waiting.cursor, waiting.more) == (None, NOON, True)
    skipped = decided(DUE + SECOND, chained(lock="x"), locked_since=NOON)
    assert (skipped.run, skipped.cursor, skipped.more) == (None, DUE + SECOND, False)
    assert skipped.unrun[0].status is Status.SKIPPED


def test_after_the_end_of_the_schedule_nothing_is_due():
    assert decided(DUE + HOUR, chained(end=DUE - SECOND)) is None


times = st.integers(0, 7200).map(lambda seconds: NOON + seconds * SECOND)


states = st.builds(State, cursor=times, resumed_at=st.none() | times, paused=st.booleans())


@given(st.integers(1, 3600), states, times, st.sampled_from(Missed))
def test_the_cursor_only_moves_forward_and_nothing_runs_too_early(delay, state, now, missed):
    a_job = chained(delay * SECOND, missed=missed, misfire_grace_time=30 * SECOND)
    cursor = state.cursor
    decision = decide(a_job, state, now)
    if decision is None:
        return
    assert cursor < decision.cursor <= now
    assert all(each.count == 1 and each.first >= cursor + delay * SECOND for each in decision.unrun)
    if decision.run is not None:
        assert not state.paused
        assert cursor + delay * SECOND <= decision.run <= now
    again = decide(a_job, State(cursor=decision.cursor, busy_since=decision.run), now)
    assert again is None or decision.run is None
