"""A process may claim what it remembers without a look: whatever others have done since is noticed all the same."""

import pytest
from minutely import MINUTE, NOON, SECOND, claim, every_minute, opened, outcome
from sqlalchemy import delete, event

from docassemble.Scheduler.core.alerts import AlertPolicy
from docassemble.Scheduler.core.job import Missed, Overlap
from docassemble.Scheduler.core.run import Status
from docassemble.Scheduler.schedules.simple import Interval
from docassemble.Scheduler.store.sql.tables import define
from docassemble.Scheduler.testing import job

ALICE = "alice@example.com"


def run_once(store, a_job, now):
    """Run it, so that the store remembers how it has left the job."""
    run = claim(store, a_job, now).run
    store.finish(run, outcome(at=now))


@pytest.fixture
def two(world):
    """Two servers; the first one remembers the job."""
    first, second = opened(world, every_minute()), opened(world, every_minute(), name="two")
    run_once(first, every_minute(), NOON + MINUTE)
    return first, second


def test_a_due_time_that_another_server_has_claimed_since_is_not_claimed_again(two):
    first, second = two
    run_once(second, every_minute(), NOON + 2 * MINUTE)
    assert claim(first, every_minute(), NOON + 2 * MINUTE).run is None
    assert claim(first, every_minute(), NOON + 3 * MINUTE).run.due.at == NOON + 3 * MINUTE


@pytest.mark.parametrize("change", ["added anew", "cancelled"])
def test_an_added_job_that_another_server_has_changed_since_is_not_claimed_as_it_was(world, change):
    first, second = opened(world), opened(world, name="two")
    first.add(every_minute(), "{}", since=NOON, now=NOON, by=ALICE)
    (added,) = first.dynamic_jobs()
    as_it_was = every_minute(version=added.version)
    run_once(first, as_it_was, NOON + MINUTE)
    run_once(first, as_it_was, NOON + 2 * MINUTE)
    if change == "cancelled":
        second.cancel("a.b", NOON + 2 * MINUTE, ALICE)
    else:
        second.add(every_minute(), "{}", since=NOON, now=NOON + 2 * MINUTE, by=ALICE)
    assert claim(first, as_it_was, NOON + 3 * MINUTE).run is None


def test_servers_that_take_turns_claim_each_due_time_once(two, world):
    for number in range(2, 12):
        later = NOON + number * MINUTE
        answers = [claim(store, every_minute(), later) for store in (two if number % 3 else reversed(two))]
        (run,) = (answer.run for answer in answers if answer.run)
        two[number % 2].finish(run, outcome(at=later))
    dues = [record.due for record in world.records() if record.status == "succeeded"]
    assert dues == [NOON + number * MINUTE for number in range(1, 12)]


def test_a_run_of_another_server_that_goes_on_is_not_overlapped(two):
    first, second = two
    claim(second, every_minute(), NOON + 2 * MINUTE)
    (skipped,) = claim(first, every_minute(), NOON + 3 * MINUTE).unrun
    assert (skipped.status, skipped.reason) == (Status.SKIPPED, "the previous run is still going")


def test_what_queues_waits_for_the_run_of_another_server(world):
    a_job = every_minute(overlap=Overlap.QUEUE)
    first, second = opened(world, a_job), opened(world, a_job, name="two")
    run_once(first, a_job, NOON + MINUTE)
    run = claim(second, a_job, NOON + 2 * MINUTE).run
    answer = claim(first, a_job, NOON + 3 * MINUTE)
    assert (answer.run, answer.more) == (None, True)
    second.finish(run, outcome())
    assert claim(first, a_job, NOON + 3 * MINUTE).run.due.at == NOON + 3 * MINUTE


def test_a_pause_by_another_server_is_noticed(two):
    first, second = two
    second.pause("a.b", NOON + MINUTE + SECOND, ALICE)
    answer = claim(first, every_minute(), NOON + 2 * MINUTE)
    assert (answer.run, answer.unrun) == (None, ())


def test_what_passed_during_a_pause_that_another_server_has_ended_is_skipped(world):
    patient = every_minute(missed=Missed.ALL, misfire_grace_time=None)
    first, second = opened(world, patient), opened(world, patient, name="two")
    run_once(first, patient, NOON + MINUTE)
    second.pause("a.b", NOON + MINUTE + SECOND, ALICE)
    second.resume("a.b", NOON + 5 * MINUTE + SECOND, ALICE)
    answer = claim(first, patient, NOON + 7 * MINUTE)
    assert [(each.status, each.count) for each in answer.unrun] == [(Status.SKIPPED, 4)]
    assert answer.run.due.at == NOON + 6 * MINUTE


def test_a_job_whose_pause_is_long_over_is_claimed(world):
    store = opened(world, every_minute())
    store.pause("a.b", NOON, ALICE)
    store.resume("a.b", NOON + SECOND, ALICE)
    for number in range(1, 4):
        run_once(store, every_minute(), NOON + number * MINUTE)
    assert [record.status for record in world.records()] == ["succeeded"] * 3


def test_a_failure_that_another_server_has_counted_is_known_to_the_run(two):
    first, second = two
    second.count_failure("a.b", NOON, AlertPolicy())
    assert claim(first, every_minute(), NOON + 2 * MINUTE).run.failing


def test_a_job_that_has_failed_is_not_claimed_in_vain(world):
    store = opened(world, every_minute())
    run_once(store, every_minute(), NOON + MINUTE)
    store.count_failure("a.b", NOON + MINUTE, AlertPolicy())
    in_vain = []

    def note(_connection, _cursor, statement, _parameters, context, _many):
        if context.isupdate and context.rowcount == 0:
            in_vain.append(statement)

    event.listen(store.database.engine, "after_cursor_execute", note)
    assert claim(store, every_minute(), NOON + 2 * MINUTE).run.failing
    assert in_vain == []


def test_another_schedule_begins_anew_on_every_server(two, world):
    first, _ = two
    hourly = job("a.b", Interval(60 * MINUTE))
    opened(world, hourly, name="three", now=NOON + 90 * SECOND)
    assert claim(first, every_minute(), NOON + 90 * SECOND).run is None


def test_due_times_that_passed_meanwhile_are_missed_as_ever(world):
    store = opened(world, every_minute())
    run_once(store, every_minute(), NOON + MINUTE)
    answer = claim(store, every_minute(), NOON + 5 * MINUTE)
    assert answer.run.due.at == NOON + 5 * MINUTE
    assert [(each.status, each.count) for each in answer.unrun] == [(Status.MISSED, 3)]


def test_a_job_whose_row_was_deleted_is_not_claimed(world):
    store = opened(world, every_minute())
    run_once(store, every_minute(), NOON + MINUTE)
    with store.database.engine.begin() as connection:
        connection.execute(delete(define(world.prefix).jobs))
    assert claim(store, every_minute(), NOON + 2 * MINUTE).run is None
    store.register_jobs([every_minute()], NOON + 2 * MINUTE)
    assert claim(store, every_minute(), NOON + 3 * MINUTE).run is not None
