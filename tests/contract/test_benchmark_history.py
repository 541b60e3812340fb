"""The history that the benchmark makes is one that the package could have made."""

from sqlalchemy import text

from benchmarks.history import records
from benchmarks.load import Load
from docassemble.Scheduler.core.run import Status, Trigger
from docassemble.Scheduler.store.records import RunQuery

JOBS = ("benchmark_jobs.enter job0", "benchmark_jobs.enter job1")


def test_each_job_has_run_at_each_of_its_due_times_before_now(postgresql):
    store = postgresql.store()
    statement = records(Load(jobs=2, every=1, history=6), f"{postgresql.prefix}scheduler_run")
    with postgresql.engine().begin() as connection:
        connection.execute(text(statement))
    found = store.runs(RunQuery())
    assert len({run.id for run in found}) == 6
    assert {(run.status, run.trigger) for run in found} == {(Status.SUCCEEDED, Trigger.SCHEDULE)}
    for job in JOBS:
        dues = sorted(run.due for run in found if run.job == job)
        assert [(due - dues[0]).total_seconds() for due in dues] == [0, 1, 2]
