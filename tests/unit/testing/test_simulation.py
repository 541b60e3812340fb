"""The scheduler that others test their jobs with."""

import logging
import threading
from datetime import datetime, timedelta, timezone

import pytest

from devserver.waiting import until
from docassemble.Scheduler import Status, Trigger, current_run, jobs, log, schedule_in
from docassemble.Scheduler.core.errors import DefinitionError, FunctionError, HostError
from docassemble.Scheduler.testing import simulated_scheduler
from docassemble.Scheduler.testing.fixtures import scheduler  # noqa: F401 - a fixture

HERE = __name__
CALLS = []


@pytest.fixture(autouse=True)
def _no_calls():
    CALLS.clear()


def remind(recipient, title="your case"):
    """Remind somebody."""
    log(f"reminding {recipient}")
    CALLS.append((recipient, title, current_run().due))
    return {"reminded": recipient}


def remind_later(recipient):
    return schedule_in("3 days", remind, args=[recipient], id=f"remind {recipient}")


def talk():
    print("printing")  # noqa: T201 - what jobs do
    logging.getLogger("some.library").warning("logging")


def fail():
    raise ValueError("no luck")


def test_a_function_is_run_and_its_record_says_all(scheduler):  # noqa: F811
    record = scheduler.run(remind, args=["ann"], kwargs={"title": "her case"})
    assert (record.status, record.error, record.trigger) == (Status.SUCCEEDED, None, Trigger.SCHEDULE)
    assert "ann" in record.result
    assert "reminding ann" in record.log
    assert "INFO [run 1] reminding ann" in scheduler.log
    (call,) = CALLS
    assert call == ("ann", "her case", datetime(2027, 1, 1, 12, tzinfo=timezone.utc))
    assert scheduler.mails == []


def test_what_a_function_prints_and_logs_is_in_the_log_and_still_printed(scheduler, capsys, caplog):  # noqa: F811
    record = scheduler.run(talk)
    assert [line[24:] for line in record.log.split("\n")] == [
        "INFO stdout: printing",
        "WARNING some.library: logging",
    ]
    assert "INFO [run 1] stdout: printing" in scheduler.log
    assert (capsys.readouterr().out, caplog.messages) == ("printing\n", ["logging"])


def test_a_failure_has_its_traceback_and_is_mailed(scheduler):  # noqa: F811
    record = scheduler.run(fail)
    assert (record.status, record.error) == (Status.FAILED, "ValueError: no luck")
    assert "in fail" in record.traceback
    (mail,) = scheduler.mails
    assert "run 1" in mail.subject
    assert "no luck" in mail.text
    assert any(line.startswith("ERROR [run 1] ") for line in scheduler.log)


def test_what_is_scheduled_by_the_tested_code_is_run_when_its_time_has_come(scheduler):  # noqa: F811
    remind_later("ann")
    assert [state.name for state in jobs()] == ["remind ann"]
    assert scheduler.pass_time(timedelta(days=2)) == []
    (record,) = scheduler.pass_time("1 day")
    assert (record.job, record.status) == ("remind ann", Status.SUCCEEDED)
    assert record.due == scheduler.clock.now()
    assert scheduler.now == datetime(2027, 1, 4, 12, tzinfo=timezone.utc)


def test_a_job_that_is_moved_from_holidays_runs_on_court_days_and_once():
    keys = {"function": f"{HERE}.remind", "crontab": ["0 9 * * fri", "0 9 * * mon"], "args": ["ann"]}
    court = {"holidays": "US-MA", "except": ["sat", "sun"], "on holiday": "after"}
    block = {"court": {**keys, **court}}
    with simulated_scheduler(block, now="2026-12-20", time_zone="America/New_York") as site:
        records = site.pass_time("16 days")
    # Christmas and New Year's Day are Fridays: their runs are those of the Mondays
    assert [f"{record.due:%m-%d %H:%M}" for record in records] == [
        "12-21 14:00",
        "12-28 14:00",
        "01-04 14:00",
    ]


def test_jobs_of_a_block_are_due_at_their_times_in_the_time_zone():
    block = {"weekly": {"function": f"{HERE}.remind", "crontab": "0 8 * * mon", "args": ["ann"]}}
    with simulated_scheduler(block, now="2027-01-04 07:59", time_zone="Europe/Berlin") as site:
        assert len(site.pass_time("2 weeks")) == 2
        assert [due.isoformat() for *_, due in CALLS] == [
            "2027-01-04T08:00:00+01:00",
            "2027-01-11T08:00:00+01:00",
        ]
        by_hand = site.run("weekly", args=["bob"])
        assert (by_hand.trigger, CALLS[-1][0]) == (Trigger.MANUAL, "bob")
        assert len(site.runs("weekly")) == 3


def test_a_run_that_fails_is_tried_again_when_time_passes(scheduler):  # noqa: F811
    first = scheduler.run(fail, retries=2, retry_delay="1 minute")
    assert first.retry_at is not None
    assert scheduler.mails == []
    later = scheduler.pass_time("1 hour")
    assert [record.attempt for record in later] == [2, 3]
    assert len(scheduler.mails) == 1


def test_many_due_times_pass_in_no_time():
    block = {"ticking": {"function": f"{HERE}.remind", "minutes": 1, "args": ["ann"]}}
    with simulated_scheduler(block) as site:
        assert len(site.pass_time("1 hour")) == 60


def test_mistakes_are_refused_as_they_would_be(scheduler):  # noqa: F811
    with pytest.raises(FunctionError):
        scheduler.run(lambda: None)
    with pytest.raises(DefinitionError) as caught:
        scheduler.run(remind, retry=3)
    assert caught.value.hint == "Did you mean `retries`?"
    with pytest.raises(DefinitionError, match="unit"), simulated_scheduler({"x.y": {"every": "5 minuts"}}):
        pass


def test_nothing_is_left_of_it_and_nothing_is_pinged(capsys):
    threads = threading.active_count()
    block = {"ping": {"function": f"{HERE}.fail", "hours": 1, "monitor": "http://192.0.2.1/ping"}}
    with simulated_scheduler(block) as site:
        site.pass_time("1 hour")
        until(lambda: threading.active_count() == threads, "end of all threads", 10, every=0.01)
    lines = len(site.log)
    log("afterwards")
    assert len(site.log) == lines
    assert capsys.readouterr().err == "Scheduler [INFO]: afterwards\n"
    with pytest.raises(HostError):
        jobs()
