# do not pre-load
"""Claims: a due time is run by whoever claims it first.

The in-memory store is right for one process; it is also the shape that a store in a database has.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from .job import Overlap
from .record import Due, Outcome, Refusal, Run, Status


class Claims(Protocol):
    """What the dispatcher needs of a store of claims."""

    def claim(self, dues: Sequence[Due], now: datetime) -> Sequence[Run | Refusal]:
        """Try to take each of `dues`; answer in the same order."""
        ...

    def finish(self, run: Run, outcome: Outcome) -> None:
        """Give a claimed run back with its outcome; called once for each run."""
        ...


class MemoryClaims:
    """Claims of one process: the last due time taken of each job, and the jobs that are running."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cursors: dict[str, datetime] = {}
        self._running: set[str] = set()

    def claim(self, dues: Sequence[Due], now: datetime) -> Sequence[Run | Refusal]:
        """Try to take each of `dues`; answer in the same order."""
        with self._lock:
            return [self._claim_one(due, now) for due in dues]

    def finish(self, run: Run, outcome: Outcome) -> None:  # noqa: ARG002 - a store with a history keeps the outcome
        """Give a claimed run back with its outcome; called once for each run."""
        with self._lock:
            self._running.discard(run.job.name)

    def _claim_one(self, due: Due, now: datetime) -> Run | Refusal:
        job = due.job
        cursor = self._cursors.get(job.name)
        if cursor is not None and due.at <= cursor:
            return Refusal(due=due, status=None, reason="already taken")
        self._cursors[job.name] = due.at
        if job.overlap is not Overlap.ALLOW and job.name in self._running:
            return Refusal(due=due, status=Status.SKIPPED, reason="the previous run is still going")
        self._running.add(job.name)
        return Run(due=due, claimed=now)
