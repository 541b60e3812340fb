# do not pre-load
"""The scheduler of one process: its parts, composed, and what happens at a start and at a wake."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from datetime import datetime
from functools import partial

from . import pacemaker
from .adapters.celery import CeleryQueue
from .adapters.docassemble import Docassemble
from .adapters.processes import is_surely_dead, this_process
from .adapters.sql.engine import make_engine
from .adapters.sql.store import SqlStore
from .adapters.uwsgi import Uwsgi
from .clock import Clock
from .config import Configuration
from .crew import Crew
from .desk import CriticalMail
from .dispatch import Dispatcher
from .errors import StoreUnavailable
from .execution import Execution
from .functions import Functions
from .housekeeping import PERIOD, Housekeeping
from .inspection import inspect
from .job import Job, RunOn
from .outage import Outage
from .presence import Presence
from .record import Interruption
from .restart import stop_all
from .stop import GoingOn
from .store import Retry
from .surroundings import Surroundings
from .warden import Warden

#: how long to wait until the database is tried again at a start (seconds)
PAUSE = 1.0


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
        self._settings = configuration.settings
        tags = configuration.settings.server_tags
        self._jobs = [job for job in configuration.jobs if job.is_for(tags)]
        self._host = host
        self._uwsgi = uwsgi
        self._logger = logger
        self._clock = clock
        self._functions = Functions()
        self._outage = Outage(logger)
        self._going_on = GoingOn()
        self._concurrency = concurrency(self._settings.concurrency, uwsgi.threads)
        #: one more than may run jobs: somebody has to see what else is due meanwhile
        self._crew = Crew(self._concurrency + 1, self._work)
        self._dispatcher: Dispatcher | None = None
        #: what is to be done at the end of the process, the last first
        self._at_end = ExitStack()
        #: to be done by the crew, because docassemble is needed
        self._chores: deque[Callable[[], None]] = deque([self._inspect])

    def start(self) -> None:
        """Start in a process that has just been forked; never raises."""
        try:
            database = self._host.database
            store = SqlStore(make_engine(database.url, database.connect_args), database.prefix)
            around = self._surround(store)
            self._logger.addHandler(CriticalMail(around.desk.critical))
            self._at_end.callback(around.close)
            self._uwsgi.at_end(self.end)
            self._crew.start()
            threading.Thread(
                target=self._keep_house, args=(store, around), name="scheduler-housekeeping", daemon=True
            ).start()
        except Exception:  # docassemble must come up whatever is wrong with us
            self._logger.exception("The scheduler could not start in this process")

    def wake(self) -> None:
        """Have done what is due; called by uWSGI on a thread of its own, which is free again at once."""
        self._crew.wake()

    def end(self) -> bool:
        """Bring to an end what goes on in this process, and answer whether all of it has ended; never raises."""
        try:
            if self._dispatcher is not None:
                self._dispatcher.close()
            self._crew.dismiss()
            all_ended = stop_all(self._going_on, self._crew.wait_until_idle, self._logger)
            self._at_end.close()
        except Exception:  # docassemble's restart must go on
            self._logger.exception("The scheduler could not end in good order")
            return False
        return all_ended

    def _work(self) -> None:
        """Do what is due, on a thread of the crew; never raises."""
        if self._dispatcher is None:
            return
        try:
            self._do_chores()
            self._dispatcher.wake()
        except Exception:  # the thread has more to do
            self._logger.exception("A wake of the scheduler failed")

    def _do_chores(self) -> None:
        while True:
            try:
                chore = self._chores.popleft()
            except IndexError:
                return
            chore()

    def _surround(self, store: SqlStore) -> Surroundings:
        return Surroundings(
            host=self._host,
            settings=self._settings,
            streaks=store,
            functions=self._functions,
            logger=self._logger,
            clock=self._clock,
        )

    def _keep_house(self, store: SqlStore, around: Surroundings) -> None:
        """Open the store as soon as the database answers, then keep house for ever; the thread's function."""
        try:
            presence = self._be_present(store)
            housekeeping, cursors = self._open(store, presence, around)
            self._dispatcher = self._dispatch(store, presence, around, cursors)
            pacemaker.start(self._dispatcher, self._crew.wake, self._clock)
            Warden(self._going_on, store.stop_requests, self._clock, self._logger).start()
            self._at_end.callback(presence.leave)
        except Exception:  # a thread of ours must not end without a word
            self._logger.exception("The scheduler could not start in this process")
            return
        pause = threading.Event()
        while True:
            try:
                housekeeping.keep_house()
            except Exception:  # without signs of life, others would take this process for dead
                self._logger.exception("A round of the scheduler's housekeeping failed")
            pause.wait(PERIOD)

    def _be_present(self, store: SqlStore) -> Presence:
        return Presence(
            store=store,
            new_process=lambda: this_process(self._host.server_name),
            outage=self._outage,
            clock=self._clock,
            logger=self._logger,
        )

    def _open(
        self, store: SqlStore, presence: Presence, around: Surroundings
    ) -> tuple[Housekeeping, Mapping[str, datetime]]:
        housekeeping = Housekeeping(
            self._jobs,
            store=store,
            presence=presence,
            is_surely_dead=is_surely_dead,
            interrupted=partial(self._tell_interruption, around),
            offer=self._offer,
            outage=self._outage,
            clock=self._clock,
            logger=self._logger,
            keep_history=self._settings.keep_history,
        )
        pause = threading.Event()
        while True:
            try:
                store.upgrade()
                housekeeping.open()
                cursors = store.see(self._jobs, self._clock.now())
            except StoreUnavailable as error:
                self._outage.begin(error)
                pause.wait(PAUSE)
            else:
                self._outage.end()
                return housekeeping, cursors

    def _dispatch(
        self, store: SqlStore, presence: Presence, around: Surroundings, cursors: Mapping[str, datetime]
    ) -> Dispatcher:
        execution = Execution(
            contexts=self._host,
            functions=self._functions,
            observer=around.observer,
            going_on=self._going_on,
            clock=self._clock,
        )
        queue = CeleryQueue(
            lambda: self._host.celery_app,
            store=store,
            process=presence.process,
            observer=around.observer,
            clock=self._clock,
        )
        return Dispatcher(
            self._jobs,
            cursors,
            store=store,
            run=lambda run: (queue if run.job.run_on is RunOn.CELERY else execution)(run),
            after=around.aftermath.after,
            ring=self._crew.wake,
            journal=around.journal,
            outage=self._outage,
            clock=self._clock,
            concurrency=self._concurrency,
        )

    def _offer(self, retries: Iterable[tuple[Job, Retry]]) -> None:
        if self._dispatcher is not None:
            self._dispatcher.offer(retries)
            self._crew.wake()

    def _tell_interruption(self, around: Surroundings, interruption: Interruption) -> None:
        job = next((job for job in self._jobs if job.name == interruption.job), None)
        around.tell_interruption(interruption, job)
        self._chores.append(partial(around.aftermath.interrupted, interruption, job))

    def _inspect(self) -> None:
        problems = list(inspect(self._jobs, self._functions, self._host))
        for problem in problems:
            self._logger.error("%s", problem)
        self._host.show_problems(f"Scheduler: {problem}" for problem in problems)


def concurrency(wanted: int | None, threads: int) -> int:
    """Return how many jobs may run at once in a process, where a worker has so many web threads."""
    return wanted or max(1, threads // 2)
