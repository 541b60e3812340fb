"""A run that is expected to be short has no record until it ends, and loses nothing by that, whatever happens to it.

Only PostgreSQL makes a difference; the promises are the same for all databases.
"""

from dataclasses import replace

import pytest
from minutely import MINUTE, NOON, SECOND, every_minute, opened, outcome, process
from sqlalchemy import select

from docassemble.Scheduler.core.progress import Progress
from docassemble.Scheduler.core.run import EndedRun, Status, StopReason
from docassemble.Scheduler.store.base import ClaimRequest
from docassemble.Scheduler.store.records import RunQuery, RunReport
from docassemble.Scheduler.store.sql.tables import define

DUE = NOON + 2 * MINUTE


def ready(world, *jobs, name="one"):
    """Return a store that has run each job once, so that it knows how it has left them."""
    store = opened(world, *jobs, name=name)
    for each in jobs:
        store.finish(short(store, each, NOON + MINUTE), outcome())
    return store


def short(store, a_job, now=DUE):
    """Claim a run that is expected to be short."""
    (answer,) = store.claim([ClaimRequest(a_job, is_short=True)], now)
    return answer.run


def rows(world):
    table = define(world.prefix).runs
    with world.engine().connect() as connection:
        return [dict(row._mapping) for row in connection.execute(select(table).order_by(table.c.due))]


def test_it_has_no_record_until_it_ends(postgresql):
    job = every_minute()
    store = ready(postgresql, job)
    run = short(store, job)
    assert run.is_short
    assert [each.status for each in postgresql.records()] == ["succeeded"]
    store.finish(run, outcome())
    assert [each.status for each in postgresql.records()] == ["succeeded"] * 2


@pytest.mark.parametrize(
    "end",
    [
        outcome(),
        outcome(result="{}", log="written\n'\\\u20ac", reason='"why"'),
        outcome(Status.SKIPPED, reason="given back", retry_at=NOON),
        outcome(Status.FAILED, error=ValueError("five \U0001f600")),
    ],
    ids=["quiet", "with texts", "given back", "failed"],
)
def test_its_record_is_that_of_any_other_run(world, end):
    jobs = [every_minute("a.short"), every_minute("a.long")]
    store = ready(world, *jobs)
    claims = store.claim([ClaimRequest(each, is_short=each is jobs[0]) for each in jobs], DUE)
    store.finish_all([EndedRun(each.run, end) for each in claims])
    one, other = (
        {key: value for key, value in row.items() if key not in {"id", "job"}} for row in rows(world)[-2:]
    )
    assert one == other


def test_its_job_is_busy(world):
    job = every_minute()
    store, other = ready(world, job), opened(world, job, name="two")
    run = short(store, job)
    assert world.holders() == [run.id]
    assert short(other, job, DUE + MINUTE) is None
    store.finish(run, outcome())
    assert world.holders() == []


@pytest.mark.parametrize("resumable", [False, True])
def test_with_its_process_it_is_interrupted(world, resumable):
    job = every_minute(resumable=resumable)
    store, other = ready(world, job), opened(world, job, name="two")
    run = short(store, job)
    (ended,) = other.reap(process("one"), None, {job.name: job}, DUE + SECOND)
    assert (ended.run, ended.due, ended.server) == (run.id, DUE, "server-one")
    assert world.holders() == []
    record = store.run(run.id)
    assert (record.status, record.due, record.attempt) == (Status.INTERRUPTED, DUE, 1)
    assert (record.retry_at is not None) is resumable


def test_what_ends_although_its_process_was_given_up_is_on_record_as_it_ended(world):
    job = every_minute()
    store, other = ready(world, job), opened(world, job, name="two")
    run = short(store, job)
    other.reap(process("one"), None, {job.name: job}, DUE + SECOND)
    store.register(process("again"), DUE + 2 * SECOND)
    store.finish(run, outcome(at=DUE))
    assert [each.status for each in world.records()] == ["succeeded"] * 2


