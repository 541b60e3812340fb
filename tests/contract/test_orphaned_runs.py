"""Runs whose process died, attempts, and ends that are recorded late or twice."""

import pytest
from minutely import MINUTE, NOON, SECOND, claim, claim_retry, every_minute, opened, outcome, process

from docassemble.Scheduler.core.retry import DIED, KILLED
from docassemble.Scheduler.core.run import Status, Trigger


def two_servers(world, *jobs):
    return opened(world, *jobs), opened(world, *jobs, name="two")


def test_a_failed_run_with_attempts_left_is_tried_again_once_when_it_is_time(world):
    store = opened(world, every_minute())
    run = claim(store, every_minute(), NOON + MINUTE).run
    store.finish(run, outcome(Status.FAILED, error=ValueError("no"), retry_at=NOON + 3 * MINUTE))
    assert store.retries(["a.b"], NOON + 3 * MINUTE - SECOND) == []
    assert store.retries(["other"], NOON + 3 * MINUTE) == []
    again = claim_retry(store, every_minute(), NOON + 3 * MINUTE).run
    assert (again.due.at, again.attempt, again.trigger) == (NOON + MINUTE, 2, Trigger.RETRY)
    assert store.retries(["a.b"], NOON + 4 * MINUTE) == []


@pytest.mark.parametrize(
    "status", [status for status in Status if status not in {Status.RUNNING, Status.MISSED}]
)
def test_an_outcome_is_on_record_with_its_reason_and_next_attempt(world, status):
    store = opened(world, every_minute())
    run = claim(store, every_minute(), NOON + MINUTE).run
    store.finish(run, outcome(status, at=NOON + MINUTE, reason="why", retry_at=NOON + 2 * MINUTE))
    (record,) = world.records()
    assert (record.status, record.reason, record.retry_at) == (status.value, "why", NOON + 2 * MINUTE)
    assert record.finished == NOON + MINUTE


@pytest.mark.parametrize("status", [Status.INTERRUPTED, Status.TIMED_OUT, Status.FAILED])
def test_an_end_that_is_recorded_twice_is_tried_again_once(world, status):
    store = opened(world, every_minute())
    run = claim(store, every_minute(), NOON + MINUTE).run
    ended = outcome(status, retry_at=NOON + MINUTE)
    store.finish(run, ended)
    store.finish(run, ended)
    again = claim_retry(store, every_minute(), NOON + MINUTE).run
    store.finish(run, ended)
    assert store.retries(["a.b"], NOON + MINUTE) == []
    store.finish(again, outcome())
    assert [record.attempt for record in world.records()] == [1, 2]


def test_a_run_that_was_given_up_by_mistake_and_tried_again_is_not_tried_a_third_time(world):
    resumable = every_minute(resumable=True, retries=3)
    stunned, other = two_servers(world, resumable)
    run = claim(stunned, resumable, NOON + MINUTE).run
    other.reap(process("one"), None, {"a.b": resumable}, NOON + MINUTE)
    again = claim_retry(other, resumable, NOON + MINUTE).run
    stunned.finish(run, outcome(Status.FAILED, retry_at=NOON + 2 * MINUTE))
    assert other.retries(["a.b"], NOON + 2 * MINUTE) == []
    assert [record.status for record in world.records()] == ["failed", "running"]
    assert again.id in world.holders()


def test_a_run_that_was_given_up_by_mistake_is_tried_again_as_its_real_end_says(world):
    stunned, other = two_servers(world, every_minute())
    run = claim(stunned, every_minute(), NOON + MINUTE).run
    other.reap(process("one"), None, {"a.b": every_minute()}, NOON + MINUTE)
    stunned.finish(run, outcome(Status.FAILED, retry_at=NOON + 2 * MINUTE))
    (retry,) = other.retries(["a.b"], NOON + 2 * MINUTE)
    assert retry.run == run.id


def test_a_run_that_was_given_up_by_mistake_and_succeeds_is_not_tried_again(world):
    resumable = every_minute(resumable=True)
    stunned, other = two_servers(world, resumable)
    run = claim(stunned, resumable, NOON + MINUTE).run
    other.reap(process("one"), None, {"a.b": resumable}, NOON + MINUTE)
    stunned.finish(run, outcome())
    assert other.retries(["a.b"], NOON + MINUTE) == []
    (record,) = world.records()
    assert (record.status, record.reason) == ("succeeded", None)


@pytest.mark.parametrize(
    ("later", "status", "reason"),
    [(29 * SECOND, Status.INTERRUPTED, DIED), (30 * SECOND, Status.TIMED_OUT, KILLED)],
)
def test_a_run_whose_time_was_over_when_its_process_was_found_dead_has_timed_out(
    world, later, status, reason
):
    limited = every_minute(max_runtime=30 * SECOND)
    first, second = two_servers(world, limited)
    claim(first, limited, NOON + MINUTE)
    (found,) = second.reap(process("one"), None, {"a.b": limited}, NOON + MINUTE + later)
    assert (found.status, found.reason, found.retry_at) == (status, reason, None)
    (record,) = world.records()
    assert (record.status, record.reason) == (status.value, reason)
    assert world.holders() == []


def test_a_run_that_timed_out_with_its_process_is_tried_again_like_a_failure(world):
    limited = every_minute(max_runtime=SECOND, retries=1, retry_delay=10 * SECOND)
    first, second = two_servers(world, limited)
    claim(first, limited, NOON + MINUTE)
    (found,) = second.reap(process("one"), None, {"a.b": limited}, NOON + 2 * MINUTE)
    assert NOON + 2 * MINUTE + 9 * SECOND <= found.retry_at <= NOON + 2 * MINUTE + 10 * SECOND
    assert second.retries(["a.b"], found.retry_at - SECOND) == []
    assert claim_retry(second, limited, found.retry_at).run.attempt == 2


def test_a_run_of_a_job_that_the_configuration_does_not_have_is_just_interrupted(world):
    gone = every_minute(resumable=True, max_runtime=SECOND)
    first, second = two_servers(world, gone)
    claim(first, gone, NOON + MINUTE)
    (found,) = second.reap(process("one"), None, {}, NOON + 2 * MINUTE)
    assert (found.status, found.retry_at) == (Status.INTERRUPTED, None)


def test_the_interruption_says_when_it_is_tried_again(world):
    resumable = every_minute(resumable=True)
    first, second = two_servers(world, resumable)
    claim(first, resumable, NOON + MINUTE)
    (found,) = second.reap(process("one"), None, {"a.b": resumable}, NOON + MINUTE)
    assert (found.retry_at, found.server) == (NOON + MINUTE, "server-one")
