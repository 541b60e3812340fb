# do not pre-load
"""The scheduler in a process that runs jobs by itself: a worker of uWSGI, or a mule."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial

from ..config import Configuration
from ..core.clock import Clock
from ..core.errors import StoreUnavailable
from ..core.job import Job, RunOn
from ..core.problem import Problem
from ..core.run import Interruption, Outcome, Run
from ..execution.log.logger import report_error
from ..host.celery import CeleryQueue
from ..host.docassemble import Docassemble
from ..host.processes import is_surely_dead
from ..host.uwsgi import Uwsgi
from ..management.check import inspect, obstacles, report
from ..management.session_actions import NearActions
from ..store.base import PollResult, RunRequest
from ..store.records import ThreadCounts
from ..worker import timer
from ..worker.dispatcher import Dispatcher
from ..worker.job_tables import TableFollower, remove_strays
from ..worker.maintenance import Maintenance, Rounds
from ..worker.poller import Poller
from ..worker.threads import DeferredCalls, ThreadPool, concurrency, stop_all
from .configuration import located
from .container import Container

#: how long a request waits for the tables in the first moments of a server (seconds)
TABLES_TIMEOUT = 2.0


class UwsgiWorker(Container):
    """What such a process holds of us; made before the fork, and idle until `start`."""

    def __init__(
        self,
        *,
        configuration: Configuration,
        host: Docassemble,
        uwsgi: Uwsgi,
        logger: logging.Logger,
        clock: Clock,
    ) -> None:
        super().__init__(host=host, configuration=configuration, logger=logger, clock=clock)
        self._uwsgi = uwsgi
        # made before the fork: all workers have it, and those that replace them
        self.boot = secrets.token_hex(16)
        slots = concurrency(self.settings.concurrency, uwsgi.threads)
        #: one more than may run jobs: somebody has to see what else is due meanwhile
        self.pool = ThreadPool(slots + 1, self._work, partial(report_error, logger), clock)
        #: what needs docassemble
        self.deferred = DeferredCalls(logger, self.pool.wake)
        self.celery_queue = CeleryQueue(
            lambda: host.celery_app,
            store=self.store,
            process=self.heartbeat.process,
            clock=clock,
            logger=logger,
        )
        self.dispatcher = Dispatcher(
            store=self.store,
            run=self._run,
            wake_worker=self.pool.wake,
            observer=self.observers,
            outage=self.outage,
            spool=self.end_spool,
            clock=clock,
            concurrency=slots,
            lost=self.registry.lose,
        )
        self.poller = Poller(
            self.registry,
            actions=NearActions(self.store, clock),
            store=self.store,
            dispatcher=self.dispatcher,
            wake_worker=self.pool.wake,
            outage=self.outage,
            clock=clock,
            logger=logger,
        )
        self.maintenance = Maintenance(
            lambda: self.registry.jobs.known,
            store=self.store,
            heartbeat=self.heartbeat,
            is_surely_dead=is_surely_dead,
            interrupted=self._tell_interruption,
            look_around=self._look_around,
            outage=self.outage,
            spool=self.end_spool,
            clock=clock,
            logger=logger,
            keep_history=self.settings.keep_history,
        )
        #: what threads share is made before they begin, and before the fork: statements are compiled once
        self._shared = (self.executor, self.manager, self.request_manager)
        #: what is to be done at the end of the process, the last first
        self._at_end = ExitStack()

    def start(self) -> None:
        """Start in a process that has just been forked; never raises."""
        try:
            self.open()
            self._at_end.callback(self.close)
            self._uwsgi.at_end(self.end)
            self.pool.start()
            threading.Thread(target=self._maintain, name="scheduler-maintenance", daemon=True).start()
        except Exception:  # noqa: BLE001 - docassemble must come up whatever is wrong with us
            report_error(self.logger, "The scheduler could not start in this process")

    def wake(self) -> None:
        """Have done what there is to do; called by uWSGI on a thread of its own, which is free again at once."""
        if self.deferred or self.dispatcher.has_work():
            self.pool.wake()

    def end(self) -> bool:
        """Bring to an end what goes on in this process, and answer whether all of it has ended; never raises."""
        try:
            if self.host.scheduler is not self:
                return False  # a job has forked this process, with one of Python's threads only
            self.dispatcher.close()
            self.pool.dismiss()
            all_ended = stop_all(self.running_runs, self.pool.wait_until_idle, self.logger)
            self.dispatcher.give_back(0)
            self._at_end.close()
            return self.leftovers.let_go() and all_ended
        except Exception:  # noqa: BLE001 - docassemble's restart must go on
            report_error(self.logger, "The scheduler could not end in good order")
            return False

    def await_tables(self) -> None:
        """Wait a moment for the tables: requests come before the database has answered for the first time."""
        self._upgraded.wait(TABLES_TIMEOUT)

    def offer(self, job: Job, run_request: RunRequest) -> None:
        """Have a job run at once, if it is run here."""
        self.poller.offer(job, run_request)

    def poll(self) -> None:
        """Have a job thread look at once at what has changed."""
        self.poller.request()

    def thread_counts(self) -> ThreadCounts:
        """Return what the job threads of this process are doing."""
        return self.pool.thread_counts(*self.running_runs.threads())

    def _work(self) -> None:
        """Do what is due, on a thread of the pool, which tells what this raises."""
        self.deferred.make()
        self.poller.answer()
        self.dispatcher.wake()

    def _run(self, run: Run) -> Outcome | None:
        try:
            return (self.celery_queue if run.job.run_on is RunOn.CELERY else self.executor)(run)
        finally:
            self.pool.note()

    def _maintain(self) -> None:
        """Take part as soon as the database answers, then do maintenance for ever; the thread's function."""
        try:
            self.outage.outlast(self._take_part)
            self.deferred.add(self._inspect)
            self._follow_tables()
            timer.start(self.dispatcher, self.pool.wake, self.clock)
            self.watchdog.start()
            self._at_end.callback(self.heartbeat.leave)
        except BaseException:  # noqa: BLE001 - a thread of ours must not end without a word
            report_error(self.logger, "The scheduler could not start in this process")
            return
        rounds = Rounds(self.pool, self.thread_counts, self.maintenance, self.logger)
        rounds.go_for_ever(self.settings.heartbeat.total_seconds())

    def _take_part(self) -> None:
        """Make this process one of those that share the store, and its jobs known; raises StoreUnavailable."""
        self.upgrade()
        self.registry.refresh()
        self.registry.register_jobs()
        if not self.settings.jobs_from and remove_strays(self.registry, self.store, self.clock):
            self.registry.refresh()
        self.registry.note_site_start(self.maintenance.open().site_start)
        self.dispatcher.follow(self.registry.jobs.here, self.registry.jobs.cursors)

    def _follow_tables(self) -> None:
        """Follow each table of `jobs from` in a thread of its own: none can keep the others or a job waiting."""
        for table in self.settings.jobs_from:
            follower = TableFollower(
                table,
                read=self.read_rows,
                registry=self.registry,
                store=self.store,
                inspect=lambda jobs: inspect(jobs, self.functions, self.host),
                changed=self.poll,
                clock=self.clock,
                logger=self.logger,
            )
            threading.Thread(
                target=follower.go_for_ever, name=f"scheduler-jobs-from-{table.name}", daemon=True
            ).start()

    def _look_around(self, poll: PollResult) -> None:
        """Take up what was changed or requested elsewhere, and what nobody answers; raises StoreUnavailable."""
        self.dispatcher.give_back()
        if poll.is_unanswered:
            self.deferred.add(partial(self.celery_queue.send_again, self._find))
        self.poller.tidy()
        self.poller.look(poll)

    def _find(self, name: str) -> Job | None:
        return self.registry.jobs.known.get(name)

    def _tell_interruption(self, interruption: Interruption) -> None:
        job = self._find(interruption.job)
        self.deferred.add(partial(self.observers.interrupted, interruption, job))

    def _inspect(self) -> None:
        problems = inspect(self.registry.jobs.here.values(), self.functions, self.host)
        self.registry.note(problems)
        self._note(problems)
        report(located(self.configuration, problems), self.host.show_problems, self.logger)

    def _note(self, problems: Sequence[Problem]) -> None:
        """Let every server, and the command line, know which jobs cannot run."""
        try:
            self.store.note_problems(self.registry.jobs.here, obstacles(problems), self.clock.now())
        except StoreUnavailable as error:  # they are in the log, and on the pages of this process
            self.logger.warning("It is not on record which jobs cannot run: %s", error)
