"""Several observers as one, and none that disturbs the others."""

import logging
from contextvars import ContextVar
from datetime import datetime, timedelta, timezone

import pytest

from docassemble.Scheduler.core.errors import JobTimeout
from docassemble.Scheduler.core.run import Due, Interruption, Outcome, Run, Status, UnrunDueTimes
from docassemble.Scheduler.execution.context import current_run
from docassemble.Scheduler.execution.observers import Observers, RunObserver
from docassemble.Scheduler.schedules.simple import Interval
from docassemble.Scheduler.testing import job

LOGGER = logging.getLogger("test.observers")
NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
JOB = job("a.b", Interval(timedelta(minutes=1)))
RUN = Run(id="0" * 32, due=Due(JOB, NOON), claimed=NOON)
ENDED = Outcome(status=Status.SUCCEEDED, started=NOON, finished=NOON)
DIED = Interruption(run="0" * 32, job="a.b", due=NOON, attempt=1, server="server-2")


class Keeping(RunObserver):
    def __init__(self, name, told, error=None):
        self.name, self.told, self.error = name, told, error

    def started(self, run):
        self._keep("started", run)

    def finished(self, run, outcome):
        self._keep("finished", run, outcome)

    def interrupted(self, interruption, job):
        self._keep("interrupted", interruption, job)

    def _keep(self, *event):
        self.told.append((self.name, *event))
        if self.error:
            raise self.error


def test_each_is_told_in_order():
    told = []
    both = Observers([Keeping("first", told), Keeping("second", told)], LOGGER)
    both.started(RUN)
    both.finished(RUN, ENDED)
    both.interrupted(DIED, None)
    events = [("started", RUN), ("finished", RUN, ENDED), ("interrupted", DIED, None)]
    assert told == [(name, *event) for event in events for name in ("first", "second")]


def test_one_that_fails_is_a_line_in_the_log_and_the_others_are_told(caplog):
    told = []
    broken = Keeping("broken", told, ValueError("no such thing"))
    both = Observers([broken, Keeping("sound", told)], LOGGER)
    both.started(RUN)
    both.finished(RUN, ENDED)
    both.interrupted(DIED, JOB)
    assert [event[1] for event in told if event[0] == "sound"] == ["started", "finished", "interrupted"]
    assert caplog.messages == ["An observer of the runs failed: Keeping"] * 3
    assert "no such thing" in caplog.text


def test_what_stops_a_run_passes_the_observers_of_its_start():
    with pytest.raises(JobTimeout):
        Observers([Keeping("first", [], JobTimeout("over"))], LOGGER).started(RUN)


def test_the_run_is_the_current_one_while_its_end_is_told_in_a_context_of_its_own():
    setting = ContextVar("setting", default="unset")
    seen = []

    class Looking(RunObserver):
        def finished(self, run, outcome):
            seen.append((current_run().id, setting.get()))
            setting.set("left behind")

    looking = Looking()
    Observers([looking], LOGGER).finished(RUN, ENDED)
    assert (seen, setting.get(), current_run()) == ([(RUN.id, "unset")], "unset", None)


def test_without_hooks_of_its_own_an_observer_does_nothing():
    observer = Observers([RunObserver()], LOGGER)
    observer.waiting(RUN.due)
    observer.locked(RUN.due)
    observer.unrun(
        UnrunDueTimes(job=JOB, status=Status.SKIPPED, first=NOON, last=NOON, count=1, reason="paused")
    )
    observer.started(RUN)
    observer.finished(RUN, ENDED)
    observer.interrupted(DIED, JOB)
