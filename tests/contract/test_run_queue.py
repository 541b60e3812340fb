"""Runs that go from the process that claimed them to one that waits for them in a queue."""

import threading

import pytest
from minutely import MINUTE, NOON, SECOND, claim, claim_retry, every_minute, opened, outcome, process

from docassemble.Scheduler.core.alerts import AlertPolicy
from docassemble.Scheduler.core.errors import StoreUnavailable
from docassemble.Scheduler.core.job import Overlap, RunOn
from docassemble.Scheduler.core.retry import NOT_TAKEN, RESEND_AFTER, WaitingRun
from docassemble.Scheduler.core.run import Due, Run, Status, StopReason, Trigger
from docassemble.Scheduler.store.base import DequeuedRun

CELERY = every_minute(run_on=RunOn.CELERY)
WORKER = process("worker")
EXPIRES = NOON + 5 * MINUTE


def enqueued(world, a_job=CELERY, expires=EXPIRES):
    store = opened(world, a_job)
    run = claim(store, a_job, NOON + MINUTE).run
    store.enqueue(run, expires)
    return store, run


def rebuilt(run, taken, a_job=CELERY):
    return Run(
        id=run.id,
        due=Due(a_job, taken.due),
        claimed=taken.claimed,
        attempt=taken.attempt,
        trigger=taken.trigger,
        failing=taken.failing,
    )


def test_a_run_that_is_handed_over_is_taken_over_once_and_finished_by_who_took_it(world):
    store, run = enqueued(world)
    worker = world.store()
    taken = worker.dequeue(run.id, WORKER, NOON + 2 * MINUTE)
    assert taken == DequeuedRun(
        job="a.b",
        due=NOON + MINUTE,
        claimed=NOON + MINUTE,
        attempt=1,
        trigger=Trigger.SCHEDULE,
        failing=False,
    )
    assert worker.dequeue(run.id, WORKER, NOON + 2 * MINUTE) is None
    assert store.dequeue(run.id, process("other"), NOON + 2 * MINUTE) is None
    assert world.holders() == [run.id]
    worker.finish(rebuilt(run, taken), outcome(at=NOON + 3 * MINUTE))
    (record,) = world.records()
    assert (record.status, record.finished) == ("succeeded", NOON + 3 * MINUTE)
    assert world.holders() == []


def test_a_run_that_was_not_handed_over_or_has_ended_is_not_to_be_had(world):
    store = opened(world, CELERY)
    run = claim(store, CELERY, NOON + MINUTE).run
    assert store.dequeue(run.id, WORKER, NOON + MINUTE) is None
    assert store.dequeue("0" * 32, WORKER, NOON + MINUTE) is None
    store.finish(run, outcome())
    store.enqueue(run, EXPIRES)
    assert store.dequeue(run.id, WORKER, NOON + MINUTE) is None


def test_handing_over_twice_is_harmless(world):
    store, run = enqueued(world)
    store.enqueue(run, EXPIRES)
    assert store.dequeue(run.id, WORKER, NOON + 2 * MINUTE) is not None
    store.enqueue(run, EXPIRES)
    assert store.dequeue(run.id, process("other"), NOON + 2 * MINUTE) is None


def test_who_takes_a_run_over_learns_that_its_job_was_failing(world):
    store = opened(world, CELERY)
    store.count_failure("a.b", NOON, AlertPolicy())
    run = claim(store, CELERY, NOON + MINUTE).run
    store.enqueue(run, EXPIRES)
    assert store.dequeue(run.id, WORKER, NOON + MINUTE).failing


def test_a_run_that_was_handed_over_does_not_die_with_the_process_that_claimed_it(world):
    store, run = enqueued(world)
    other = opened(world, CELERY, name="two")
    assert store.unregister(process("one"), NOON + MINUTE)
    assert other.reap(process("one"), None, {"a.b": CELERY}, NOON + 2 * MINUTE) == []
    assert other.dequeue(run.id, WORKER, NOON + 2 * MINUTE) is not None
    assert world.holders() == [run.id]


def test_a_run_whose_claimer_was_given_up_before_it_handed_over_is_not_to_be_had(world):
    store, other = opened(world, CELERY), opened(world, CELERY, name="two")
    run = claim(store, CELERY, NOON + MINUTE).run
    other.reap(process("one"), None, {"a.b": CELERY}, NOON + MINUTE)
    store.enqueue(run, EXPIRES)
    assert other.dequeue(run.id, WORKER, NOON + MINUTE) is None
    assert [record.status for record in world.records()] == ["interrupted"]


def test_a_run_that_was_taken_over_dies_with_the_process_that_took_it(world):
    limited = every_minute(run_on=RunOn.CELERY, max_runtime=MINUTE)
    store, run = enqueued(world, limited)
    worker = world.store()
    worker.register(WORKER, NOON)
    worker.dequeue(run.id, WORKER, NOON + 4 * MINUTE)
    (found,) = store.reap(WORKER, None, {"a.b": limited}, NOON + 4 * MINUTE + 59 * SECOND)
    assert (found.run, found.server, found.status) == (run.id, "server-worker", Status.INTERRUPTED)
    assert world.holders() == []


