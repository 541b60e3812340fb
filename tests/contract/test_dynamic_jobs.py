"""Jobs that are added at run time: every server has them, under a name that is there once."""

from dataclasses import replace
from datetime import timedelta

from minutely import MINUTE, NOON, SECOND, claim, claim_retry, every_minute, opened, outcome

from docassemble.Scheduler.core.clock import RESOLUTION
from docassemble.Scheduler.core.run import Status
from docassemble.Scheduler.schedules.simple import Date, Interval
from docassemble.Scheduler.store.base import ClaimRequest
from docassemble.Scheduler.testing import job

ALICE = "alice@example.com"
HOURLY = job("a.b", Interval(timedelta(hours=1)))
ONCE = job("a.b", Date(NOON + MINUTE), type="date")


def add(store, a_job, now=NOON, *, since=None, definition="{}"):
    store.add(a_job, definition, since=since or now, now=now, by=ALICE)


def current(store, a_job):
    """Return the job as a server has it that has looked just now."""
    (version,) = (added.version for added in store.dynamic_jobs() if added.name == a_job.name)
    return replace(a_job, version=version)


def names(store):
    return [added.name for added in store.dynamic_jobs()]


def test_an_added_job_is_known_to_every_server_with_who_added_it(world):
    first, second = opened(world), opened(world, name="two")
    add(first, every_minute(), definition='{"every": 60}')
    (added,) = second.dynamic_jobs()
    assert (added.name, added.definition) == ("a.b", '{"every": 60}')
    assert (added.at, added.by, added.cursor) == (NOON, ALICE, NOON)
    assert world.events() == [(NOON, ALICE, "add", "a.b", None)]


def test_an_added_job_is_claimed_without_anything_else(world):
    first, second = opened(world), opened(world, name="two")
    add(first, every_minute(lock="press"))
    assert claim(second, every_minute(lock="press"), NOON + MINUTE).run is not None
    assert claim(first, every_minute(lock="press"), NOON + MINUTE).run is None


def test_the_mark_changes_with_every_change_and_only_then(world):
    store = opened(world)
    marks = [store.dynamic_jobs_etag()]
    for change in (
        lambda: add(store, every_minute()),
        lambda: add(store, every_minute()),
        lambda: add(store, every_minute("b.c")),
        lambda: store.cancel("a.b", NOON, ALICE),
    ):
        assert store.dynamic_jobs_etag() == marks[-1]
        change()
        marks.append(store.dynamic_jobs_etag())
    assert len(set(marks)) == len(marks)


def test_a_job_that_is_added_again_goes_on_when_its_schedule_is_the_same(world):
    store = opened(world)
    add(store, every_minute())
    store.finish(claim(store, every_minute(), NOON + MINUTE).run, outcome())
    add(store, every_minute(args=(1,)), NOON + 3 * MINUTE)
    (added,) = store.dynamic_jobs()
    assert added.cursor == NOON + MINUTE
    assert claim(store, every_minute(), NOON + 3 * MINUTE).run is not None


def test_a_job_that_is_added_again_with_another_schedule_catches_nothing_up(world):
    store = opened(world)
    add(store, every_minute())
    add(store, HOURLY, NOON + 90 * MINUTE)
    assert [added.cursor for added in store.dynamic_jobs()] == [NOON + 90 * MINUTE]
    assert claim(store, HOURLY, NOON + 100 * MINUTE).run is None


def test_what_was_due_shortly_before_can_be_asked_for(world):
    store = opened(world)
    add(store, ONCE, NOON + 2 * MINUTE, since=NOON + MINUTE - RESOLUTION)
    assert claim(store, ONCE, NOON + 2 * MINUTE).run.due.at == NOON + MINUTE


