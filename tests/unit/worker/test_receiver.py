"""The other end of the queue: what a worker takes over is run once, and recorded."""

import logging
from datetime import datetime, timedelta, timezone

import pytest

from docassemble.Scheduler.core.errors import StoreUnavailable
from docassemble.Scheduler.core.run import Outcome, Status, Trigger
from docassemble.Scheduler.execution.arguments import pack
from docassemble.Scheduler.schedules.simple import Interval
from docassemble.Scheduler.store.base import ClaimRequest, Process
from docassemble.Scheduler.testing import ManualClock, MemorySpool, MemoryStore, MemoryWorld, job
from docassemble.Scheduler.worker.outbox import Outage
from docassemble.Scheduler.worker.receiver import TRIES, Receiver

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
MINUTE = timedelta(minutes=1)
LOGGER = logging.getLogger("test.receiver")
WORKER = Process(id="b" * 32, server="worker", host_id="", pid=2, started_ticks="")


class Worker:
    """A worker for which a run of `a.b` waits."""

    def __init__(self, *configured):
        self.world = MemoryWorld()
        self.clock = ManualClock(NOON)
        self.web, self.store = MemoryStore(self.world), MemoryStore(self.world)
        claimed = job("a.b", Interval(MINUTE))
        self.web.register(Process(id="a" * 32, server="web", host_id="", pid=1, started_ticks=""), NOON)
        self.store.register(WORKER, NOON)
        self.web.register_jobs([claimed], NOON)
        self.clock.move(MINUTE)
        (claim,) = self.web.claim([ClaimRequest(claimed)], self.clock.now())
        self.claimed = claim.run
        self.web.enqueue(claim.run, self.clock.now() + MINUTE)
        self.ran, self.over, self.slept = [], [], []
        self.receiver = Receiver(
            {job.name: job for job in configured}.get,
            store=self.store,
            process=lambda: WORKER,
            run=self._run,
            observer=self,
            outage=Outage(LOGGER),
            spool=MemorySpool(),
            clock=self.clock,
            logger=LOGGER,
            sleep=self._sleep,
        )

    def finished(self, run, outcome):
        self.over.append((run.job.name, outcome))

    def _run(self, run):
        self.ran.append(run)
        return Outcome(status=Status.SUCCEEDED, started=self.clock.now(), finished=self.clock.now())

    def _sleep(self, seconds):
        self.slept.append(seconds)
        if len(self.slept) == 3:
            self.world.away = False

    def receive(self):
        self.receiver.receive(self.claimed.id)

    def record(self):
        (row,) = self.world.records()
        return row


A_JOB = job("a.b", Interval(MINUTE), args=("from the worker's configuration",))


def test_a_run_that_was_handed_over_is_run_recorded_and_followed_up():
    worker = Worker(A_JOB)
    worker.receive()
    (run,) = worker.ran
    assert run.job is A_JOB
    assert (run.id, run.due.at, run.claimed, run.attempt) == (
        worker.claimed.id,
        worker.claimed.due.at,
        worker.claimed.claimed,
        1,
    )
    assert worker.record().status is Status.SUCCEEDED
    assert [name for name, _ in worker.over] == ["a.b"]


def test_a_message_that_comes_twice_runs_once():
    worker = Worker(A_JOB)
    worker.receive()
    worker.receive()
    assert len(worker.ran) == len(worker.over) == 1


def test_a_message_that_comes_too_late_runs_nothing():
    worker = Worker(A_JOB)
    worker.clock.move(MINUTE)
    worker.receive()
    assert worker.ran == []


def test_a_job_that_the_worker_does_not_know_has_failed_with_a_way_out():
    worker = Worker()
    worker.receive()
    assert worker.ran == []
    ((name, outcome),) = worker.over
    assert (name, outcome.status) == ("a.b", Status.FAILED)
    assert "no job 'a.b'" in str(outcome.error)
    assert "restart the worker" in outcome.error.hint
    assert worker.record().status is Status.FAILED


def test_a_run_waits_while_the_database_is_away(caplog):
    worker = Worker(A_JOB)
    worker.world.away = True
    worker.receive()
    assert len(worker.slept) == 3
    assert len(worker.ran) == 1
    assert "The database is away" in caplog.text


def test_it_does_not_wait_for_the_database_for_ever():
    worker = Worker(A_JOB)
    worker.world.away = True
    worker.slept = [0.0] * 3
    with pytest.raises(StoreUnavailable):
        worker.receive()
    assert len(worker.slept) == TRIES + 2
    assert worker.ran == []


def test_an_end_that_cannot_be_recorded_is_recorded_later():
    worker = Worker(A_JOB)
    run = worker.receiver._run

    def run_into_an_outage(due):
        worker.world.away = True
        return run(due)

    worker.receiver._run = run_into_an_outage
    worker.receive()
    worker.world.away = False
    assert worker.record().status is Status.RUNNING
    worker.receiver.flush()
    assert worker.record().status is Status.SUCCEEDED


def test_a_run_that_was_ordered_with_arguments_is_run_with_them():
    worker = Worker(A_JOB)
    worker.web.finish(worker.claimed, Outcome(status=Status.SUCCEEDED, started=NOON, finished=NOON))
    worker.web.request_run("a.b", NOON, "alice@example.com", pack(["ordered"], {"number": 1}))
    (run_request,) = worker.web.run_requests()
    (claim,) = worker.web.claim([ClaimRequest(A_JOB, run_request=run_request)], worker.clock.now())
    worker.web.enqueue(claim.run, worker.clock.now() + MINUTE)
    worker.receiver.receive(claim.run.id)
    (run,) = worker.ran
    assert (run.job.args, run.job.kwargs, run.trigger) == (("ordered",), {"number": 1}, Trigger.MANUAL)