def test_a_run_that_nobody_took_in_time_is_interrupted_and_only_one_server_is_told(world):
    resumable = every_minute(run_on=RunOn.CELERY, resumable=True, max_runtime=SECOND, lock="files")
    store, run = enqueued(world, resumable)
    other, jobs = opened(world, resumable, name="two"), {"a.b": resumable}
    assert store.give_up_expired(EXPIRES - SECOND, jobs) == []
    (found,) = store.give_up_expired(EXPIRES, jobs)
    assert (found.run, found.status, found.reason) == (run.id, Status.INTERRUPTED, NOT_TAKEN)
    assert found.retry_at == EXPIRES
    assert other.give_up_expired(EXPIRES, jobs) == []
    assert world.holders() == []
    assert other.dequeue(run.id, WORKER, EXPIRES) is None
    assert claim_retry(other, resumable, EXPIRES).run.attempt == 2


def test_nobody_takes_a_run_after_its_time_even_if_nobody_gave_it_up(world):
    store, run = enqueued(world)
    assert store.dequeue(run.id, WORKER, EXPIRES) is None


def test_a_run_that_was_taken_is_never_given_up_because_of_its_time(world):
    store, run = enqueued(world)
    store.dequeue(run.id, WORKER, NOON + 2 * MINUTE)
    assert store.give_up_expired(EXPIRES + MINUTE, {"a.b": CELERY}) == []


def test_a_run_that_waits_can_be_asked_to_stop_and_who_takes_it_sees_that(world):
    store, run = enqueued(world)
    assert store.request_stop(run.id, StopReason.BY_HAND.name, NOON + MINUTE, "alice@example.com")
    store.dequeue(run.id, WORKER, NOON + 2 * MINUTE)
    assert store.stop_requests([run.id]) == {run.id: "BY_HAND"}


def test_of_several_workers_that_take_the_same_run_one_gets_it(world):
    _, run = enqueued(world)
    stores, barrier, taken = [world.store() for _ in range(4)], threading.Barrier(4), []

    def take(number, store):
        barrier.wait(30)
        if store.dequeue(run.id, process(f"worker-{number}"), NOON + 2 * MINUTE) is not None:
            taken.append(number)

    threads = [threading.Thread(target=take, args=pair) for pair in enumerate(stores)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 1


def test_a_worker_with_another_configuration_sets_the_job_free(world):
    store, run = enqueued(world)
    edited = every_minute(run_on=RunOn.CELERY, overlap=Overlap.ALLOW)
    taken = store.dequeue(run.id, WORKER, NOON + 2 * MINUTE)
    store.finish(rebuilt(run, taken, edited), outcome())
    assert world.holders() == []


@pytest.mark.parametrize("committed", [True, False])
def test_a_run_whose_taking_had_its_answer_lost_is_taken_once(world, monkeypatch, committed):
    _, run = enqueued(world)
    worker = world.store()
    dialect = worker.database.engine.dialect
    commit, lost = dialect.do_commit, dialect.loaded_dbapi.OperationalError

    def broken(connection):
        if committed:
            commit(connection)
        raise lost("the connection was lost")

    monkeypatch.setattr(dialect, "do_commit", broken)
    with pytest.raises(StoreUnavailable):
        worker.dequeue(run.id, WORKER, NOON + 2 * MINUTE)
    monkeypatch.setattr(dialect, "do_commit", commit)
    assert worker.dequeue(run.id, WORKER, NOON + 2 * MINUTE) is not None
    assert worker.dequeue(run.id, WORKER, NOON + 2 * MINUTE) is None


def test_the_message_of_a_run_that_waits_is_sent_again_after_waits_that_double(world):
    store, run = enqueued(world, expires=NOON + 60 * MINUTE)
    times = [run.claimed + seconds * SECOND for seconds in range(0, 300, 10)]
    sent = [now for now in times if store.unanswered(now)]
    assert [(now - run.claimed) / RESEND_AFTER for now in sent] == [1, 2, 4, 8]


def test_only_one_server_is_told_to_send_a_message_again(world):
    store, run = enqueued(world)
    other, now = opened(world, CELERY, name="two"), run.claimed + RESEND_AFTER
    told = [*store.unanswered(now), *other.unanswered(now)]
    assert told == [WaitingRun(run=run.id, job="a.b", claimed=run.claimed, expires=EXPIRES)]


def test_nothing_is_sent_again_for_a_run_that_was_taken_or_is_expired(world):
    store, run = enqueued(world)
    assert store.unanswered(EXPIRES) == []
    assert store.dequeue(run.id, WORKER, NOON + 2 * MINUTE)
    assert store.unanswered(NOON + 3 * MINUTE) == []
