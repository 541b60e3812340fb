"""Actions that wait in sessions: kept until they are nearly due, then added jobs, each once."""

from dataclasses import replace
from datetime import timedelta

import pytest
from minutely import MINUTE, NOON, SECOND, claim, opened, outcome

from docassemble.Scheduler.core.run import Status
from docassemble.Scheduler.core.session_action import AHEAD, SessionAction
from docassemble.Scheduler.management.session_actions import taken
from docassemble.Scheduler.store.base import WaitingActions

HOUR = timedelta(hours=1)
ANN = "ann@example.com"


def action(id_="first", *, session="s1", due=NOON + HOUR, every=None, **arguments):
    return SessionAction(
        interview="docassemble.demo:data/questions/questions.yml",
        session=session,
        id=id_,
        action="send_reminder",
        arguments=arguments,
        user="7",
        begun="2026-01-01T00:00:00",
        first=due,
        every=every,
        time_zone="UTC",
    )


def schedule(store, an_action, now=NOON, most=100):
    return store.schedule_action(an_action, now=now, by=ANN, most=most)


def waiting(store, **options):
    return [each.action.id for each in store.waiting_actions(**options)]


def make_jobs(store, now):
    near = store.near_actions(now, 10)
    return store.make_jobs_of([taken(each, now) for each in near], now)


def jobs(store):
    return [added.name for added in store.dynamic_jobs()]


def job(store, an_action, due):
    """The job that an action has become, as a server has it that has looked just now."""
    (added,) = (each for each in store.dynamic_jobs() if each.name == an_action.job)
    now = due
    (each,) = (each for each in store.actions_of(an_action.place) if each.action.id == an_action.id)
    return replace(taken(replace(each, due=due), now).job, version=added.version)


def test_an_action_waits_without_being_a_job(world):
    first, second = opened(world), opened(world, name="two")
    assert schedule(first, action(subject="x"))
    assert jobs(first) == []
    (found,) = second.actions_of(action().place)
    assert found.action == action(subject="x")
    assert (found.due, found.at, found.by, found.is_waiting) == (NOON + HOUR, NOON, ANN, True)
    assert second.actions_of(action(session="s2").place) == []
    assert second.count_actions() == WaitingActions(count=1, next_due=NOON + HOUR)


def test_nothing_is_near_until_shortly_before_it_is_due(world):
    store = opened(world)
    schedule(store, action())
    early = NOON + HOUR - AHEAD - SECOND
    assert not store.poll(early).is_action_near
    assert store.near_actions(early, 10) == []
    assert store.poll(early + SECOND).is_action_near
    assert [each.action.id for each in store.near_actions(early + SECOND, 10)] == ["first"]


def test_an_action_becomes_a_job_once_and_runs_at_its_due_time(world):
    first, second = opened(world), opened(world, name="two")
    schedule(first, action())
    now = NOON + HOUR - AHEAD
    near = second.near_actions(now, 10)
    assert make_jobs(first, now) == 1
    assert second.make_jobs_of([taken(each, now) for each in near], now) == 0
    assert not second.poll(now).is_action_near
    assert jobs(second) == [action().job]
    a_job = job(second, action(), NOON + HOUR)
    assert claim(second, a_job, NOON + HOUR - SECOND).run is None
    run = claim(second, a_job, NOON + HOUR).run
    assert run.due.at == NOON + HOUR
    assert claim(first, a_job, NOON + HOUR).run is None
    second.finish(run, outcome())
    assert second.retire([a_job.name], NOON + HOUR + SECOND) == [a_job.name]
    assert first.actions_of(action().place) == []
    assert first.count_actions() == WaitingActions(count=0, next_due=None)
    assert first.dynamic_job(a_job.name) is None


def test_what_is_due_again_waits_again(world):
    store = opened(world)
    hourly = action(every=3600.0)
    schedule(store, hourly)
    for hours in (1, 2):
        due = NOON + hours * HOUR
        assert make_jobs(store, due - AHEAD) == 1
        assert store.count_actions() == WaitingActions(count=1, next_due=due + HOUR)
        a_job = job(store, hourly, due)
        run = claim(store, a_job, due).run
        assert run.due.at == due
        store.finish(run, outcome())
        assert store.retire([a_job.name], due + SECOND) == [a_job.name]
        assert len(store.actions_of(hourly.place)) == 1


