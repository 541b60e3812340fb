"""Everything paused at once, and resumed: by one switch, on every server, also what is added meanwhile."""

import threading
from datetime import timedelta

from minutely import MINUTE, NOON, SECOND, claim, claim_retry, every_minute, opened, outcome, process

from docassemble.Scheduler.core.job import RunOn
from docassemble.Scheduler.core.run import Status, Trigger
from docassemble.Scheduler.store.base import ClaimRequest
from docassemble.Scheduler.store.records import Pause

ALICE, BOB = "alice@example.com", "bob@example.com"
HOUR = timedelta(hours=1)
ONE, TWO = every_minute("a.one"), every_minute("b.two", lock="files")


def paused(store):
    return {record.name: record.pause for record in store.jobs()}


def requested(store, a_job, now):
    run_request = store.request_run(a_job.name, now, ALICE)
    (answer,) = store.claim([ClaimRequest(a_job, run_request=run_request)], now)
    return answer


def test_no_job_runs_on_any_server_until_everything_is_resumed(world):
    first, second = opened(world, ONE, TWO), opened(world, ONE, TWO, name="two")
    assert first.pause_all(NOON + SECOND, ALICE, "the database moves")
    for a_job in (ONE, TWO):
        assert claim(second, a_job, NOON + MINUTE).run is None
    assert second.resume_all(NOON + HOUR, BOB)
    for a_job in (ONE, TWO):
        answer = claim(first, a_job, NOON + HOUR + MINUTE)
        assert answer.run is not None
        assert [(each.status, each.count) for each in answer.unrun] == [(Status.SKIPPED, 60)]


def test_each_knows_since_when_by_whom_and_why(world):
    store = opened(world, ONE)
    assert store.general_pause() is None
    store.pause_all(NOON, ALICE, "the database moves")
    said = Pause(at=NOON, by=ALICE, note="the database moves", of_all=True)
    assert world.store().general_pause() == said
    assert paused(store) == {"a.one": said}
    store.resume_all(NOON + MINUTE, BOB)
    assert (store.general_pause(), paused(store)) == (None, {"a.one": None})


def test_the_switch_says_whether_it_made_a_difference_and_only_then_is_on_record(world):
    store = opened(world, ONE)
    assert not store.resume_all(NOON, ALICE)
    assert store.pause_all(NOON + SECOND, ALICE, "why")
    assert not store.pause_all(NOON + 2 * SECOND, BOB)
    assert store.resume_all(NOON + 3 * SECOND, BOB)
    events = [(each.at, each.actor, each.action, each.job, each.note) for each in store.events()]
    assert events == [
        (NOON + 3 * SECOND, BOB, "resume all", "", None),
        (NOON + SECOND, ALICE, "pause all", "", "why"),
    ]


def test_a_job_that_somebody_has_paused_stays_paused(world):
    store = opened(world, ONE, TWO)
    store.pause("a.one", NOON, ALICE, "it is broken")
    store.pause_all(NOON + SECOND, BOB)
    assert store.pause("b.two", NOON + 2 * SECOND, ALICE, "this one too")
    assert not store.pause("b.two", NOON + 2 * SECOND, ALICE)
    store.resume_all(NOON + 3 * SECOND, BOB)
    assert paused(store) == {
        "a.one": Pause(at=NOON, by=ALICE, note="it is broken"),
        "b.two": Pause(at=NOON + 2 * SECOND, by=ALICE, note="this one too"),
    }


def test_no_single_job_is_resumed_while_everything_is_paused(world):
    store = opened(world, ONE, TWO)
    store.pause("a.one", NOON, ALICE)
    store.pause_all(NOON, BOB)
    assert not store.resume("a.one", NOON + SECOND, ALICE)
    assert not store.resume("b.two", NOON + SECOND, ALICE)
    store.resume_all(NOON + 2 * SECOND, BOB)
    assert store.resume("a.one", NOON + 3 * SECOND, ALICE)


