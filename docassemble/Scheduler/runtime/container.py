# do not pre-load
"""The parts of the scheduler in one process, composed."""

from __future__ import annotations

import logging
import threading
from functools import cached_property
from zoneinfo import ZoneInfo

from ..config import Configuration
from ..core.clock import Clock, SystemClock
from ..execution.cancellation import RunningRuns
from ..execution.executor import Executor
from ..execution.forks import disown_children
from ..execution.functions import Functions
from ..execution.leftovers import Leftovers
from ..execution.log.capture import Capture
from ..execution.log.event_log import LogObserver
from ..execution.lookup import log_handlers_of
from ..execution.observers import Observers
from ..execution.watchdog import Watchdog
from ..host.docassemble import Docassemble
from ..host.files.end_spool import EndSpoolFile
from ..host.files.log_format import line_formatter
from ..host.processes import NamesOfThreads, this_process
from ..management.manager import SchedulerManager
from ..management.reader import LocalWorker
from ..management.registry import JobRegistry
from ..notifications import healthchecks, webhooks
from ..notifications.delivery import DeliveryQueue
from ..notifications.healthchecks import Monitor
from ..notifications.log_handlers import LogHandlers
from ..notifications.notifier import LateStartObserver, MailHandler, Notifier
from ..notifications.sentry import SentryCheckIns
from ..store.sql.engine import REQUESTS, StatementLog
from ..store.sql.job_rows import RowReader
from ..store.sql.store import SqlStore, open_store
from ..worker.completion import CompletionHooks
from ..worker.heartbeat import Heartbeat
from ..worker.outbox import Outage
from ..worker.reporter import Reporter

#: how long the end of the process waits for mails and pings (seconds)
DELIVERY_TIMEOUT = 2.0
#: and then for the handlers that the setting `log handlers` names (seconds)
LOG_TIMEOUT = 1.0


