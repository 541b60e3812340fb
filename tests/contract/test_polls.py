"""One look says who lives, and whether it is worth asking for more."""

from minutely import MINUTE, NOON, SECOND, claim, every_minute, opened, outcome, process

from docassemble.Scheduler.core.job import RunOn
from docassemble.Scheduler.core.retry import RESEND_AFTER
from docassemble.Scheduler.core.run import Status

ALICE = "alice@example.com"


def is_wanted(store, now=NOON):
    return store.poll(now).is_wanted


def test_it_shows_the_signs_of_life_of_those_that_were_not_given_up(world):
    first, second = opened(world), opened(world, name="two")
    first.beat(process("one"), NOON)
    opened(world, name="three").unregister(process("three"), NOON)
    heartbeats = second.poll(NOON).heartbeats
    assert {(heartbeat.process, heartbeat.beat) for heartbeat in heartbeats} == {
        (process("one"), 1),
        (process("two"), 0),
    }


def test_where_nobody_lives_it_shows_the_rest_all_the_same(world):
    store = opened(world, every_minute())
    store.unregister(process(), NOON)
    store.request_run("a.b", NOON, ALICE)
    poll = store.poll(NOON)
    assert (poll.heartbeats, poll.is_wanted) == ((), True)


def test_its_mark_is_that_of_the_added_jobs(world):
    store = opened(world)
    for name in ("a.b", "b.c"):
        store.add(every_minute(name), "{}", since=NOON, now=NOON, by=ALICE)
        assert store.poll(NOON).dynamic_jobs_etag == store.dynamic_jobs_etag()


def test_an_order_is_wanted_until_a_run_is_claimed_for_it(world):
    store = opened(world, every_minute())
    assert not is_wanted(store)
    store.request_run("a.b", NOON, ALICE)
    assert is_wanted(store)
    store.expire_run_requests(NOON + SECOND, NOON + SECOND)
    assert not is_wanted(store)


def test_a_retry_is_wanted_from_its_time_on_unless_its_job_is_paused(world):
    store = opened(world, every_minute())
    run = claim(store, every_minute(), NOON + MINUTE).run
    store.finish(run, outcome(Status.FAILED, retry_at=NOON + 2 * MINUTE))
    assert not is_wanted(store, NOON + 2 * MINUTE - SECOND)
    assert is_wanted(store, NOON + 2 * MINUTE)
    store.pause("a.b", NOON, ALICE)
    assert not is_wanted(store, NOON + 2 * MINUTE)


def test_a_run_that_nobody_took_in_time_is_expired_until_it_is_given_up(world):
    celery = every_minute(run_on=RunOn.CELERY)
    store = opened(world, celery)
    store.enqueue(claim(store, celery, NOON + MINUTE).run, NOON + 2 * MINUTE)
    assert not store.poll(NOON + 2 * MINUTE - SECOND).is_expired
    assert store.poll(NOON + 2 * MINUTE).is_expired
    store.give_up_expired(NOON + 2 * MINUTE, {})
    assert not store.poll(NOON + 2 * MINUTE).is_expired


def test_a_run_that_waits_is_unanswered_from_the_time_on_when_its_message_is_sent_again(world):
    celery = every_minute(run_on=RunOn.CELERY)
    store = opened(world, celery)
    store.enqueue(claim(store, celery, NOON + MINUTE).run, NOON + 5 * MINUTE)
    again = NOON + MINUTE + RESEND_AFTER
    assert [store.poll(now).is_unanswered for now in (again - SECOND, again)] == [False, True]
    store.unanswered(again)
    assert not store.poll(again).is_unanswered
