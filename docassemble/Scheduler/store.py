# do not pre-load
"""The store: what the scheduler needs of a memory that all servers share.

Every method is one transaction. When the memory cannot be reached, each raises StoreUnavailable.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from .job import Job
from .record import Ending, Interruption, Outcome, Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """A run that is to be tried again."""

    #: the run that was interrupted or failed
    run: str
    job: str
    due: datetime
    #: the attempt that this will be
    attempt: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a process would like to claim: whatever is due of a job, or one certain retry."""

    job: Job
    retry: Retry | None = None

    @property
    def key(self) -> str:
        """What is the same for equal wishes."""
        return self.job.name if self.retry is None else f"{self.job.name}\0{self.retry.run}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The answer to a wish."""

    wanted: Wanted
    run: Run | None = None
    endings: tuple[Ending, ...] = ()
    #: whether to ask again when a run has ended
    more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process that runs jobs."""

    #: 32 hexadecimal digits
    id: str
    #: name of the server, for people
    server: str
    #: where process numbers mean something: one kernel, one container
    place: str
    pid: int
    #: tells this process from a later one with the same number
    birth: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """A sign of life of a process: `beat` grows while it lives."""

    process: Process
    beat: int


class Store(Protocol):
    """A memory that all servers share."""

    def enrol(self, process: Process, now: datetime) -> None:
        """Take up a process; what it claims bears its name."""
        ...

    def see(self, jobs: Sequence[Job], now: datetime) -> Mapping[str, datetime]:
        """Take up the jobs of the configuration, and return the cursor of each.

        A job that is new, or whose schedule is not the one of last time, starts with the cursor at `now`.
        """
        ...

    def claim(self, wanted: Sequence[Wanted], now: datetime) -> Sequence[Claim]:
        """Decide about each wish and claim what is to run, all or nothing, recording what is not run."""
        ...

    def finish(self, run: Run, outcome: Outcome) -> None:
        """Record how a run ended and set its job free; harmless when repeated."""
        ...

    def beat(self, process: Process, now: datetime) -> bool:
        """Give a sign of life; False when the process was given up by others."""
        ...

    def pulses(self) -> Sequence[Pulse]:
        """Return the last sign of life of every process that has not been given up."""
        ...

    def bury(
        self, process: Process, beat: int | None, resumable: Collection[str], now: datetime
    ) -> Sequence[Interruption]:
        """Give a process up, unless it has moved on from `beat`; its runs become interrupted.

        Those of `resumable` jobs become retries. Only one caller gets the interruptions.
        """
        ...

    def leave(self, process: Process, now: datetime) -> bool:
        """Take leave in good order; False, and nothing is changed, when a run of the process has not ended."""
        ...

    def retries(self, jobs: Collection[str], now: datetime) -> Sequence[Retry]:
        """Return what is to be tried again now, of these jobs."""
        ...

    def prune(self, before: datetime, limit: int) -> int:
        """Delete at most `limit` records that ended before; the latest of each job stays. Return how many."""
        ...
