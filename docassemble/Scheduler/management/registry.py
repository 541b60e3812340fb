# do not pre-load
"""The registry: the jobs of one process, those of the configuration and those that were added at run time."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from ..config import Code, Configuration
from ..config.parser import ADDED, ROOT
from ..config.values.hints import normalised
from ..core.clock import Clock
from ..core.decision import PROMPT
from ..core.errors import UnknownJob
from ..core.job import Job
from ..core.problem import Problem, Severity
from ..core.site import SiteStart
from ..schedules.simple import AtStart
from ..store.base import TABLE, DynamicJob, Store
from .status import Resting


@dataclass(frozen=True, slots=True)
class Entry:
    """An added job in the registry."""

    added: DynamicJob
    #: None when its definition is none, to this release or on this server
    job: Job | None
    problems: tuple[Problem, ...]
    #: the table of `jobs from` whose row it is; None when a program has added it
    table: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Jobs:
    """The jobs at one moment, by name."""

    #: all of them
    known: Mapping[str, Job] = field(default_factory=dict)
    #: those that this server runs, each with its row in the database
    here: Mapping[str, Job] = field(default_factory=dict)
    #: those that this server would run, if the database had a row of them
    missing: Mapping[str, Job] = field(default_factory=dict)
    #: of those here: the last due time of each that was dealt with when it came into the registry
    cursors: Mapping[str, datetime] = field(default_factory=dict)
    entries: Mapping[str, Entry] = field(default_factory=dict)

    @property
    def dynamic_jobs(self) -> Mapping[str, DynamicJob]:
        """The added jobs, as the database keeps them."""
        return {name: entry.added for name, entry in self.entries.items()}


class JobRegistry:
    """Knows the jobs of one process; used by all its threads. A job that has not changed stays the same object."""

    def __init__(
        self, configuration: Configuration, *, store: Store, clock: Clock, logger: logging.Logger
    ) -> None:
        self.settings = configuration.settings
        self._configuration = configuration
        self._store = store
        self._clock = clock
        self._logger = logger
        self._lock = threading.Lock()
        self._configured = {job.name: job for job in configuration.jobs}
        self._cursors: Mapping[str, datetime] = {}
        self._mark: str | None = None
        #: so many refreshes have begun; which of them was the last that counted
        self._asked = self._answered = 0
        self._entries: dict[str, Entry] = {}
        self._found: tuple[Problem, ...] = ()
        #: the problems of what stands in the file, and the same with their lines
        self._written: tuple[Problem, ...] = ()
        self._located: tuple[Problem, ...] = ()
        #: what is wrong with the rows of each table of `jobs from`
        self._of_tables: dict[str, tuple[Problem, ...]] = {}
        #: problems of the jobs that the database did not take up, by name
        self._unkept: dict[str, Problem] = {}
        #: names of the jobs whose rows a claim did not find
        self._lost: set[str] = set()
        self._jobs = self._compose()
        self._resting = Resting(logger)
        #: when the site has started
        self._started: datetime | None = None
        #: the time of the last look at the clock; None in a process that runs no jobs
        self._looked: datetime | None = None

    @property
    def jobs(self) -> Jobs:
        """The jobs as of the last look into the database."""
        return self._jobs

    @property
    def mark(self) -> str | None:
        """The mark of the added jobs as of then."""
        return self._mark

    @property
    def problems(self) -> Sequence[Problem]:
        """What is wrong in the configuration, with the added jobs, and with what docassemble has of them."""
        entries = self._jobs.entries.values()
        added = (each for entry in entries for each in entry.problems)
        unkept = (each for name, each in self._unkept.items() if name in self._jobs.known)
        of_rows = (each for problems in list(self._of_tables.values()) for each in problems)
        return [*self._of_file(), *added, *unkept, *of_rows]

    def _of_file(self) -> Sequence[Problem]:
        """Return the problems of what stands in the file, with their lines, which are looked up once."""
        written = (*self._configuration.problems, *self._found)
        if written != self._written:
            self._written, self._located = written, self._configuration.locate(written)
        return self._located

    def note(self, found: Iterable[Problem]) -> None:
        """Take up what was found when the jobs were inspected."""
        self._found = tuple(found)

    def note_rows(self, table: str, found: Iterable[Problem]) -> None:
        """Take up what is wrong with the rows of a table of `jobs from`."""
        self._of_tables[table] = tuple(found)

    def find(self, name: str) -> Job:
        """Return a job; raises UnknownJob, with a guess at what was meant."""
        known = self._jobs.known
        if name not in known:
            raise UnknownJob(name, known)
        return known[name]

    @property
    def has_bad_tables(self) -> bool:
        """Whether a block of `jobs from` cannot be used."""
        wrong = (each.path for each in self._configuration.problems if each.severity is Severity.ERROR)
        return any(path[:1] == ROOT and normalised("".join(path[1:2])) == TABLE for path in wrong)

    @property
    def configured(self) -> Collection[Job]:
        """The jobs of the configuration."""
        return self._configured.values()

    def is_configured(self, name: str) -> bool:
        """Return whether a job of that name stands in the configuration."""
        return name in self._configured

    def on_demand(self, name: object) -> Job | None:
        """Return the job on demand of that name in the configuration; None when there is none."""
        job = self._configured.get(name) if isinstance(name, str) else None
        return job if job is not None and job.is_on_demand else None

    def read(self, name: str, definition: Mapping[str, object]) -> tuple[Job | None, list[Problem]]:
        """Make a job of a definition that is to be added."""
        return self._configuration.read_added(name, definition, self._clock.now())

    def read_row(
        self, table: str, name: str, definition: Mapping[str, object]
    ) -> tuple[Job | None, list[Problem]]:
        """Make a job of a row of a table of `jobs from`."""
        return self._configuration.read_row(table, name, definition, self._clock.now())

    @property
    def entries(self) -> Mapping[str, Entry]:
        """All added jobs, also those with the name of one of the configuration."""
        return self._entries

    def table_of(self, name: str) -> str | None:
        """Return the table of `jobs from` whose row a job is; None when it is not."""
        entry = self._entries.get(name)
        return None if entry is None else entry.table

    def register_jobs(self) -> None:
        """Take up the jobs of the configuration that this server runs; raises StoreUnavailable.

        Jobs that the database does not keep become problems.
        """
        ours = [job for job in self._configured.values() if job.is_for(self.settings.server_tags)]
        # the block of their table may give them another schedule than at the last start
        rows = [job for name, job in self._jobs.here.items() if self.table_of(name) is not None]
        self._register([*ours, *rows])
        with self._lock:
            self._looked = self._clock.now()
            self._resting.look(self._jobs.here, self._jobs.cursors, self._looked)

    def lose(self, job: Job) -> None:
        """Note that a claim found no row of a job; the next `recover` takes it up again."""
        with self._lock:
            self._lost.add(job.name)

    def recover(self) -> None:
        """Take up the jobs again that have no row in the database; raises StoreUnavailable."""
        with self._lock:
            names, jobs = set(self._lost), self._jobs
        lost = {name: jobs.known[name] for name in names if name in jobs.here}
        if lost or jobs.missing:
            for name in lost:
                self._logger.warning(
                    "Row missing in the database; taking the job up again", extra={"job": name}
                )
            self._register([*{**jobs.missing, **lost}.values()])
        with self._lock:
            self._lost -= names

    def _register(self, jobs: Sequence[Job]) -> None:
        """Take up jobs; all that may be without a row."""
        cursors = self._store.register_jobs(jobs, self._clock.now())
        unkept = {job.name: _not_kept(job) for job in jobs if job.name not in cursors}
        with self._lock:
            new = [problem for name, problem in unkept.items() if name not in self._unkept]
            self._unkept = unkept
            kept = {name: cursor for name, cursor in self._cursors.items() if name not in unkept}
            self._cursors = {**kept, **cursors}
            self._jobs = self._compose()
        for problem in new:
            self._logger.error("%s", problem)

    def look_at_clock(self) -> None:
        """Warn of resting jobs if the clock was set back since the last call; raises StoreUnavailable."""
        now = self._clock.now()
        before, here = self._looked, self._jobs.here
        if before is not None and now < before - PROMPT:
            # not under the lock: the database may take its time
            cursors = {record.name: record.cursor for record in self._store.jobs(list(here), recent=0)}
            with self._lock:
                self._resting.look(here, cursors, now)
        if before is not None:
            self._looked = now

    def refresh(self, store: Store | None = None) -> None:
        """Look whether jobs have been added, replaced or taken away; raises StoreUnavailable.

        `store` is asked, which may have shorter limits of time than the registry's own.
        """
        # not under the lock: the database may take its time
        asked = self._store if store is None else store
        with self._lock:
            self._asked += 1
            ticket, before, entries = self._asked, self._mark, self._entries
        # asked for first: what changes in between is found the next time
        mark = asked.dynamic_jobs_etag()
        if mark != before:
            found = {
                added.name: self._entry(added, entries.get(added.name)) for added in asked.dynamic_jobs()
            }
            self._accept(ticket, mark, found)

    def note_site_start(self, start: SiteStart | None) -> None:
        """Let the jobs with `at start` be due at the last start of the site."""
        at = None if start is None else start.at
        if at == self._started:
            return
        with self._lock:
            self._started = at
            self._configured = {name: _started(job, at) for name, job in self._configured.items()}
            self._entries = self._with_start(self._entries)
            self._jobs = self._compose()

    def _with_start(self, entries: Mapping[str, Entry]) -> dict[str, Entry]:
        """Return entries whose jobs know when the site has started."""
        jobs = {name: each.job and _started(each.job, self._started) for name, each in entries.items()}
        return {
            name: each if jobs[name] is each.job else replace(each, job=jobs[name])
            for name, each in entries.items()
        }

    def _accept(self, ticket: int, mark: str, entries: dict[str, Entry]) -> None:
        """Take up what a refresh has found, unless one that began later was faster."""
        with self._lock:
            if ticket < self._answered:
                return
            before, self._entries = self._entries, self._with_start(entries)
            self._answered, self._mark = ticket, mark
            self._jobs = self._compose()
            if self._looked is not None:
                self._resting.look(self._jobs.here, self._jobs.cursors, self._clock.now())
        for name, entry in entries.items():
            if name not in before or before[name].added.version != entry.added.version:
                self._tell(entry)

    def _entry(self, added: DynamicJob, before: Entry | None) -> Entry:
        if before is not None and before.added.version == added.version:
            return replace(before, added=added)
        definition = json.loads(added.definition)
        table = definition.pop(TABLE, None)
        if table is None:
            job, problems = self.read(added.name, definition)
        else:
            job, problems = self.read_row(table, added.name, definition)
        job = job and replace(job, version=added.version)
        errors = tuple(each for each in problems if each.severity is Severity.ERROR)
        return Entry(added, job, errors, table)

    def _tell(self, entry: Entry) -> None:
        for problem in entry.problems:
            self._logger.error("%s", problem)
        if self.is_configured(entry.added.name):
            self._logger.warning(
                "A job %r was added at run time; the one of that name in the configuration wins",
                entry.added.name,
            )

    def _compose(self) -> Jobs:
        entries = {name: each for name, each in self._entries.items() if not self.is_configured(name)}
        added = {name: each.job for name, each in entries.items() if each.job is not None}
        known = {**self._configured, **added}
        ours = {name: job for name, job in known.items() if job.is_for(self.settings.server_tags)}
        cursors = {**self._cursors, **self._cursors_of(entries[name].added for name in added)}
        here = {name: job for name, job in ours.items() if name in cursors}
        missing = {name: job for name, job in ours.items() if name not in cursors}
        return Jobs(known=known, here=here, missing=missing, cursors=cursors, entries=entries)

    def _cursors_of(self, added: Iterable[DynamicJob]) -> dict[str, datetime]:
        return {each.name: each.cursor for each in added if each.cursor is not None}


def _started(job: Job, at: datetime | None) -> Job:
    """Return a job that is due at that start of the site, if it is due at any."""
    schedule = AtStart(at)
    return replace(job, schedule=schedule) if job.is_at_start and job.schedule != schedule else job


def _not_kept(job: Job) -> Problem:
    sentence = (
        "The database did not take up this job, so it does not run. It is tried again every ten seconds."
    )
    hint = "Use only characters that the encoding of the database has, in its name and its `lock`."
    return Code.NOT_IN_DATABASE.problem((*(ROOT if job.version is None else ADDED), job.name), sentence, hint)
