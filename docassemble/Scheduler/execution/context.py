# do not pre-load
"""The run that the present thread is in; the log puts its name on every line."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import Context, ContextVar
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Final, TypeVar

from ..core.progress import told
from ..core.run import Run, StopReason, Trigger
from .cancellation import CancelToken
from .log.run_log import RunFormatter, RunLog, one_line

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CurrentRun:
    """The run that a job is in, as the job sees it."""

    run: Run
    stop: CancelToken
    #: what it writes with `log()`, prints and tells `logging`
    own_log: RunLog

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
        return self.stop.acknowledge()

    @property
    def stop_reason(self) -> StopReason | None:
        """Why the job is asked to stop; None while it is not."""
        return self.stop.reason

    def progress(self, done: float, total: float | None = None, text: str = "") -> None:
        """Tell how far the job is: how much is done, of how much, and a few words. Pages show it within 2 seconds.

        It costs next to nothing, so it can be called in each turn of a loop. It never raises: numbers that are none
        count as unknown, of a long text, the middle is left out.
        """
        self.own_log.progress = told(done, total, text)

    def track(self, items: Iterable[T], total: float | None = None, text: str = "") -> Iterator[T]:
        """Yield each item, tell after how many of them the job is, and end early once it is asked to stop.

        The total is that of `len()`, if the items have it and no other one is given.
        """
        if total is None:
            total = _length(items)
        done = 0
        for item in items:
            self.progress(done, total, text)
            if self.should_stop():
                return
            yield item
            done += 1
        self.progress(done, total, text)


def _length(items: Any) -> int | None:
    try:
        return len(items)
    except Exception:  # noqa: BLE001 - it has none, or none that can be had: a progress fails no job
        return None


#: the run that the present code is part of
RUN: Final[ContextVar[CurrentRun | None]] = ContextVar("docassemble_scheduler_run", default=None)


def current_run() -> CurrentRun | None:
    """Return the run that this code is part of; None outside of a job."""
    return RUN.get()


@contextmanager
def running(run: Run, stop: CancelToken | None = None, log: RunLog | None = None) -> Iterator[CurrentRun]:
    """Make `run` the current run of this thread."""
    current = CurrentRun(run, stop or CancelToken(), log or RunLog())
    token = RUN.set(current)
    try:
        yield current
    finally:
        RUN.reset(token)


def name_job(record: logging.LogRecord) -> bool:
    """Say on a log record in which run it was written; a filter for loggers that lets every record pass."""
    run = current_run()
    if run is not None and not hasattr(record, "job"):
        record.job, record.run, record.due = run.job, run.run.id, run.run.due.at.isoformat()
    return True


class RunLogHandler(logging.Handler):
    """Keeps what runs write, each for its own record; what the event log says about a run is not among it."""

    def __init__(self, zone: tzinfo) -> None:
        """Times are told in `zone`."""
        super().__init__()
        self.setFormatter(RunFormatter(zone))

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one record, if it was written by a run."""
        run = current_run()
        if run is None or hasattr(record, "event"):
            return
        try:
            text = self.format(record)
        except Exception as error:  # noqa: BLE001 - logging's own rule: a record that cannot be written stops nobody
            text = one_line(
                f"{record.levelname} {record.msg!r} (cannot be formatted: {type(error).__name__})"
            )
        run.own_log.add(text)


R = TypeVar("R")


def isolated(work: Callable[..., R], *args: Any) -> R:
    """Call `work` in an empty context and without an event loop; then put back what else hangs on the thread.

    Context variables are those of the context, and so is the context of `decimal`. The thread gets back its name,
    and the functions for tracing and profiling that it had.
    """
    thread = threading.current_thread()
    name, tracing, profiling = thread.name, sys.gettrace(), sys.getprofile()
    try:
        asyncio.set_event_loop(None)
        return Context().run(work, *args)
    finally:
        if thread.name != name:
            thread.name = name
        if sys.gettrace() is not tracing:
            sys.settrace(tracing)
        if sys.getprofile() is not profiling:
            sys.setprofile(profiling)
