# do not pre-load
"""How the jobs we ship obey when their run is to stop: they ask between two steps, and wait a little at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from docassemble.Scheduler.execution.context import current_run

#: how long a job waits for something outside at a time (seconds): what ends the job is raised between two waits only
POLL_INTERVAL = 0.2


def stop_if_asked() -> None:
    """Raise what ends the present run, if it was asked to stop."""
    run = current_run()
    if run is not None and run.should_stop() and run.stop_reason is not None:
        raise run.stop_reason.exception()


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let nothing be raised from outside while this short block lasts; to be followed by `stop_if_asked()`.

    For starting a program, which nobody would know of and end, and for starting a thread: up to Python 3.11 the new
    one may get the exception in its first moment, and the old one then waits for it for ever.
    """
    run = current_run()
    if run is None:
        yield
    else:
        with run.stop.interruptible(lambda _: None, lambda: None):
            yield
