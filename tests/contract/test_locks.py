"""Jobs that share a lock: only one of them runs at a time, anywhere."""

import threading
from datetime import timedelta

import pytest
from minutely import MINUTE, NOON, SECOND, claim, claim_retry, every_minute, opened, outcome, process

from docassemble.Scheduler.core.job import Overlap
from docassemble.Scheduler.core.run import Status
from docassemble.Scheduler.store.base import ClaimRequest

LOCKED = [every_minute(f"a.b {number}", lock="files") for number in range(3)]


def two_servers(world, *jobs):
    return opened(world, *jobs), opened(world, *jobs, name="two")


def test_of_several_jobs_that_are_due_together_one_runs_and_the_others_wait(world):
    store = opened(world, *LOCKED)
    answers = store.claim([ClaimRequest(each) for each in LOCKED], NOON + MINUTE)
    assert [answer.run is not None for answer in answers] == [True, False, False]
    assert [answer.more for answer in answers] == [False, True, True]
    store.finish(answers[0].run, outcome())
    assert claim(store, LOCKED[1], NOON + MINUTE + SECOND).run.due.at == NOON + MINUTE


def test_a_due_time_while_another_job_has_the_lock_is_skipped_on_every_server_and_says_why(world):
    first, second = two_servers(world, *LOCKED)
    running = claim(first, LOCKED[0], NOON + MINUTE).run
    claim(second, LOCKED[1], NOON + MINUTE)  # waits for it, and is replaced by what is due next
    (_, ending) = claim(second, LOCKED[1], NOON + 2 * MINUTE).endings
    assert (ending.status, ending.first) == (Status.SKIPPED, NOON + 2 * MINUTE)
    assert ending.reason == "another job with the lock files is still going"
    first.finish(running, outcome())
    assert claim(second, LOCKED[1], NOON + 3 * MINUTE).run is not None


def test_a_job_says_of_its_own_run_that_it_is_the_previous_one(world):
    first, second = two_servers(world, *LOCKED)
    claim(first, LOCKED[0], NOON + MINUTE)
    (ending,) = claim(second, LOCKED[0], NOON + 2 * MINUTE).endings
    assert ending.reason == "the previous run is still going"


@pytest.mark.parametrize("overlap", [Overlap.QUEUE, Overlap.REPLACE, Overlap.ALLOW])
def test_with_another_overlap_a_job_waits_for_the_lock_and_stops_nobody(world, overlap):
    holder, waiting = (
        every_minute("a.holder", lock="files"),
        every_minute("a.b", lock="files", overlap=overlap),
    )
    store = opened(world, holder, waiting)
    running = claim(store, holder, NOON + MINUTE).run
    store.finish(claim_after(store, waiting, running, NOON + 3 * MINUTE), outcome())


def claim_after(store, waiting, running, now):
    answer = claim(store, waiting, now)
    assert (answer.run, answer.more) == (None, True)
    assert store.stop_requests([running.id]) == {}
    store.finish(running, outcome())
    return claim(store, waiting, now).run


def test_a_job_that_may_overlap_does_not_with_a_lock(world):
    allowing = every_minute(lock="files", overlap=Overlap.ALLOW)
    first, second = two_servers(world, allowing)
    running = claim(first, allowing, NOON + MINUTE).run
    assert claim(second, allowing, NOON + 2 * MINUTE).run is None
    first.finish(running, outcome())
    assert claim(second, allowing, NOON + 2 * MINUTE).run is not None


def test_other_locks_and_jobs_without_one_are_not_held_up(world):
    jobs = [every_minute("a.a", lock="one"), every_minute("a.b", lock="two"), every_minute("a.c")]
    store = opened(world, *jobs)
    answers = store.claim([ClaimRequest(each) for each in jobs], NOON + MINUTE)
    assert all(answer.run is not None for answer in answers)


def test_a_process_that_is_given_up_sets_its_locks_free(world):
    first, second = two_servers(world, *LOCKED)
    claim(first, LOCKED[0], NOON + MINUTE)
    second.reap(process("one"), None, {}, NOON + MINUTE)
    assert world.holders() == []
    assert claim(second, LOCKED[1], NOON + MINUTE).run is not None


def test_a_retry_waits_for_the_lock(world):
    store = opened(world, *LOCKED)
    failed = claim(store, LOCKED[0], NOON + MINUTE).run
    store.finish(failed, outcome(Status.FAILED, retry_at=NOON + MINUTE))
    running = claim(store, LOCKED[1], NOON + MINUTE).run
    answer = claim_retry(store, LOCKED[0], NOON + MINUTE)
    assert (answer.run, answer.more) == (None, True)
    store.finish(running, outcome())
    assert claim_retry(store, LOCKED[0], NOON + MINUTE).run.attempt == 2
    assert claim(store, LOCKED[2], NOON + MINUTE).run is None


def test_a_retry_and_a_due_time_of_one_job_never_both_get_the_lock(world):
    store = opened(world, *LOCKED)
    store.finish(claim(store, LOCKED[0], NOON + MINUTE).run, outcome(Status.FAILED, retry_at=NOON + MINUTE))
    (retry,) = store.retries(["a.b 0"], NOON + MINUTE)
    answers = store.claim([ClaimRequest(LOCKED[0], retry), ClaimRequest(LOCKED[0])], NOON + 2 * MINUTE)
    assert len([answer.run for answer in answers if answer.run]) == 1
    assert [answer.more for answer in answers if not answer.run] == [True]


def test_a_lock_that_a_run_left_behind_is_taken(world):
    """A release that knew no locks has reaped the process."""
    first, second = two_servers(world, *LOCKED)
    run = claim(first, LOCKED[0], NOON + MINUTE).run
    runs = first.database.tables.runs
    with first.database.transaction() as connection:
        connection.execute(runs.update().where(runs.c.id == run.id).values(status="interrupted"))
    answer = claim(second, LOCKED[1], NOON + 2 * MINUTE)
    assert answer.run is not None
    assert answer.run.id in world.holders()


def test_servers_that_claim_and_finish_at_once_never_hold_a_lock_together(world):
    jobs = [
        every_minute(f"a.b {number}", lock=f"lock {number % 3}", overlap=Overlap.QUEUE) for number in range(9)
    ]
    stores = [opened(world, *jobs, name=name) for name in ("one", "two", "three")]
    held, guard, broken, claimed = set(), threading.Lock(), [], []

    def work(store, run_request):
        for minute in range(1, 13):
            answers = store.claim([ClaimRequest(each) for each in run_request], NOON + minute * MINUTE)
            runs = [answer.run for answer in answers if answer.run]
            with guard:
                broken.extend(run.id for run in runs if run.job.lock in held)
                held.update(run.job.lock for run in runs)
                claimed.extend((run.job.name, run.due.at) for run in runs)
            for run in runs:
                with guard:
                    held.discard(run.job.lock)
                store.finish(run, outcome())

    run_requests = [jobs, jobs[::-1], jobs[4:] + jobs[:4]]
    threads = [threading.Thread(target=work, args=pair) for pair in zip(stores, run_requests, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timedelta(minutes=1).total_seconds())
    assert broken == []
    assert len(claimed) == len(set(claimed)) > 0
    assert world.holders() == []
