# do not pre-load
"""What surrounds the runs of a process: who is told of them, and what comes after them. Composed here once."""

from __future__ import annotations

import logging

from ..config import Settings
from ..core.clock import Clock
from ..core.job import Job
from ..core.run import Interruption
from ..execution.cancellation import GoingOn
from ..execution.event_log import LogJournal
from ..execution.executor import Execution
from ..execution.forks import disown_children
from ..execution.functions import Functions
from ..execution.leftovers import Leftovers
from ..execution.observers import Observers
from ..host.descent import NamesOfThreads
from ..host.docassemble import Docassemble
from ..notifications import healthchecks
from ..notifications.delivery import Errands
from ..notifications.margin import Margin
from ..notifications.monitor import Monitor
from ..notifications.notifier import CriticalMail, Desk
from ..notifications.sentry import SentryCheckIns
from ..store.base import Streaks
from ..worker.completion import Aftermath

#: how long the end of the process waits for mails and pings (seconds)
LAST_MOMENT = 2.0


class Surroundings:
    """The same for runs in a uWSGI worker and in a Celery worker; to be made in the process that runs them."""

    def __init__(  # noqa: PLR0913 - the ports it is composed of
        self,
        *,
        host: Docassemble,
        settings: Settings,
        streaks: Streaks,
        functions: Functions,
        logger: logging.Logger,
        clock: Clock,
    ) -> None:
        self._host = host
        self._functions = functions
        self._clock = clock
        self._errands = Errands(logger, clock)
        self.journal = LogJournal(logger, clock)
        self.desk = Desk(
            host, settings.notify, streaks=streaks, errands=self._errands, clock=clock, logger=logger
        )
        self.observer = Observers(
            [self.journal, Margin(self.desk, logger, clock)],
            [Monitor(healthchecks.send, self._errands, logger), SentryCheckIns()],
            logger,
        )
        self.leftovers = Leftovers(NamesOfThreads(), logger)
        self.aftermath = Aftermath(
            desk=self.desk,
            contexts=host,
            functions=functions,
            watch=self.leftovers.watch,
            logger=logger,
        )
        self._logger = logger

    def open(self) -> None:
        """Mail critical lines of the log, and have no part in what jobs fork; to be called once in a process."""
        self._logger.addHandler(CriticalMail(self.desk.critical))
        disown_children(self._logger, lambda: self._host.remember_scheduler(None))

    def execution(self, going_on: GoingOn) -> Execution:
        """Return what runs the runs; those that are going on are in `going_on`."""
        return Execution(
            contexts=self._host,
            functions=self._functions,
            observer=self.observer,
            going_on=going_on,
            watch=self.leftovers.watch,
            clock=self._clock,
        )

    def tell_interruption(self, interruption: Interruption, job: Job | None) -> None:
        """Tell of a run that lost its process; the job is None when it is not configured here.

        What comes after it, `aftermath.interrupted`, is for a thread in which docassemble may be used.
        """
        self.journal.interrupted(interruption)
        if job is not None:
            self.observer.interrupted(interruption, job)

    def close(self) -> None:
        """Give mails and pings a last moment; at the end of the process."""
        self._errands.finish(LAST_MOMENT)
