# do not pre-load
"""Runs what another process has claimed and handed over: the other end of the queue."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from ..core.clock import Clock
from ..core.errors import HostError, StoreUnavailable
from ..core.job import Job
from ..core.retry import failed
from ..core.run import Due, Outcome, Run
from ..execution.observers import RunObserver
from ..store.base import DequeuedRun, Process, Store, stand_in
from .outbox import Activity, EndSpool, Outage, Outbox

#: how often, and after how many seconds each, a run is asked for while the database is away
TRIES, PAUSE = 60, 1.0


class Receiver:
    """Takes runs over and runs them. One for each process; used by one thread at a time."""

    def __init__(  # noqa: PLR0913 - the ports it is composed of
        self,
        find: Callable[[str], Job | None],
        *,
        store: Store,
        process: Callable[[], Process],
        run: Callable[[Run], Outcome],
        observer: RunObserver,
        outage: Outage,
        spool: EndSpool,
        clock: Clock,
        logger: logging.Logger,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`process` says as whom this process is registered; `run` and `observer` are those of a Dispatcher.

        `find` returns a job by its name, None when there is none.
        """
        self._find = find
        self._store = store
        self._outbox = Outbox(store, outage, clock, spool)
        self._process = process
        self._run = run
        self._observer = observer
        self._outage = outage
        self._clock = clock
        self._logger = logger
        self._sleep = sleep

    def receive(self, run_id: str) -> None:
        """Run a run to its end; nothing happens when it is not (or no longer) to be had.

        Raises StoreUnavailable when the database stays away.
        """
        taken = self._dequeue(run_id)
        if taken is None:
            self._logger.debug("The run %s is not to be had: its message came late, or twice", run_id)
            return
        job = self._find(taken.job)
        run = _run_of(run_id, taken, job or stand_in(taken.job, taken.due))
        outcome = self._run(run) if job else self._unknown(run)
        self._outbox.finish(run, outcome)
        self._observer.finished(run, outcome)

    def flush(self) -> None:
        """Record what could not be recorded while the database was away."""
        self._outbox.flush()

    def _dequeue(self, run_id: str) -> DequeuedRun | None:
        for _ in range(TRIES - 1):
            try:
                return self._store.dequeue(run_id, self._process(), self._clock.now())
            except StoreUnavailable as error:
                self._outage.begin(Activity.ROUND, error)
                self._sleep(PAUSE)
        return self._store.dequeue(run_id, self._process(), self._clock.now())

    def _unknown(self, run: Run) -> Outcome:
        now = self._clock.now()
        error = HostError(
            f"this Celery worker knows no job {run.job.name!r}",
            hint="if it stands in the configuration, restart the worker: it reads that when it starts",
        )
        return failed(run, error, started=now, now=now)


def _run_of(run_id: str, taken: DequeuedRun, job: Job) -> Run:
    return Run(
        id=run_id,
        due=Due(job.with_arguments(taken.arguments), taken.due),
        claimed=taken.claimed,
        attempt=taken.attempt,
        trigger=taken.trigger,
        failing=taken.failing,
        arguments=taken.arguments,
    )
