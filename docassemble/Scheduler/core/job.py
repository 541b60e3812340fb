# do not pre-load
"""What a job is: the frozen value that the configuration becomes."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum
from hashlib import blake2b
from typing import Any, Final, NamedTuple, Protocol, runtime_checkable

#: the fields of a job that arguments can be bound to
BOUND: Final = ("function", "run_as")


class Schedule(Protocol):
    """What every kind of schedule can answer."""

    def next_after(self, instant: datetime) -> datetime | None:
        """Return the first due time strictly after `instant`, in UTC; None when there is none."""
        ...

    def latest_at(self, instant: datetime) -> datetime | None:
        """Return the last due time at or before `instant`, in UTC; None when there is none."""
        ...


@runtime_checkable
class Shifted(Protocol):
    """A schedule whose due times are those of another one, each moved a little: as many, in the same order."""

    @property
    def schedule(self) -> Schedule:
        """The other one."""
        ...

    def base_of(self, due: datetime) -> datetime:
        """Return the due time of the other one that was moved to `due`."""
        ...


class Overlap(Enum):
    """What happens when a job is due while its previous run is still going."""

    SKIP = "skip"
    QUEUE = "queue"
    REPLACE = "replace"
    ALLOW = "allow"


class Missed(Enum):
    """What happens to due times that passed while nobody was up."""

    ONCE = "once"
    ALL = "all"
    SKIP = "skip"


class RunOn(Enum):
    """Where a job runs."""

    WORKER = "worker"
    CELERY = "celery"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job of the `scheduler:` block; durations are `timedelta`, functions are dotted names."""

    #: the key in the configuration, suffix included: `test.heartbeat 2`
    name: str
    #: `test.heartbeat` or `package.module.function`
    function: str
    #: `interval`, `cron`, `date`, `apscheduler`, `after end`, `at start` or `manual`
    type: str
    schedule: Schedule
    #: the parameters of the schedule, as 0.2.x handed them to error handlers
    params: Mapping[str, Any] = field(default_factory=dict)
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    #: whether nobody may have it run with other arguments
    fixed_arguments: bool = False
    contextmanager: str | None = None
    error_handler: str | None = None
    enabled: bool = True
    description: str | None = None
    #: words of its owner's, to group and find jobs by
    tags: frozenset[str] = frozenset()
    #: IANA name of the zone in which the schedule is meant
    time_zone: str = "UTC"
    overlap: Overlap = Overlap.SKIP
    #: name shared by jobs of which only one may run; None = the job itself
    lock: str | None = None
    missed: Missed = Missed.ONCE
    #: None = however late
    misfire_grace_time: timedelta | None = timedelta(minutes=5)
    max_runtime: timedelta | None = None
    retries: int = 0
    retry_delay: timedelta = timedelta(seconds=30)
    resumable: bool = False
    only_if: str | None = None
    on_exit: str | None = None
    run_on: RunOn = RunOn.WORKER
    #: tags of the servers that run it; empty = all
    servers: frozenset[str] = frozenset()
    #: e-mail address; None = docassemble's cron user
    run_as: str | None = None
    check_in_margin: timedelta | None = None
    monitor: str | None = None
    #: the fields of `AlertPolicy` that are not as in the setting `notify`
    notify: Mapping[str, Any] | None = None
    #: the texts of the fields that came out of the environment, as they are written: `${NAME}`
    written: Mapping[str, Any] = field(default_factory=dict)
    #: of a job that was added at run time: which of the definitions under its name this is
    version: int | None = None
    #: whether its next due time counts from the end of its last run
    counts_from_end: bool = field(init=False, repr=False, compare=False)
    #: whether two runs of it are never to go on at the same time
    is_exclusive: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "counts_from_end", self.type == "after end")
        is_exclusive = self.overlap is not Overlap.ALLOW or self.lock is not None or self.counts_from_end
        object.__setattr__(self, "is_exclusive", is_exclusive)

    @property
    def is_on_demand(self) -> bool:
        """Whether the job is never due: it runs when somebody asks."""
        return self.type == "manual"

    @property
    def is_at_start(self) -> bool:
        """Whether the job is due at each start of the site, and at no other time."""
        return self.type == "at start"

    @property
    def has_timetable(self) -> bool:
        """Whether the schedule alone tells all due times: they depend on nothing that happens."""
        return not (self.is_on_demand or self.is_at_start or self.counts_from_end)

    @property
    def fingerprint(self) -> str:
        """What changes when the schedule is edited, and is the same on every server: 32 hexadecimal digits."""
        return blake2b(repr(self.schedule).encode(), digest_size=16).hexdigest()

    def due_times(self, after: datetime) -> Iterator[datetime]:
        """Yield the due times after an instant, in UTC; of most schedules there is no last one.

        Of a job without a timetable there are none: nobody knows them.
        """
        due = self.schedule.next_after(after) if self.has_timetable else None
        while due is not None:
            yield due
            due = self.schedule.next_after(due)

    def shown(self, name: str) -> Any:
        """Return a field as people may see it: never what a variable of the environment holds."""
        return self.written[name] if name in self.written else getattr(self, name)

    def is_for(self, tags: Collection[str]) -> bool:
        """Return whether a server with these tags runs the job."""
        return self.enabled and (not self.servers or not self.servers.isdisjoint(tags))

    def with_arguments(self, packed: str | None) -> Job:
        """Return the job with packed arguments, which are JSON, instead of its own; None = its own.

        A job whose arguments are fixed keeps its own: these were given to another one of its name.
        """
        if packed is None or self.fixed_arguments:
            return self
        given = json.loads(packed)
        bound = {name: given[name] for name in BOUND if name in given}
        return replace(self, args=tuple(given["args"]), kwargs=given["kwargs"], **bound)


class SchedulerJobConfig(NamedTuple):
    """A job, as error handlers are given it since 0.2.x, and find it in `job_data`."""

    name: str
    type: str
    params: Mapping[str, Any]
    pargs: Sequence[Any]
    kwargs: Mapping[str, Any]
    contextmanager: str | None
    error_handler: str | None

    @classmethod
    def of(cls, job: Job) -> SchedulerJobConfig:
        """Return what an error handler is given for `job`."""
        return cls(
            name=job.name,
            type=job.type,
            params=dict(job.params),
            pargs=list(job.args),
            kwargs=dict(job.kwargs),
            contextmanager=job.contextmanager,
            error_handler=job.error_handler,
        )
