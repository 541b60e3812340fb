# do not pre-load
"""Job functions that leave a line of JSON behind when they begin and when they end, and `write` for those of others.

The lines go to the file that the directive `notes` of docassemble's configuration names; the tests read them with
`Notes`.
"""

import json
import os
import threading
import time
from pathlib import Path
from typing import Any

from docassemble.base.config import daconfig

from docassemble.Scheduler.core.run import FinishedRun
from docassemble.Scheduler.execution.context import current_run
from docassemble.Scheduler.job_data import SchedulerJobConfig

#: longer than any test (seconds)
FOR_EVER = 600


def write(what: str, *, at: float | None = None, **facts: Any) -> None:
    """Append a line about the current run. A single write to a file opened for appending: lines never mix."""
    line = {
        "what": what,
        "at": time.time() if at is None else at,
        "pid": os.getpid(),
        "thread": threading.get_ident(),
    }
    run = current_run()
    if run is not None:
        line |= {"job": run.job, "run": run.id, "due": run.due.timestamp(), "attempt": run.attempt}
    with Path(daconfig["notes"]).open("ab", buffering=0) as out:
        out.write(json.dumps({**line, **facts}).encode() + b"\n")


def note(seconds: float = 0) -> None:
    """Note the beginning and the end, and take that long in between."""
    write("begin")
    time.sleep(seconds)
    write("end")


def stumble(text: str = "") -> None:
    """Note the beginning, and fail at the first attempt."""
    write("begin", text=text)
    run = current_run()
    assert run is not None  # only jobs call this
    if run.attempt == 1:
        raise ValueError("it stumbled")


def obey() -> None:
    """Note the beginning, the user and the end; in between do what `Notes.order` asked for, once."""
    from docassemble.base.util import user_info

    write("begin", user=user_info().email)
    run = current_run()
    assert run is not None  # only jobs call this
    asked = Path(f"{daconfig['notes']}.{run.job}")
    if asked.exists():
        order = asked.read_text(encoding="utf-8")
        asked.unlink()
        if order == "fail":
            raise ValueError("it was asked for")
        time.sleep(FOR_EVER)
    write("end")


def handle(error: BaseException, job: SchedulerJobConfig) -> None:
    """Note what an error handler is called with."""
    write("handled", job=job.name, error=repr(error))


def told(finished: FinishedRun) -> None:
    """Note what `on exit` is called with."""
    write(
        "told",
        job=finished.job,
        run=finished.id,
        due=finished.due.timestamp(),
        attempt=finished.attempt,
        status=finished.status.value,
        reason=finished.reason,
        last=not finished.retry_at,
    )


def say(command: str) -> None:
    """Note the command of an action, as the callback of Action Scheduler gets it."""
    write("said", command=command)
