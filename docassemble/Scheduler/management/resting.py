# do not pre-load
"""Resting jobs: their cursor is ahead of the clock, so due times are passed over."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime

from ..core.decision import PROMPT
from ..core.job import Job
from ..store.records import JobRecord


def due_from(record: JobRecord | None, now: datetime) -> datetime:
    """Return the instant after which a job is due next: now, or its cursor if that is later."""
    return now if record is None else max(now, record.cursor)


def is_resting(job: Job, cursor: datetime, now: datetime) -> bool:
    """Return whether future due times are passed over because the cursor is ahead of them.

    Tolerates a cursor a few seconds ahead: clocks differ, and runs are claimed before they are due.
    """
    if cursor - now <= PROMPT:
        return False
    due = job.schedule.next_after(now)
    return due is not None and due <= cursor


class Resting:
    """Warns of resting jobs, each once while it rests. Not thread-safe."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._told: set[str] = set()

    def look(self, jobs: Mapping[str, Job], cursors: Mapping[str, datetime], now: datetime) -> None:
        """Warn of the jobs that have begun to rest."""
        resting = {
            name: job for name, job in jobs.items() if name in cursors and is_resting(job, cursors[name], now)
        }
        for name in resting.keys() - self._told:
            self._warn(resting[name], cursors[name])
        self._told = (self._told - jobs.keys()) | resting.keys()

    def _warn(self, job: Job, cursor: datetime) -> None:
        due = job.schedule.next_after(cursor)
        self._logger.warning(
            "Cursor ahead of the clock, at %s; due times until then are skipped, next due %s."
            " Hint: Check the clock, and see `Clocks` in docs/operations.md",
            cursor.isoformat(timespec="seconds"),
            "never" if due is None else due.isoformat(timespec="seconds"),
            extra={"job": job.name},
        )
