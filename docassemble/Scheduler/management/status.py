# do not pre-load
"""How jobs stand: the configuration and the database, put together for people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from ..core.job import Job
from ..store.base import DynamicJob
from ..store.records import JobRecord
from .resting import due_from

#: a due time that nobody has dealt with for so long is late
LATE = timedelta(minutes=1)


class Standing(Enum):
    """How a job stands; of several that hold, the first in this order."""

    DISABLED = "disabled"
    PAUSED = "paused"
    RUNNING = "running"
    #: due for a while, and nobody runs it
    LATE = "late"
    #: its last run failed
    FAILING = "failing"
    OK = "ok"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobState:
    """A job, and what is known of it."""

    job: Job
    standing: Standing
    #: what the database knows; None while no server has taken it up
    record: JobRecord | None
    #: None when it is never due again, paused or disabled
    next_due: datetime | None
    #: when and by whom it was added; None = it stands in the configuration
    added: DynamicJob | None = None
    #: what the job is for, in the words of the configuration or of its function
    description: str | None = None

    @property
    def name(self) -> str:
        """The name of the job."""
        return self.job.name

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
        standing = _standing(job, record, now)
        asleep = standing in {Standing.DISABLED, Standing.PAUSED}
        return cls(
            job=job,
            standing=standing,
            record=record,
            next_due=None if asleep else job.schedule.next_after(due_from(record, now)),
            added=added,
            description=job.shown("description") or docstring,
        )


def _standing(job: Job, record: JobRecord | None, now: datetime) -> Standing:
    if not job.enabled:
        return Standing.DISABLED
    if record is None:
        return Standing.OK
    if record.paused:
        return Standing.PAUSED
    if record.running:
        return Standing.RUNNING
    due = job.schedule.next_after(record.cursor)
    if due is not None and now - due > LATE:
        return Standing.LATE
    # the count knows of failures that many due times without a run have pushed out of the recent records
    return Standing.FAILING if record.failures or record.failing_since is not None else Standing.OK
