# do not pre-load
"""Functions that the command line runs."""

import time

from docassemble.Scheduler import current_run
from docassemble.Scheduler.scheduler_logger import log


def tell(*args: object) -> str:
    """Log and print who we are, in docassemble's context; return the due time and the arguments."""
    from docassemble.base.util import get_config, user_info  # takes seconds outside of docassemble

    run = current_run()
    assert run is not None  # only jobs call this
    log(f"told by {user_info().email}")
    print(f"secret key has {len(get_config('secretkey'))} characters")  # noqa: T201 - what jobs do
    return f"{run.due.isoformat()} {args!r}"


def fail() -> None:
    """Fail."""
    raise ValueError("no luck")


def last() -> None:
    """Take ten minutes, unless it is stopped."""
    end = time.monotonic() + 600
    while time.monotonic() < end:
        time.sleep(0.05)
