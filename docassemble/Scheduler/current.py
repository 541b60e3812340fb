# do not pre-load
"""The run that the present thread is in; the log puts its name on every line."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from .record import Run

_current: ContextVar[Run | None] = ContextVar("docassemble_scheduler_run", default=None)


def current_run() -> Run | None:
    """Return the run that this code is part of; None outside of a job."""
    return _current.get()


@contextmanager
def running(run: Run) -> Iterator[None]:
    """Make `run` the current run of this thread."""
    token = _current.set(run)
    try:
        yield
    finally:
        _current.reset(token)


def name_job(record: logging.LogRecord) -> bool:
    """Put the name of the current job on a log record; a filter for loggers that lets every record pass."""
    run = current_run()
    if run is not None and not hasattr(record, "job"):
        record.job = run.job.name
    return True
