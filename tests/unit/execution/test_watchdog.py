"""The watchdog stops what is over time, and what somebody wants to stop."""

import logging
from contextlib import ExitStack
from datetime import timedelta

import pytest

from docassemble.Scheduler.core.errors import JobStopped, JobTimeout, StoreUnavailable
from docassemble.Scheduler.core.run import StopReason
from docassemble.Scheduler.execution.cancellation import RunningRuns
from docassemble.Scheduler.execution.watchdog import ASK_EVERY, LOOK_INTERVAL, STOP_TIMEOUT, Watchdog
from docassemble.Scheduler.testing import ManualClock
from tests.unit.runs import NOON, a_run

TICK = timedelta(seconds=LOOK_INTERVAL)


class Stage:
    """A watchdog, one run that is going on, and what is raised in it."""

    def __init__(self, stack, **fields):
        self.clock, self.running_runs, self.raised, self.asked = ManualClock(NOON), RunningRuns(), [], []
        self.requests = {}
        self.away = False
        self.run = a_run(**fields)
        self.stop = stack.enter_context(self.running_runs.during(self.run))
        stack.enter_context(self.stop.interruptible(self.raised.append, lambda: None))
        self.watchdog = Watchdog(
            self.running_runs, self._stop_requests, self.clock, logging.getLogger("test")
        )

    def _stop_requests(self, runs):
        self.asked.append(sorted(runs))
        if self.away:
            raise StoreUnavailable("away")
        return self.requests

    def look(self, seconds):
        for _ in range(round(seconds / LOOK_INTERVAL)):
            self.clock.move(TICK)
            self.watchdog.look()


@pytest.fixture
def stage():
    with ExitStack() as stack:
        yield lambda **fields: Stage(stack, **fields)


def test_a_run_is_stopped_when_its_time_is_up_and_not_before(stage):
    stage = stage(max_runtime=timedelta(seconds=2))
    stage.look(2)
    assert not stage.raised
    stage.look(2 * LOOK_INTERVAL)
    assert stage.raised == [JobTimeout]
    assert stage.stop.reason is StopReason.TIMEOUT


def test_a_clock_that_is_set_forward_does_not_stop_anything(stage):
    stage = stage(max_runtime=timedelta(hours=1))
    stage.look(1)
    stage.clock._now += timedelta(hours=5)
    stage.look(1)
    assert not stage.raised


def test_a_run_without_a_limit_goes_on(stage):
    stage = stage()
    stage.look(600)
    assert not stage.raised


def test_what_somebody_wants_to_stop_is_asked_first_and_forced_after_a_while(stage):
    stage = stage()
    stage.requests = {stage.run.id: "BY_HAND"}
    stage.look(ASK_EVERY * LOOK_INTERVAL + 1)
    assert stage.stop.reason is StopReason.BY_HAND
    assert not stage.raised
    stage.look(STOP_TIMEOUT + 1)
    assert stage.raised == [JobStopped]


def test_the_store_is_asked_once_a_second_and_only_about_what_has_gone_on_for_a_while(stage):
    stage = stage()
    stage.look(3)
    assert stage.asked == [[stage.run.id]] * 3


def test_the_store_is_not_asked_about_what_is_being_stopped(stage):
    stage = stage()
    stage.requests = {stage.run.id: "REPLACED"}
    stage.look(1)
    stage.look(10)
    assert len(stage.asked) == 1


def test_while_the_database_is_away_time_limits_hold(stage):
    stage = stage(max_runtime=timedelta(seconds=5))
    stage.away = True
    stage.look(6)
    assert stage.raised == [JobTimeout]


def test_when_nothing_is_going_on_nothing_is_asked():
    asked = []
    watchdog = Watchdog(RunningRuns(), asked.append, ManualClock(NOON), logging.getLogger("test"))
    for _ in range(10):
        watchdog.look()
    assert not asked
