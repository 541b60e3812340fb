"""What a run writes with `log()` is kept beside its record."""

import logging
import sys
import threading
import types
from contextvars import copy_context
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

import pytest

from docassemble.Scheduler.core.run import Status
from docassemble.Scheduler.execution.cancellation import RunningRuns
from docassemble.Scheduler.execution.context import RunLogHandler, running
from docassemble.Scheduler.execution.executor import Executor
from docassemble.Scheduler.execution.functions import Functions
from docassemble.Scheduler.execution.log.event_log import LogObserver
from docassemble.Scheduler.execution.log.run_log import MAX_CHARACTERS, MAX_RECORD, MAX_RECORDS, RunLog
from docassemble.Scheduler.testing import FakeHost, ManualClock
from tests.unit.runs import NOON, a_run

ZONE = ZoneInfo("Europe/Berlin")


@pytest.fixture
def logger():
    made = logging.getLogger("test.run_log")
    made.propagate = False
    made.setLevel(logging.INFO)
    made.addHandler(RunLogHandler(ZONE))
    yield made
    made.handlers.clear()


@pytest.fixture
def execute(monkeypatch, logger):
    """Run a function as a job, and return the outcome."""

    def run(work):
        module = types.ModuleType("staged")
        module.work = work
        monkeypatch.setitem(sys.modules, "staged", module)
        clock = ManualClock(NOON)
        execution = Executor(
            contexts=FakeHost(),
            functions=Functions(),
            observer=LogObserver(logger, clock),
            running_runs=RunningRuns(),
            clock=clock,
        )
        return execution(a_run())

    return run


def messages(outcome):
    """Return the lines without date and time."""
    return [line[24:] if line[:4].isdigit() else line for line in outcome.log.split("\n")]


def test_the_outcome_has_what_the_run_wrote_and_not_what_the_journal_says(execute, logger):
    def work():
        logger.info("counting %d pages", 3)
        logger.warning("out of paper")

    assert messages(execute(work)) == ["INFO counting 3 pages", "WARNING out of paper"]


def test_a_run_that_wrote_nothing_has_no_log(execute):
    outcome = execute(lambda: None)
    assert (outcome.status, outcome.log) == (Status.SUCCEEDED, None)


def test_a_run_that_fails_keeps_what_it_wrote(execute, logger):
    def work():
        logger.info("here we go")
        sys.exit(1)

    outcome = execute(work)
    assert (outcome.status, messages(outcome)) == (Status.FAILED, ["INFO here we go"])


def test_what_is_below_the_log_level_is_not_kept(execute, logger):
    assert execute(lambda: logger.debug("psst")).log is None


def test_what_is_written_outside_of_a_run_is_nobodys(logger):
    logger.info("nobody runs")
    with running(a_run()) as current:
        assert current.own_log.text() is None


def test_each_run_has_its_own_log(logger):
    with running(a_run(1)) as first:
        logger.info("one")
        with running(a_run(2)) as second:
            logger.info("two")
        logger.info("three")
    assert [line[24:] for line in first.own_log.text().split("\n")] == ["INFO one", "INFO three"]
    assert second.own_log.text().endswith("INFO two")


def test_a_thread_that_has_the_context_of_the_run_writes_to_its_log(logger):
    with running(a_run()) as current:
        thread = threading.Thread(target=copy_context().run, args=(logger.info, "from beside"))
        thread.start()
        thread.join()
    assert current.own_log.text().endswith("INFO from beside")


def test_times_are_told_in_the_zone_and_everything_is_printable_ascii(logger):
    record = logging.makeLogRecord({"msg": "Grüße\tan\0alle\x1b[31m", "levelname": "INFO", "levelno": 20})
    record.created = datetime(2026, 11, 21, 12, tzinfo=timezone.utc).timestamp()
    with running(a_run()) as current:
        logger.handle(record)
    expected = r"2026-11-21 13:00:00.000 INFO Gr\xfc\xdfe\tan\x00alle\x1b[31m"
    assert current.own_log.text() == expected


def test_further_lines_of_a_record_are_indented(logger):
    with running(a_run()) as current:
        try:
            raise ValueError("out of\npaper")
        except ValueError:
            logger.exception("printing failed")
    first, *further = current.own_log.text().split("\n")
    assert first.endswith("ERROR printing failed")
    assert further[0] == "    Traceback (most recent call last):"
    assert all(line.startswith("    ") for line in further)


def test_a_record_that_cannot_be_formatted_is_kept_as_it_is(capsys):
    record = logging.makeLogRecord({"msg": "%d pages", "args": ("é",), "levelname": "INFO"})
    with running(a_run()) as current:
        RunLogHandler(ZONE).handle(record)
    assert current.own_log.text() == "INFO '%d pages' (cannot be formatted: TypeError)"
    assert capsys.readouterr().err == ""


def test_of_too_many_records_the_last_ones_are_kept():
    log = RunLog()
    for number in range(MAX_RECORDS + 50):
        log.add(str(number))
    first, *kept = log.text().split("\n")
    assert first == "(50 earlier records are in scheduler.log)"
    assert kept == [str(number) for number in range(50, MAX_RECORDS + 50)]


def test_of_too_much_the_last_records_are_kept():
    log = RunLog()
    for number in range(30):
        log.add(f"{number:02} {'x' * 2_000}")
    text = log.text()
    assert len(text) <= MAX_CHARACTERS + 100
    assert text.split("\n")[-1].startswith("29 ")


def test_a_record_that_is_too_long_is_cut():
    log = RunLog()
    log.add("x" * 2 * MAX_RECORD)
    assert log.text() == "x" * MAX_RECORD + "..."
