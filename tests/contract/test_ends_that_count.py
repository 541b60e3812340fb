"""Jobs whose next due time counts from the end of their last run (C29)."""

from zoneinfo import ZoneInfo

import pytest
from minutely import MINUTE, NOON, SECOND, claim, claim_retry, every_minute, opened, outcome, process

from docassemble.Scheduler.core.run import EndedRun, Status
from docassemble.Scheduler.schedules.after_end import AfterEnd
from docassemble.Scheduler.store.base import ClaimRequest
from docassemble.Scheduler.testing import job

TEN = 10 * MINUTE
DUE = NOON + TEN


def chained(name="a.b", delay=TEN, **fields):
    schedule = AfterEnd(delay=delay, zone=ZoneInfo("UTC"))
    return job(name, schedule, type="after end", **{"misfire_grace_time": None} | fields)


JOB = chained()


def requested(store, a_job, now):
    run_request = store.request_run(a_job.name, now, "alice")
    (answer,) = store.claim([ClaimRequest(a_job, run_request=run_request)], now)
    return answer


def cursor(store, a_job=JOB):
    (record,) = store.jobs([a_job.name])
    return record.cursor


def test_the_first_run_comes_one_interval_after_the_job_was_first_seen(world):
    store = opened(world, JOB)
    assert claim(store, JOB, DUE - SECOND).run is None
    assert claim(store, JOB, DUE).run.due.at == DUE


def test_who_asks_too_soon_is_told_from_when_on_it_counts(world):
    first, second = opened(world, JOB), opened(world, JOB, name="two")
    early = claim(second, JOB, NOON + MINUTE)
    assert (early.run, early.cursor) == (None, NOON)
    run = claim(first, JOB, DUE).run
    assert claim(second, JOB, DUE + MINUTE).cursor is None  # nobody knows when the run will end
    first.finish(run, outcome(at=DUE + 2 * MINUTE))
    assert claim(second, JOB, DUE + 3 * MINUTE).cursor == DUE + 2 * MINUTE
    assert claim(second, every_minute("other"), NOON).cursor is None


def test_the_next_run_counts_from_the_end_on_every_server(world):
    first, second = opened(world, JOB), opened(world, JOB, name="two")
    run = claim(first, JOB, DUE).run
    end = DUE + 3 * MINUTE
    assert claim(second, JOB, end).run is None
    first.finish(run, outcome(at=end))
    assert claim(second, JOB, end + TEN - SECOND).run is None
    again = claim(second, JOB, end + TEN).run
    assert again.due.at == end + TEN
    assert claim(first, JOB, end + TEN).run is None


def test_an_end_that_comes_with_a_claim_counts_as_well(world):
    store = opened(world, JOB, every_minute("other"))
    other = every_minute("other")
    run = claim(store, JOB, DUE).run
    ended = EndedRun(run, outcome(at=DUE + SECOND))
    answers = store.claim([ClaimRequest(JOB), ClaimRequest(other)], DUE + 2 * SECOND, [ended])
    told = {each.request.job.name: (each.run is not None, each.cursor) for each in answers}
    assert told == {"a.b": (False, DUE + SECOND), "other": (True, None)}
    assert claim(store, JOB, DUE + SECOND + TEN).run.due.at == DUE + SECOND + TEN


@pytest.mark.parametrize(
    "status", [Status.FAILED, Status.TIMED_OUT, Status.SKIPPED, Status.STOPPED, Status.INTERRUPTED]
)
def test_it_does_not_matter_how_the_run_ended(world, status):
    store = opened(world, JOB)
    run = claim(store, JOB, DUE).run
    store.finish(run, outcome(status, at=DUE + MINUTE))
    assert cursor(store) == DUE + MINUTE
    assert claim(store, JOB, DUE + MINUTE + TEN).run.due.at == DUE + MINUTE + TEN


def test_a_run_that_is_tried_again_has_not_come_to_its_end(world):
    store = opened(world, JOB)
    run = claim(store, JOB, DUE).run
    again_at = DUE + 30 * MINUTE
    store.finish(run, outcome(Status.FAILED, at=DUE + MINUTE, retry_at=again_at))
    assert claim(store, JOB, DUE + MINUTE + TEN).run is None
    again = claim_retry(store, JOB, again_at).run
    assert (again.attempt, again.due.at) == (2, DUE)
    store.finish(again, outcome(at=again_at + MINUTE))
    assert claim(store, JOB, again_at + TEN).run is None
    assert claim(store, JOB, again_at + MINUTE + TEN).run.due.at == again_at + MINUTE + TEN


