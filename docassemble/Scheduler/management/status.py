# do not pre-load
"""The status of jobs: the configuration and the database, put together for people."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

from ..core.decision import PROMPT
from ..core.job import Job
from ..core.retry import MAX_DELAY
from ..core.run import Status
from ..core.texts.phrase import Phrase, Value
from ..schedules.describe import phrase
from ..store.base import DynamicJob
from ..store.records import JobRecord

#: a due time that nobody has dealt with for so long is late
LATE = timedelta(minutes=1)


class JobStatus(Enum):
    """The status of a job; of several that hold, the first in this order."""

    DISABLED = "disabled"
    RUNNING = "running"
    PAUSED = "paused"
    #: it cannot run: what it names is not there
    PROBLEM = "problem"
    #: due for a while, and nobody runs it
    LATE = "late"
    #: its last run failed
    FAILING = "failing"
    OK = "ok"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobState:
    """A job, and what is known of it."""

    job: Job
    status: JobStatus
    #: what the database knows; None while no server has taken it up
    record: JobRecord | None
    #: None when it is on demand, never due again, paused or disabled; or when nobody knows it: it counts from the end
    #: of a run that goes on
    next_due: datetime | None
    #: when and by whom it was added; None = it stands in the configuration
    added: DynamicJob | None = None
    #: what the job is for, in the words of the configuration or of its function
    description: str | None = None

    @property
    def name(self) -> str:
        """The name of the job."""
        return self.job.name

    @property
    def since(self) -> datetime | None:
        """Since when it runs or fails; None when it does neither."""
        if self.record is None:
            return None
        if self.status is JobStatus.RUNNING:
            return self.record.running[0].began
        return self.record.failing_since if self.status is JobStatus.FAILING else None

    @property
    def waits_for(self) -> Phrase | None:
        """What makes the job due next, if nobody knows when that will be; None when it has a time, or is not due."""
        if self.status in {JobStatus.DISABLED, JobStatus.PAUSED}:
            return None
        if self.job.is_at_start:
            return Phrase("at the next start of the site")
        if self.job.counts_from_end and self.record is not None and self.record.running:
            return Phrase("after the end of its run")
        return None

    @classmethod
    def of(
        cls,
        job: Job,
        record: JobRecord | None,
        added: DynamicJob | None,
        now: datetime,
        docstring: str | None = None,
    ) -> JobState:
        """Put together what is known of a job; `docstring` is the first line of its function's."""
        return cls(
            job=job,
            status=_status(job, record, now),
            record=record,
            next_due=next_due(job, record, now),
            added=added,
            description=job.shown("description") or docstring,
        )


def _status(job: Job, record: JobRecord | None, now: datetime) -> JobStatus:
    if not job.enabled:
        return JobStatus.DISABLED
    if record is None:
        return JobStatus.OK
    holding = (
        (JobStatus.RUNNING, bool(record.running)),  # also one that is paused, by hand or before that
        (JobStatus.PAUSED, record.paused),
        (JobStatus.PROBLEM, _cannot_run(record)),
        (JobStatus.LATE, _is_late(job, record, now)),
        # the count knows of failures that many due times without a run have pushed out of the recent records
        (JobStatus.FAILING, bool(record.failures) or record.failing_since is not None),
    )
    return next((status for status, holds in holding if holds), JobStatus.OK)


def _is_late(job: Job, record: JobRecord, now: datetime) -> bool:
    due = job.schedule.next_after(_done(record))
    return due is not None and now - due > LATE


def _cannot_run(record: JobRecord) -> bool:
    """Return whether a server found that it cannot, and no run has succeeded since."""
    if record.problem is None or record.problem_at is None:
        return False
    last = record.last
    return last is None or last.status is not Status.SUCCEEDED or last.began < record.problem_at


def schedule_in_words(job: Job) -> str:
    """Say in English when a job is due."""
    return str(schedule_phrase(job))


def schedule_phrase(job: Job) -> Value:
    """Say when a job is due, to be translated; of a trigger whose texts come from the environment, as written."""
    written = [job.written[name] for name in ("trigger", "params") if name in job.written]
    if job.type == "apscheduler" and written:
        return Phrase.of("APScheduler's trigger of {parameters}", parameters=", ".join(written))
    return phrase(job.schedule, ZoneInfo(job.time_zone))


def next_due(job: Job, record: JobRecord | None, now: datetime) -> datetime | None:
    """Return when a job is due next, as far as that is known."""
    if not job.enabled or (record is not None and record.paused):
        return None
    if not job.counts_from_end:
        return job.schedule.next_after(due_from(record, now))
    if record is None:
        return job.schedule.next_after(now)
    return None if record.running else job.schedule.next_after(_done(record))


def _done(record: JobRecord) -> datetime:
    """Return up to when due times have been dealt with: what passed before the end of a pause is skipped."""
    return record.cursor if record.resumed_at is None else max(record.cursor, record.resumed_at)


def due_from(record: JobRecord | None, now: datetime) -> datetime:
    """Return the instant after which a job is due next: now, or its cursor if that is later."""
    return now if record is None else max(now, record.cursor)


def is_resting(job: Job, cursor: datetime, now: datetime) -> bool:
    """Return whether future due times are passed over because the cursor is ahead of them.

    Tolerates a cursor a few seconds ahead: clocks differ, and runs are claimed before they are due; or as far as a
    run may wait that is tried again, where the due time counts from its end.
    """
    if cursor - now <= PROMPT + (MAX_DELAY if job.counts_from_end else timedelta()):
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
