"""An end that its process could not record is recorded by another one, as if nothing had happened (C15)."""

import pytest
from minutely import MINUTE, NOON, SECOND, claim, every_minute, opened, outcome, process

from docassemble.Scheduler.core.run import EndedRun, Status
from docassemble.Scheduler.store.base import ClaimRequest

DUE = NOON + 2 * MINUTE


def killed(world, *jobs):
    """Let a process claim a run of each job, and return its store and them; it knows how it has left the jobs."""
    store = opened(world, *jobs)
    for each in jobs:
        store.finish(claim(store, each, NOON + MINUTE).run, outcome())
    claims = store.claim([ClaimRequest(each, is_short=True) for each in jobs], DUE)
    return store, [each.run for each in claims]


def by_name(*jobs):
    return {each.name: each for each in jobs}


@pytest.mark.parametrize("is_known", [True, False], ids=["known job", "unknown job"])
@pytest.mark.parametrize("is_given_up", [False, True], ids=["in time", "after it was given up"])
def test_it_is_on_record_under_the_process_that_ran_it_and_the_job_is_free(world, is_known, is_given_up):
    job = every_minute(lock="a lock" if is_known else None)
    _, (run,) = killed(world, job)
    other = opened(world, job, name="two")
    if is_given_up:
        other.reap(process("one"), None, by_name(job), DUE + SECOND)
    (found,) = other.unfinished([run.id], by_name(job) if is_known else {})
    assert (found.id, found.job.name, found.due.at, found.attempt) == (run.id, job.name, DUE, 1)
    other.finish_all([EndedRun(found, outcome(result="done", at=DUE + SECOND))])
    record = other.run(run.id)
    assert (record.status, record.result, record.process) == (Status.SUCCEEDED, "done", process("one").id)
    assert world.holders() == []
    assert claim(other, job, DUE + MINUTE).run is not None


def test_what_is_on_record_already_or_unknown_is_not_found(world):
    job = every_minute()
    store, (run,) = killed(world, job)
    store.finish(run, outcome())
    other = opened(world, job, name="two")
    assert other.unfinished([run.id, "f" * 32], by_name(job)) == []
    assert other.unfinished([], by_name(job)) == []


def test_it_is_counted_once(world):
    job = every_minute()
    _, (run,) = killed(world, job)
    others = [opened(world, job, name=name) for name in ("two", "three")]
    found = [(each, each.unfinished([run.id], by_name(job))) for each in others]
    for store, (its,) in found:  # neither knows of the other
        store.finish(its, outcome(at=DUE))
        store.save_counters()
    (counted,) = others[0].counters()
    assert counted.runs == {Status.SUCCEEDED: 1}


def test_what_others_still_run_goes_on(world):
    job, another = every_minute(), every_minute("c.d")
    _, (run, going_on) = killed(world, job, another)
    other = opened(world, job, another, name="two")
    (found,) = other.unfinished([run.id], by_name(job, another))
    other.finish(found, outcome(at=DUE))
    assert world.holders() == [going_on.id]
