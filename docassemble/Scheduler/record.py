# do not pre-load
"""A run and how it ended: the values that go into the log, the claims and the notices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

from .job import Job


class Status(Enum):
    """How a due time ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TIMED_OUT = "timed out"
    #: deliberately not run: the previous run was still going, a flag was off
    SKIPPED = "skipped"
    #: not run because nobody could run it in time
    MISSED = "missed"
    #: its process died
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Due:
    """A due time of a job."""

    job: Job
    at: datetime

    @property
    def local(self) -> datetime:
        """The same instant in the zone in which the schedule is meant, for people."""
        return self.at.astimezone(ZoneInfo(self.job.time_zone))


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A claimed due time: this process, and no other, runs it."""

    due: Due
    claimed: datetime

    @property
    def job(self) -> Job:
        """The job that runs."""
        return self.due.job


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A due time that was not claimed, and the status it ends with."""

    due: Due
    #: None when the due time is on record already: another wake has taken it
    status: Status | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a run ended."""

    status: Status
    started: datetime
    finished: datetime
    #: what the function returned
    result: object = None
    #: what it raised
    error: BaseException | None = None

    @property
    def duration(self) -> timedelta:
        """The time the run took."""
        return self.finished - self.started
