# do not pre-load
"""The agenda: which job is due next, whatever the number of jobs, and what is to be tried again."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from datetime import datetime

from .job import Job
from .record import Due
from .store import Retry, Wanted


class Agenda:
    """A heap of the next due time of each job. Not thread-safe: its owner holds a lock."""

    def __init__(self, jobs: Iterable[Job], cursors: Mapping[str, datetime]) -> None:
        """Put every job on the agenda with its first due time after its cursor, which may have passed."""
        self._heap: list[tuple[datetime, int, Job]] = []
        for number, job in enumerate(jobs):
            first = job.schedule.next_after(cursors[job.name])
            if first is not None:
                self._heap.append((first, number, job))
        heapq.heapify(self._heap)

    def next_due(self) -> datetime | None:
        """Return the earliest due time that has not been taken; None when no job will ever be due again."""
        return self._heap[0][0] if self._heap else None

    def take_due(self, now: datetime) -> list[Due]:
        """Take the jobs that are due at `now`, earliest first, each with its first due time that has come."""
        taken = []
        while self._heap and self._heap[0][0] <= now:
            first, number, job = self._heap[0]
            taken.append(Due(job, first))
            following = job.schedule.next_after(now)
            if following is None:
                heapq.heappop(self._heap)
            else:
                heapq.heapreplace(self._heap, (following, number, job))
        return taken


class Retries:
    """What is to be tried again, and when: a heap. Not thread-safe: its owner holds a lock."""

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, str, Wanted]] = []

    def put(self, at: datetime, job: Job, retry: Retry) -> None:
        """Remember a retry."""
        heapq.heappush(self._heap, (at, retry.run, Wanted(job, retry)))

    def next_due(self) -> datetime | None:
        """Return when the first one is due; None when there is none."""
        return self._heap[0][0] if self._heap else None

    def take_due(self, now: datetime) -> list[Wanted]:
        """Take those that are due at `now`."""
        taken = []
        while self._heap and self._heap[0][0] <= now:
            taken.append(heapq.heappop(self._heap)[2])
        return taken
