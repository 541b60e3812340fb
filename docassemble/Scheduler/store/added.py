# do not pre-load
"""Jobs that are added while the scheduler runs, by interviews and other programs; they live in the database."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ..core.job import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """A job that was added, as the database keeps it."""

    name: str
    #: a mapping of a job's keys, as JSON
    definition: str
    at: datetime
    #: who added it
    by: str
    #: another number each time that it is added anew
    stamp: int
    #: the last due time that was dealt with; None when the database has lost it
    cursor: datetime | None


class Additions(Protocol):
    """The added jobs that all servers share; each method is one transaction."""

    def add(self, job: Job, definition: str, *, since: datetime, now: datetime, by: str) -> None:
        """Add a job, or put it in the place of the added one with its name.

        Unless that has the same schedule, the job's cursor is set to `since`.
        """
        ...

    def cancel(self, name: str, now: datetime, by: str) -> bool:
        """Take an added job away: nothing of it is claimed from now on. False when there is none."""
        ...

    def retire(self, jobs: Collection[str], now: datetime) -> Sequence[str]:
        """Take away those of these added jobs that will never be due again and have ended; return them."""
        ...

    def added(self) -> Sequence[Added]:
        """Return the added jobs, by name."""
        ...

    def added_mark(self) -> str:
        """Return what is another text whenever a job has been added, replaced or taken away: cheaper than `added`."""
        ...