def test_nothing_of_a_job_that_was_cancelled_is_claimed_on_any_server(world):
    a_job = every_minute(retries=1)
    first, second = opened(world), opened(world, name="two")
    add(first, a_job)
    a_job = current(second, a_job)
    run = claim(first, a_job, NOON + MINUTE).run
    first.finish(run, outcome(Status.FAILED, retry_at=NOON + 2 * MINUTE))
    first.request_run("a.b", NOON, ALICE)
    (run_request,) = second.run_requests()
    (retry,) = second.retries(["a.b"], NOON + 2 * MINUTE)
    assert first.cancel("a.b", NOON + MINUTE, ALICE)
    assert names(second) == []
    wanted = [ClaimRequest(a_job), ClaimRequest(a_job, retry), ClaimRequest(a_job, run_request=run_request)]
    answers = second.claim(wanted, NOON + 2 * MINUTE)
    assert [(answer.run, answer.unrun, answer.more) for answer in answers] == [(None, (), False)] * 3
    assert second.retries(["a.b"], NOON + 2 * MINUTE) == []
    assert world.events()[-1] == (NOON + MINUTE, ALICE, "cancel", "a.b", None)


def test_nothing_is_claimed_by_a_server_that_has_not_noticed_that_the_job_was_replaced(world):
    first, second = opened(world), opened(world, name="two")
    add(first, every_minute())
    old = current(second, every_minute())
    add(first, every_minute(args=("new",)), NOON + SECOND)
    assert claim(second, old, NOON + MINUTE).run is None
    assert claim(second, current(second, every_minute()), NOON + MINUTE).run is not None


def test_what_is_not_there_cannot_be_cancelled(world):
    store = opened(world, every_minute())
    assert not store.cancel("a.b", NOON, ALICE)
    add(store, every_minute("b.c"))
    assert store.cancel("b.c", NOON, ALICE)
    assert not store.cancel("b.c", NOON, ALICE)
    assert len(world.events()) == 2


def test_a_name_that_was_cancelled_begins_anew(world):
    store = opened(world)
    add(store, every_minute())
    store.pause("a.b", NOON, ALICE)
    store.cancel("a.b", NOON, ALICE)
    add(store, every_minute(), NOON + timedelta(hours=1))
    answer = claim(store, every_minute(), NOON + timedelta(hours=1))
    assert (answer.run, answer.unrun) == (None, ())
    assert claim(store, every_minute(), NOON + timedelta(hours=1) + MINUTE).run is not None


def test_a_name_that_was_cancelled_while_it_ran_is_still_busy_when_it_is_added_again(world):
    store = opened(world)
    add(store, every_minute())
    run = claim(store, every_minute(), NOON + MINUTE).run
    store.cancel("a.b", NOON + MINUTE, ALICE)
    add(store, every_minute(), NOON + MINUTE)
    answer = claim(store, every_minute(), NOON + 2 * MINUTE)
    assert (answer.run, [unrun.status for unrun in answer.unrun]) == (None, [Status.SKIPPED])
    store.finish(run, outcome())
    assert claim(store, every_minute(), NOON + 3 * MINUTE).run is not None


def test_a_name_that_was_cancelled_can_be_one_of_the_configuration(world):
    store = opened(world)
    add(store, every_minute())
    store.cancel("a.b", NOON, ALICE)
    later = NOON + timedelta(hours=1)
    assert store.register_jobs([every_minute()], later)["a.b"] == later


def put(store, a_job, before, now=NOON, definition="{}"):
    return store.put(a_job, definition, since=now, now=now, by="jobs from data db: action", before=before)


def version(store):
    (added,) = store.dynamic_jobs()
    return added.version


def test_a_job_is_put_where_there_is_none_and_only_there(world):
    first, second = opened(world), opened(world, name="two")
    assert put(first, every_minute(), None)
    assert not put(second, every_minute(args=("late",)), None, NOON + MINUTE)
    (added,) = first.dynamic_jobs()
    assert (added.by, added.cursor) == ("jobs from data db: action", NOON)
    assert len(world.events()) == 1
    first.cancel("a.b", NOON, ALICE)
    assert put(second, every_minute(), None, NOON + MINUTE)
    assert second.dynamic_jobs()[0].cursor == NOON + MINUTE