def test_it_belongs_to_the_process_under_its_new_name(world):
    job = every_minute()
    store, other = ready(world, job), opened(world, job, name="two")
    run = short(store, job)
    store.register(process("again"), DUE + SECOND)
    assert not store.unregister(process("again"), DUE + SECOND)
    assert [each.run for each in other.reap(process("again"), None, {job.name: job}, DUE + SECOND)] == [
        run.id
    ]


def test_a_process_does_not_end_in_good_order_while_it_goes_on(world):
    job = every_minute()
    store = ready(world, job)
    run = short(store, job)
    assert not store.unregister(process("one"), DUE)
    store.finish(run, outcome())
    assert store.unregister(process("one"), DUE)


def test_when_it_lasts_it_is_on_record_with_what_it_reports(world):
    job = every_minute()
    store = ready(world, job)
    run = short(store, job)
    report = RunReport(
        run=run.id,
        started=DUE,
        pid=1,
        thread="scheduler-1",
        progress=Progress(done=1, total=2, text="half", at=DUE),
        log="so far",
    )
    store.report([report])
    record = store.run(run.id)
    assert (record.status, record.started, record.log) == (Status.RUNNING, DUE, "so far")
    assert (record.due, record.claimed, record.server) == (DUE, DUE, "server-one")
    assert store.request_stop(run.id, StopReason.BY_HAND.name, DUE, "somebody")
    store.finish(run, outcome(Status.STOPPED, at=DUE))
    assert [each.status for each in store.runs(RunQuery(job=job.name))] == [Status.STOPPED, Status.SUCCEEDED]


def test_a_late_report_of_it_changes_nothing(world):
    job = every_minute()
    store = ready(world, job)
    run = short(store, job)
    store.finish(run, outcome(at=DUE))
    before = rows(world)
    store.report([RunReport(run=run.id, started=NOON, pid=1, thread="late", log="late")])
    assert rows(world) == before


def test_it_is_on_record_although_the_row_of_its_job_is_lost(world):
    job = every_minute()
    store = ready(world, job)
    run = short(store, job)
    world.lose(job.name)
    store.finish(run, outcome())
    assert store.run(run.id).status is Status.SUCCEEDED


def test_a_pause_meanwhile_does_not_keep_its_job_from_being_set_free(world):
    job = every_minute()
    store = ready(world, job)
    run = short(store, job)
    assert store.pause(job.name, DUE, "somebody")
    store.finish(run, outcome())
    assert world.holders() == []
    assert short(store, job, DUE + MINUTE) is None


def test_a_row_that_somebody_has_locked_is_passed_over_and_the_others_are_claimed(postgresql):
    jobs = [every_minute("a.free"), every_minute("a.locked")]
    store = ready(postgresql, *jobs)
    with postgresql.engine().connect() as holding:
        holding.exec_driver_sql(
            f"SELECT * FROM {store.database.tables.jobs.name} WHERE name = 'a.locked' FOR UPDATE"
        )
        claims = store.claim([ClaimRequest(each, is_short=True) for each in jobs], DUE)
        assert [(each.run is not None, each.locked) for each in claims] == [(True, False), (False, True)]


def test_a_retry_of_it_is_recorded_when_it_is_claimed(world):
    job = every_minute(retries=1)
    store = ready(world, job)
    store.finish(short(store, job), outcome(Status.FAILED, error=ValueError(), retry_at=DUE))
    (retry,) = store.retries([job.name], DUE)
    (claim,) = store.claim([ClaimRequest(job, retry, is_short=True)], DUE)
    assert not claim.run.is_short
    assert [(each.attempt, each.status) for each in world.records()][-1] == (2, "running")


def test_when_due_times_were_missed_before_it_it_is_recorded_when_it_is_claimed(world):
    job = replace(every_minute(), misfire_grace_time=SECOND)
    store = ready(world, job)
    assert not short(store, job, DUE + 3 * MINUTE).is_short
