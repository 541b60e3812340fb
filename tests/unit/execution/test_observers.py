"""Several observers as one, and none that disturbs the others."""

import logging
from datetime import datetime, timedelta, timezone

from docassemble.Scheduler.core.run import Due, Interruption, Outcome, Run, Status
from docassemble.Scheduler.execution.observers import Observers
from docassemble.Scheduler.schedules.simple import Interval
from docassemble.Scheduler.testing import job

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
JOB = job("a.b", Interval(timedelta(minutes=1)))
RUN = Run(id="0" * 32, due=Due(JOB, NOON), claimed=NOON)
ENDED = Outcome(status=Status.SUCCEEDED, started=NOON, finished=NOON)
DIED = Interruption(run="0" * 32, job="a.b", due=NOON, attempt=1, server="server-2")


class Keeping:
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


def test_each_is_told_in_order_and_those_that_watch_of_interruptions_too():
    told = []
    both = Observers([Keeping("first", told)], [Keeping("second", told)], logging.getLogger("test"))
    both.started(RUN)
    both.finished(RUN, ENDED)
    both.interrupted(DIED, JOB)
    assert told == [
        ("first", "started", RUN),
        ("second", "started", RUN),
        ("first", "finished", RUN, ENDED),
        ("second", "finished", RUN, ENDED),
        ("second", "interrupted", DIED, JOB),
    ]


def test_one_that_fails_is_a_line_in_the_log_and_the_others_are_told(caplog):
    told = []
    broken = Keeping("broken", told, ValueError("no such thing"))
    both = Observers([broken], [broken, Keeping("sound", told)], logging.getLogger("test"))
    both.started(RUN)
    both.finished(RUN, ENDED)
    both.interrupted(DIED, JOB)
    assert [event[1] for event in told if event[0] == "sound"] == ["started", "finished", "interrupted"]
    assert caplog.messages == ["An observer of the runs failed: Keeping"] * 5
    assert "no such thing" in caplog.text
