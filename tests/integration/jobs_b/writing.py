# do not pre-load
"""Job functions that leave lines of JSON behind: which due time, when it was entered, by which thread."""

import json
import os
import threading
import time
from pathlib import Path
from typing import Any

from docassemble.Scheduler.current import current_run


def enter(file: str) -> None:
    """Note the time, and nothing else."""
    write(file, time.time_ns())


def sleep(file: str, seconds: float) -> None:
    """Note the time, keep the thread for that long, and note the end."""
    write(file, time.time_ns())
    time.sleep(seconds)
    write(file, time.time_ns(), end=True)


def write(file: str, entered: int, **facts: Any) -> None:
    """Append a line. One write to a file opened for appending: lines of several threads do not mix."""
    run = current_run()
    assert run is not None  # only jobs call this
    line = {
        "job": run.job,
        "due": run.due.timestamp(),
        "entered": entered,
        "thread": threading.get_ident(),
        "pid": os.getpid(),
        **facts,
    }
    with Path(file).open("ab", buffering=0) as out:
        out.write(json.dumps(line).encode() + b"\n")