def test_a_job_is_put_in_the_place_of_the_version_that_is_meant_and_of_no_other(world):
    first, second = opened(world), opened(world, name="two")
    put(first, every_minute(), None)
    seen = version(first)
    assert put(second, every_minute(args=("new",)), seen, NOON + MINUTE, '{"args": ["new"]}')
    assert not put(first, every_minute(args=("late",)), seen, NOON + MINUTE)
    (added,) = first.dynamic_jobs()
    assert (added.definition, added.cursor) == ('{"args": ["new"]}', NOON)
    assert put(first, HOURLY, added.version, NOON + MINUTE)
    assert first.dynamic_jobs()[0].cursor == NOON + MINUTE
    first.cancel("a.b", NOON, ALICE)
    assert not put(second, HOURLY, added.version, NOON + MINUTE)
    assert names(first) == []


def test_a_version_that_is_no_more_is_not_taken_away(world):
    store = opened(world)
    put(store, every_minute(), None)
    seen = version(store)
    put(store, every_minute(args=("new",)), seen)
    assert not store.cancel("a.b", NOON, ALICE, seen)
    assert names(store) == ["a.b"]
    assert store.cancel("a.b", NOON, ALICE, version(store))
    assert names(store) == []


def test_a_job_that_is_over_is_retired_and_its_record_stays(world):
    store = opened(world)
    add(store, ONCE)
    assert store.retire(["a.b"], NOON) == []
    run = claim(store, ONCE, NOON + MINUTE).run
    assert store.retire(["a.b"], NOON + MINUTE) == []
    store.finish(run, outcome())
    assert store.retire(["b.c"], NOON + MINUTE) == []
    assert store.retire(["a.b"], NOON + MINUTE) == ["a.b"]
    assert store.retire(["a.b"], NOON + MINUTE) == []
    assert names(store) == []
    assert [record.status for record in world.records()] == ["succeeded"]


def test_a_job_that_is_to_be_tried_again_or_is_ordered_is_not_over(world):
    once = job("a.b", Date(NOON + MINUTE), type="date", retries=1)
    store = opened(world)
    add(store, once)
    run = claim(store, once, NOON + MINUTE).run
    store.finish(run, outcome(Status.FAILED, retry_at=NOON + 2 * MINUTE))
    assert store.retire(["a.b"], NOON + MINUTE) == []
    store.finish(claim_retry(store, once, NOON + 2 * MINUTE).run, outcome())
    store.request_run("a.b", NOON, ALICE)
    assert store.retire(["a.b"], NOON + MINUTE) == []


def test_what_is_left_of_a_job_that_is_no_more_is_pruned(world):
    store = opened(world)
    add(store, ONCE)
    store.finish(claim(store, ONCE, NOON + MINUTE).run, outcome())
    store.retire(["a.b"], NOON + MINUTE)
    store.prune(NOON + timedelta(days=1), 100)
    assert world.records() == []
    assert store.jobs() == []
    add(store, ONCE, NOON + SECOND)
    assert names(store) == ["a.b"]


def test_a_job_that_still_runs_is_not_pruned_although_it_was_cancelled(world):
    store = opened(world)
    add(store, every_minute())
    run = claim(store, every_minute(), NOON + MINUTE).run
    store.cancel("a.b", NOON + MINUTE, ALICE)
    store.prune(NOON + timedelta(days=1), 100)
    assert world.holders() == [run.id]


def test_an_added_job_is_found_after_it_was_taken_away_until_it_is_pruned(world):
    store = opened(world)
    add(store, every_minute())
    assert store.dynamic_job("a.b").removed is None
    store.cancel("a.b", NOON + MINUTE, ALICE)
    assert store.dynamic_jobs() == []
    assert store.dynamic_job("a.b").removed == NOON + MINUTE
    store.prune(NOON + 2 * MINUTE, 100)
    assert store.dynamic_job("a.b") is None


def test_an_added_job_that_is_changed_stays_paused(world):
    store = opened(world)
    add(store, every_minute())
    store.pause("a.b", NOON, ALICE, "why")
    add(store, job("a.b", Interval(2 * MINUTE)), NOON + SECOND)
    assert store.jobs(["a.b"])[0].pause.note == "why"
