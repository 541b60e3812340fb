# do not pre-load
"""How much of a thread's time runs are expected to take: by that, runs are claimed ahead (C23)."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf

from ...core.job import Job

#: a run that is expected to take longer is claimed for a free thread only (seconds)
SHORT = 0.008
#: so much work may wait for a thread (seconds): other servers could do it meanwhile
AHEAD = 0.025
#: a run that takes longer says no more than that it is long (seconds): one of them among short ones is soon forgotten
LONG = 5 * SHORT
#: so many runs may wait for a thread, however short
MAX_AHEAD = 100


class Workload:
    """What the last runs of each job have taken of a thread's time. Not thread-safe: its owner holds a lock.

    A job that has not run yet is expected to take as long as other jobs with the same function.
    """

    def __init__(self) -> None:
        self._jobs: dict[str, float] = {}
        self._functions: dict[str, float] = {}

    def expected(self, job: Job) -> float:
        """Return how long a run of the job will take, `LONG` at most (seconds); `inf` = unknown."""
        known = self._jobs.get(job.name)
        return self._functions.get(job.function, inf) if known is None else known

    def note(self, job: Job, seconds: float) -> None:
        """Note that a run of the job has taken so long."""
        seconds = min(seconds, LONG)
        before = self._jobs.get(job.name, seconds)
        self._jobs[job.name] = 0.75 * before + 0.25 * seconds
        # other arguments may make it longer: of different durations, the longer ones count
        before = self._functions.get(job.function, seconds)
        self._functions[job.function] = max(seconds, 0.75 * before + 0.25 * seconds)

    def drop(self, job: str) -> None:
        """Forget a job."""
        self._jobs.pop(job, None)

    def fitting(self, jobs: Iterable[Job], waiting: float) -> int:
        """Return how many runs of these jobs fit ahead, in order, beside `waiting` seconds of work that wait already.

        The first that does not fit ends that: none is overtaken.
        """
        number = 0
        for job in jobs:
            seconds = self.expected(job)
            waiting += seconds
            if seconds > SHORT or waiting > AHEAD or number == MAX_AHEAD:
                break
            number += 1
        return number
