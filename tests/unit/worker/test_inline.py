"""A run in the process of whoever wants it."""

from datetime import datetime, timedelta, timezone

import pytest

from docassemble.Scheduler.core.errors import StoreUnavailable
from docassemble.Scheduler.core.run import Outcome, Status
from docassemble.Scheduler.execution.observers import RunObserver
from docassemble.Scheduler.schedules.simple import Interval
from docassemble.Scheduler.store.base import Process
from docassemble.Scheduler.testing import ManualClock, MemoryStore, job
from docassemble.Scheduler.worker.inline import InlineRequest, InlineRunner

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)


class Told(RunObserver):
    def __init__(self):
        self.ends = []

    def finished(self, run, outcome):
        self.ends.append((run.job.name, outcome.status))


def test_an_end_that_cannot_be_recorded_is_told_all_the_same():
    store, told = MemoryStore(), Told()
    store.register(Process(id="here", server="here", host_id="", pid=1, started_ticks=""), NOON)

    def lose_the_database(run):
        store.world.away = True
        return Outcome(status=Status.SUCCEEDED, started=NOON, finished=NOON)

    runner = InlineRunner(
        store=store, run=lose_the_database, observer=told, by="alice", clock=ManualClock(NOON)
    )
    with pytest.raises(StoreUnavailable):
        runner.run(InlineRequest(job=job("a.b", Interval(timedelta(days=1)))))
    assert told.ends == [("a.b", Status.SUCCEEDED)]
