# do not pre-load
"""Where the commands work: the manager, the configuration and docassemble of this machine, composed when asked for."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ..config import Configuration, parse
from ..core.clock import Clock, SystemClock
from ..core.errors import HostError, UnknownJob
from ..core.job import Job
from ..execution.cancellation import let_interruptions_wake
from ..execution.context import RunLogHandler, name_job
from ..execution.functions import Functions
from ..execution.log.capture import LEVELS
from ..execution.log.logger import scheduler_logger
from ..execution.log.run_log import RunFormatter
from ..execution.watchdog import Watchdog
from ..host.files.config_file import read_file, read_findings
from ..host.files.env_file import read_env_file
from ..host.files.line_map import Locator
from ..host.shell import Shell, configuration_file, present_person, time_zone
from ..management.manager import SchedulerManager
from ..notifications.delivery import Delivery
from ..notifications.outgoing import Target
from ..runtime.configuration import BLOCK, read_configuration
from ..schedules.apscheduler import from_trigger
from ..store.records import RunQuery
from ..worker.inline import InlineRunner
from ..worker.job_tables import ReadRows
from ..worker.reporter import Reporter
from .text.identifiers import shortened
from .text.output import say
from .text.run_text import progress_line

if TYPE_CHECKING:
    from ..runtime.container import Container


class CliContext:
    """The docassemble of this machine; click passes it to the commands."""

    def __init__(self) -> None:
        self.clock: Clock = SystemClock()
        self.functions = Functions()
        self._host = Shell()
        self._logger = scheduler_logger()

    @property
    def by(self) -> str:
        """Who is at the keyboard."""
        return present_person()

    def configuration(self, path: Path | None) -> Configuration:
        """Read the configuration of a file, or docassemble's; raises HostError."""
        if path is None:
            return self._configuration
        whole = read_file(path)
        if BLOCK not in whole:
            raise _no_block(str(path))
        locate = Locator.of(path)
        configuration = parse(
            whole[BLOCK],
            zone=time_zone(whole),
            environ=os.environ,
            now=self.clock.now(),
            env_file=read_env_file(path),
            source=read_findings(path),
            trigger_schedule=from_trigger,
        )
        return replace(configuration, locate=locate)

    @cached_property
    def _configuration(self) -> Configuration:
        if BLOCK not in self._host.configuration:
            raise _no_block(str(self._host.configuration_file))
        return read_configuration(self._host)

    @property
    def default_zone(self) -> str:
        """IANA name of docassemble's time zone; UTC where there is no docassemble."""
        try:
            return self._host.time_zone
        except HostError:
            return "UTC"

    def file_name(self, path: Path | None) -> str:
        """Return what problems call the file of a configuration, or docassemble's."""
        return str(self._host.configuration_file if path is None else path)

    def read_rows(self, path: Path | None) -> ReadRows:
        """Return what reads the tables of `jobs from`, whose sections are those of a file, or docassemble's."""
        sections = self._host.configuration if path is None else read_file(path)
        with _of_docassemble():
            from ..store.sql.job_rows import RowReader
        return RowReader(sections.get)

    @cached_property
    def _container(self) -> Container:
        # SQLAlchemy comes with it: not for whoever only checks a file
        with _of_docassemble():
            from ..runtime.container import Container
        return Container(
            host=self._host, configuration=self._configuration, logger=self._logger, clock=self.clock
        )

    @property
    def manager(self) -> SchedulerManager:
        """The manager; raises StoreUnavailable or HostError."""
        self._container.upgrade()
        return self._container.manager

    def configured_job(self, name: str) -> Job:
        """Return a job of docassemble's configuration, without the database; raises UnknownJob."""
        jobs = {job.name: job for job in self._configuration.jobs}
        if name not in jobs:
            raise UnknownJob(name, jobs)
        return jobs[name]

    def test_deliveries(self, name: str | None) -> list[tuple[Target, Delivery]]:
        """Make a test message for whom the setting `notify` names, or a job of the configuration."""
        job = None if name is None else self.configured_job(name)
        self.load_host()
        return self._container.notifier.tests(job)

    def configured_names(self) -> list[str]:
        """Return the names of the jobs in docassemble's file, without docassemble; raises HostError."""
        return [job.name for job in self.configuration(configuration_file()).jobs]

    def known_names(self) -> list[str]:
        """Return the names of all jobs, also of those that were added. Changes nothing in the database."""
        return [state.name for state in self._container.manager.jobs(recent=0)]

    def latest_runs(self, count: int) -> list[str]:
        """Return the short identifiers of the latest runs. Changes nothing in the database."""
        return [*shortened(run.id for run in self._container.manager.runs(RunQuery(limit=count))).values()][
            ::-1
        ]

    def load_host(self) -> None:
        """Load docassemble's web application; raises HostError."""
        self._host.load_web_application()

    @contextmanager
    def inline(self, *, recorded: bool) -> Iterator[InlineRunner]:
        """Load docassemble, and let jobs be run in this process while the block lasts."""
        self._host.load_web_application()
        self._open_log()
        let_interruptions_wake()
        container = self._container
        with ExitStack() as at_end:
            container.open()
            at_end.callback(container.close)
            if recorded:
                container.upgrade()
                self._live(at_end)
            self._watchdog(recorded=recorded).start()
            yield InlineRunner(
                store=container.store if recorded else None,
                run=container.executor,
                observer=container.observers,
                by=self.by,
                clock=self.clock,
            )

    def _watchdog(self, *, recorded: bool) -> Watchdog:
        """Return what stops runs: a run without a record too when its time is over, but nobody can ask it to."""
        container = self._container
        runs, store = container.running_runs, container.store if recorded else None
        reporter = Reporter(runs, store, self.clock, lambda _run, told: say(progress_line(told)))
        requests = store.stop_requests if store else lambda _: {}
        return Watchdog(runs, requests, self.clock, self._logger, reporter.report)

    def _live(self, at_end: ExitStack) -> None:
        """Show the servers that this process lives, so that they do not take its runs for lost."""
        heartbeat = self._container.heartbeat
        heartbeat.register()
        at_end.callback(heartbeat.leave)
        at_end.callback(heartbeat.start(self._configuration.settings.heartbeat.total_seconds()))

    def _open_log(self) -> None:
        """Show on the terminal what servers write to scheduler.log, and keep what the runs themselves write."""
        settings = self._configuration.settings
        zone = ZoneInfo(settings.time_zone)
        terminal = logging.StreamHandler(sys.stderr)
        terminal.setFormatter(RunFormatter(zone))
        # what is printed is there anyway
        terminal.addFilter(lambda record: getattr(record, "source", None) not in LEVELS)
        self._logger.setLevel(settings.log_level)
        self._logger.addHandler(terminal)
        self._logger.addHandler(RunLogHandler(zone))
        self._logger.addFilter(name_job)


@contextmanager
def _of_docassemble() -> Iterator[None]:
    """Import what docassemble brings; raises HostError where that is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise HostError(
            f"this needs {error.name}, which docassemble brings",
            hint="use docassemble's own Python: /usr/share/docassemble/local3.12/bin/python, for example",
        ) from error


def _no_block(file: str) -> HostError:
    return HostError(
        f"{file} has no `{BLOCK}:` block, so nothing is ever run", hint="put `scheduler: {}` into it"
    )
