# do not pre-load
"""Job functions that leave a line of JSON behind when they begin and when they end.

The lines go to the file that the directive `notes` of docassemble's configuration names.
"""

import json
import os
import time
from pathlib import Path
from typing import Any

from docassemble.base.config import daconfig

from docassemble.Scheduler.current import current_run
from docassemble.Scheduler.record import FinishedRun

#: longer than any test (seconds)
FOR_EVER = 600


def note(seconds: float = 0) -> None:
    """Note the beginning and the end, and take that long in between."""
    _write("begin", **_run())
    time.sleep(seconds)
    _write("end", **_run())


def hang_when_told() -> None:
    """Not come to an end when `ask_to_hang` asked for it, but once only."""
    asked = Path(f"{daconfig['notes']}.{_run()['job']}")
    if asked.exists():
        asked.unlink()
        note(FOR_EVER)
    note()


def told(finished: FinishedRun) -> None:
    """Note what `on exit` is called with."""
    _write("told", job=finished.job, due=finished.due.timestamp(), attempt=finished.attempt, run=finished.id)


def _run() -> dict[str, Any]:
    run = current_run()
    assert run is not None  # only jobs call this
    return {"job": run.job, "due": run.due.timestamp(), "attempt": run.attempt, "run": run.id}


def _write(what: str, **facts: Any) -> None:
    """Append a line. One write to a file opened for appending: lines of several processes do not mix."""
    line = {"what": what, "at": time.time(), "pid": os.getpid(), **facts}
    with Path(daconfig["notes"]).open("ab", buffering=0) as out:
        out.write(json.dumps(line).encode() + b"\n")
