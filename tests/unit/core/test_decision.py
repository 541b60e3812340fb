"""The rules for late, missed and overlapping due times."""

import dataclasses
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docassemble.Scheduler.core.decision import MAX_COUNTED, State, decide
from docassemble.Scheduler.core.job import Missed, Overlap
from docassemble.Scheduler.core.run import Status, Trigger
from docassemble.Scheduler.schedules.modifiers import Jittered
from docassemble.Scheduler.schedules.simple import Date, Interval
from docassemble.Scheduler.testing import job

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
STATE = [field.name for field in dataclasses.fields(State)]


def decided(*, now, period=MINUTE, **fields):
    known = {name: fields.pop(name) for name in STATE if name in fields}
    return decide(job("a.b", Interval(period), **fields), State(**{"cursor": NOON} | known), now)


def unrun(decision):
    return [(unrun.status, unrun.first, unrun.last, unrun.count) for unrun in decision.unrun]


def test_nothing_is_due_before_the_next_due_time():
    assert decided(now=NOON + 59 * SECOND) is None


def test_a_due_time_is_run():
    decision = decided(now=NOON + MINUTE)
    assert (decision.run, decision.cursor, decision.trigger) == (
        NOON + MINUTE,
        NOON + MINUTE,
        Trigger.SCHEDULE,
    )
    assert not decision.unrun
    assert not decision.more


def test_a_late_due_time_is_a_catch_up():
    assert decided(now=NOON + MINUTE + 11 * SECOND).trigger is Trigger.CATCH_UP


def test_the_latest_stands_for_those_before_it():
    decision = decided(now=NOON + 5 * MINUTE)
    assert decision.run == NOON + 5 * MINUTE
    assert unrun(decision) == [(Status.MISSED, NOON + MINUTE, NOON + 4 * MINUTE, 4)]


def test_a_due_time_at_the_end_of_its_grace_is_run_and_one_later_is_missed():
    hourly = {"period": timedelta(hours=1), "misfire_grace_time": MINUTE}
    due = NOON + timedelta(hours=1)
    assert decided(now=due + MINUTE, **hourly).run == due
    decision = decided(now=due + MINUTE + timedelta.resolution, **hourly)
    assert decision.run is None
    assert decision.cursor == due
    assert unrun(decision) == [(Status.MISSED, due, due, 1)]


def test_without_a_grace_time_a_due_time_is_run_however_late():
    yearly = {"period": timedelta(days=365), "misfire_grace_time": None}
    assert (
        decided(now=NOON + timedelta(days=400), cursor=NOON - timedelta(days=365), **yearly).run is not None
    )


def test_missed_skip_runs_only_what_is_on_time():
    hourly = {"period": timedelta(hours=1), "missed": Missed.SKIP}
    due = NOON + timedelta(hours=1)
    assert decided(now=due + 9 * SECOND, **hourly).run == due
    decision = decided(now=due + 11 * SECOND, **hourly)
    assert decision.run is None
    assert [unrun.status for unrun in decision.unrun] == [Status.MISSED]


def test_missed_all_runs_the_earliest_within_the_grace_and_says_that_more_remain():
    decision = decided(
        now=NOON + timedelta(hours=1), period=SECOND, missed=Missed.ALL, misfire_grace_time=MINUTE
    )
    assert decision.run == NOON + timedelta(minutes=59)
    assert decision.more
    assert unrun(decision) == [(Status.MISSED, NOON + SECOND, NOON + timedelta(minutes=59) - SECOND, 3539)]


def test_a_due_time_during_a_run_is_skipped():
    decision = decided(now=NOON + MINUTE, busy_since=NOON)
    assert decision.run is None
    assert decision.cursor == NOON + MINUTE
    assert [unrun.status for unrun in decision.unrun] == [Status.SKIPPED]