def test_jobs_that_are_new_are_paused_too(world):
    opened(world, ONE).pause_all(NOON, ALICE, "why")
    store, added = opened(world, ONE, TWO, name="two"), every_minute("c.three")
    store.add(added, "{}", since=NOON, now=NOON, by=BOB)
    (version,) = [each.version for each in store.dynamic_jobs()]
    added = every_minute("c.three", version=version)
    for a_job in (ONE, TWO, added):
        assert claim(store, a_job, NOON + MINUTE).run is None
    assert set(paused(store).values()) == {Pause(at=NOON, by=ALICE, note="why", of_all=True)}
    store.resume_all(NOON + MINUTE, ALICE)
    for a_job in (ONE, TWO, added):
        assert claim(store, a_job, NOON + 2 * MINUTE).run is not None


def test_a_job_that_is_added_in_another_version_is_not_resumed_by_that(world):
    store = opened(world)
    store.add(every_minute("a.one"), "{}", since=NOON, now=NOON, by=BOB)
    store.pause_all(NOON, ALICE)
    for period in (1, 2):
        changed = every_minute("a.one", args=(period,))
        store.add(changed, "{}", since=NOON, now=NOON, by=BOB)
    store.cancel("a.one", NOON, BOB)
    store.add(every_minute("a.one"), "{}", since=NOON, now=NOON, by=BOB)
    assert paused(store)["a.one"].of_all


def test_retries_wait_and_what_somebody_wants_runs(world):
    store = opened(world, ONE)
    failed = outcome(Status.FAILED, retry_at=NOON + 2 * MINUTE)
    store.finish(claim(store, ONE, NOON + MINUTE).run, failed)
    store.pause_all(NOON + MINUTE, ALICE)
    assert store.retries(["a.one"], NOON + 3 * MINUTE) == []
    run = requested(store, ONE, NOON + 3 * MINUTE).run
    store.finish(run, outcome(at=NOON + 3 * MINUTE))
    store.resume_all(NOON + 4 * MINUTE, ALICE)
    assert claim_retry(store, ONE, NOON + 4 * MINUTE).run.attempt == 2


def test_a_run_that_waits_for_a_celery_worker_waits_until_the_end_of_the_pause_and_as_long_as_before(world):
    a_job, worker = every_minute(run_on=RunOn.CELERY), process("worker")
    store = opened(world, a_job)
    run = claim(store, a_job, NOON + MINUTE).run
    store.enqueue(run, NOON + 2 * MINUTE)
    store.pause_all(NOON + MINUTE, ALICE)
    assert store.dequeue(run.id, worker, NOON + MINUTE + SECOND) is None
    assert store.give_up_expired(NOON + HOUR, {}) == []
    assert not store.poll(NOON + HOUR).is_expired
    store.resume_all(NOON + HOUR, ALICE)
    assert store.poll(NOON + HOUR).is_unanswered
    assert store.dequeue(run.id, worker, NOON + HOUR + 30 * SECOND) is not None


def test_a_celery_worker_begins_what_somebody_wants(world):
    a_job = every_minute(run_on=RunOn.CELERY)
    store = opened(world, a_job)
    store.pause_all(NOON, ALICE)
    run = requested(store, a_job, NOON).run
    store.enqueue(run, NOON + MINUTE)
    taken = store.dequeue(run.id, process("worker"), NOON + SECOND)
    assert taken.trigger is Trigger.MANUAL


def test_a_pause_while_several_servers_claim_and_add_jobs_leaves_none_out(world):
    jobs = [every_minute(f"job {number:02}", lock=f"lock {number % 3}") for number in range(20)]
    stores = [opened(world, *jobs, name=f"s{number}") for number in range(3)]
    failures = []

    def press(store, number):
        try:
            for minute in range(1, 6):
                store.claim([ClaimRequest(each) for each in jobs], NOON + minute * MINUTE)
                added = every_minute(f"added {number} {minute}")
                store.add(added, "{}", since=NOON, now=NOON, by=BOB)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=press, args=each) for each in zip(stores, range(3), strict=True)]
    for thread in threads:
        thread.start()
    assert world.store().pause_all(NOON + MINUTE, ALICE)
    for thread in threads:
        thread.join()
    assert {record.pause is not None for record in stores[0].jobs(recent=0)} == {True}
    # two that wait for each other are an outage of a moment (C9)
    assert all("deadlock" in str(each).lower() for each in failures)


def test_a_note_is_kept_as_the_database_can(world):
    store = opened(world, ONE, TWO)
    store.pause("a.one", NOON, ALICE, "a\0b \U0001f60e" + "x" * 1000)
    note = paused(store)["a.one"].note
    assert "\0" not in note
    assert len(note) <= 500
