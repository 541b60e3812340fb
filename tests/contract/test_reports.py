"""What runs report while they go on: noted in one statement, and never in the place of an end."""

import dataclasses
from datetime import timedelta

import pytest
from minutely import MINUTE, NOON, SECOND, claim, every_minute, opened, outcome, process
from test_statements import counted

from docassemble.Scheduler.core.job import Overlap
from docassemble.Scheduler.core.progress import Progress
from docassemble.Scheduler.core.run import Status
from docassemble.Scheduler.store.records import RunQuery, RunReport

BESIDE = every_minute(overlap=Overlap.ALLOW)
STARTED = NOON + MINUTE
AT = STARTED + timedelta(seconds=2, microseconds=7)
HALF = Progress(done=20, total=40, text="cases copied", at=AT)


def report(run, **fields):
    return RunReport(run=run.id, started=STARTED, pid=4711, thread="scheduler-job-2", **fields)


@pytest.fixture
def started(world):
    store = opened(world, BESIDE)
    return store, claim(store, BESIDE, NOON + MINUTE).run


def test_a_run_that_goes_on_is_seen_to_have_started_and_where(started):
    store, run = started
    assert store.run(run.id).started is None
    store.report([report(run)])
    record = store.run(run.id)
    assert (record.status, record.started, record.finished) == (Status.RUNNING, STARTED, None)
    assert (record.pid, record.thread, record.progress, record.log) == (4711, "scheduler-job-2", None, None)


def test_its_progress_and_its_log_are_seen_as_it_goes(started):
    store, run = started
    store.report([report(run, progress=HALF, log="here we go")])
    assert store.run(run.id).progress == HALF
    later = Progress(done=21.5, total=None, at=AT + 2 * SECOND)
    store.report([report(run, progress=later)])
    record = store.run(run.id)
    assert (record.progress, record.log) == (later, "here we go")
    (light,) = store.runs(RunQuery(job="a.b"))
    assert (light.progress, light.log) == (later, None)


def test_all_runs_of_a_process_report_in_one_statement_each_its_own(world):
    store = opened(world, BESIDE)
    runs = [claim(store, BESIDE, NOON + number * MINUTE).run for number in range(1, 6)]
    reports = [
        report(run, progress=dataclasses.replace(HALF, done=number)) for number, run in enumerate(runs)
    ]
    reports[0] = report(runs[0], log="only this one wrote")
    with counted(store) as seen:
        store.report(reports)
    assert seen["statements"] == 1
    records = [store.run(run.id) for run in runs]
    assert [each.progress and each.progress.done for each in records] == [None, 1, 2, 3, 4]
    assert [each.log for each in records] == ["only this one wrote", None, None, None, None]


def test_no_report_is_no_statement(world):
    store = opened(world, BESIDE)
    with counted(store) as seen:
        store.report([])
    assert seen["statements"] == 0


def test_a_report_never_changes_the_end_of_a_run(started):
    store, run = started
    store.finish(run, outcome(log="all of it"))
    before = store.run(run.id)
    store.report([report(run, progress=HALF, log="some of it", stack="here", stack_at=AT)])
    assert store.run(run.id) == before


def test_nor_that_of_a_run_whose_process_was_given_up(world):
    store, other = opened(world, BESIDE), opened(world, BESIDE, name="two")
    run = claim(store, BESIDE, NOON + MINUTE).run
    store.report([report(run, progress=HALF, log="some of it")])
    other.reap(process("one"), None, {}, NOON + 2 * MINUTE)
    before = store.run(run.id)
    store.report([report(run, log="more of it")])
    assert store.run(run.id) == before
    assert (before.status, before.progress, before.log) == (Status.INTERRUPTED, HALF, "some of it")


def test_the_end_has_the_last_word_and_the_progress_stays(started):
    store, run = started
    store.report([report(run, progress=HALF, log="some of it")])
    store.finish(run, outcome(Status.FAILED, log="all of it"))
    record = store.run(run.id)
    assert (record.status, record.log, record.progress) == (Status.FAILED, "all of it", HALF)


def test_a_run_is_asked_where_it_is_and_answers_once(started):
    store, run = started
    assert store.stack_requests([run.id, "0" * 32]) == set()
    assert store.request_stack(run.id, AT)
    assert store.run(run.id).stack_wanted == AT
    assert store.stack_requests([run.id]) == {run.id}
    store.report([report(run, stack="in the middle", stack_at=AT + SECOND)])
    record = store.run(run.id)
    assert (record.stack, record.stack_at, record.stack_wanted) == ("in the middle", AT + SECOND, None)
    assert store.stack_requests([run.id]) == set()


def test_a_run_that_has_ended_is_not_asked(started):
    store, run = started
    store.finish(run, outcome())
    assert not store.request_stack(run.id, AT)
    assert not store.request_stack("0" * 32, AT)


@pytest.mark.parametrize("text", ["\N{BICYCLE} 3 \N{EURO SIGN}", "half \ud800", "a \0", "x" * 5_000])
def test_every_database_keeps_what_jobs_tell_in_some_form(any_database, text):
    store = opened(any_database, BESIDE)
    run = claim(store, BESIDE, NOON + MINUTE).run
    store.report([report(run, progress=dataclasses.replace(HALF, text=text), log=text)])
    assert store.run(run.id).progress.text[:2] in {text[:2], "\\N", "\\U", "\\u"}


def test_on_postgresql_a_report_is_one_message_that_is_committed(postgresql):
    store = opened(postgresql, BESIDE)
    run = claim(store, BESIDE, NOON + MINUTE).run
    with store.database.one_statement() as connection:
        assert connection.connection.driver_connection.autocommit
    store.report([report(run, progress=HALF)])
    with store.database.transaction() as connection:
        assert not connection.connection.driver_connection.autocommit
    assert opened(postgresql, BESIDE, name="two").run(run.id).progress == HALF
