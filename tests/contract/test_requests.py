"""Run requests: a job is wanted now, a run is wanted again; each is carried out once, by whichever server can."""

from datetime import timedelta

import pytest
from minutely import MINUTE, NOON, SECOND, claim, claim_retry, every_minute, opened, outcome, process

from docassemble.Scheduler.core.run import Status, Trigger
from docassemble.Scheduler.execution.arguments import pack
from docassemble.Scheduler.schedules.simple import OnDemand
from docassemble.Scheduler.store.base import MAX_REQUEST_AGE, NOT_CARRIED_OUT, ClaimRequest
from docassemble.Scheduler.testing import job

ALICE = "alice@example.com"
ON_DEMAND = job("a.b", OnDemand(), type="manual")


def claim_run_request(store, a_job, now=NOON + SECOND):
    (run_request,) = store.run_requests()
    (answer,) = store.claim([ClaimRequest(a_job, run_request=run_request)], now)
    return answer


def test_an_order_is_there_for_every_server_until_it_is_carried_out(world):
    first, second = opened(world, every_minute()), opened(world, every_minute(), name="two")
    run_request = first.request_run("a.b", NOON, ALICE)
    assert second.run_requests() == [run_request]
    assert (run_request.job, run_request.at, run_request.by, run_request.arguments) == (
        "a.b",
        NOON,
        ALICE,
        None,
    )
    run = claim_run_request(second, every_minute()).run
    assert (run.due.at, run.trigger, run.attempt) == (NOON, Trigger.MANUAL, 1)
    assert first.run_requests() == []
    assert world.events() == [(NOON, ALICE, "run", "a.b", run.id)]


def test_an_order_is_carried_out_once(world):
    first, second = opened(world, every_minute()), opened(world, every_minute(), name="two")
    first.request_run("a.b", NOON, ALICE)
    wanted = ClaimRequest(every_minute(), run_request=second.run_requests()[0])
    run = claim_run_request(first, every_minute()).run
    first.finish(run, outcome())
    (answer,) = second.claim([wanted], NOON + SECOND)
    assert (answer.run, answer.more) == (None, False)
    assert world.holders() == []


def test_who_runs_a_job_himself_chooses_the_due_time_and_nobody_else_runs_it(world):
    first, second = opened(world, every_minute()), opened(world, every_minute(), name="two")
    run_request = first.record_inline_run("a.b", NOON - MINUTE, NOON, ALICE)
    assert second.run_requests() == []
    (answer,) = first.claim([ClaimRequest(every_minute(), run_request=run_request)], NOON)
    assert (answer.run.due.at, answer.run.trigger) == (NOON - MINUTE, Trigger.MANUAL)
    assert world.events() == [(NOON, ALICE, "run here", "a.b", answer.run.id)]
    first.finish(answer.run, outcome())
    (again,) = first.claim([ClaimRequest(every_minute(), run_request=run_request)], NOON)
    assert again.run is None


def test_an_order_leaves_the_schedule_alone(world):
    store = opened(world, every_minute())
    store.request_run("a.b", NOON + MINUTE, ALICE)
    store.finish(claim_run_request(store, every_minute(), NOON + MINUTE).run, outcome())
    assert claim(store, every_minute(), NOON + MINUTE).run.due.at == NOON + MINUTE


@pytest.mark.parametrize("lock", [None, "press"])
def test_a_job_that_is_busy_carries_out_its_order_when_it_is_free(world, lock):
    a_job = every_minute(lock=lock)
    store = opened(world, a_job)
    running = claim(store, a_job, NOON + MINUTE).run
    store.request_run("a.b", NOON + MINUTE, ALICE)
    answer = claim_run_request(store, a_job, NOON + MINUTE)
    assert (answer.run, answer.more) == (None, True)
    store.finish(running, outcome())
    assert claim_run_request(store, a_job, NOON + MINUTE).run is not None


def test_a_paused_job_carries_out_its_order_and_stays_paused(world):
    store = opened(world, every_minute())
    store.pause("a.b", NOON, ALICE)
    store.request_run("a.b", NOON, ALICE)
    store.finish(claim_run_request(store, every_minute()).run, outcome())
    answer = claim(store, every_minute(), NOON + MINUTE)
    assert (answer.run, answer.unrun) == (None, ())


def test_an_order_of_a_job_that_the_database_does_not_know_waits(world):
    store = opened(world)
    store.request_run("a.b", NOON, ALICE)
    answer = claim_run_request(store, every_minute())
    assert answer.run is None
    assert len(store.run_requests()) == 1


def test_the_arguments_of_an_order_are_those_of_its_run_and_of_its_retries(world):
    a_job = every_minute(args=("its own",), kwargs={"kept": False}, retries=1)
    store = opened(world, a_job)
    store.request_run("a.b", NOON, ALICE, pack(["ordered"], {"number": 1}))
    run = claim_run_request(store, a_job).run
    assert (run.job.args, run.job.kwargs) == (("ordered",), {"number": 1})
    store.finish(run, outcome(Status.FAILED, retry_at=NOON + SECOND))
    again = claim_retry(store, a_job, NOON + SECOND).run
    assert (again.job.args, again.job.kwargs, again.attempt) == (("ordered",), {"number": 1}, 2)


def test_the_arguments_of_an_order_are_there_for_the_process_that_takes_its_run_over(world):
    store = opened(world, every_minute())
    arguments = pack(["ordered"])
    store.request_run("a.b", NOON, ALICE, arguments)
    run = claim_run_request(store, every_minute()).run
    store.enqueue(run, NOON + MINUTE)
    taken = store.dequeue(run.id, process(), NOON + SECOND)
    assert (taken.arguments, taken.trigger) == (arguments, Trigger.MANUAL)


