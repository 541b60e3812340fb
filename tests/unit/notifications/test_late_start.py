"""A run that begins later than its job's check-in margin is reported."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from docassemble.Scheduler.core.run import Due, Outcome, Run, Status, Trigger
from docassemble.Scheduler.notifications.notifier import LateStartObserver
from docassemble.Scheduler.schedules.simple import Interval
from docassemble.Scheduler.testing import ManualClock, job
from tests.unit.notifications.notifiers import Mailing

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
MINUTE = timedelta(minutes=1)
JOB = job("a.b", Interval(MINUTE), check_in_margin=MINUTE, time_zone="Europe/Berlin")
RUN = Run(id="0" * 32, due=Due(JOB, NOON), claimed=NOON)


def started(run, late):
    clock = ManualClock(NOON + late)
    mailing = Mailing(clock)
    margin = LateStartObserver(mailing.notifier, logging.getLogger("test.margin"), clock)
    margin.started(run)
    margin.finished(run, Outcome(status=Status.SUCCEEDED, started=NOON, finished=NOON))
    return mailing.subjects


def test_a_late_start_is_one_warning_with_its_event_and_one_mail(caplog):
    assert started(RUN, MINUTE * 2) == ["a.b started late, by 120.000 s"]
    (record,) = caplog.records
    assert (record.levelname, record.job, record.event) == ("WARNING", "a.b", "late")
    assert record.getMessage() == (
        "LATE due 2026-03-01T13:00:00+01:00, started 120.000 s later; its check-in margin is 60.000 s"
    )


@pytest.mark.parametrize(
    ("run", "late"),
    [
        (RUN, MINUTE),
        (RUN, timedelta()),
        (RUN, -MINUTE),
        (replace(RUN, due=Due(replace(JOB, check_in_margin=None), NOON)), 60 * MINUTE),
        (replace(RUN, attempt=2, trigger=Trigger.RETRY), 60 * MINUTE),
        (replace(RUN, due=Due(replace(JOB, type="manual"), NOON)), 60 * MINUTE),
    ],
    ids=["within", "on time", "early", "no margin", "tried again", "on demand"],
)
def test_other_starts_are_not(run, late, caplog):
    assert started(run, late) == []
    assert caplog.messages == []


def test_a_run_that_was_caught_up_is_reported(caplog):
    assert started(replace(RUN, trigger=Trigger.CATCH_UP), 60 * MINUTE) == ["a.b started late, by 3600.000 s"]


def test_a_margin_of_nothing_reports_every_moment():
    run = replace(RUN, due=Due(replace(JOB, check_in_margin=timedelta()), NOON))
    assert started(run, timedelta(milliseconds=1)) == ["a.b started late, by 0.001 s"]
