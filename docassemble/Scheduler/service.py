# do not pre-load
"""The scheduler of one process: its parts, composed, and what happens at a start and at a wake."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable

from . import pacemaker
from .adapters.docassemble import Docassemble
from .adapters.uwsgi import Uwsgi
from .claims import MemoryClaims
from .clock import Clock
from .config import Configuration
from .dispatch import Dispatcher
from .errors import FunctionError
from .execution import Execution
from .failures import CriticalMail, Desk, Failures
from .functions import Functions
from .job import Job
from .journal import LogJournal
from .notices import NoticePolicy
from .problem import Problem


class Service:
    """What a uWSGI worker holds of us."""

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
        self._host = host
        self._uwsgi = uwsgi
        self._logger = logger
        self._clock = clock
        self._functions = Functions()
        self._dispatcher: Dispatcher | None = None
        #: taken by the first wake, which looks whether the functions can be found; never given back
        self._unchecked = threading.Lock()

    def start(self) -> None:
        """Start in a worker that has just been forked."""
        if not self._uwsgi.is_first_worker:
            return
        try:
            self._dispatcher = self._dispatch()
            pacemaker.start(self._dispatcher, self._uwsgi.ring, self._clock)
        except Exception:  # docassemble must come up whatever is wrong with us
            self._logger.exception("The scheduler could not start in this worker.")

    def wake(self) -> None:
        """Do what is due; called by uWSGI on a free web thread."""
        if self._dispatcher is None:
            return
        try:
            if self._unchecked.acquire(blocking=False):
                self._check_functions()
            self._dispatcher.wake()
        except Exception:  # the thread belongs to docassemble's web server
            self._logger.exception("A wake of the scheduler failed.")

    def _dispatch(self) -> Dispatcher:
        journal = LogJournal(self._logger, self._clock)
        desk = Desk(self._host, NoticePolicy(), self._clock, self._logger)
        self._logger.addHandler(CriticalMail(desk.critical))
        observer = Failures(
            journal=journal, desk=desk, contexts=self._host, functions=self._functions, logger=self._logger
        )
        return Dispatcher(
            self._configuration.jobs,
            claims=MemoryClaims(),
            run=Execution(
                contexts=self._host, functions=self._functions, observer=observer, clock=self._clock
            ),
            ring=self._uwsgi.ring,
            journal=journal,
            clock=self._clock,
            concurrency=concurrency(self._configuration.settings.concurrency, self._uwsgi.threads),
        )

    def _check_functions(self) -> None:
        with self._host.context(None):
            problems = list(missing_functions(self._configuration.jobs, self._functions))
        for problem in problems:
            self._logger.error("%s", problem)
        self._host.show_problems(f"Scheduler: {problem}" for problem in problems)


def concurrency(wanted: int | None, threads: int) -> int:
    """Return how many jobs may run at once in a process with so many web threads: never all of them."""
    return min(wanted or max(1, threads // 2), max(1, threads - 1))


def missing_functions(jobs: Iterable[Job], functions: Functions) -> Iterable[Problem]:
    """Import what the jobs name, and yield a problem for each name that leads nowhere."""
    for job in jobs:
        if not job.enabled:
            continue
        named = {None: job.function, "contextmanager": job.contextmanager, "error handler": job.error_handler}
        for key, name in named.items():
            try:
                if name is not None:
                    functions.find(name)
            except FunctionError as error:
                path = ("scheduler", job.name) if key is None else ("scheduler", job.name, key)
                yield Problem(
                    code="function-not-found", path=path, value=name, sentence=f"{error}.", hint=error.hint
                )