def test_the_same_id_in_the_same_session_is_replaced_also_when_it_is_a_job(world):
    store = opened(world)
    for session in ("s1", "s2"):
        schedule(store, action(session=session, number=1))
    schedule(store, action(number=2, due=NOON + 2 * HOUR), NOON + MINUTE)
    assert [each.action.arguments for each in store.actions_of(action().place)] == [{"number": 2}]
    make_jobs(store, NOON + 2 * HOUR - AHEAD)
    a_job = job(store, action(), NOON + 2 * HOUR)
    schedule(store, action(number=3, due=NOON + 3 * HOUR), NOON + 2 * HOUR - SECOND)
    assert jobs(store) == [action(session="s2").job]
    assert claim(store, a_job, NOON + 2 * HOUR).run is None
    assert store.count_actions().next_due == NOON + 3 * HOUR


@pytest.mark.parametrize("as_job", [False, True])
def test_what_is_cancelled_is_gone(world, as_job):
    store = opened(world)
    schedule(store, action(every=3600.0))
    if as_job:
        make_jobs(store, NOON + HOUR - AHEAD)
        a_job = job(store, action(every=3600.0), NOON + HOUR)
    assert store.cancel_action(action().job, NOON + HOUR - SECOND)
    assert not store.cancel_action(action().job, NOON + HOUR - SECOND)
    assert jobs(store) == []
    assert store.actions_of(action().place) == []
    assert not as_job or claim(store, a_job, NOON + HOUR).run is None


@pytest.mark.parametrize("as_job", [False, True])
def test_people_cancel_it_by_the_name_of_its_job_with_what_is_due_later(world, as_job):
    store = opened(world)
    schedule(store, action(every=3600.0))
    if as_job:
        make_jobs(store, NOON + HOUR - AHEAD)
    assert store.cancel(action().job, NOON + HOUR - SECOND, ANN)
    assert not store.cancel(action().job, NOON + HOUR - SECOND, ANN)
    assert world.events() == [(NOON + HOUR - SECOND, ANN, "cancel", action().job, None)]
    assert jobs(store) == []
    assert store.actions_of(action().place) == []


def test_what_is_cancelled_between_the_look_and_the_taking_is_not_taken(world):
    store = opened(world)
    schedule(store, action())
    now = NOON + HOUR - AHEAD
    near = store.near_actions(now, 10)
    store.cancel_action(action().job, now)
    assert store.make_jobs_of([taken(each, now) for each in near], now) == 0
    assert jobs(store) == []


def test_a_session_has_so_many_and_no_more(world):
    store = opened(world)
    assert schedule(store, action("a"), most=2)
    assert schedule(store, action("b"), most=2)
    assert not schedule(store, action("c"), most=2)
    assert schedule(store, action("b", number=2), most=2)
    assert schedule(store, action("a", session="s2"), most=2)
    assert sorted(waiting(store)) == ["a", "a", "b"]


def test_a_retry_of_what_was_replaced_does_not_come(world):
    store = opened(world)
    schedule(store, action())
    make_jobs(store, NOON + HOUR - AHEAD)
    a_job = job(store, action(), NOON + HOUR)
    run = claim(store, a_job, NOON + HOUR).run
    store.finish(run, outcome(Status.FAILED, retry_at=NOON + HOUR + MINUTE))
    schedule(store, action(due=NOON + 5 * HOUR), NOON + HOUR + SECOND)
    assert store.retries([a_job.name], NOON + 2 * HOUR) == []


def test_people_read_what_waits_page_by_page(world):
    store = opened(world)
    for number in range(5):
        schedule(store, action(f"a{number}", due=NOON + HOUR + number // 2 * MINUTE))
    other = replace(action("other", due=NOON + 3 * HOUR), interview="docassemble.x:y.yml")
    schedule(store, other)
    assert waiting(store, interview="docassemble.x:y.yml") == ["other"]
    found, after = [], None
    while page := store.waiting_actions(after=after, limit=2):
        found += [each.action.id for each in page]
        after = page[-1].due, page[-1].action.job
    assert sorted(found[:2]) == ["a0", "a1"]
    assert sorted(found) == ["a0", "a1", "a2", "a3", "a4", "other"]
    assert found[-1] == "other"
