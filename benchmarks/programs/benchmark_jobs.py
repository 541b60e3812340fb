# do not pre-load
"""What all peers run. Every one of them imports this file, so it needs the standard library only."""

import os
import time


def names(jobs: int) -> list[str]:
    """Return the name of each of so many jobs."""
    return [f"job{number}" for number in range(jobs)]


def enter(job: str, notes: str) -> None:
    """Do nothing, but leave a line with the job and the time of the first line of this function (Unix time)."""
    line = f"{job} {time.time():.6f}\n".encode()
    file = os.open(notes, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    os.write(file, line)
    os.close(file)
