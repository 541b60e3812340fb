# do not pre-load
"""The agenda: which job is due next, whatever the number of jobs."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from .job import Job
from .record import Due


@dataclass(frozen=True, slots=True)
class Arrears:
    """The due times of one job that have come: the latest stands for all of them."""

    due: Due
    #: the first due time before `due` that nobody took; None when there is none
    passed_over_from: datetime | None = None


class Agenda:
    """A heap of the next due time of each job. Not thread-safe: its owner holds a lock."""

    def __init__(self, jobs: Iterable[Job], now: datetime) -> None:
        """Put every job on the agenda with its first due time after `now`."""
        self._heap: list[tuple[datetime, int, Job]] = []
        for number, job in enumerate(jobs):
            first = job.schedule.next_after(now)
            if first is not None:
                self._heap.append((first, number, job))
        heapq.heapify(self._heap)

    def next_due(self) -> datetime | None:
        """Return the earliest due time that has not been taken; None when no job will ever be due again."""
        return self._heap[0][0] if self._heap else None

    def take_due(self, now: datetime) -> list[Arrears]:
        """Take what is due at `now`, earliest first; each job at most once, with its latest due time."""
        taken = []
        while self._heap and self._heap[0][0] <= now:
            first, number, job = self._heap[0]
            following = job.schedule.next_after(first)
            arrears = Arrears(Due(job, first))
            if following is not None and following <= now:
                arrears = Arrears(Due(job, job.schedule.latest_at(now) or following), first)
                following = job.schedule.next_after(now)
            taken.append(arrears)
            if following is None:
                heapq.heappop(self._heap)
            else:
                heapq.heapreplace(self._heap, (following, number, job))
        return taken