def test_a_due_time_before_the_run_began_waits_for_its_end():
    decision = decided(now=NOON + 2 * MINUTE, busy_since=NOON + 2 * MINUTE, missed=Missed.ALL)
    assert decision.run is None
    assert decision.more
    assert decision.cursor == NOON
    assert not decision.unrun


def test_a_job_that_may_overlap_runs_during_a_run():
    assert decided(now=NOON + MINUTE, busy_since=NOON, overlap=Overlap.ALLOW).run == NOON + MINUTE


def test_a_job_that_queues_waits_for_the_run_and_only_the_latest_due_time_waits():
    decision = decided(now=NOON + 3 * MINUTE, busy_since=NOON, overlap=Overlap.QUEUE)
    assert decision.run is None
    assert decision.more
    assert unrun(decision) == [(Status.MISSED, NOON + MINUTE, NOON + 2 * MINUTE, 2)]


def test_a_paused_job_is_left_alone_until_it_is_resumed():
    assert decided(now=NOON + 3 * MINUTE, paused=True) is None


def test_a_paused_job_that_is_never_due_again_has_its_due_time_on_record_as_skipped():
    state = State(cursor=NOON, paused=True)
    decision = decide(job("once", Date(NOON + MINUTE)), state, NOON + 3 * MINUTE)
    assert decision.run is None
    assert unrun(decision) == [(Status.SKIPPED, NOON + MINUTE, NOON + MINUTE, 1)]


def test_due_times_that_passed_during_a_pause_are_skipped_after_it_and_later_ones_are_run():
    decision = decided(now=NOON + 5 * MINUTE, resumed_at=NOON + 2 * MINUTE + SECOND, missed=Missed.ALL)
    assert unrun(decision) == [(Status.SKIPPED, NOON + MINUTE, NOON + 2 * MINUTE, 2)]
    assert decision.run == NOON + 3 * MINUTE
    assert decision.more


def test_a_pause_that_ended_before_the_cursor_is_forgotten():
    decision = decided(now=NOON + MINUTE, resumed_at=NOON + SECOND)
    assert (decision.run, decision.unrun) == (NOON + MINUTE, ())


def test_due_times_that_passed_during_a_pause_are_skipped_although_the_job_is_busy():
    decision = decided(now=NOON + 2 * MINUTE, resumed_at=NOON + MINUTE, busy_since=NOON)
    assert unrun(decision) == [
        (Status.SKIPPED, NOON + MINUTE, NOON + MINUTE, 1),
        (Status.SKIPPED, NOON + 2 * MINUTE, NOON + 2 * MINUTE, 1),
    ]
    assert [unrun.reason for unrun in decision.unrun] == [
        "the job is paused",
        "the previous run is still going",
    ]


def test_a_pause_that_will_end_by_a_clock_that_is_ahead_skips_no_due_time_of_the_future():
    decision = decided(now=NOON + MINUTE, resumed_at=NOON + 2 * MINUTE)
    assert unrun(decision) == [(Status.SKIPPED, NOON + MINUTE, NOON + MINUTE, 1)]


def test_the_next_run_replaces_the_present_one_and_the_latest_due_time_stands_for_all():
    decision = decided(now=NOON + 3 * MINUTE, busy_since=NOON, overlap=Overlap.REPLACE)
    assert (decision.run, decision.more, decision.stop) == (None, True, True)
    assert unrun(decision) == [(Status.MISSED, NOON + MINUTE, NOON + 2 * MINUTE, 2)]


@pytest.mark.parametrize("overlap", [each for each in Overlap if each is not Overlap.REPLACE])
def test_with_another_overlap_nothing_is_stopped(overlap):
    assert not decided(now=NOON + MINUTE, busy_since=NOON, overlap=overlap).stop


def test_a_run_is_not_replaced_by_what_was_due_before_it_began():
    decision = decided(now=NOON + MINUTE, busy_since=NOON + MINUTE, overlap=Overlap.REPLACE)
    assert (decision.run, decision.more, decision.stop) == (None, True, False)


