# do not pre-load
"""Jobs that take ten minutes unless they are stopped, each in its own way; and one that says where it runs."""

import os
import threading
import time

from docassemble.Scheduler import current_run
from docassemble.Scheduler.scheduler_logger import log

#: longer than any test (seconds)
FOR_LONG = 600


def cooperative() -> None:
    """Stop soon after it was asked to."""
    run = current_run()
    assert run is not None  # only jobs call this
    end = time.monotonic() + FOR_LONG
    while time.monotonic() < end and not run.should_stop():
        time.sleep(0.1)


def careless() -> None:
    """Never ask whether it is to stop; but it is in Python's hands, which can raise an exception in it."""
    end = time.monotonic() + FOR_LONG
    while time.monotonic() < end:
        time.sleep(0.01)


def deaf() -> None:
    """Be outside of Python all the time: nothing can be raised in it."""
    time.sleep(FOR_LONG)


def where() -> None:
    """Log the process and the thread."""
    log(f"pid={os.getpid()} thread={threading.current_thread().name}")
