"""The event_log: one line for whatever becomes of a due time."""

import logging
from datetime import datetime, timedelta, timezone

import pytest

from docassemble.Scheduler.core.run import Due, Interruption, Outcome, Run, Status, UnrunDueTimes
from docassemble.Scheduler.execution.log.event_log import MAX_TEXT, LogObserver
from docassemble.Scheduler.schedules.simple import Interval
from docassemble.Scheduler.testing import ManualClock, job

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
DUE = Due(job("a.b", Interval(timedelta(minutes=1))), NOON)


@pytest.fixture
def told(caplog):
    """Call a method of the event_log and return its one record."""
    clock = ManualClock(NOON + timedelta(milliseconds=3))
    event_log = LogObserver(logging.getLogger("test.event_log"), clock)

    def tell(method, *args):
        with caplog.at_level(logging.DEBUG, "test.event_log"):
            caplog.clear()
            getattr(event_log, method)(*args)
        (record,) = caplog.records
        return record

    return tell


def outcome(**fields):
    return Outcome(
        **{"status": Status.SUCCEEDED, "started": NOON, "finished": NOON + timedelta(seconds=1.5)} | fields
    )


def test_a_start_says_how_late_it_is(told):
    record = told("started", Run(id="0" * 32, due=DUE, claimed=NOON))
    assert record.getMessage() == "STARTED due 2026-03-01T12:00:00+00:00, 0.003 s late"
    assert (record.job, record.event) == ("a.b", "started")


def test_due_times_are_told_in_the_zone_of_the_job(told):
    due = Due(job("a.b", Interval(timedelta(minutes=1)), time_zone="America/New_York"), NOON)
    record = told("started", Run(id="0" * 32, due=due, claimed=NOON))
    assert record.getMessage() == "STARTED due 2026-03-01T07:00:00-05:00, 0.003 s late"


def test_an_end_says_how_long_it_took(told):
    assert (
        told("finished", Run(id="0" * 32, due=DUE, claimed=NOON), outcome()).getMessage()
        == "ENDED after 1.500 s"
    )


def test_an_end_says_what_was_returned(told):
    assert (
        "returned 'all'"
        in told("finished", Run(id="0" * 32, due=DUE, claimed=NOON), outcome(result="'all'")).getMessage()
    )


def test_a_huge_result_does_not_flood_the_log(told):
    record = told("finished", Run(id="0" * 32, due=DUE, claimed=NOON), outcome(result="x" * 10_000))
    assert len(record.getMessage()) < MAX_TEXT + 100


def test_an_error_carries_its_traceback(told):
    failed = outcome(status=Status.FAILED, error=ValueError("no such case"))
    record = told("finished", Run(id="0" * 32, due=DUE, claimed=NOON), failed)
    assert record.levelno == logging.ERROR
    assert record.getMessage() == "ERROR after 1.500 s: ValueError: no such case"
    assert record.exc_info[1] is failed.error


def unrun(status=Status.MISSED, count=1):
    last = NOON + timedelta(minutes=count - 1)
    return UnrunDueTimes(job=DUE.job, status=status, first=NOON, last=last, count=count, reason="because")


@pytest.mark.parametrize(
    ("status", "level"), [(Status.MISSED, logging.WARNING), (Status.SKIPPED, logging.INFO)]
)
def test_a_due_time_without_a_run_says_why(told, status, level):
    record = told("unrun", unrun(status))
    assert record.levelno == level
    assert record.getMessage() == f"{status.name} due 2026-03-01T12:00:00+00:00: because"


def test_a_gap_says_how_many_due_times_it_holds(told):
    assert told("unrun", unrun(count=60)).getMessage() == (
        "MISSED due 2026-03-01T12:00:00+00:00 and 59 more until 2026-03-01T12:59:00+00:00: because"
    )


def test_an_interruption_says_where(told):
    record = told("interrupted", Interruption(run="1", job="a.b", due=NOON, attempt=1, server="web-1"), None)
    assert record.getMessage() == (
        "INTERRUPTED due 2026-03-01T12:00:00+00:00, attempt 1, on web-1: its process died"
    )
    assert record.job == "a.b"


def test_each_record_says_in_attributes_what_collectors_sort_by(told):
    run = Run(id="7" * 32, due=DUE, claimed=NOON)
    interruption = Interruption(run="1", job="a.b", due=NOON, attempt=1, server="web-1")
    records = {
        "started": told("started", run),
        "succeeded": told("finished", run, outcome()),
        "timed out": told("finished", run, outcome(status=Status.TIMED_OUT, reason="too long")),
        "missed": told("unrun", unrun()),
        "interrupted": told("interrupted", interruption, None),
        "waiting for a free slot": told("waiting", DUE),
    }
    for event, record in records.items():
        assert (record.event, record.job, record.due) == (event, "a.b", "2026-03-01T12:00:00+00:00")
    assert [getattr(each, "run", None) for each in records.values()] == ["7" * 32] * 3 + [None, "1", None]
    assert [getattr(each, "duration", None) for each in records.values()] == [
        None,
        1.5,
        1.5,
        None,
        None,
        None,
    ]


def test_waiting_for_a_slot_is_said(told):
    assert "waiting for a free slot" in told("waiting", DUE).getMessage().lower()


def test_an_error_that_cannot_be_shown_is_told_all_the_same(told):
    class Unspeakable(Exception):
        def __str__(self):
            raise RuntimeError

    failed = outcome(status=Status.FAILED, error=Unspeakable())
    record = told("finished", Run(id="0" * 32, due=DUE, claimed=NOON), failed)
    assert "Unspeakable" in record.getMessage()


@pytest.mark.parametrize(
    ("fields", "level", "text"),
    [
        (
            {"status": Status.SKIPPED, "reason": "`only if: a.flag` said no"},
            logging.INFO,
            "SKIPPED due 2026-03-01T12:00:00+00:00: `only if: a.flag` said no",
        ),
        (
            {"status": Status.TIMED_OUT, "reason": "its `max runtime` is over"},
            logging.ERROR,
            "TIMED OUT after 1.500 s: its `max runtime` is over",
        ),
        (
            {"status": Status.INTERRUPTED, "reason": "docassemble restarts"},
            logging.WARNING,
            "STOPPED after 1.500 s: docassemble restarts",
        ),
        (
            {"status": Status.FAILED, "error": ValueError("no"), "retry_at": NOON + timedelta(seconds=31.4)},
            logging.ERROR,
            "ERROR after 1.500 s: ValueError: no; attempt 2 follows at 2026-03-01T12:00:31+00:00",
        ),
    ],
)
def test_each_end_has_its_line(told, fields, level, text):
    record = told("finished", Run(id="0" * 32, due=DUE, claimed=NOON), outcome(**fields))
    assert (record.levelno, record.getMessage()) == (level, text)
    assert record.event == fields["status"].value


def test_a_further_attempt_says_which_it_is(told):
    record = told("started", Run(id="0" * 32, due=DUE, claimed=NOON, attempt=3))
    assert record.getMessage().endswith("0.003 s late, attempt 3")
