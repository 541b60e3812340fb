"""Pausing and resuming jobs, from any server."""

from datetime import timedelta

from minutely import MINUTE, NOON, SECOND, claim, claim_retry, every_minute, opened, outcome

from docassemble.Scheduler.core.job import Missed
from docassemble.Scheduler.core.problem import Problem
from docassemble.Scheduler.core.run import Status
from docassemble.Scheduler.schedules.simple import Interval
from docassemble.Scheduler.store.base import ClaimRequest
from docassemble.Scheduler.testing import job

ALICE = "alice@example.com"
#: would run all that it has missed, however late
PATIENT = every_minute(missed=Missed.ALL, misfire_grace_time=None)


def test_a_paused_job_has_its_due_times_skipped_on_every_server(world):
    first, second = opened(world, every_minute()), opened(world, every_minute(), name="two")
    assert first.pause("a.b", NOON, ALICE)
    for minute in (1, 2):
        answer = claim(second, every_minute(), NOON + minute * MINUTE)
        assert (answer.run, answer.unrun) == (None, ())
    assert second.resume("a.b", NOON + 2 * MINUTE, ALICE)
    answer = claim(first, every_minute(), NOON + 3 * MINUTE)
    (unrun,) = answer.unrun
    assert (unrun.status, unrun.count, unrun.reason) == (Status.SKIPPED, 2, "the job is paused")
    assert answer.run.due.at == NOON + 3 * MINUTE


def test_a_switch_says_whether_it_made_a_difference_and_only_then_is_on_record(world):
    store = opened(world, every_minute())
    assert not store.resume("a.b", NOON, ALICE)
    assert store.pause("a.b", NOON + SECOND, ALICE)
    assert not store.pause("a.b", NOON + 2 * SECOND, ALICE)
    assert store.resume("a.b", NOON + 3 * SECOND, "bob@example.com")
    assert not store.pause("no.such", NOON, ALICE)
    assert not store.resume("no.such", NOON, ALICE)
    assert world.events() == [
        (NOON + SECOND, ALICE, "pause", "a.b", None),
        (NOON + 3 * SECOND, "bob@example.com", "resume", "a.b", None),
    ]


def test_a_run_that_goes_on_is_not_disturbed_by_a_pause(world):
    store = opened(world, every_minute())
    run = claim(store, every_minute(), NOON + MINUTE).run
    store.pause("a.b", NOON + MINUTE, ALICE)
    assert store.stop_requests([run.id]) == {}
    store.finish(run, outcome())
    assert [record.status for record in world.records()] == ["succeeded"]


def test_what_passed_during_a_pause_is_never_caught_up_and_on_record_even_if_nobody_was_up(world):
    opened(world, PATIENT).pause("a.b", NOON, ALICE)
    opened(world, PATIENT, name="two").resume("a.b", NOON + timedelta(hours=1, seconds=1), ALICE)
    answer = claim(opened(world, PATIENT, name="three"), PATIENT, NOON + timedelta(hours=1, minutes=3))
    assert answer.run.due.at == NOON + timedelta(hours=1) + MINUTE
    (skipped,) = answer.unrun
    assert (skipped.status, skipped.first, skipped.last, skipped.count) == (
        Status.SKIPPED,
        NOON + MINUTE,
        NOON + timedelta(hours=1),
        60,
    )


def test_a_job_that_is_resumed_before_anything_was_due_has_nothing_skipped(world):
    store = opened(world, every_minute())
    store.pause("a.b", NOON + SECOND, ALICE)
    store.resume("a.b", NOON + 2 * SECOND, ALICE)
    answer = claim(store, every_minute(), NOON + MINUTE)
    assert (answer.run.due.at, answer.unrun) == (NOON + MINUTE, ())


def test_a_server_whose_clock_is_behind_the_one_that_resumed_skips_what_it_sees(world):
    store = opened(world, PATIENT)
    store.pause("a.b", NOON, ALICE)
    store.resume("a.b", NOON + 3 * MINUTE, ALICE)
    (first,) = claim(store, PATIENT, NOON + MINUTE).unrun
    answer = claim(store, PATIENT, NOON + 4 * MINUTE)
    (second,) = answer.unrun
    assert (first.last, second.first, second.last) == (NOON + MINUTE, NOON + 2 * MINUTE, NOON + 3 * MINUTE)
    assert answer.run.due.at == NOON + 4 * MINUTE


def test_a_paused_job_is_not_tried_again_until_it_is_resumed(world):
    store = opened(world, every_minute())
    store.finish(
        claim(store, every_minute(), NOON + MINUTE).run, outcome(Status.FAILED, retry_at=NOON + 2 * MINUTE)
    )
    store.pause("a.b", NOON + MINUTE, ALICE)
    assert store.retries(["a.b"], NOON + 3 * MINUTE) == []
    store.resume("a.b", NOON + 3 * MINUTE, ALICE)
    assert claim_retry(store, every_minute(), NOON + 3 * MINUTE).run.attempt == 2


def test_a_retry_that_was_offered_before_the_pause_is_not_claimed_and_not_lost(world):
    store = opened(world, every_minute())
    store.finish(
        claim(store, every_minute(), NOON + MINUTE).run, outcome(Status.FAILED, retry_at=NOON + MINUTE)
    )
    (retry,) = store.retries(["a.b"], NOON + MINUTE)
    store.pause("a.b", NOON + MINUTE, ALICE)
    (answer,) = store.claim([ClaimRequest(every_minute(), retry)], NOON + MINUTE)
    assert (answer.run, answer.more) == (None, False)
    store.resume("a.b", NOON + MINUTE, ALICE)
    assert store.retries(["a.b"], NOON + MINUTE) == [retry]


def test_a_schedule_that_is_edited_stays_paused(world):
    opened(world, every_minute()).pause("a.b", NOON, ALICE)
    edited = job("a.b", Interval(2 * MINUTE))
    assert claim(opened(world, edited, name="two"), edited, NOON + 2 * MINUTE).run is None


def test_who_switched_what_is_forgotten_with_the_history(world):
    store = opened(world, every_minute())
    store.pause("a.b", NOON, ALICE)
    store.resume("a.b", NOON + MINUTE, ALICE)
    store.prune(NOON + SECOND, 100)
    assert [what for (_, _, what, _, _) in world.events()] == ["resume"]


def test_why_a_job_cannot_run_is_noted_until_a_server_finds_that_it_can(world):
    one, two = every_minute("a.one"), every_minute("b.two")
    store = opened(world, one, two)
    problem = Problem(code="function-not-found", path=("scheduler", "a.one"), sentence="No.", hint="Mend it.")
    store.note_problems(["a.one", "b.two"], {"a.one": problem}, NOON)
    store.note_problems(["b.two"], {}, NOON + SECOND)
    known = {record.name: (record.problem, record.problem_at) for record in world.store().jobs()}
    assert known == {"a.one": (problem, NOON), "b.two": (None, None)}
    store.note_problems(["a.one", "b.two"], {"a.one": problem}, NOON + MINUTE)
    assert store.jobs(["a.one"])[0].problem_at == NOON + MINUTE
    store.note_problems(["a.one"], {}, NOON + MINUTE)
    assert store.jobs(["a.one"])[0].problem is None
