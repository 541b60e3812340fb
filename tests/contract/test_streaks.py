"""Failures in a row are counted once for all servers."""

import threading
from datetime import timedelta

from minutely import MINUTE, NOON, claim, claim_retry, every_minute, opened, outcome

from docassemble.Scheduler.core.alerts import Alert, AlertKind, AlertPolicy
from docassemble.Scheduler.core.run import Status

POLICY = AlertPolicy(after=2, every=timedelta(hours=1))


def test_failures_are_counted_across_servers_and_mailed_by_the_policy(world):
    first, second = opened(world, every_minute()), opened(world, every_minute(), name="two")
    assert first.count_failure("a.b", NOON, POLICY) is None
    assert second.count_failure("a.b", NOON + MINUTE, POLICY) == Alert(kind=AlertKind.FAILURE, count=2)
    assert first.count_failure("a.b", NOON + 2 * MINUTE, POLICY) is None
    later = NOON + timedelta(hours=2)
    assert second.count_failure("a.b", later, POLICY) == Alert(kind=AlertKind.STILL_FAILING, count=2)
    assert first.count_success("a.b", POLICY) == Alert(kind=AlertKind.RECOVERY, count=0)
    assert second.count_success("a.b", POLICY) is None


def test_a_run_knows_that_its_job_was_failing_until_a_success_is_counted(world):
    store = opened(world, every_minute())
    run = claim(store, every_minute(), NOON + MINUTE).run
    assert not run.failing
    store.finish(run, outcome(Status.FAILED, retry_at=NOON + MINUTE))
    store.count_failure("a.b", NOON, POLICY)
    again = claim_retry(store, every_minute(), NOON + MINUTE).run
    assert again.failing
    store.finish(again, outcome())
    store.count_success("a.b", POLICY)
    assert not claim(store, every_minute(), NOON + 2 * MINUTE).run.failing


def test_jobs_are_counted_apart(world):
    store = opened(world, every_minute("a.a"), every_minute("a.b"))
    store.count_failure("a.a", NOON, POLICY)
    assert store.count_failure("a.b", NOON, POLICY) is None


def test_failures_of_a_job_that_the_store_does_not_know_are_told(world):
    store = opened(world)
    assert store.count_failure("no.such", NOON, AlertPolicy()) == Alert(kind=AlertKind.FAILURE, count=1)
    assert store.count_success("no.such", AlertPolicy()) is None


def test_of_servers_that_count_at_once_exactly_one_gets_the_notice_and_none_is_forgotten(world):
    stores = [opened(world, every_minute(), name=str(number)) for number in range(4)]
    barrier, alerts = threading.Barrier(4), []

    def count(store):
        barrier.wait(30)
        alerts.extend(store.count_failure("a.b", NOON, AlertPolicy(after=20)) for _ in range(5))

    threads = [threading.Thread(target=count, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [each for each in alerts if each] == [Alert(kind=AlertKind.FAILURE, count=20)]
    recovered = [store.count_success("a.b", AlertPolicy()) for store in stores]
    assert [each for each in recovered if each] == [Alert(kind=AlertKind.RECOVERY, count=0)]
