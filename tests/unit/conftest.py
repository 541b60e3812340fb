"""What tests of several rooms need."""

import logging

import pytest


@pytest.fixture
def _logging_restored():
    """What others do to logging ends with the test."""
    root, manager = logging.getLogger(), logging.Logger.manager
    before = root.level, list(root.handlers), manager.disable
    disabled = [
        each for each in manager.loggerDict.values() if isinstance(each, logging.Logger) and not each.disabled
    ]
    factory = logging.getLogRecordFactory()
    yield
    root.level, root.handlers[:], manager.disable = before[0], before[1], before[2]
    logging.setLogRecordFactory(factory)
    logging.addLevelName(logging.INFO, "INFO")
    for each in disabled:
        each.disabled = False