def test_an_order_that_nobody_carries_out_is_given_up_as_missed_by_one_of_the_servers(world):
    first, second = opened(world), opened(world, name="two")
    first.request_run("a.b", NOON, ALICE)
    later = NOON + MAX_REQUEST_AGE + SECOND
    assert first.expire_run_requests(NOON, later) == []
    (run_request,) = first.expire_run_requests(later - MAX_REQUEST_AGE, later)
    assert run_request.job == "a.b"
    assert second.expire_run_requests(later - MAX_REQUEST_AGE, later) == []
    (record,) = world.records()
    assert (record.job, record.status, record.reason, record.due) == (
        "a.b",
        "missed",
        NOT_CARRIED_OUT,
        NOON,
    )
    assert [event[-1] for event in world.events()] == [record.run]
    assert first.run_requests() == []


def test_an_order_that_waits_is_not_pruned(world):
    store = opened(world, every_minute())
    store.request_run("a.b", NOON, ALICE)
    store.prune(NOON + timedelta(hours=1), 100)
    assert len(store.run_requests()) == 1


@pytest.mark.parametrize("status", [Status.FAILED, Status.TIMED_OUT, Status.INTERRUPTED, Status.STOPPED])
def test_a_run_that_ended_badly_is_tried_again_once(world, status):
    store = opened(world, every_minute())
    run = claim(store, every_minute(), NOON + MINUTE).run
    store.finish(run, outcome(status))
    assert store.retries(["a.b"], NOON + MINUTE) == []
    assert store.retry(run.id, NOON + MINUTE, ALICE)
    again = claim_retry(store, every_minute(), NOON + MINUTE).run
    assert (again.due.at, again.attempt, again.trigger) == (NOON + MINUTE, 2, Trigger.RETRY)
    assert not store.retry(run.id, NOON + MINUTE, ALICE)
    assert world.events() == [(NOON + MINUTE, ALICE, "try again", "a.b", run.id)]


def test_a_run_that_goes_on_went_well_or_never_was_is_not_tried_again(world):
    store = opened(world, every_minute())
    run = claim(store, every_minute(), NOON + MINUTE).run
    assert not store.retry(run.id, NOON + MINUTE, ALICE)
    store.finish(run, outcome())
    assert not store.retry(run.id, NOON + MINUTE, ALICE)
    assert not store.retry("0" * 32, NOON + MINUTE, ALICE)
    assert world.events() == []


def test_a_retry_that_was_to_come_later_comes_now(world):
    a_job = every_minute(retries=1)
    store = opened(world, a_job)
    run = claim(store, a_job, NOON + MINUTE).run
    store.finish(run, outcome(Status.FAILED, retry_at=NOON + timedelta(hours=1)))
    assert store.retry(run.id, NOON + MINUTE, ALICE)
    assert claim_retry(store, a_job, NOON + MINUTE).run is not None


def test_a_job_on_demand_is_claimed_once_when_it_is_asked_for_and_at_no_other_time(world):
    first, second = opened(world, ON_DEMAND), opened(world, ON_DEMAND, name="two")
    later = NOON + 1000 * MINUTE
    assert claim(first, ON_DEMAND, later).run is None
    second.request_run("a.b", later, ALICE)
    run = claim_run_request(first, ON_DEMAND, later).run
    assert (run.due.at, run.trigger) == (later, Trigger.MANUAL)
    first.finish(run, outcome(at=later))
    assert claim(second, ON_DEMAND, later + 1000 * MINUTE).unrun == ()
    assert [(record.due, record.status) for record in world.records()] == [(later, "succeeded")]


def test_a_retry_of_a_job_on_demand_keeps_the_time_at_which_it_was_asked_for(world):
    store = opened(world, ON_DEMAND)
    store.request_run("a.b", NOON, ALICE)
    run = claim_run_request(store, ON_DEMAND).run
    store.finish(run, outcome(Status.FAILED, retry_at=NOON + MINUTE))
    again = claim_retry(store, ON_DEMAND, NOON + MINUTE).run
    assert (again.due.at, again.attempt, again.trigger) == (NOON, 2, Trigger.RETRY)


def test_a_restart_makes_no_job_on_demand_late_and_a_schedule_begins_anew(world):
    opened(world, ON_DEMAND)
    later = NOON + 1000 * MINUTE
    store = opened(world, ON_DEMAND, name="two", now=later)
    assert claim(store, ON_DEMAND, later).unrun == ()
    assert [record.cursor for record in store.jobs()] == [NOON]
    store.register_jobs([every_minute()], later)
    answer = claim(store, every_minute(), later + MINUTE)
    assert (answer.run.due.at, answer.unrun) == (later + MINUTE, ())


def test_runs_of_past_due_times_are_requested_in_their_order_and_have_a_day_from_now_on(world):
    store = opened(world, every_minute())
    dues = [NOON - number * timedelta(days=1) for number in (3, 2, 1)]
    store.request_runs("a.b", dues, NOON, ALICE)
    requests = store.run_requests()
    assert [(each.due, each.at, each.by) for each in requests] == [(due, NOON, ALICE) for due in dues]
    assert store.expire_run_requests(NOON, NOON + MINUTE) == []
    (answer,) = store.claim([ClaimRequest(every_minute(), run_request=requests[0])], NOON)
    assert (answer.run.due.at, answer.run.trigger) == (dues[0], Trigger.MANUAL)
    (missed, _) = store.expire_run_requests(NOON + MINUTE, NOON + timedelta(days=1))
    assert missed.due == dues[1]
    assert {record.due for record in world.records()} == set(dues)
