# do not pre-load
"""The agenda: which job is due next, whatever the number of jobs, and what is to be tried again."""

from __future__ import annotations

import heapq
from datetime import datetime

from ...core.job import Job
from ...core.run import Due
from ...store.base import ClaimRequest, Retry

#: so many void entries are kept, whatever the number of jobs
FEW = 100


class Agenda:
    """A heap of the next due time of each job. Not thread-safe: its owner holds a lock."""

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, int, Job]] = []
        #: each job's number in the heap: other entries of it are void
        self._numbers: dict[str, int] = {}
        self._last = 0

    def put(self, job: Job, cursor: datetime) -> None:
        """Put a job on the agenda from its cursor on, or in the place of the one with its name."""
        self.drop(job.name)
        first = job.schedule.next_after(cursor)
        if first is not None:
            self._last += 1
            self._numbers[job.name] = self._last
            heapq.heappush(self._heap, (first, self._last, job))

    def drop(self, name: str) -> None:
        """Take a job off the agenda."""
        if self._numbers.pop(name, None) is None:
            return
        if len(self._heap) > 2 * len(self._numbers) + FEW:
            self._heap = [each for each in self._heap if self._numbers.get(each[2].name) == each[1]]
            heapq.heapify(self._heap)

    def next_due(self) -> datetime | None:
        """Return the earliest due time that has not been taken; None when no job will ever be due again."""
        while self._heap:
            due, number, job = self._heap[0]
            if self._numbers.get(job.name) == number:
                return due
            heapq.heappop(self._heap)
        return None

    def take_due(self, now: datetime) -> list[Due]:
        """Take the jobs that are due at `now`, earliest first, each with its first due time that has come."""
        taken = []
        while (first := self.next_due()) is not None and first <= now:
            _, number, job = self._heap[0]
            taken.append(Due(job, first))
            following = job.schedule.next_after(now)
            if following is None:
                heapq.heappop(self._heap)
                del self._numbers[job.name]
            else:
                heapq.heapreplace(self._heap, (following, number, job))
        return taken


class Retries:
    """What is to be tried again, and when: a heap. Not thread-safe: its owner holds a lock."""

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, str, ClaimRequest]] = []

    def put(self, at: datetime, job: Job, retry: Retry) -> None:
        """Remember a retry."""
        heapq.heappush(self._heap, (at, retry.run, ClaimRequest(job, retry)))

    def next_due(self) -> datetime | None:
        """Return when the first one is due; None when there is none."""
        return self._heap[0][0] if self._heap else None

    def take_due(self, now: datetime) -> list[ClaimRequest]:
        """Take those that are due at `now`."""
        taken = []
        while self._heap and self._heap[0][0] <= now:
            taken.append(heapq.heappop(self._heap)[2])
        return taken

    def drop(self, job: str) -> None:
        """Forget the retries of a job."""
        self._heap = [entry for entry in self._heap if entry[2].job.name != job]
        heapq.heapify(self._heap)
