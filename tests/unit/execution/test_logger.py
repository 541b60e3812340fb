"""Rows T1, T2, R3 and R4: the logger that jobs cannot silence, break or flood."""

import logging
import logging.config
import time

import pytest

from docassemble.Scheduler.core.errors import JobStopped
from docassemble.Scheduler.core.texts.error_text import MAX_TRACEBACK
from docassemble.Scheduler.execution.log.logger import (
    MAX_MESSAGE,
    NAME,
    SteadfastLogger,
    report_error,
    scheduler_logger,
)
from tests.unit import hostile


class Kept(logging.Handler):
    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        self.lines.append(self.format(record))


@pytest.fixture
def log():
    logger = SteadfastLogger(NAME)
    logger.setLevel("DEBUG")
    logger.addHandler(Kept())
    logger.lines = logger.handlers[0].lines
    return logger


def configure(existing):
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": existing,
            "handlers": {"none": {"class": "logging.NullHandler"}},
            "loggers": {
                NAME: {"handlers": ["none"], "level": "CRITICAL"},
                "scheduler": {"level": "CRITICAL"},
            },
        }
    )


def odd_factory(*_args, **_named):
    raise ValueError("no records here")


@pytest.mark.usefixtures("_logging_restored")
@pytest.mark.parametrize(
    "silence",
    [
        lambda: logging.disable(logging.CRITICAL),
        lambda: logging.getLogger().setLevel(logging.CRITICAL + 1),
        lambda: logging.getLogger(NAME).setLevel(logging.CRITICAL + 1),
        lambda: setattr(logging.getLogger(NAME), "disabled", True),
        lambda: logging.getLogger(NAME).handlers.clear(),
        lambda: configure(existing=True),
        lambda: configure(existing=False),
        logging.shutdown,
        lambda: logging.setLogRecordFactory(odd_factory),
        lambda: logging.addLevelName(logging.INFO, "hush"),
    ],
    ids=[
        "disable",
        "root",
        "level",
        "disabled",
        "handlers",
        "existing",
        "config",
        "shutdown",
        "factory",
        "names",
    ],
)
def test_t2_no_switch_of_logging_silences_it(log, silence):
    silence()
    log.handlers[0].setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    log.info("still %s", "here")
    log.error("and here")
    assert log.lines == ["INFO still here", "ERROR and here"]


def test_t2_it_is_named_after_the_package_and_no_name_leads_to_it():
    assert scheduler_logger() is scheduler_logger()
    assert scheduler_logger().name == "docassemble.Scheduler"
    assert logging.getLogger(NAME) is not scheduler_logger()


def test_its_level_counts(log):
    log.setLevel("WARNING")
    log.info("not this")
    log.warning("this")
    assert log.lines == ["this"]


class Raising(logging.Handler):
    def __init__(self, error):
        super().__init__()
        self.error = error

    def emit(self, _record):
        raise self.error


FAILURES = {
    "ConnectionError": lambda: ConnectionError("the log service does not answer"),
    "SystemExit": lambda: SystemExit(1),
    **hostile.ERRORS,
}


@pytest.mark.parametrize("name", FAILURES)
def test_t1_a_handler_that_raises_is_told_once_and_disturbs_nobody(log, capsys, name):
    log.addHandler(Raising(FAILURES[name]()))
    log.info("one")
    log.info("two")
    assert log.lines == ["one", "two"]
    assert capsys.readouterr().err.count("a handler of the log failed") == 1


def test_what_stops_a_run_passes_through_the_log(log):
    log.addHandler(Raising(JobStopped()))
    with pytest.raises(JobStopped):
        log.info("this was the moment")


@pytest.mark.parametrize("name", hostile.ERRORS)
def test_r3_whatever_is_logged_is_a_line(log, name):
    error = hostile.ERRORS[name]()
    log.info("%s", error)
    log.info(error)
    log.info("%s and %r", "a text", [error])
    log.info("%(a)s", {"a": error})
    assert len(log.lines) == 4


@pytest.mark.parametrize(
    ("message", "args"),
    [
        ("%d", ("no number",)),
        ("%s", (1, 2)),
        ("%s %s", (1,)),
        ("%(a)s", ({"b": 1},)),
        ("%q", (1,)),
        ("100 %", (1,)),
    ],
)
def test_r3_arguments_that_do_not_fit_are_told(log, message, args):
    log.info(message, *args)
    (line,) = log.lines
    assert line.startswith(message)
    assert "do not fit" in line


def test_numbers_are_formatted_as_they_are(log):
    log.info("%.1f %05d %s %x", 1.25, 42, True, 255)
    assert log.lines == ["1.2 00042 True ff"]


@pytest.mark.parametrize("size", [5_000_000, 50_000_000])
def test_r4_huge_messages_and_errors_are_short_lines_made_in_no_time(log, size):
    huge = "M" * size
    started = time.process_time()
    try:
        raise ValueError(huge)
    except ValueError:
        report_error(log, "failed: %s", huge)
    log.info(huge)
    log.info("%s %s", [huge], huge)
    assert time.process_time() - started < 1
    assert max(map(len, log.lines)) <= MAX_MESSAGE + MAX_TRACEBACK + 1


def test_t1_a_report_never_raises_whatever_the_logger_does(capsys):
    class Broken:
        def error(self, *_args, **_named):
            raise SystemExit(3)

    try:
        raise ZeroDivisionError
    except ZeroDivisionError:
        report_error(Broken(), "a wake of %s failed", "all")
    assert "a wake of all failed (and the log failed: SystemExit: 3)" in capsys.readouterr().err
