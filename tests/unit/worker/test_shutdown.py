"""The end of a process: runs are asked, then forced, and not waited for any longer."""

import logging
from contextlib import ExitStack

import pytest

from docassemble.Scheduler.core.errors import JobStopped
from docassemble.Scheduler.core.run import StopReason
from docassemble.Scheduler.execution.cancellation import RunningRuns
from docassemble.Scheduler.worker.threads import STOP_TIMEOUT, stop_all
from tests.unit.runs import a_run


class Process:
    """A process in which nothing goes on any more after it was waited for so many times."""

    def __init__(self, *, idle_after, stack):
        self.running_runs = RunningRuns()
        self.idle_after = idle_after
        self.stack = stack
        self.stops = []
        self.raised = []
        #: at each wait: how long, why the runs are to stop, what was raised in them
        self.waits = []
        #: what happens at the next wait
        self.meanwhile = None

    def begin(self, number):
        stop = self.stack.enter_context(self.running_runs.during(a_run(number)))
        self.stack.enter_context(stop.interruptible(self.raised.append, lambda: None))
        self.stops.append(stop)

    def wait_until_idle(self, timeout):
        self.waits.append((timeout, [stop.reason for stop in self.stops], list(self.raised)))
        if self.meanwhile is not None:
            self.meanwhile()
            self.meanwhile = None
        return len(self.waits) >= self.idle_after

    def stop_all(self):
        return stop_all(self.running_runs, self.wait_until_idle, logging.getLogger("restart"))


@pytest.fixture
def process_that_is():
    with ExitStack() as stack:
        yield lambda *, idle_after: Process(idle_after=idle_after, stack=stack)


RESTART = StopReason.RESTART
ASKED = (STOP_TIMEOUT, [RESTART, RESTART], [])
FORCED = (STOP_TIMEOUT, [RESTART, RESTART], [JobStopped, JobStopped])


@pytest.mark.parametrize(
    ("idle_after", "answer", "waits"),
    [(1, True, [ASKED]), (2, True, [ASKED, FORCED]), (3, False, [ASKED, FORCED])],
    ids=["all stop by themselves", "all stop when forced", "some never stop"],
)
def test_runs_are_asked_then_forced_then_left(process_that_is, idle_after, answer, waits):
    process = process_that_is(idle_after=idle_after)
    process.begin(1)
    process.begin(2)
    assert process.stop_all() is answer
    assert process.waits == waits


def test_without_runs_what_comes_after_them_is_waited_for(process_that_is):
    process = process_that_is(idle_after=2)
    assert process.stop_all() is True
    assert process.waits == [(STOP_TIMEOUT, [], []), (STOP_TIMEOUT, [], [])]


def test_a_run_that_begins_when_the_others_have_been_asked_is_stopped_too(process_that_is):
    process = process_that_is(idle_after=2)
    process.meanwhile = lambda: process.begin(1)
    process.stop_all()
    assert process.waits[-1] == (STOP_TIMEOUT, [RESTART], [JobStopped])


def test_what_did_not_stop_is_in_the_log(process_that_is, caplog):
    process = process_that_is(idle_after=3)
    process.begin(1)
    process.stop_all()
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert record.job == "staged.work"
    assert "2026-03-01T12:00:00+00:00 did not stop" in record.getMessage()
