# do not pre-load
"""Jobs from tables: rows that appear, change or vanish are jobs that are added, replaced or taken away."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from ..config import Code, Configuration
from ..config.job_tables import ROWS, Row, definitions
from ..core.clock import Clock
from ..core.errors import ArgumentError, NotStorable, StoreUnavailable, TableUnreadable
from ..core.job import Job
from ..core.problem import Problem, Severity
from ..core.settings import JobTable
from ..execution.arguments import check
from ..execution.log.logger import report_error
from ..management.definitions import due_since
from ..management.registry import Entry, JobRegistry
from ..store.base import TABLE, Store

#: reads the rows of a table; raises TableUnreadable
ReadRows = Callable[[JobTable], Sequence[Row]]
#: so many problems of one table are told
MAX_PROBLEMS = 100
#: makes a job of a row's definition, or says why there is none
ReadRow = Callable[[str, str, Mapping[str, object]], tuple[Job | None, list[Problem]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableJobs:
    """What the rows of a table come to."""

    #: the definitions of all rows that can be told apart, as JSON, by the names of the jobs
    definitions: Mapping[str, str]
    #: those whose definitions were not known before
    jobs: Mapping[str, Job]
    #: why other rows are none
    problems: Sequence[Problem]


def jobs_of(
    table: JobTable, rows: Sequence[Row], read_row: ReadRow, known: Mapping[str, str] | None = None
) -> TableJobs:
    """Make jobs of rows, but for those whose definitions are `known`."""
    found, problems = definitions(table, rows)
    jobs: dict[str, Job] = {}
    texts: dict[str, str] = {}
    for name, definition in found.items():
        try:
            check(definition, "the row")
        except ArgumentError as error:
            path = (*ROWS, table.name, name)
            problems.append(Code.BAD_ARGUMENTS.problem(path, f"A cell cannot be kept: {error}.", error.hint))
            continue
        texts[name] = json.dumps({TABLE: table.name, **definition}, sort_keys=True)
        if texts[name] == (known or {}).get(name):
            continue
        job, wrong = read_row(table.name, name, definition)
        problems += [each for each in wrong if each.severity is Severity.ERROR]
        if job is not None:
            jobs[name] = job
    return TableJobs(definitions=texts, jobs=jobs, problems=problems)


def read_all(
    configuration: Configuration, read: ReadRows, now: datetime
) -> tuple[Sequence[Job], Sequence[Problem]]:
    """Read each table of a configuration once; return the jobs that their rows are, and what is wrong."""
    jobs: dict[str, Job] = {}
    owners = {job.name: _CONFIGURED for job in configuration.jobs}
    problems: list[Problem] = []
    for table in configuration.settings.jobs_from:
        try:
            found = jobs_of(table, read(table), partial(configuration.read_row, now=now))
        except TableUnreadable as error:
            problems.append(unreadable(table, error))
        else:
            problems += [
                *found.problems,
                *(_taken(table, name, owners[name]) for name in found.jobs if name in owners),
            ]
            jobs |= {name: job for name, job in found.jobs.items() if name not in owners}
            owners |= dict.fromkeys(found.jobs.keys() - owners.keys(), f"{table.name} has a row")
    return list(jobs.values()), problems


_CONFIGURED = "The configuration has a job"


def _taken(table: JobTable, name: str, owner: str) -> Problem:
    """Report a row whose name another job has."""
    sentence = f"{owner} of this name, so the row is none."
    return Code.BAD_ROW.problem((*ROWS, table.name, name), sentence, "Give one of them another name.")


class TableFollower:
    """Keeps the added jobs of one table as its rows are; each process of each server has one.

    All do the same: of two that find the same change, the store lets one make it.
    """

    def __init__(  # noqa: PLR0913 - the ports it is composed of
        self,
        table: JobTable,
        *,
        read: ReadRows,
        registry: JobRegistry,
        store: Store,
        inspect: Callable[[Sequence[Job]], Sequence[Problem]],
        changed: Callable[[], None],
        clock: Clock,
        logger: logging.Logger,
    ) -> None:
        """`inspect` says which names of jobs lead nowhere; `changed` has the registry looked into soon."""
        self._table = table
        self._read = read
        self._registry = registry
        self._store = store
        self._inspect = inspect
        self._changed = changed
        self._clock = clock
        self._logger = logger
        self._problems: Sequence[Problem] = ()
        self._is_readable = True

    def go_for_ever(self) -> None:
        """Follow the table for as long as the process lives; the function of a thread of its own."""
        pause = threading.Event()
        while True:
            try:
                self.follow()
            except Exception:  # noqa: BLE001 - the next look may be better; nothing else depends on it
                report_error(self._logger, f"Jobs from {self._table.name} could not be followed")
            pause.wait(self._table.every.total_seconds())

    def follow(self) -> None:
        """Look at the rows once, and make the difference that they make."""
        try:
            before = self._registry.mark
            self._registry.refresh(self._store)
            entries = self._registry.entries  # as of before the rows are read: what is older changes nothing
            rows = self._read(self._table)
            self._regain()
            made = self._take_up(rows, entries)
            made = remove_strays(self._registry, self._store, self._clock) or made
        except TableUnreadable as error:
            self._lose(error)
            return
        except StoreUnavailable:
            return  # told by those that have more to do there
        if made or before != self._registry.mark:
            self._changed()

    def _take_up(self, rows: Sequence[Row], entries: Mapping[str, Entry]) -> bool:
        """Write what is different; return whether anything was."""
        ours = {
            name: entry.added
            for name, entry in entries.items()
            if entry.table == self._table.name and not self._registry.is_configured(name)
        }
        known = {name: added.definition for name, added in ours.items()}
        found = jobs_of(self._table, rows, self._registry.read_row, known)
        taken = self._taken(found.jobs, entries)
        problems = [*found.problems, *taken]
        problems += self._inspected([job for name, job in found.jobs.items() if name not in _names(taken)])
        wrong = _names(problems)
        wanted = {name: job for name, job in found.jobs.items() if name not in wrong}
        for name, job in wanted.items():
            problems += self._put(job, found.definitions[name], entries.get(name))
        gone = [
            added
            for name, added in ours.items()
            if name not in wanted and found.definitions.get(name) != added.definition
        ]
        for added in gone:
            self._store.cancel(added.name, self._clock.now(), self._by, added.version)
        self._tell(problems)
        return bool(wanted or gone)

    def _taken(self, jobs: Mapping[str, Job], entries: Mapping[str, Entry]) -> list[Problem]:
        """Report the names that other jobs have."""
        others = {None, *(table.name for table in self._registry.settings.jobs_from)} - {self._table.name}
        owners = {
            name: f"{entry.added.by} has added a job"
            for name, entry in entries.items()
            if entry.table in others
        }
        owners |= {job.name: _CONFIGURED for job in self._registry.configured}
        return [_taken(self._table, name, owners[name]) for name in jobs if name in owners]

    def _inspected(self, jobs: Sequence[Job]) -> list[Problem]:
        """Report the names that lead nowhere, of functions and users."""
        found = self._inspect(jobs) if jobs else ()
        return [replace(each, path=(*ROWS, self._table.name, *each.path[1:])) for each in found]

    def _put(self, job: Job, definition: str, entry: Entry | None) -> list[Problem]:
        now = self._clock.now()
        before = None if entry is None else entry.added.version
        since = due_since(job, now) or now
        try:
            self._store.put(job, definition, since=since, now=now, by=self._by, before=before)
        except NotStorable:
            sentence = "The database does not take up this job, so it does not run."
            hint = "Use only characters that the encoding of the database has, in its name and its `lock`."
            return [Code.NOT_IN_DATABASE.problem(self._place(job.name), sentence, hint)]
        return []

    def _tell(self, problems: Sequence[Problem]) -> None:
        """Say what is wrong with rows, once while it is wrong."""
        if (more := len(problems) - MAX_PROBLEMS) > 0:
            sentence = f"{more:,} more rows have problems."
            rest = Code.BAD_ROW.problem((*ROWS, self._table.name), sentence, "Mend the others first.")
            problems = [*problems[:MAX_PROBLEMS], rest]
        known, self._problems = self._problems, problems
        self._registry.note_rows(self._table.name, problems)
        for problem in problems:
            if problem not in known:
                self._logger.error("%s", problem)

    def _lose(self, error: TableUnreadable) -> None:
        problem = unreadable(self._table, error)
        self._registry.note_rows(self._table.name, [*self._problems, problem])
        if self._is_readable:
            self._is_readable = False
            self._logger.warning("%s", problem)

    def _regain(self) -> None:
        if not self._is_readable:
            self._is_readable = True
            self._logger.info("The rows of %s can be read again", self._table.name)

    def _place(self, name: str) -> tuple[str, ...]:
        return (*ROWS, self._table.name, name)

    @property
    def _by(self) -> str:
        """Who adds and takes away, on record."""
        return f"{ROWS[0]} {self._table.name}"


def unreadable(table: JobTable, error: TableUnreadable) -> Problem:
    """Report that the rows of a table cannot be had."""
    sentence = f"The rows cannot be read: {error}. Jobs that they were stay as they are."
    return Code.TABLE_UNREADABLE.warning((*ROWS, table.name), sentence, error.hint)


def remove_strays(registry: JobRegistry, store: Store, clock: Clock) -> bool:
    """Take away the jobs of tables that the configuration does not have any more; return whether there were any.

    Not while a block of `jobs from` has an error: it may be theirs. Raises StoreUnavailable.
    """
    if registry.has_bad_tables:
        return False
    known = {table.name for table in registry.settings.jobs_from}
    strays = [
        entry
        for name, entry in registry.entries.items()
        # what is left of a job with the name of a configured one has its row of the database in common with that
        if entry.table not in (None, *known) and not registry.is_configured(name)
    ]
    for stray in strays:
        store.cancel(stray.added.name, clock.now(), stray.added.by, stray.added.version)
    return bool(strays)


def _names(problems: Sequence[Problem]) -> set[str]:
    """Return the rows that problems are about."""
    return {problem.path[2] for problem in problems}