@pytest.mark.parametrize("overlap", Overlap)
def test_a_lock_that_another_job_has_makes_a_job_busy_but_that_job_is_never_stopped(overlap):
    decision = decided(now=NOON + MINUTE, locked_since=NOON, lock="files", overlap=overlap)
    assert (decision.run, decision.stop) == (None, False)
    reasons = [unrun.reason for unrun in decision.unrun]
    skips = overlap is Overlap.SKIP
    assert reasons == (["another job with the lock files is still going"] if skips else [])
    assert decision.more is not skips


def test_what_was_due_before_another_job_took_the_lock_waits_for_it():
    decision = decided(now=NOON + MINUTE, locked_since=NOON + MINUTE, lock="files")
    assert (decision.run, decision.more, decision.unrun) == (None, True, ())


def test_a_very_long_gap_is_counted_no_further_than_it_is_worth():
    decision = decided(now=NOON + timedelta(days=365), period=SECOND)
    assert decision.unrun[0].count == MAX_COUNTED


@pytest.mark.parametrize("back", [timedelta(0), SECOND, timedelta(hours=1)])
def test_a_clock_that_steps_back_makes_nothing_due_again(back):
    assert decided(now=NOON + MINUTE - back, cursor=NOON + MINUTE) is None


@given(
    steps=st.lists(st.floats(0.1, 400), min_size=1, max_size=40),
    period=st.integers(1, 300),
    missed=st.sampled_from(Missed),
    grace=st.one_of(st.none(), st.integers(1, 600).map(lambda seconds: timedelta(seconds=seconds))),
    overlap=st.sampled_from(Overlap),
    lock=st.sampled_from([None, "files"]),
    how=st.lists(st.sampled_from(["free", "busy", "locked", "paused", "resumed"]), min_size=40, max_size=40),
)
def test_every_due_time_ends_once_run_skipped_or_missed(*, steps, period, missed, grace, overlap, lock, how):
    schedule = Interval(timedelta(seconds=period))
    a_job = job("a.b", schedule, missed=missed, misfire_grace_time=grace, overlap=overlap, lock=lock)
    now, cursor, covered = NOON, NOON, []
    for step, state_is in zip(steps, how, strict=False):
        now += timedelta(seconds=step)
        earlier = now - timedelta(seconds=30)
        state = State(
            cursor=cursor,
            busy_since=earlier if state_is == "busy" else None,
            locked_since=earlier if state_is == "locked" else None,
            paused=state_is == "paused",
            resumed_at=earlier if state_is == "resumed" else None,
        )
        decision = decide(a_job, state, now)
        if decision is None:
            continue
        for unrun in decision.unrun:
            covered.extend([(unrun.first, unrun.last)])
        if decision.run is not None:
            covered.append((decision.run, decision.run))
        cursor = decision.cursor
    expected = schedule.next_after(NOON)
    for first, last in covered:
        assert first == expected
        assert last <= now
        expected = schedule.next_after(last)
    assert cursor == NOON or covered[-1][1] == cursor


class Costly(Interval):
    """Counts what it is asked."""

    asked = 0

    def next_after(self, instant):
        Costly.asked += 1
        return super().next_after(instant)

    def latest_at(self, instant):
        Costly.asked += 1
        return super().latest_at(instant)


@pytest.mark.parametrize("spread", [0, 1, 59, 3600])
def test_due_times_that_were_missed_are_counted_as_fast_with_jitter(spread):
    schedule = Jittered(Costly(MINUTE), spread * SECOND, "a.b")
    first, later = schedule.next_after(NOON), NOON + 500 * MINUTE
    Costly.asked = 0
    (unrun,) = decide(job("a.b", schedule), State(cursor=NOON), later).unrun
    assert Costly.asked < 600
    assert unrun.first == first
    assert unrun.count == sum(1 for _ in dues(schedule, first, unrun.last))


def dues(schedule, first, last):
    while first <= last:
        yield first
        first = schedule.next_after(first)
