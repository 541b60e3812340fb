# do not pre-load
"""The run that the present thread is in; the log puts its name on every line."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime

from .record import Run, Trigger
from .stop import Stop, StopReason


@dataclass(frozen=True, slots=True)
class CurrentRun:
    """The run that a job is in, as the job sees it."""

    run: Run
    stop: Stop

    @property
    def id(self) -> str:
        """32 hexadecimal digits; later runs have greater ones."""
        return self.run.id

    @property
    def job(self) -> str:
        """The name of the job."""
        return self.run.job.name

    @property
    def due(self) -> datetime:
        """The due time, in the time zone of the job."""
        return self.run.due.local

    @property
    def attempt(self) -> int:
        """1, and one more for each time that the run is tried again."""
        return self.run.attempt

    @property
    def trigger(self) -> Trigger:
        """What made the run happen."""
        return self.run.trigger

    def should_stop(self) -> bool:
        """Return whether the job is asked to stop; it should then return soon, or an exception is raised in it."""
        return self.stop.hear()

    @property
    def stop_reason(self) -> StopReason | None:
        """Why the job is asked to stop; None while it is not."""
        return self.stop.reason


_current: ContextVar[CurrentRun | None] = ContextVar("docassemble_scheduler_run", default=None)


def current_run() -> CurrentRun | None:
    """Return the run that this code is part of; None outside of a job."""
    return _current.get()


@contextmanager
def running(run: Run, stop: Stop | None = None) -> Iterator[None]:
    """Make `run` the current run of this thread."""
    token = _current.set(CurrentRun(run, stop or Stop()))
    try:
        yield
    finally:
        _current.reset(token)


def name_job(record: logging.LogRecord) -> bool:
    """Put the name of the current job on a log record; a filter for loggers that lets every record pass."""
    run = current_run()
    if run is not None and not hasattr(record, "job"):
        record.job = run.job
    return True
