# do not pre-load
"""What surrounds the runs of a process: who is told of them, and what comes after them. Composed here once."""

from __future__ import annotations

import logging

from ..config import Settings
from ..core.clock import Clock
from ..core.job import Job
from ..core.run import Interruption
from ..execution.cancellation import RunningRuns
from ..execution.event_log import LogObserver
from ..execution.executor import Execution
from ..execution.forks import disown_children
from ..execution.functions import Functions
from ..execution.leftovers import Leftovers
from ..execution.observers import Observers
from ..host.descent import NamesOfThreads
from ..host.docassemble import Docassemble
from ..notifications import healthchecks
from ..notifications.delivery import DeliveryQueue
from ..notifications.margin import Margin
from ..notifications.monitor import Monitor
from ..notifications.notifier import MailHandler, Notifier
from ..notifications.sentry import SentryCheckIns
from ..store.base import Store
from ..worker.completion import CompletionHooks

#: how long the end of the process waits for mails and pings (seconds)
LAST_MOMENT = 2.0


class Surroundings:
    """The same for runs in a uWSGI worker and in a Celery worker; to be made in the process that runs them."""

    def __init__(  # noqa: PLR0913 - the ports it is composed of
        self,
        *,
        host: Docassemble,
        settings: Settings,
        streaks: Store,
        functions: Functions,
        logger: logging.Logger,
        clock: Clock,
    ) -> None:
        self._host = host
        self._functions = functions
        self._clock = clock
        self._deliveries = DeliveryQueue(logger, clock)
        self.event_log = LogObserver(logger, clock)
        self.notifier = Notifier(
            host, settings.notify, streaks=streaks, deliveries=self._deliveries, clock=clock, logger=logger
        )
        self.observer = Observers(
            [self.event_log, Margin(self.notifier, logger, clock)],
            [Monitor(healthchecks.send, self._deliveries, logger), SentryCheckIns()],
            logger,
        )
        self.leftovers = Leftovers(NamesOfThreads(), logger)
        self.completion = CompletionHooks(
            notifier=self.notifier,
            contexts=host,
            functions=functions,
            watch=self.leftovers.watch,
            logger=logger,
        )
        self._logger = logger

    def open(self) -> None:
        """Mail critical lines of the log, and have no part in what jobs fork; to be called once in a process."""
        self._logger.addHandler(MailHandler(self.notifier.critical))
        disown_children(self._logger, lambda: self._host.remember_scheduler(None))

    def execution(self, running_runs: RunningRuns) -> Execution:
        """Return what runs the runs; those that are going on are in `running_runs`."""
        return Execution(
            contexts=self._host,
            functions=self._functions,
            observer=self.observer,
            running_runs=running_runs,
            watch=self.leftovers.watch,
            clock=self._clock,
        )

    def tell_interruption(self, interruption: Interruption, job: Job | None) -> None:
        """Tell of a run that lost its process; the job is None when it is not configured here.

        What comes after it, `completion.interrupted`, is for a thread in which docassemble may be used.
        """
        self.event_log.interrupted(interruption)
        if job is not None:
            self.observer.interrupted(interruption, job)

    def close(self) -> None:
        """Give mails and pings a last moment; at the end of the process."""
        self._deliveries.finish(LAST_MOMENT)
