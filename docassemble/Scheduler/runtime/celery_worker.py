# do not pre-load
"""The scheduler in one process of a Celery worker: its parts, composed."""

from __future__ import annotations

import logging
import threading

from ..config import Configuration
from ..core.clock import Clock
from ..core.errors import StoreUnavailable
from ..core.job import Job
from ..execution.cancellation import RunningRuns
from ..execution.functions import Functions
from ..execution.interrupt import let_interruptions_wake
from ..execution.logger import report_error
from ..execution.watchdog import Watchdog
from ..host.celery import when_process_ends
from ..host.docassemble import Docassemble
from ..host.processes import this_process
from ..management.registry import JobRegistry
from ..store.sql.store import open_store
from ..worker.heartbeat import Heartbeat
from ..worker.outbox import Outage
from ..worker.receiver import Receiver
from .container import Surroundings


class CeleryWorker:
    """What a process of a Celery worker holds of us."""

    def __init__(
        self, *, configuration: Configuration, host: Docassemble, logger: logging.Logger, clock: Clock
    ) -> None:
        functions = Functions()
        self._interval = configuration.settings.heartbeat.total_seconds()
        store = open_store(host.database)
        self._around = Surroundings(
            host=host,
            settings=configuration.settings,
            streaks=store,
            functions=functions,
            logger=logger,
            clock=clock,
        )
        running_runs = RunningRuns()
        self._watchdog = Watchdog(running_runs, store.stop_requests, clock, logger)
        self._logger = logger
        self._outage = Outage(logger)
        self._registry = JobRegistry(configuration, store=store, clock=clock, logger=logger)
        self.heartbeat = Heartbeat(
            store=store,
            new_process=lambda: this_process(host.server_name),
            outage=self._outage,
            clock=clock,
            logger=logger,
        )
        self._receiver = Receiver(
            self._find,
            store=store,
            process=self.heartbeat.process,
            run=self._around.execution(running_runs),
            after=self._around.completion.after,
            outage=self._outage,
            clock=clock,
            logger=logger,
        )

    def start(self) -> None:
        """Show from now on that this process lives; to be called in the thread that runs the tasks."""
        self._around.open()
        when_process_ends(self._end)
        let_interruptions_wake()
        self._watchdog.start()
        threading.Thread(target=self._live, name="scheduler-life", daemon=True).start()

    def receive(self, run_id: str) -> None:
        """Run what another process has claimed; raises StoreUnavailable when the database stays away."""
        self._receiver.receive(run_id)

    def _find(self, name: str) -> Job | None:
        """Return a job, also one that was added just now; None when there is none."""
        try:
            self._registry.refresh()
        except StoreUnavailable as error:
            self._outage.begin(error)
        return self._registry.jobs.known.get(name)

    def _end(self) -> None:
        self.heartbeat.leave()
        self._around.close()
        self._around.leftovers.let_go()

    def _live(self) -> None:
        pause = threading.Event()
        while not pause.wait(self._interval):
            try:
                self.heartbeat.beat()
                self._receiver.flush()
                self._outage.end()
            except StoreUnavailable as error:
                self._outage.begin(error)
            except BaseException:  # noqa: BLE001 - without signs of life, others would take this process for dead
                report_error(self._logger, "A sign of life of the scheduler failed")
