"""What is counted for monitoring, on all servers together and for ever."""

from dataclasses import replace

import pytest
from minutely import MINUTE, NOON, SECOND, claim, claim_retry, every_minute, opened, outcome, process
from sqlalchemy import event

from docassemble.Scheduler.core.errors import StoreUnavailable
from docassemble.Scheduler.core.run import Status
from docassemble.Scheduler.store.base import ClaimRequest


def finish(store, now, status=Status.SUCCEEDED, took=SECOND, **fields):
    run = claim(store, every_minute(), now).run
    ended = outcome(status, now + SECOND / 2, **fields)
    store.finish(run, replace(ended, finished=ended.started + took))
    return run


def job_counters(store):
    store.save_counters()
    (found,) = store.counters()
    return found


def test_nothing_is_counted_before_anything_ran(world):
    store = opened(world, every_minute())
    store.save_counters()
    assert store.counters() == []


def test_runs_are_counted_by_status_with_their_durations_and_lateness(world):
    store = opened(world, every_minute())
    finish(store, NOON + MINUTE)
    finish(store, NOON + 2 * MINUTE, Status.FAILED, took=MINUTE / 2)
    finish(store, NOON + 3 * MINUTE, Status.SKIPPED)
    found = job_counters(store)
    assert (found.job, found.runs) == (
        "a.b",
        {Status.FAILED: 1, Status.SKIPPED: 1, Status.SUCCEEDED: 1},
    )
    assert (found.duration.count, found.duration.seconds) == (2, 31.0)
    assert found.duration.buckets[1:5] == ((0.1, 0), (1.0, 1), (10.0, 1), (60.0, 2))
    assert (found.lateness.count, found.lateness.seconds) == (2, 1.0)
    assert found.lateness.buckets[1:3] == ((0.1, 0), (1.0, 2))


def test_what_servers_count_adds_up(world):
    first, second = opened(world, every_minute()), opened(world, every_minute(), name="two")
    finish(first, NOON + MINUTE)
    finish(second, NOON + 2 * MINUTE)
    first.save_counters()
    second.save_counters()
    second.save_counters()
    assert job_counters(first).runs == {Status.SUCCEEDED: 2}
    finish(first, NOON + 3 * MINUTE)
    assert job_counters(first).runs == {Status.SUCCEEDED: 3}


def test_the_statement_is_as_short_however_much_was_counted(world):
    jobs = [every_minute(f"a.b {number}") for number in range(3)]
    store = opened(world, *jobs)
    statements = []

    def note(connection, statement, *_):
        statements.append(str(statement.compile(connection.engine)))

    for number in range(1, 4):
        for each in jobs[:number]:
            store.finish(claim(store, each, NOON + number * MINUTE).run, outcome())
        event.listen(store.database.engine, "before_execute", note)
        store.save_counters()
        event.remove(store.database.engine, "before_execute", note)
    assert len(set(statements)) == 1
    assert [job_counters.runs[Status.SUCCEEDED] for job_counters in store.counters()] == [3, 2, 1]


def test_a_run_counts_once_however_often_its_end_is_recorded(world):
    store = opened(world, every_minute())
    run = finish(store, NOON + MINUTE)
    store.finish(run, outcome())
    assert job_counters(store).runs == {Status.SUCCEEDED: 1}


def test_due_times_without_a_run_and_runs_that_lost_their_process_count(world):
    first, second = opened(world, every_minute()), opened(world, every_minute(), name="two")
    claim(first, every_minute(), NOON + 60 * MINUTE)
    second.reap(process(), None, {}, NOON + 61 * MINUTE)
    first.save_counters()
    assert job_counters(second).runs == {Status.INTERRUPTED: 1, Status.MISSED: 59}


def test_a_retry_is_not_late(world):
    store = opened(world, every_minute())
    finish(store, NOON + MINUTE, Status.FAILED, retry_at=NOON + 5 * MINUTE)
    store.finish(claim_retry(store, every_minute(), NOON + 5 * MINUTE).run, outcome())
    found = job_counters(store)
    assert (found.duration.count, found.lateness.count) == (2, 1)


def test_pruning_takes_nothing_from_what_was_counted(world):
    store = opened(world, every_minute())
    for number in range(1, 4):
        finish(store, NOON + number * MINUTE)
    before = job_counters(store)
    assert store.prune(NOON + 60 * MINUTE, 10) == 2
    assert job_counters(store) == before


def test_what_could_not_be_added_is_added_the_next_time(world):
    store = opened(world, every_minute())
    finish(store, NOON + MINUTE)
    table = f"{world.prefix}scheduler_counter"
    with world.engine().begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO {table}_away")
    with pytest.raises(StoreUnavailable):
        store.save_counters()
    with world.engine().begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {table}_away RENAME TO {table}")
    assert job_counters(store).runs == {Status.SUCCEEDED: 1}


def test_more_than_one_statement_holds_is_added_too(world):
    jobs = [every_minute(f"a.b {number:03}") for number in range(150)]
    store = opened(world, *jobs)
    for answer in store.claim([ClaimRequest(each) for each in jobs], NOON + MINUTE):
        store.finish(answer.run, outcome(at=NOON + MINUTE))
    store.save_counters()
    assert [found.runs for found in store.counters()] == [{Status.SUCCEEDED: 1}] * 150


def test_all_actions_in_sessions_are_counted_as_one_job(world):
    names = [f"in session {number:016x}: first" for number in range(3)]
    store = opened(world, *(every_minute(name) for name in names))
    for name in names:
        store.finish(claim(store, every_minute(name), NOON + MINUTE).run, outcome())
    found = job_counters(store)
    assert (found.job, found.runs) == ("actions in sessions", {Status.SUCCEEDED: 3})
    assert found.duration.count == 3
