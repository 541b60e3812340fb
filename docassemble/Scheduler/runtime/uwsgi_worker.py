# do not pre-load
"""The scheduler of one process: its parts, composed, and what happens at a start and at a wake."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

from ..config import Configuration
from ..core.clock import Clock
from ..core.job import RunOn
from ..core.manning import Manning
from ..core.run import Interruption, Outcome, Run
from ..execution.cancellation import RunningRuns
from ..execution.executor import Execution
from ..execution.functions import Functions
from ..execution.logger import report_error
from ..execution.watchdog import Watchdog
from ..host.celery import CeleryQueue
from ..host.docassemble import Docassemble
from ..host.processes import is_surely_dead, this_process
from ..host.uwsgi import Uwsgi
from ..management.check import inspect, report
from ..management.manager import SchedulerManager
from ..management.registry import JobRegistry
from ..store.base import PollResult
from ..store.sql.engine import REQUESTS
from ..store.sql.store import SqlStore, open_store
from ..worker import timer
from ..worker.chores import Chores
from ..worker.dispatcher import Dispatcher
from ..worker.heartbeat import Heartbeat
from ..worker.maintenance import Maintenance
from ..worker.outbox import Outage
from ..worker.poller import Inbox
from ..worker.rounds import Rounds
from ..worker.shutdown import stop_all
from ..worker.threads import ThreadPool, concurrency
from .container import Surroundings


class Service:
    """What a process that runs jobs holds of us: a worker of uWSGI, or a mule."""

    def __init__(
        self,
        *,
        configuration: Configuration,
        host: Docassemble,
        uwsgi: Uwsgi,
        logger: logging.Logger,
        clock: Clock,
    ) -> None:
        self._configuration = configuration
        self._settings = configuration.settings
        self._host = host
        self._uwsgi = uwsgi
        self._logger = logger
        self._clock = clock
        #: made before the fork, so that their statements are not made again in each process; they connect after it
        self._store = open_store(host.database)
        self._store_for_requests = open_store(host.database, REQUESTS)
        self._functions = Functions()
        self._outage = Outage(logger)
        self._running_runs = RunningRuns()
        self._concurrency = concurrency(self._settings.concurrency, uwsgi.threads)
        #: one more than may run jobs: somebody has to see what else is due meanwhile
        self._pool = ThreadPool(self._concurrency + 1, self._work, partial(report_error, logger), clock)
        self._inbox: Inbox | None = None
        self._dispatcher: Dispatcher | None = None
        self._queue: CeleryQueue | None = None
        #: where code sees what the scheduler does, and tells it what to do; None until it has begun
        self.manager: SchedulerManager | None = None
        #: the same for requests of pages and of the JSON API, which do not wait for the database for long
        self.manager_for_requests: SchedulerManager | None = None
        #: what is to be done at the end of the process, the last first
        self._at_end = ExitStack()
        #: lets go of what runs have left behind; answers whether nothing of it is there any more
        self._let_go: Callable[[], bool] = lambda: True
        #: to be done by the pool, because docassemble is needed
        self._chores = Chores(logger)

    def start(self) -> None:
        """Start in a process that has just been forked; never raises."""
        try:
            store = self._store
            around = self._surround(store)
            around.open()
            self._let_go = around.leftovers.let_go
            self._at_end.callback(around.close)
            self._uwsgi.at_end(self.end)
            self._pool.start()
            registry = JobRegistry(self._configuration, store=store, clock=self._clock, logger=self._logger)
            keep_house = partial(self._keep_house, store, around, registry)
            threading.Thread(target=keep_house, name="scheduler-maintenance", daemon=True).start()
        except Exception:  # noqa: BLE001 - docassemble must come up whatever is wrong with us
            report_error(self._logger, "The scheduler could not start in this process")

    def wake(self) -> None:
        """Have done what there is to do; called by uWSGI on a thread of its own, which is free again at once."""
        if self._chores or (self._dispatcher is not None and self._dispatcher.has_work()):
            self._pool.wake()

    def end(self) -> bool:
        """Bring to an end what goes on in this process, and answer whether all of it has ended; never raises."""
        try:
            if self._host.scheduler is not self:
                return False  # a job has forked this process, with one of Python's threads only
            if self._dispatcher is not None:
                self._dispatcher.close()
            self._pool.dismiss()
            all_ended = stop_all(self._running_runs, self._pool.wait_until_idle, self._logger)
            self._at_end.close()
            return self._let_go() and all_ended
        except Exception:  # noqa: BLE001 - docassemble's restart must go on
            report_error(self._logger, "The scheduler could not end in good order")
            return False

    def _work(self) -> None:
        """Do what is due, on a thread of the pool, which tells what this raises."""
        if self._dispatcher is not None:
            self._chores.do()
            if self._inbox is not None:
                self._inbox.answer()
            self._dispatcher.wake()

    def _surround(self, store: SqlStore) -> Surroundings:
        return Surroundings(
            host=self._host,
            settings=self._settings,
            streaks=store,
            functions=self._functions,
            logger=self._logger,
            clock=self._clock,
        )

    def _keep_house(self, store: SqlStore, around: Surroundings, registry: JobRegistry) -> None:
        """Open the store as soon as the database answers, then keep house for ever; the thread's function."""
        try:
            heartbeat = self._be_present(store)
            maintenance = self._open(store, heartbeat, around, registry)
            self._chores.add(partial(self._inspect, registry))
            self._queue = self._celery_queue(store, heartbeat, around)
            self._dispatcher = self._dispatch(store, self._queue, around, registry)
            self._inbox = Inbox(
                registry,
                store=store,
                outlet=self._dispatcher,
                wake=self._pool.wake,
                outage=self._outage,
                clock=self._clock,
                logger=self._logger,
            )
            self.manager = self._manager(registry, store, self._inbox)
            self.manager_for_requests = self._manager(registry, self._store_for_requests, self._inbox)
            timer.start(self._dispatcher, self._pool.wake, self._clock)
            Watchdog(self._running_runs, store.stop_requests, self._clock, self._logger).start()
            self._at_end.callback(heartbeat.leave)
        except BaseException:  # noqa: BLE001 - a thread of ours must not end without a word
            report_error(self._logger, "The scheduler could not start in this process")
            return
        period = self._settings.heartbeat.total_seconds()
        Rounds(self._pool, self.manning, maintenance, self._logger).go_for_ever(period)

    def _manager(self, registry: JobRegistry, store: SqlStore, inbox: Inbox) -> SchedulerManager:
        return SchedulerManager(
            registry=registry,
            store=store,
            functions=self._functions,
            clock=self._clock,
            ring=inbox.ring,
            manning=self.manning,
        )

    def manning(self) -> Manning:
        """Return what the job threads of this process are doing."""
        return self._pool.manning(*self._running_runs.threads())

    def _be_present(self, store: SqlStore) -> Heartbeat:
        return Heartbeat(
            store=store,
            new_process=lambda: this_process(self._host.server_name),
            outage=self._outage,
            clock=self._clock,
            logger=self._logger,
            manning=self.manning,
        )

    def _open(
        self, store: SqlStore, heartbeat: Heartbeat, around: Surroundings, registry: JobRegistry
    ) -> Maintenance:
        maintenance = Maintenance(
            lambda: registry.jobs.known,
            store=store,
            heartbeat=heartbeat,
            is_surely_dead=is_surely_dead,
            interrupted=partial(self._tell_interruption, around, registry),
            look_around=partial(self._look_around, registry),
            outage=self._outage,
            clock=self._clock,
            logger=self._logger,
            keep_history=self._settings.keep_history,
        )

        def take_part() -> None:
            store.upgrade()
            registry.take_up()
            registry.refresh()
            maintenance.open()

        self._outage.outlast(take_part)
        return maintenance

    def _celery_queue(self, store: SqlStore, heartbeat: Heartbeat, around: Surroundings) -> CeleryQueue:
        return CeleryQueue(
            lambda: self._host.celery_app,
            store=store,
            process=heartbeat.process,
            observer=around.observer,
            clock=self._clock,
            logger=self._logger,
        )

    def _dispatch(
        self, store: SqlStore, queue: CeleryQueue, around: Surroundings, registry: JobRegistry
    ) -> Dispatcher:
        jobs = registry.jobs
        execution = around.execution(self._running_runs)
        return Dispatcher(
            jobs.here.values(),
            jobs.cursors,
            store=store,
            run=partial(self._run, queue, execution),
            after=around.completion.after,
            ring=self._pool.wake,
            event_log=around.event_log,
            outage=self._outage,
            clock=self._clock,
            concurrency=self._concurrency,
            lost=registry.lose,
        )

    def _run(self, queue: CeleryQueue, execution: Execution, run: Run) -> Outcome | None:
        try:
            return (queue if run.job.run_on is RunOn.CELERY else execution)(run)
        finally:
            self._pool.note()

    def _look_around(self, registry: JobRegistry, poll: PollResult) -> None:
        """Take up what was changed or ordered elsewhere, and what nobody answers; raises StoreUnavailable."""
        if poll.is_unanswered and self._queue is not None:
            self._chores.add(partial(self._queue.send_again, lambda name: registry.jobs.known.get(name)))
            self._pool.wake()
        if self._inbox is not None:
            self._inbox.tidy()
            self._inbox.look(poll)

    def _tell_interruption(
        self, around: Surroundings, registry: JobRegistry, interruption: Interruption
    ) -> None:
        job = registry.jobs.known.get(interruption.job)
        around.tell_interruption(interruption, job)
        self._chores.add(partial(around.completion.interrupted, interruption, job))

    def _inspect(self, registry: JobRegistry) -> None:
        problems = inspect(registry.jobs.here.values(), self._functions, self._host)
        registry.note(problems)
        report(problems, self._host.show_problems, self._logger)
