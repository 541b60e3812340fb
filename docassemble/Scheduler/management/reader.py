# do not pre-load
"""The reader: what people see of the scheduler, whatever the interface. `SchedulerManager` adds what they do.

Every method may raise StoreUnavailable.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import TypeVar

from ..config import Settings
from ..core.clock import Clock
from ..core.errors import NotStorable, UnknownRun
from ..core.job import Job
from ..core.problem import Problem
from ..core.run import Due
from ..core.session_action import is_session_action
from ..core.texts.storable import is_fit
from ..execution.functions import Functions
from ..store.base import DynamicJob, RunRequest, Store, WaitingAction, WaitingActions
from ..store.records import (
    PAGE,
    RECENT,
    Event,
    JobRecord,
    Pause,
    RunPage,
    RunQuery,
    RunRecord,
    ServerRecord,
    ThreadCounts,
)
from .backfill import missed
from .drafts.explain import DUE_TIMES, Explanation, explain
from .permissions import Permissions
from .registry import JobRegistry
from .search import FailureGroups, find, grouped
from .status import JobState, due_from, next_due

T = TypeVar("T")


class LocalWorker:
    """What runs jobs in the process of a manager. This one runs none: servers look every ten seconds."""

    def offer(self, job: Job, run_request: RunRequest) -> None:
        """Have a job run at once, if it is run here; never raises."""

    def poll(self) -> None:
        """Have a look taken at once at what has changed; never raises."""

    def thread_counts(self) -> ThreadCounts | None:
        """Return what the job threads of this process do; None when it has none."""
        return None


class SchedulerReader:
    """What people see of the scheduler."""

    def __init__(
        self,
        *,
        registry: JobRegistry,
        store: Store,
        functions: Functions,
        clock: Clock,
        worker: LocalWorker | None = None,
    ) -> None:
        self._registry = registry
        self._store = store
        self._functions = functions
        self._permissions = Permissions(registry.settings, registry.configured, functions)
        self._clock = clock
        self._worker = worker or LocalWorker()

    def jobs(self, names: Collection[str] | None = None, recent: int = RECENT) -> list[JobState]:
        """Return every job (or these): those of the configuration in its order, then the added ones by name.

        Actions in sessions, of which there may be thousands, are among these only: see `session_actions`.
        With fewer `recent` records of each, it is faster, and knows less of the past.
        """
        self._registry.refresh(self._store)
        records = self._records(names, recent)
        jobs, now = self._registry.jobs, self._clock.now()
        return [
            self._state(job, records.get(name), jobs.dynamic_jobs.get(name), now)
            for name, job in jobs.known.items()
            if (not is_session_action(name) if names is None else name in names)
        ]

    def names(self) -> list[str]:
        """Return the names of all jobs but actions in sessions: those of the configuration, then the added ones."""
        self._registry.refresh(self._store)
        return [name for name in self._registry.jobs.known if not is_session_action(name)]

    def session_actions(
        self, interview: str | None = None, *, after: tuple[datetime, str] | None = None, limit: int = PAGE
    ) -> Sequence[WaitingAction]:
        """Return a page of the actions that wait in sessions (of an interview), the first that is due first.

        `after` are due time and name of the last one of the page before.
        """
        return answer(
            lambda: self._store.waiting_actions(interview=interview, after=after, limit=limit),
            *(interview, after and after[1]),
            otherwise=(),
        )

    def count_actions(self) -> WaitingActions:
        """Return how many actions wait in sessions, and when the first of them is due."""
        return self._store.count_actions()

    def job(self, name: str) -> JobState:
        """Return one job; raises UnknownJob, with a guess at what was meant."""
        job = self._find(name)
        record = self._records([name], RECENT).get(name)
        return self._state(job, record, self._registry.jobs.dynamic_jobs.get(name), self._clock.now())

    def _records(self, names: Collection[str] | None, recent: int) -> Mapping[str, JobRecord]:
        """Return what the store has of these jobs, by name."""
        found = answer(lambda: self._store.jobs(names, recent), otherwise=None)
        # one name that the database has no characters for keeps it from finding the others
        records = self._store.jobs(None, recent) if found is None else found
        return {record.name: record for record in records}

    def _state(self, job: Job, record: JobRecord | None, added: DynamicJob | None, now: datetime) -> JobState:
        docstring = None if job.description else self._functions.first_line(job.function)
        return JobState.of(job, record, added, now, docstring)

    def runs(self, query: RunQuery) -> Sequence[RunRecord]:
        """Return a page of records, newest first; also of jobs that are no more. A search looks at all of them."""
        return answer(lambda: self._store.runs(query), *query.texts, otherwise=())

    def page(self, query: RunQuery) -> RunPage:
        """Return a page of records, and what the query for the next one has as `before`; None on the last page.

        A search looks for a moment only: its page may have few records or none, and still a next page.
        """
        return answer(lambda: find(self._store, self._clock, query), *query.texts, otherwise=RunPage(runs=()))

    def failures(self, query: RunQuery) -> FailureGroups:
        """Return the newest failures by job and error; a query without statuses wants all that are failures."""
        nothing = FailureGroups(groups=(), count=0, since=None)
        return answer(lambda: grouped(self._store, query), *query.texts, otherwise=nothing)

    def run(self, id_: str) -> RunRecord:
        """Return one record with traceback and log; raises UnknownRun."""
        record = answer(lambda: self._store.run(id_), id_, otherwise=None)
        if record is None:
            raise UnknownRun(id_)
        return record

    def usual_duration(self, name: str) -> timedelta | None:
        """Return how long a job takes as a rule: the median of its latest successes; None when there is none."""
        record = self._records([name], RECENT).get(name)
        return None if record is None else record.usual_duration

    def servers(self) -> Sequence[ServerRecord]:
        """Return the servers and their last heartbeats."""
        return self._store.servers()

    @property
    def thread_counts(self) -> ThreadCounts | None:
        """What the job threads of this process do; None when it runs no jobs."""
        return self._worker.thread_counts()

    def added(self, name: str) -> DynamicJob | None:
        """Return an added job as it was added, also one that is over, as long as it is kept; None for another one."""
        if self._registry.is_configured(name) or self._registry.table_of(name) is not None:
            return None
        return answer(lambda: self._store.dynamic_job(name), name, otherwise=None)

    def events(self, job: str | None = None) -> Sequence[Event]:
        """Return who did what, newest first."""
        return answer(lambda: self._store.events(job), job, otherwise=())

    @property
    def history(self) -> Store:
        """All there is to read: timelines, tallies, further pages."""
        return self._store

    def upcoming(
        self, *, count: int = 50, until: datetime | None = None, job: str | None = None
    ) -> list[Due]:
        """Return the next due times of all jobs (or of one), merged, earliest first: at most `count`.

        Those of jobs that are paused or disabled are left out, and of all jobs, those of actions in sessions.
        """
        self._registry.refresh(self._store)
        known = self._registry.jobs.known
        jobs = (
            [self._find(job)]
            if job is not None
            else [known[name] for name in known if not is_session_action(name)]
        )
        names = None if job is None else [job]
        records = self._records(names, recent=0)
        awake = [each for each in jobs if each.enabled and not _is_paused(records.get(each.name))]
        merged = heapq.merge(
            *(self._upcoming(each, records.get(each.name)) for each in awake), key=lambda due: due.at
        )
        in_time = takewhile(lambda due: until is None or due.at <= until, merged)
        return list(islice(in_time, count))

    def _upcoming(self, job: Job, record: JobRecord | None) -> Iterator[Due]:
        now = self._clock.now()
        if job.has_timetable:
            return (Due(job, at) for at in job.due_times(due_from(record, now)))
        due = next_due(job, record, now)
        return iter(()) if due is None else iter((Due(job, due),))

    def due_times_without_success(
        self, name: str, since: datetime, until: datetime | None = None
    ) -> list[datetime]:
        """Return the due times of a job between two instants that a backfill would run: none of them succeeded.

        Without `until`, or with a later one, up to now.

        Raises UnknownJob; NotPossible for a job on demand and for more than 10,000 due times.
        """
        now = self._clock.now()
        return missed(self._find(name), self._store, since, now if until is None else min(until, now))

    def explain(self, crontab: str, zone: str | None = None, count: int = DUE_TIMES) -> Explanation:
        """Explain a crontab expression, in a zone or that of the jobs; raises DefinitionError."""
        return explain(crontab, zone or self.settings.time_zone, self._clock.now(), count)

    def is_on_demand(self, name: str) -> bool:
        """Return whether the configuration has a job on demand of that name."""
        return self._registry.on_demand(name) is not None

    def general_pause(self) -> Pause | None:
        """Return since when everything is paused, by whom and why; None when it is not."""
        return self._store.general_pause()

    def nameable(self) -> list[str]:
        """Return the functions that anybody may name."""
        return self._permissions.nameable()

    @property
    def problems(self) -> Sequence[Problem]:
        """What is wrong in the configuration and with added jobs."""
        return self._registry.problems

    @property
    def settings(self) -> Settings:
        """The settings of the configuration."""
        return self._registry.settings

    def _find(self, name: str) -> Job:
        if not self._registry.is_configured(name):  # what the configuration says holds until the next restart
            self._registry.refresh(self._store)
        return self._registry.find(name)


def answer(ask: Callable[[], T], *texts: str | None, otherwise: T) -> T:
    """Return what the store answers; what no database can keep, or this one cannot, is not in it."""
    try:
        return ask() if is_fit(*texts) else otherwise
    except NotStorable:
        return otherwise


def _is_paused(record: JobRecord | None) -> bool:
    return record is not None and record.paused