def test_a_run_by_hand_counts_too(world):
    store = opened(world, JOB)
    by_hand = requested(store, JOB, NOON + 5 * MINUTE).run
    assert claim(store, JOB, DUE).run is None
    store.finish(by_hand, outcome(at=DUE + MINUTE))
    assert claim(store, JOB, DUE + TEN).run is None
    assert claim(store, JOB, DUE + MINUTE + TEN).run.due.at == DUE + MINUTE + TEN


def test_the_end_of_a_run_whose_process_died_is_when_that_was_found(world):
    first, second = opened(world, JOB), opened(world, JOB, name="two")
    run = claim(first, JOB, DUE).run
    found = DUE + 4 * MINUTE
    (interrupted,) = second.reap(process("one"), None, {JOB.name: JOB}, found)
    assert interrupted.run == run.id
    assert claim(second, JOB, found + TEN - SECOND).run is None
    assert claim(second, JOB, found + TEN).run.due.at == found + TEN


def test_a_run_that_is_resumed_counts_when_it_has_ended(world):
    resumable = chained(resumable=True)
    first, second = opened(world, resumable), opened(world, resumable, name="two")
    claim(first, resumable, DUE)
    found = DUE + 4 * MINUTE
    second.reap(process("one"), None, {resumable.name: resumable}, found)
    again = claim_retry(second, resumable, found).run
    second.finish(again, outcome(at=found + MINUTE))
    assert claim(second, resumable, found + TEN).run is None
    assert claim(second, resumable, found + MINUTE + TEN).run is not None


def test_an_end_that_is_recorded_twice_or_late_moves_nothing(world):
    store = opened(world, JOB)
    run = claim(store, JOB, DUE).run
    store.finish(run, outcome(at=DUE + MINUTE))
    store.finish(run, outcome(at=DUE + 5 * MINUTE))
    assert cursor(store) == DUE + MINUTE


def test_the_cursor_never_moves_back_though_the_clock_of_a_server_does(world):
    store = opened(world, JOB)
    run = claim(store, JOB, DUE).run
    store.finish(run, outcome(at=DUE - MINUTE))
    assert cursor(store) == DUE


def test_the_end_of_a_run_leaves_a_schedule_alone_that_was_edited_meanwhile(world):
    store = opened(world, JOB)
    run = claim(store, JOB, DUE).run
    edited = every_minute(JOB.name)
    store.register_jobs([edited], DUE + SECOND)
    store.finish(run, outcome(at=DUE + 30 * MINUTE))
    assert cursor(store) == DUE + SECOND
    assert claim(store, edited, DUE + 2 * MINUTE).run.due.at == DUE + 2 * MINUTE


def test_a_pause_is_skipped_as_one_and_counts_as_an_end(world):
    store = opened(world, JOB)
    store.pause(JOB.name, NOON, "alice")
    assert claim(store, JOB, DUE + MINUTE).run is None
    resumed = DUE + 60 * MINUTE
    store.resume(JOB.name, resumed, "alice")
    answer = claim(store, JOB, resumed + SECOND)
    assert (answer.run, answer.cursor) == (None, resumed)
    assert [(each.status, each.count) for each in answer.unrun] == [(Status.SKIPPED, 1)]
    assert claim(store, JOB, resumed + TEN).run.due.at == resumed + TEN


def test_with_a_lock_it_waits_in_the_order_of_all(world):
    one, two = chained("a.one", delay=5 * MINUTE, lock="files"), chained("b.two", lock="files")
    store = opened(world, one, two)
    run = claim(store, one, NOON + 5 * MINUTE).run
    skipped = claim(store, two, DUE + SECOND)
    assert (skipped.run, skipped.cursor) == (None, DUE + SECOND)
    store.finish(run, outcome(at=DUE + 8 * MINUTE))
    assert claim(store, two, DUE + SECOND + TEN).run is not None
    assert claim(store, one, DUE + 13 * MINUTE).run is None  # the other one has the lock
