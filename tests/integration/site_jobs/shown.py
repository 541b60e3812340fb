# do not pre-load
"""Job functions that a dashboard has something to show of."""

import time

from docassemble.Scheduler import current_run, log

#: what would do harm if a page took it for HTML
HARMFUL = "<script>window.harmed = true</script><img src=x onerror='window.harmed = true'>"


def work(seconds: float = 0.02) -> str:
    """Work for a while, write a line and return something harmful."""
    log(f"worked {HARMFUL}")
    time.sleep(seconds)
    return f"done {HARMFUL}"


def fail() -> None:
    """Fail with a harmful message."""
    time.sleep(0.05)
    raise RuntimeError(f"no such case {HARMFUL}")


def miss() -> None:
    """Fail with a message in which the number is never the same."""
    log("looking into the archive")
    raise LookupError(f"no case {time.monotonic_ns()} in the archive")


def last() -> None:
    """Go on until asked to stop."""
    run = current_run()
    while run is not None and not run.should_stop():
        time.sleep(0.05)