class Container(LocalWorker):
    """The parts of one process, each made when it is first asked for.

    Making them connects to nothing and starts no thread, so it may be done before a fork. A process that runs jobs of
    its own accord is a subclass.
    """

    #: names the start of the web server that this is a process of
    boot: str | None = None

    def __init__(
        self,
        *,
        host: Docassemble,
        configuration: Configuration,
        logger: logging.Logger,
        clock: Clock | None = None,
    ) -> None:
        self.host = host
        self.configuration = configuration
        self.settings = configuration.settings
        self.logger = logger
        self.clock: Clock = clock or SystemClock()
        self.functions = Functions()
        self.outage = Outage(logger)
        self.running_runs = RunningRuns()
        self._upgrading = threading.Lock()
        self._upgraded = threading.Event()

    # --- what is shared with other processes ------------------------------------------------------

    @cached_property
    def store(self) -> SqlStore:
        """The store."""
        return open_store(self.host.database, log=self._statement_log)

    @cached_property
    def request_store(self) -> SqlStore:
        """The same for requests of pages and of the JSON API, which do not wait for the database for long."""
        return open_store(self.host.database, REQUESTS, self._statement_log)

    @property
    def _statement_log(self) -> StatementLog | None:
        is_shown = self.settings.log_sql and self.logger.isEnabledFor(logging.DEBUG)
        return StatementLog(self.logger, self.clock) if is_shown else None

    def upgrade(self) -> None:
        """Make or upgrade the tables, once; raises StoreUnavailable."""
        with self._upgrading:
            if not self._upgraded.is_set():
                self.store.upgrade()
                self._upgraded.set()

    def await_tables(self) -> None:
        """Wait a moment for the tables, where this process is about to make them: a server that has just started."""

    @cached_property
    def registry(self) -> JobRegistry:
        """The jobs."""
        return JobRegistry(self.configuration, store=self.store, clock=self.clock, logger=self.logger)

    @cached_property
    def read_rows(self) -> RowReader:
        """What reads the tables of `jobs from`."""
        return RowReader(self.host.configuration.get, self._statement_log)

    @cached_property
    def heartbeat(self) -> Heartbeat:
        """What shows the others that this process lives."""
        return Heartbeat(
            store=self.store,
            new_process=lambda: this_process(self.host.server_name, self.boot),
            outage=self.outage,
            clock=self.clock,
            logger=self.logger,
            thread_counts=self.thread_counts,
        )

    # --- what people see and do -------------------------------------------------------------------

    @cached_property
    def manager(self) -> SchedulerManager:
        """The manager, for code."""
        return self._manager(self.store)

    @cached_property
    def request_manager(self) -> SchedulerManager:
        """The same for requests of pages and of the JSON API."""
        return self._manager(self.request_store)

    def _manager(self, store: SqlStore) -> SchedulerManager:
        return SchedulerManager(
            registry=self.registry,
            store=store,
            functions=self.functions,
            clock=self.clock,
            worker=self,
        )

    # --- runs -------------------------------------------------------------------------------------

    @cached_property
    def observers(self) -> Observers:
        """Who hears of runs, in this order."""
        log = LogObserver(self.logger, self.clock)
        late_start = LateStartObserver(self.notifier, self.logger, self.clock)
        monitor = Monitor(healthchecks.send, self.deliveries, self.logger)
        completion = CompletionHooks(
            notifier=self.notifier,
            contexts=self.host,
            functions=self.functions,
            watch=self.leftovers.watch,
            logger=self.logger,
        )
        return Observers([log, late_start, monitor, SentryCheckIns(), completion], self.logger)

    @cached_property
    def executor(self) -> Executor:
        """What runs a job."""
        return Executor(
            contexts=self.host,
            functions=self.functions,
            observer=self.observers,
            running_runs=self.running_runs,
            watch=self.leftovers.watch,
            clock=self.clock,
        )

    @cached_property
    def watchdog(self) -> Watchdog:
        """What stops runs."""
        return Watchdog(
            self.running_runs, self.store.stop_requests, self.clock, self.logger, self.reporter.report
        )

    @cached_property
    def reporter(self) -> Reporter:
        """What reports how runs go."""
        return Reporter(self.running_runs, self.store, self.clock)

    @cached_property
    def end_spool(self) -> EndSpoolFile:
        """What keeps the ends of runs that are not on record yet."""
        return EndSpoolFile(self.host.database.shown, self.logger)

    @cached_property
    def leftovers(self) -> Leftovers:
        """What runs have left behind."""
        return Leftovers(NamesOfThreads(), self.logger)

    @cached_property
    def deliveries(self) -> DeliveryQueue:
        """Mails and pings on their way."""
        return DeliveryQueue(self.logger, self.clock)

    @cached_property
    def notifier(self) -> Notifier:
        """What tells the administrator of failures."""
        return Notifier(
            self.host,
            self.settings.notify,
            streaks=self.store,
            deliveries=self.deliveries,
            post=webhooks.post,
            clock=self.clock,
            logger=self.logger,
            has_pages=self.settings.dashboard,
        )

    # --- the process ------------------------------------------------------------------------------

    @cached_property
    def log_handlers(self) -> LogHandlers:
        """Where the log goes besides."""
        zone = ZoneInfo(self.host.time_zone)
        return LogHandlers(
            log_handlers_of(self.settings, self.functions),
            line_formatter(self.settings.log_format, zone, self.host.server_name),
            logger=self.logger,
            clock=self.clock,
        )

    @cached_property
    def capture(self) -> Capture:
        """What takes what runs print into the log."""
        return Capture(self.logger)

    def open(self) -> None:
        """Take the log to mails and elsewhere, what runs print into it, and have no part in what jobs fork.

        To be called once in a process.
        """
        self.logger.addHandler(MailHandler(self.notifier.critical))
        self.log_handlers.open()
        self.end_spool.open()
        disown_children(self.logger, self._let_go)
        self.capture.open()

    def close(self) -> None:
        """Give mails, pings and the log a last moment; at the end of the process."""
        self.capture.close()
        self.end_spool.close()
        self.notifier.flush()
        self.deliveries.finish(DELIVERY_TIMEOUT)
        self.log_handlers.close(LOG_TIMEOUT)

    def _let_go(self) -> None:
        """Have no part in a process that a job has forked, where we are."""
        self.capture.close()
        self.host.remember_scheduler(None)
