# do not pre-load
"""The jobs of an office, for the pictures in the documentation."""

import time

from docassemble.Scheduler import current_run, log


def sync() -> None:
    """Copy cases into the case management system."""
    raise ConnectionError("cases.example.com refused the connection (port 443)")


def documents(count: int = 400) -> str:
    """Read what was scanned."""
    run = current_run()
    assert run is not None  # only jobs call this
    for number in run.track(range(count), text="documents read"):
        if number % 5 == 0:
            log(f"scan-{4100 + number}.pdf: {3 + number % 7} pages")
        time.sleep(0.5)
    return f"{count} documents"


def done() -> str:
    """Do what the job is for."""
    return "done"
