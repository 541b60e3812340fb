"""The end of a run may be recorded along with the next claims: the same as one after the other, in one transaction."""

from datetime import timedelta

import pytest
from minutely import MINUTE, NOON, claim, every_minute, opened, outcome

from docassemble.Scheduler.core.job import Overlap
from docassemble.Scheduler.core.retry import given_back
from docassemble.Scheduler.core.run import EndedRun, Status
from docassemble.Scheduler.store.base import ClaimRequest

OTHER = every_minute("a.other")


def claim_with(store, a_job, now, *ended):
    (answer,) = store.claim([ClaimRequest(a_job)], now, [EndedRun(run, outcome()) for run in ended])
    return answer


def statuses(world):
    return [record.status for record in world.records()]


def test_an_end_that_comes_along_with_a_claim_is_on_record(world):
    store = opened(world, every_minute(), OTHER)
    run = claim(store, every_minute(), NOON + MINUTE).run
    assert claim_with(store, OTHER, NOON + MINUTE, run).run is not None
    assert sorted(statuses(world)) == ["running", "succeeded"]


def test_the_end_comes_first_so_that_its_job_is_free_for_the_claim(world):
    store = opened(world, every_minute())
    run = claim(store, every_minute(), NOON + MINUTE).run
    answer = claim_with(store, every_minute(), NOON + 2 * MINUTE, run)
    assert (answer.run.due.at, answer.unrun) == (NOON + 2 * MINUTE, ())


@pytest.mark.parametrize("overlap", list(Overlap))
def test_nothing_is_stopped_or_skipped_for_a_run_that_has_ended(world, overlap):
    a_job = every_minute(overlap=overlap)
    store = opened(world, a_job)
    run = claim(store, a_job, NOON + MINUTE).run
    assert claim_with(store, a_job, NOON + 2 * MINUTE, run).run is not None
    assert store.stop_requests([run.id]) == {}
    assert statuses(world) == ["succeeded", "running"]


def test_the_end_of_a_run_lets_another_job_with_its_lock_be_claimed(world):
    first, second = (every_minute(name, lock="files") for name in ("a.a", "a.b"))
    store = opened(world, first, second)
    run = claim(store, first, NOON + MINUTE).run
    later = claim_with(store, second, NOON + MINUTE, run).run
    assert later is not None
    assert claim(store, first, NOON + 2 * MINUTE).run is None  # `later` has the lock
    assert claim_with(store, first, NOON + 3 * MINUTE, later).run is not None


def test_the_end_of_a_run_frees_the_lock_for_its_own_job_too(world):
    a_job = every_minute(lock="files")
    store = opened(world, a_job)
    run = claim(store, a_job, NOON + MINUTE).run
    assert claim_with(store, a_job, NOON + 2 * MINUTE, run).run is not None


def test_an_end_that_comes_along_twice_is_counted_once_and_frees_nobody_else(world):
    store = opened(world, every_minute(), OTHER)
    run = claim(store, every_minute(), NOON + MINUTE).run
    later = claim_with(store, every_minute(), NOON + 2 * MINUTE, run).run
    claim_with(store, OTHER, NOON + 2 * MINUTE, run)
    assert claim(store, every_minute(), NOON + 3 * MINUTE).run is None
    store.finish(later, outcome())
    store.save_counters()
    (job_counters,) = (each for each in store.counters() if each.job == "a.b")
    assert job_counters.runs[Status.SUCCEEDED] == 2


def test_ends_without_a_claim_are_recorded_too(world):
    store = opened(world, every_minute())
    run = claim(store, every_minute(), NOON + MINUTE).run
    assert claim_with(store, every_minute(), NOON + MINUTE, run).run is None
    assert statuses(world) == ["succeeded"]


def test_a_run_that_others_gave_up_is_on_record_as_it_ended(world):
    store = opened(world, every_minute(), OTHER)
    run = claim(store, every_minute(), NOON + MINUTE).run
    store.reap(store.database.process, None, {}, NOON + MINUTE)
    claim_with(store, OTHER, NOON + timedelta(minutes=2), run)
    assert statuses(world)[0] == "succeeded"


# --- ends without a claim ---------------------------------------------------------------------------


def test_several_ends_are_recorded_together_and_set_free_what_they_hold(world):
    jobs = [every_minute("a.a", lock="files"), every_minute("a.b"), every_minute("a.c", lock="mails")]
    store = opened(world, *jobs)
    runs = [claim(store, each, NOON + MINUTE).run for each in jobs]
    store.finish_all([EndedRun(run, outcome()) for run in reversed(runs)])
    assert statuses(world) == ["succeeded"] * 3
    assert all(claim(store, each, NOON + 2 * MINUTE).run for each in jobs)


def test_ends_that_are_recorded_again_with_others_change_nothing(world):
    jobs = [every_minute(f"a.{index}") for index in range(5)]
    store = opened(world, *jobs)
    runs = [claim(store, each, NOON + MINUTE).run for each in jobs]
    failed = EndedRun(runs[0], outcome(Status.FAILED))
    store.finish_all([failed])
    store.finish_all([EndedRun(run, outcome()) for run in runs])
    assert sorted(statuses(world)) == ["failed", *["succeeded"] * 4]
    store.save_counters()
    assert sum(sum(each.runs.values()) for each in store.counters()) == 5


def test_a_run_that_never_began_is_tried_again_as_the_same_attempt(world):
    store = opened(world, every_minute())
    run = claim(store, every_minute(), NOON + MINUTE).run
    store.finish(run, given_back(NOON + MINUTE))
    (retry,) = store.retries(["a.b"], NOON + MINUTE)
    assert (retry.run, retry.due, retry.attempt) == (run.id, NOON + MINUTE, 1)
