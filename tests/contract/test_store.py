"""What every store promises."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
from minutely import MINUTE, NOON, SECOND, claim, every_minute, opened, outcome, process

from docassemble.Scheduler.core.errors import StoreUnavailable
from docassemble.Scheduler.core.job import Missed, Overlap
from docassemble.Scheduler.core.run import Status, Trigger
from docassemble.Scheduler.schedules.simple import Interval
from docassemble.Scheduler.store.base import ClaimRequest
from docassemble.Scheduler.testing import job


def test_a_job_that_is_seen_for_the_first_time_catches_nothing_up(world):
    store = world.store()
    assert store.register_jobs([every_minute()], NOON) == {"a.b": NOON}
    assert claim(store, every_minute(), NOON).run is None


def test_a_job_that_is_known_goes_on_from_its_cursor(world):
    store = opened(world, every_minute())
    claim(store, every_minute(), NOON + MINUTE)
    assert world.store().register_jobs([every_minute()], NOON + timedelta(hours=1)) == {"a.b": NOON + MINUTE}


def test_a_job_whose_schedule_was_edited_catches_nothing_up(world):
    opened(world, every_minute())
    edited = job("a.b", Interval(2 * MINUTE))
    assert world.store().register_jobs([edited], NOON + timedelta(hours=1)) == {
        "a.b": NOON + timedelta(hours=1)
    }


def test_new_edited_and_other_jobs_are_taken_up_at_once(world):
    names = ("edited.1", "edited.2", "same.1")
    opened(world, *(job(name, Interval(MINUTE)) for name in names))
    later = NOON + timedelta(hours=1)
    others = [job(name, Interval(2 * MINUTE)) for name in ("edited.1", "edited.2", "new.1", "new.2")]
    jobs = [*others, job("same.1", Interval(MINUTE))]
    cursors = world.store().register_jobs(jobs, later)
    assert cursors == {**{each.name: later for each in others}, "same.1": NOON}
    assert world.store().register_jobs(jobs, later + MINUTE) == cursors


def test_a_due_time_is_claimed_once(world):
    first, second = opened(world, every_minute()), opened(world, every_minute(), name="two")
    run = claim(first, every_minute(), NOON + MINUTE).run
    assert (run.due.at, run.attempt, run.trigger) == (NOON + MINUTE, 1, Trigger.SCHEDULE)
    assert claim(second, every_minute(), NOON + MINUTE).run is None


def test_nothing_is_claimed_before_it_is_due(world):
    store = opened(world, every_minute())
    assert claim(store, every_minute(), NOON + 59 * SECOND).run is None


def test_a_clock_that_is_behind_claims_nothing_twice(world):
    store = opened(world, every_minute())
    first = claim(store, every_minute(), NOON + 5 * MINUTE)
    store.finish(first.run, outcome())
    assert claim(store, every_minute(), NOON - timedelta(hours=1)).run is None
    assert claim(store, every_minute(), NOON + 5 * MINUTE).run is None


def test_a_due_time_during_the_previous_run_is_skipped_on_every_server(world):
    first, second = opened(world, every_minute()), opened(world, every_minute(), name="two")
    claim(first, every_minute(), NOON + MINUTE)
    answer = claim(second, every_minute(), NOON + 2 * MINUTE)
    assert answer.run is None
    assert [unrun.status for unrun in answer.unrun] == [Status.SKIPPED]


def test_a_finished_run_sets_its_job_free(world):
    store = opened(world, every_minute())
    store.finish(claim(store, every_minute(), NOON + MINUTE).run, outcome())
    assert claim(store, every_minute(), NOON + 2 * MINUTE).run is not None


def test_finishing_twice_is_harmless(world):
    store = opened(world, every_minute())
    run = claim(store, every_minute(), NOON + MINUTE).run
    store.finish(run, outcome())
    later = claim(store, every_minute(), NOON + 2 * MINUTE).run
    store.finish(run, outcome(Status.FAILED))
    assert claim(store, every_minute(), NOON + 3 * MINUTE).run is None  # `later` still holds the job
    store.finish(later, outcome())


def test_a_job_that_may_overlap_is_claimed_while_it_runs(world):
    overlapping = every_minute(overlap=Overlap.ALLOW)
    store = opened(world, overlapping)
    claim(store, overlapping, NOON + MINUTE)
    assert claim(store, overlapping, NOON + 2 * MINUTE).run is not None


def test_many_jobs_are_claimed_together(world):
    jobs = [every_minute(f"a.b {number}") for number in range(20)]
    store = opened(world, *jobs)
    answers = store.claim([ClaimRequest(each) for each in jobs], NOON + MINUTE)
    assert len({answer.run.id for answer in answers}) == 20


def test_a_gap_is_one_record_with_a_count(world):
    store = opened(world, every_minute())
    answer = claim(store, every_minute(), NOON + timedelta(hours=1))
    assert answer.run.due.at == NOON + timedelta(hours=1)
    (unrun,) = answer.unrun
    assert (unrun.status, unrun.first, unrun.count) == (Status.MISSED, NOON + MINUTE, 59)


def test_all_missed_due_times_within_the_grace_run_one_after_the_other(world):
    patient = job("a.b", Interval(SECOND), missed=Missed.ALL, misfire_grace_time=MINUTE)
    store = opened(world, patient)
    now = NOON + timedelta(hours=1)
    runs, missed = [], 0
    while (answer := claim(store, patient, now)).run is not None:
        blocked = claim(store, patient, now)
        assert blocked.run is None
        assert blocked.more or answer.run.due.at == now
        assert not blocked.unrun
        missed += sum(unrun.count for unrun in answer.unrun)
        runs.append(answer.run.due.at)
        store.finish(answer.run, outcome())
    assert runs == [now - MINUTE + number * SECOND for number in range(61)]
    assert missed == 3600 - 61


def test_a_process_that_moves_on_is_not_given_up(world):
    first, second = opened(world, every_minute()), opened(world, every_minute(), name="two")
    (seen,) = [heartbeat for heartbeat in second.poll(NOON).heartbeats if heartbeat.process == process("one")]
    assert first.beat(process("one"), NOON)
    assert second.reap(process("one"), seen.beat, {}, NOON) == []
    assert first.beat(process("one"), NOON)


def test_a_process_that_is_given_up_leaves_interrupted_runs_and_a_free_job(world):
    first, second = opened(world, every_minute()), opened(world, every_minute(), name="two")
    run = claim(first, every_minute(), NOON + MINUTE).run
    (interruption,) = second.reap(process("one"), None, {}, NOON + MINUTE)
    assert (interruption.run, interruption.job, interruption.due) == (run.id, "a.b", NOON + MINUTE)
    assert interruption.server == "server-one"
    assert second.reap(process("one"), None, {}, NOON + MINUTE) == []
    assert not first.beat(process("one"), NOON + MINUTE)
    assert claim(second, every_minute(), NOON + 2 * MINUTE).run is not None
    assert second.retries(["a.b"], NOON + MINUTE) == []


def test_a_process_leaves_only_when_its_runs_have_ended(world):
    first, second = opened(world, every_minute()), opened(world, every_minute(), name="two")
    run = claim(first, every_minute(), NOON + MINUTE).run
    assert not first.unregister(process("one"), NOON + MINUTE)
    assert process("one") in [heartbeat.process for heartbeat in second.poll(NOON).heartbeats]
    first.finish(run, outcome())
    assert first.unregister(process("one"), NOON + MINUTE)
    assert [heartbeat.process for heartbeat in second.poll(NOON).heartbeats] == [process("two")]
    assert not first.beat(process("one"), NOON + MINUTE)


def test_what_a_process_claims_before_it_learns_that_it_was_given_up_is_not_lost(world):
    stunned, other = opened(world, every_minute()), opened(world, every_minute(), name="two")
    other.reap(process("one"), None, {}, NOON)
    run = claim(stunned, every_minute(), NOON + MINUTE).run
    stunned.register(process("three"), NOON + MINUTE)
    (interruption,) = other.reap(process("three"), None, {}, NOON + MINUTE)
    assert interruption.run == run.id


def test_an_interrupted_run_of_a_resumable_job_is_tried_again_once(world):
    resumable = every_minute(resumable=True)
    first, second = opened(world, resumable), opened(world, resumable, name="two")
    third = opened(world, resumable, name="three")
    claim(first, resumable, NOON + MINUTE)
    second.reap(process("one"), None, {"a.b": resumable}, NOON + MINUTE)
    (retry,) = second.retries(["a.b"], NOON + MINUTE)
    assert (retry.due, retry.attempt) == (NOON + MINUTE, 2)
    (answer,) = second.claim([ClaimRequest(resumable, retry)], NOON + MINUTE)
    assert (answer.run.due.at, answer.run.attempt, answer.run.trigger) == (NOON + MINUTE, 2, Trigger.RETRY)
    second.finish(answer.run, outcome())
    (late,) = third.claim([ClaimRequest(resumable, retry)], NOON + MINUTE)
    assert late.run is None
    assert third.retries(["a.b"], NOON + timedelta(hours=1)) == []


def test_a_run_that_takes_its_process_with_it_each_time_is_tried_again_later_and_later(world):
    resumable = every_minute(resumable=True)
    due = now = NOON + MINUTE
    claim(opened(world, resumable, name="0"), resumable, due)
    watcher, pauses = opened(world, resumable, name="watcher"), []
    for number in range(1, 9):
        watcher.reap(process(str(number - 1)), None, {"a.b": resumable}, now)
        pause = next(p for p in range(0, 1000, 10) if watcher.retries(["a.b"], now + p * SECOND))
        pauses.append(pause)
        now += pause * SECOND
        (retry,) = watcher.retries(["a.b"], now)
        victim = opened(world, resumable, name=str(number))
        (answer,) = victim.claim([ClaimRequest(resumable, retry)], now)
        assert (answer.run.due.at, answer.run.attempt) == (due, number + 1)
    assert pauses == [0, 10, 20, 40, 80, 160, 300, 300]


def test_a_retry_waits_while_the_job_runs(world):
    resumable = every_minute(resumable=True)
    first, second = opened(world, resumable), opened(world, resumable, name="two")
    claim(first, resumable, NOON + MINUTE)
    second.reap(process("one"), None, {"a.b": resumable}, NOON + MINUTE)
    running = claim(second, resumable, NOON + 2 * MINUTE).run
    (retry,) = second.retries(["a.b"], NOON + 2 * MINUTE)
    (answer,) = second.claim([ClaimRequest(resumable, retry)], NOON + 2 * MINUTE)
    assert answer.run is None
    assert answer.more
    second.finish(running, outcome())
    (answer,) = second.claim([ClaimRequest(resumable, retry)], NOON + 2 * MINUTE)
    assert answer.run is not None


def test_pruning_deletes_old_records_but_the_latest_of_each_job(world):
    store = opened(world, every_minute())
    for minute in range(1, 11):
        now = NOON + minute * MINUTE
        store.finish(claim(store, every_minute(), now).run, outcome(at=now))
    assert store.prune(NOON + timedelta(days=1), 4) == 4
    assert store.prune(NOON + timedelta(days=1), 100) == 5
    assert store.prune(NOON + timedelta(days=1), 100) == 0


def test_what_is_young_is_not_pruned(world):
    store = opened(world, every_minute())
    for minute in (1, 2):
        now = NOON + minute * MINUTE
        store.finish(claim(store, every_minute(), now).run, outcome(at=now))
    assert store.prune(NOON, 100) == 0


@pytest.mark.parametrize("status", [Status.SUCCEEDED, Status.FAILED])
def test_an_outcome_of_any_kind_can_be_recorded(world, status):
    store = opened(world, every_minute())
    run = claim(store, every_minute(), NOON + MINUTE).run
    text = "caf\xe9 \U0001f4a9 \0 \udc80" + "x" * 100_000
    failed = status is Status.FAILED
    store.finish(
        run, outcome(status, result=None if failed else text, error=ValueError(text) if failed else None)
    )
    assert claim(store, every_minute(), NOON + 2 * MINUTE).run is not None


def test_servers_that_claim_at_once_never_claim_the_same(world):
    jobs = [every_minute(f"a.b {number}") for number in range(10)]
    stores = [opened(world, *jobs, name=name) for name in ("one", "two", "three")]
    claimed, guard, barrier = [], threading.Lock(), threading.Barrier(len(stores))

    def work(store):
        for minute in range(1, 6):
            barrier.wait(30)
            for answer in store.claim([ClaimRequest(each) for each in jobs], NOON + minute * MINUTE):
                if answer.run is not None:
                    with guard:
                        claimed.append((answer.run.job.name, answer.run.due.at))
                    store.finish(answer.run, outcome())
            barrier.wait(30)

    threads = [threading.Thread(target=work, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(Counter(claimed).values()) == {1}
    assert len(claimed) == 50


def locked(name="a.b"):
    """A job that is claimed in a transaction on every database: it is asked about the lock."""
    return every_minute(name, lock=f"lock of {name}")


@pytest.fixture
def fragile(world, monkeypatch):
    """A store of which the connection can be made to break at a commit: before it went through, or after."""
    store = opened(world, locked("a.a"), locked("a.b"))
    dialect = store.database.engine.dialect
    commit, lost = dialect.do_commit, dialect.loaded_dbapi.OperationalError

    def break_connection(*, committed):
        def broken(connection):
            if committed:
                commit(connection)
            raise lost("the connection was lost")

        monkeypatch.setattr(dialect, "do_commit", broken)

    store.break_connection = break_connection
    store.mend_connection = lambda: monkeypatch.setattr(dialect, "do_commit", commit)
    yield store
    store.mend_connection()


def lose(store, wanted, now, *, committed):
    store.break_connection(committed=committed)
    with pytest.raises(StoreUnavailable):
        store.claim([ClaimRequest(wanted)], now)
    store.mend_connection()


@pytest.mark.parametrize("committed", [True, False])
def test_a_claim_whose_answer_was_lost_is_run_once(fragile, committed):
    lose(fragile, locked(), NOON + MINUTE, committed=committed)
    claims = fragile.claim([ClaimRequest(locked())], NOON + MINUTE)
    assert [each.run.due.at for each in claims if each.run] == [NOON + MINUTE]
    again = fragile.claim([ClaimRequest(locked())], NOON + MINUTE)
    assert [each.run for each in again if each.run] == []


def test_claims_are_not_forgotten_when_one_answer_after_the_other_is_lost(fragile):
    lose(fragile, locked("a.a"), NOON + MINUTE, committed=True)
    lose(fragile, locked("a.b"), NOON + MINUTE, committed=True)
    claims = fragile.claim([ClaimRequest(locked("a.b"))], NOON + MINUTE)
    assert {each.run.job.name for each in claims if each.run} == {"a.a", "a.b"}


def test_a_claim_whose_answer_was_lost_is_left_to_those_who_found_it_first(fragile, world):
    lose(fragile, locked(), NOON + MINUTE, committed=True)
    other = opened(world, locked(), name="two")
    assert len(other.reap(process("one"), None, {}, NOON + MINUTE)) == 1
    claims = fragile.claim([ClaimRequest(locked())], NOON + MINUTE)
    assert [each.run for each in claims if each.run] == []
