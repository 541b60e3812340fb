# do not pre-load
"""Jobs that rest because their cursor lies ahead of the clock, which was wrong before or is wrong now."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime

from .chronicle import JobRecord
from .decision import PROMPT
from .job import Job


def due_from(record: JobRecord | None, now: datetime) -> datetime:
    """Return the instant after which a job is due next: what is at or before its cursor is never due again."""
    return now if record is None else max(now, record.cursor)


def is_resting(job: Job, cursor: datetime, now: datetime) -> bool:
    """Return whether due times to come are passed over because the cursor lies ahead of them.

    A cursor that is only as far ahead as the clocks of servers differ, or as runs are claimed ahead, is no reason.
    """
    if cursor - now <= PROMPT:
        return False
    due = job.schedule.next_after(now)
    return due is not None and due <= cursor


class Resting:
    """Warns of each job that rests, once as long as it does. Not thread-safe: its owner holds a lock."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._told: set[str] = set()

    def look(self, jobs: Mapping[str, Job], cursors: Mapping[str, datetime], now: datetime) -> None:
        """Warn of those of the jobs that rest and were not told of yet."""
        resting = {
            name: job for name, job in jobs.items() if name in cursors and is_resting(job, cursors[name], now)
        }
        for name in resting.keys() - self._told:
            self._warn(resting[name], cursors[name])
        self._told = (self._told - jobs.keys()) | resting.keys()

    def _warn(self, job: Job, cursor: datetime) -> None:
        due = job.schedule.next_after(cursor)
        self._logger.warning(
            "The cursor of this job is ahead of the clock, at %s; due times until then are not run, the next one is %s."
            " Hint: if a clock was wrong, see `Clocks` in docs/operations.md",
            cursor.isoformat(timespec="seconds"),
            "never" if due is None else due.isoformat(timespec="seconds"),
            extra={"job": job.name},
        )
