# do not pre-load
"""The manager: what people see of the scheduler, and what they do with it.

The dashboard, the command line, the JSON API and the Python API each have one. It knows nothing of Flask, click or
uWSGI. Every method may raise StoreUnavailable; every action puts on record who did it.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import Any, TypeVar

from ..config import Settings
from ..core.clock import Clock
from ..core.errors import DefinitionError, NotPermitted, NotPossible, NotStorable, UnknownRun
from ..core.job import Job
from ..core.problem import Problem
from ..core.run import Due, StopReason
from ..core.storable import MAX_REASON, is_fit
from ..execution.arguments import bound_to, check_not_fixed, pack
from ..execution.functions import Functions
from ..store.base import DynamicJob, RunRequest, Store
from ..store.records import (
    RECENT,
    RETRYABLE,
    Event,
    JobRecord,
    Pause,
    RunPage,
    RunQuery,
    RunRecord,
    ServerRecord,
    ThreadCounts,
)
from .backfill import MAX_REQUESTED, missed
from .definitions import checked, stored
from .explain import DUE_TIMES, Explanation, explain
from .permissions import Caller, Permissions
from .registry import JobRegistry
from .search import FailureGroups, find, grouped
from .status import JobState, due_from

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


class SchedulerManager:
    """What people see of the scheduler and do with it."""

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

    # --- what there is to see ---------------------------------------------------------------------

    def jobs(self, names: Collection[str] | None = None, recent: int = RECENT) -> list[JobState]:
        """Return every job (or these): those of the configuration in its order, then the added ones by name.

        With fewer `recent` records of each, it is faster, and knows less of the past.
        """
        self._registry.refresh(self._store)
        records = self._records(names, recent)
        jobs, now = self._registry.jobs, self._clock.now()
        return [
            self._state(job, records.get(name), jobs.dynamic_jobs.get(name), now)
            for name, job in jobs.known.items()
            if names is None or name in names
        ]

    def names(self) -> list[str]:
        """Return the names of all jobs: those of the configuration, then the added ones."""
        self._registry.refresh(self._store)
        return list(self._registry.jobs.known)

    def job(self, name: str) -> JobState:
        """Return one job; raises UnknownJob, with a guess at what was meant."""
        job = self._find(name)
        record = self._records([name], RECENT).get(name)
        return self._state(job, record, self._registry.jobs.dynamic_jobs.get(name), self._clock.now())

    def _records(self, names: Collection[str] | None, recent: int) -> Mapping[str, JobRecord]:
        """Return what the store has of these jobs, by name."""
        found = _answer(lambda: self._store.jobs(names, recent), otherwise=None)
        # one name that the database has no characters for keeps it from finding the others
        records = self._store.jobs(None, recent) if found is None else found
        return {record.name: record for record in records}

    def _state(self, job: Job, record: JobRecord | None, added: DynamicJob | None, now: datetime) -> JobState:
        docstring = None if job.description else self._functions.first_line(job.function)
        return JobState.of(job, record, added, now, docstring)

    def runs(self, query: RunQuery) -> Sequence[RunRecord]:
        """Return a page of records, newest first; also of jobs that are no more. A search looks at all of them."""
        return _answer(lambda: self._store.runs(query), *query.texts, otherwise=())

    def page(self, query: RunQuery) -> RunPage:
        """Return a page of records, and what the query for the next one has as `before`; None on the last page.

        A search looks for a moment only: its page may have few records or none, and still a next page.
        """
        return _answer(
            lambda: find(self._store, self._clock, query), *query.texts, otherwise=RunPage(runs=())
        )

    def failures(self, query: RunQuery) -> FailureGroups:
        """Return the newest failures by job and error; a query without statuses wants all that are failures."""
        nothing = FailureGroups(groups=(), count=0, since=None)
        return _answer(lambda: grouped(self._store, query), *query.texts, otherwise=nothing)

    def run(self, id_: str) -> RunRecord:
        """Return one record with traceback and log; raises UnknownRun."""
        record = _answer(lambda: self._store.run(id_), id_, otherwise=None)
        if record is None:
            raise UnknownRun(id_)
        return record

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
        return _answer(lambda: self._store.dynamic_job(name), name, otherwise=None)

    def events(self, job: str | None = None) -> Sequence[Event]:
        """Return who did what, newest first."""
        return _answer(lambda: self._store.events(job), job, otherwise=())

    @property
    def history(self) -> Store:
        """All there is to read: timelines, tallies, further pages."""
        return self._store

    def upcoming(
        self, *, count: int = 50, until: datetime | None = None, job: str | None = None
    ) -> list[Due]:
        """Return the next due times of all jobs (or of one), merged, earliest first: at most `count`.

        Those of jobs that are paused or disabled are left out.
        """
        self._registry.refresh(self._store)
        jobs = [self._find(job)] if job is not None else list(self._registry.jobs.known.values())
        names = None if job is None else [job]
        records = self._records(names, recent=0)
        awake = [each for each in jobs if each.enabled and not _is_paused(records.get(each.name))]
        merged = heapq.merge(
            *(self._upcoming(each, records.get(each.name)) for each in awake), key=lambda due: due.at
        )
        in_time = takewhile(lambda due: until is None or due.at <= until, merged)
        return list(islice(in_time, count))

    def _upcoming(self, job: Job, record: JobRecord | None) -> Iterator[Due]:
        return (Due(job, at) for at in job.due_times(due_from(record, self._clock.now())))

    def explain(self, crontab: str, zone: str | None = None, count: int = DUE_TIMES) -> Explanation:
        """Explain a crontab expression, in a zone or that of the jobs; raises DefinitionError."""
        return explain(crontab, zone or self.settings.time_zone, self._clock.now(), count)

    def is_on_demand(self, name: str) -> bool:
        """Return whether the configuration has a job on demand of that name."""
        return self._registry.on_demand(name) is not None

    @property
    def problems(self) -> Sequence[Problem]:
        """What is wrong in the configuration and with added jobs."""
        return self._registry.problems

    @property
    def settings(self) -> Settings:
        """The settings of the configuration."""
        return self._registry.settings

    # --- what there is to do ----------------------------------------------------------------------

    def run_now(
        self,
        name: str,
        by: Caller,
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
    ) -> str:
        """Request a run of a job; return the identifier of the request (`Event.id`; its `run` follows).

        A job that is busy runs when it is free again; one that is paused runs, and stays paused. With `args` or
        `kwargs` the function is called with them instead of the job's own arguments.
        Raises UnknownJob; NotPossible when the job is disabled, or its arguments are fixed; ArgumentError for what is
        not JSON; NotPermitted for arguments that the caller may not give.
        """
        job = self._find(name)
        if not job.enabled:
            raise NotPossible.disabled(job.name)
        arguments = None if args is None and kwargs is None else self._packed(job, by, args or (), kwargs)
        run_request = self._store.request_run(name, self._clock.now(), by.name, arguments)
        self._worker.offer(job, run_request)
        return run_request.id

    def due_times_without_success(self, name: str, since: datetime, until: datetime) -> list[datetime]:
        """Return the due times of a job between two instants that a backfill would run: none of them succeeded.

        Raises UnknownJob; NotPossible for a job on demand and for more than 10,000 due times.
        """
        return missed(self._find(name), self._store, since, min(until, self._clock.now()))

    def backfill(self, name: str, since: datetime, until: datetime, by: Caller) -> int:
        """Request a run of each of these due times, one after the other; return how many.

        Raises what `due_times_without_success` does; NotPossible when the job is disabled, or there are too many.
        """
        job = self._find(name)
        if not job.enabled:
            raise NotPossible.disabled(job.name)
        dues = self.due_times_without_success(name, since, until)
        if len(dues) > MAX_REQUESTED:
            raise NotPossible(
                f"these are {len(dues):,} due times, and {MAX_REQUESTED} can be run from here at once",
                hint="choose a shorter time, or use `backfill` on the command line",
            )
        self._store.request_runs(job.name, dues, self._clock.now(), by.name)
        self._worker.poll()
        return len(dues)

    def _packed(self, job: Job, by: Caller, args: Sequence[Any], kwargs: Mapping[str, Any] | None) -> str:
        self._permissions.check_arguments(job, by)
        check_not_fixed(job)
        packed = pack(args, kwargs)
        # else another function could get them: that of a job that takes the name before the run, or before a retry
        return bound_to(job, packed) if by.is_limited else packed

    def retry(self, run: str, by: Caller) -> None:
        """Let a run be tried again that failed, timed out, was interrupted or stopped.

        Raises UnknownRun; UnknownJob when its job is no more; NotPossible when it makes no sense.
        """
        record = self.run(run)
        state = self.job(record.job)
        if record.status not in RETRYABLE:
            raise NotPossible(f"this run is {record.status.value}", hint="run the job once more, by hand")
        if state.record is not None and state.record.paused:
            raise NotPossible(
                f"the job {record.job!r} is paused", hint="resume it, or run it once more by hand"
            )
        if not self._store.retry(run, self._clock.now(), by.name):
            raise NotPossible(
                "this run has been tried again already", hint="see the later attempts of the job"
            )
        self._worker.poll()

    def stop(self, run: str, by: Caller) -> bool:
        """Ask a run to stop; False when it has ended or is asked already. Raises UnknownRun."""
        self.run(run)
        return self._store.request_stop(run, StopReason.BY_HAND.name, self._clock.now(), by.name)

    def ask_where(self, run: str, by: Caller) -> bool:
        """Ask a run where in its code it is: `RunRecord.stack` says it within seconds; False when it has ended.

        Raises UnknownRun; NotPermitted for anybody but administrators.
        """
        if not by.is_administrator:
            raise NotPermitted("only administrators see where in its code a run is", hint="ask one")
        self.run(run)
        return self._store.request_stack(run, self._clock.now())

    def usual_duration(self, name: str) -> timedelta | None:
        """Return how long a job takes as a rule: the median of its latest successes; None when there is none."""
        record = self._records([name], RECENT).get(name)
        return None if record is None else record.usual_duration

    def pause(self, name: str, by: Caller, note: str | None = None) -> bool:
        """Pause a job; return False when it was paused. `note` says why, in up to 500 characters.

        Raises UnknownJob; NotPossible when it has no row yet.
        """
        job, now = self._find(name), self._clock.now()
        changed = _answer(lambda: self._store.pause(job.name, now, by.name, _words(note)), otherwise=False)
        if not changed and name not in self._records([name], recent=0):
            raise NotPossible(
                f"no server has taken up {name!r} yet, so it cannot be paused",
                hint="start docassemble, or set `enabled: false` in the configuration",
            )
        return changed

    def resume(self, name: str, by: Caller) -> bool:
        """Let a job be run again from its next due time on; False when it was not paused.

        Raises UnknownJob; NotPossible while everything is paused.
        """
        job, now = self._find(name), self._clock.now()
        changed = _answer(lambda: self._store.resume(job.name, now, by.name), otherwise=False)
        if not changed and self._store.general_pause() is not None:
            raise NotPossible(
                "everything is paused, so no single job can be resumed",
                hint="resume everything; a paused job can be run by hand",
            )
        return changed

    def pause_all(self, by: Caller, note: str | None = None) -> bool:
        """Pause every job on every server, also jobs that are added later; return False when that was so.

        No run begins by schedule and nothing is tried again, until `resume_all`. Runs that go on are not stopped,
        and people can run jobs by hand.
        """
        return self._store.pause_all(self._clock.now(), by.name, _words(note))

    def resume_all(self, by: Caller) -> bool:
        """End the pause of everything; False when there is none. A job that somebody has paused stays paused."""
        resumed = self._store.resume_all(self._clock.now(), by.name)
        self._worker.poll()
        return resumed

    def general_pause(self) -> Pause | None:
        """Return since when everything is paused, by whom and why; None when it is not."""
        return self._store.general_pause()

    def add(self, name: str, definition: Mapping[str, Any], by: Caller) -> Job:
        """Add a job, or put it in the place of the added one with that name; `definition` has a job's keys.

        A date that has passed is run at once, unless longer ago than the job's `misfire grace time`.
        Raises DefinitionError when it cannot be a job, or the configuration has one of the name; ArgumentError
        for what is not JSON; NotPermitted for what the caller may not do.
        """
        now = self._clock.now()
        self._registry.refresh(self._store)
        new = checked(name, definition, by, self._registry, self._permissions, self._functions, now)
        try:
            self._store.add(new.job, new.text, since=new.since, now=now, by=by.name)
        except NotStorable as error:
            raise DefinitionError(
                f"the database cannot keep {name!r}",
                hint="use only characters that its encoding has, in the name and the `lock`",
            ) from error
        self._worker.poll()
        return new.job

    def definition(self, name: str, by: Caller) -> Mapping[str, Any]:
        """Return the definition of an added job, to be changed and added again.

        Raises UnknownJob, NotPossible when it was not added, and NotPermitted.
        """
        self._registry.refresh(self._store)
        return stored(name, self._registry, by)

    def nameable(self) -> list[str]:
        """Return the functions that anybody may name."""
        return self._permissions.nameable()

    def cancel(self, name: str, by: Caller) -> bool:
        """Take an added job away; False when there is none. Raises NotPossible for a job of the configuration."""
        if self._registry.is_configured(name):
            raise NotPossible(
                f"the job {name!r} stands in the configuration", hint="take it away there, or pause it"
            )
        self._registry.refresh(self._store)
        if (table := self._registry.table_of(name)) is not None:
            raise NotPossible(
                f"the job {name!r} is a row of {table}", hint="delete it there, or pause the job"
            )
        now = self._clock.now()
        gone = _answer(lambda: self._store.cancel(name, now, by.name), name, otherwise=False)
        self._worker.poll()
        return gone

    def _find(self, name: str) -> Job:
        if not self._registry.is_configured(name):  # what the configuration says holds until the next restart
            self._registry.refresh(self._store)
        return self._registry.find(name)


def _answer(ask: Callable[[], T], *texts: str | None, otherwise: T) -> T:
    """Return what the store answers; what no database can keep, or this one cannot, is not in it."""
    try:
        return ask() if is_fit(*texts) else otherwise
    except NotStorable:
        return otherwise


def _words(note: str | None) -> str | None:
    """Return a note in one line; None when it says nothing."""
    return " ".join(note[:MAX_REASON].split()) or None if note else None


def _is_paused(record: JobRecord | None) -> bool:
    return record is not None and record.paused
