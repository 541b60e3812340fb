# do not pre-load
"""Where the commands work: the manager, the configuration and docassemble of this machine, composed when asked for."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from ..config import Configuration, parse
from ..core.clock import Clock, SystemClock
from ..core.errors import HostError, StoreUnavailable, UnknownJob
from ..core.job import Job
from ..execution.cancellation import RunningRuns
from ..execution.context import RunLogHandler, name_job
from ..execution.functions import Functions
from ..execution.interrupt import let_interruptions_wake
from ..execution.logger import report_error, scheduler_logger
from ..execution.run_log import RunFormatter
from ..execution.watchdog import Watchdog
from ..host.config_file import read_facts, read_file
from ..host.processes import this_process
from ..host.shell import Shell, present_person, time_zone
from ..management.manager import SchedulerManager
from ..management.registry import JobRegistry
from ..runtime.container import Surroundings
from ..runtime.startup import BLOCK, read_configuration
from ..schedules.apscheduler import from_trigger
from ..store.sql.store import SqlStore, open_store
from ..worker.heartbeat import Heartbeat
from ..worker.inline import ByHand
from ..worker.outbox import Outage


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
        return parse(
            whole[BLOCK],
            zone=time_zone(whole),
            environ=os.environ,
            now=self.clock.now(),
            source=read_facts(path),
            trigger_schedule=from_trigger,
        )

    @cached_property
    def _configuration(self) -> Configuration:
        if BLOCK not in self._host.configuration:
            raise _no_block(str(self._host.configuration_file))
        return read_configuration(self._host, self.clock)

    @cached_property
    def _store(self) -> SqlStore:
        store = open_store(self._host.database)
        store.upgrade()
        return store

    @cached_property
    def _registry(self) -> JobRegistry:
        return JobRegistry(self._configuration, store=self._store, clock=self.clock, logger=self._logger)

    @cached_property
    def manager(self) -> SchedulerManager:
        """The manager; raises StoreUnavailable or HostError."""
        return SchedulerManager(
            registry=self._registry,
            store=self._store,
            functions=self.functions,
            clock=self.clock,
            ring=lambda: None,
        )

    def configured_job(self, name: str) -> Job:
        """Return a job of docassemble's configuration, without the database; raises UnknownJob."""
        jobs = {job.name: job for job in self._configuration.jobs}
        if name not in jobs:
            raise UnknownJob(name, jobs)
        return jobs[name]

    def load_host(self) -> None:
        """Load docassemble's web application; raises HostError."""
        self._host.load_web_application()

    @contextmanager
    def by_hand(self, *, recorded: bool) -> Iterator[ByHand]:
        """Load docassemble, and let jobs be run in this process while the block lasts."""
        self._host.load_web_application()
        self._open_log()
        let_interruptions_wake()
        store = self._store if recorded else None
        running_runs = RunningRuns()
        with ExitStack() as at_end:
            around = self._surround(at_end)
            if store is not None:
                self._live(store, at_end)
            requests: Callable[..., Mapping[str, str]] = store.stop_requests if store else lambda _: {}
            Watchdog(running_runs, requests, self.clock, self._logger).start()
            yield ByHand(
                store=store,
                run=around.execution(running_runs),
                after=around.completion.after,
                by=self.by,
                clock=self.clock,
            )

    def _surround(self, at_end: ExitStack) -> Surroundings:
        around = Surroundings(
            host=self._host,
            settings=self._configuration.settings,
            # not self._store: that needs a database that answers
            streaks=open_store(self._host.database),
            functions=self.functions,
            logger=self._logger,
            clock=self.clock,
        )
        around.open()
        at_end.callback(around.close)
        return around

    def _live(self, store: SqlStore, at_end: ExitStack) -> None:
        """Show the servers that this process lives, so that they do not take its runs for lost."""
        heartbeat = Heartbeat(
            store=store,
            new_process=lambda: this_process(self._host.server_name),
            outage=Outage(self._logger),
            clock=self.clock,
            logger=self._logger,
        )
        heartbeat.register()
        ended = threading.Event()
        threading.Thread(target=self._beat, args=(heartbeat, ended), daemon=True).start()
        at_end.callback(heartbeat.leave)
        at_end.callback(ended.set)

    def _beat(self, heartbeat: Heartbeat, ended: threading.Event) -> None:
        while not ended.wait(self._configuration.settings.heartbeat.total_seconds()):
            try:
                heartbeat.beat()
            except StoreUnavailable as error:
                self._logger.warning("The database is away: %s", error)
            except BaseException:  # noqa: BLE001 - without heartbeats, servers would take this run for lost
                report_error(self._logger, "A heartbeat failed")

    def _open_log(self) -> None:
        """Show on the terminal what servers write to scheduler.log, and keep what the runs themselves write."""
        settings = self._configuration.settings
        zone = ZoneInfo(settings.time_zone)
        terminal = logging.StreamHandler(sys.stderr)
        terminal.setFormatter(RunFormatter(zone))
        self._logger.setLevel(settings.log_level)
        self._logger.addHandler(terminal)
        self._logger.addHandler(RunLogHandler(zone))
        self._logger.addFilter(name_job)


def _no_block(file: str) -> HostError:
    return HostError(
        f"{file} has no `{BLOCK}:` block, so nothing is ever run", hint="put `scheduler: {}` into it"
    )
