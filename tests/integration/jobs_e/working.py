# do not pre-load
"""Jobs for Celery's workers: each run does what a file asks for, once, and leaves a line of JSON behind.

The lines go to the file that the directive `notes` of docassemble's configuration names; what a job is asked for
stands in a file of that name with the name of the job added.
"""

import json
import os
import time
from pathlib import Path
from typing import Any

from docassemble.base.config import daconfig

from docassemble.Scheduler import current_run
from docassemble.Scheduler.job_data import SchedulerJobConfig
from docassemble.Scheduler.record import FinishedRun


def work() -> None:
    """Sleep or fail when it is asked for; else end at once."""
    from docassemble.base.util import user_info

    run = current_run()
    assert run is not None  # only jobs call this
    facts = {"job": run.job, "run": run.id, "due": run.due.timestamp(), "attempt": run.attempt}
    _write("begin", user=user_info().email, **facts)
    asked = Path(f"{daconfig['notes']}.{run.job}")
    if asked.exists():
        order = asked.read_text(encoding="utf-8")
        asked.unlink()
        if order == "fail":
            raise ValueError("it was asked for")
        time.sleep(1000)
    _write("end", **facts)


def handle(error: Exception, job: SchedulerJobConfig) -> None:
    """Note what an error handler is called with."""
    _write("handled", job=job.name, error=repr(error))


def told(finished: FinishedRun) -> None:
    """Note what `on exit` is called with."""
    _write("told", job=finished.job, run=finished.id, status=finished.status.value)


def _write(what: str, **facts: Any) -> None:
    """Append a line. One write to a file opened for appending: lines of several processes do not mix."""
    line = {"what": what, "at": time.time(), "pid": os.getpid(), **facts}
    with Path(daconfig["notes"]).open("ab", buffering=0) as out:
        out.write(json.dumps(line).encode() + b"\n")
