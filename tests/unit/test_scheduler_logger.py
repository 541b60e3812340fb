"""The logger that job functions import."""

import logging
import logging.config

import pytest

from docassemble.Scheduler import scheduler_logger
from docassemble.Scheduler.scheduler_logger import log


@pytest.fixture
def records(monkeypatch):
    """Attach a handler that keeps records, as the web application attaches the log file."""
    kept = []
    logger = scheduler_logger.scheduler_logger()
    handler = logging.Handler()
    handler.emit = kept.append
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield kept
    logger.removeHandler(handler)


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error", "critical", "INFO"])
def test_every_level_of_the_readme_is_known(records, level):
    log("Hello World", level)
    ((record),) = records
    assert (record.getMessage(), record.levelname) == ("Hello World", level.upper())


def test_the_level_is_info_unless_said(records):
    log("Hello World")
    assert records[0].levelname == "INFO"


def test_an_unknown_level_does_not_lose_the_line(records):
    log("Hello World", "loud")
    assert records[0].levelname == "INFO"


def test_a_percent_sign_is_only_a_percent_sign(records):
    log("100 % of %s")
    assert records[0].getMessage() == "100 % of %s"


def test_anything_can_be_logged(records):
    log({"a": 1})
    assert records[0].getMessage() == "{'a': 1}"


@pytest.mark.usefixtures("_logging_restored")
def test_a_configuration_of_logging_by_others_does_not_switch_it_off(records):
    logging.config.dictConfig({"version": 1, "disable_existing_loggers": True})
    log("still here")
    assert records[0].getMessage() == "still here"
