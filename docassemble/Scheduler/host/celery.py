# do not pre-load
"""docassemble's Celery: handing runs to its workers, through its broker."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from ..core.clock import Clock
from ..core.errors import HostError, StoreUnavailable
from ..core.job import Job
from ..core.retry import failed
from ..core.run import Outcome, Run
from ..core.texts.error_text import summary
from ..store.base import Process, Store

#: the name of the task, and the module that Celery's workers must have imported to know it
TASK = "docassemble.Scheduler.run"
TASK_MODULE = "docassemble.Scheduler.celery_task"
#: how long the broker may take for an answer (seconds): a slot is taken meanwhile
BROKER_TIMEOUT = 2
#: the same for the drivers of brokers that have settings of their own, and that a message is not lost on its way
DRIVERS: Mapping[str, Mapping[str, Any]] = {
    "amqp": {"read_timeout": BROKER_TIMEOUT, "write_timeout": BROKER_TIMEOUT, "confirm_publish": True},
    "redis": {"socket_timeout": BROKER_TIMEOUT, "socket_connect_timeout": BROKER_TIMEOUT},
}
#: how long a run without a limit of lateness waits for a worker
MAX_WAIT = timedelta(days=1)
#: Celery kills the process of a run that goes on for so much longer than its `max runtime`. That is more than
#: docassemble 1.9 takes to load, which it does in the first task of a process.
KILL_AFTER = timedelta(minutes=1)


class CeleryQueue:
    """Hands claimed due times to whichever of docassemble's Celery workers takes them first."""

    def __init__(
        self,
        app: Callable[[], Any],
        *,
        store: Store,
        process: Callable[[], Process],
        clock: Clock,
        logger: logging.Logger,
    ) -> None:
        """`app` returns docassemble's Celery application; `process` says as whom the present process is registered."""
        self._app = app
        self._store = store
        self._process = process
        self._clock = clock
        self._logger = logger

    def __call__(self, run: Run) -> Outcome | None:
        """Hand a run over; None when that went well: the rest is the worker's. Never raises."""
        started = self._clock.now()
        expires = started + (run.job.misfire_grace_time or MAX_WAIT)
        try:
            self._store.enqueue(run, expires)
            self._send(run.id, run.job.name, expires, _time_limit(run.job))
        except Exception as error:  # noqa: BLE001 - the boundary of brokers: what their drivers raise has no common type
            return self._failed(run, started, error)
        return None

    def send_again(self, find: Callable[[str], Job | None]) -> None:
        """Send the messages again that may be lost: brokers restart, and a worker throws away what it does not know.

        A message too many does no harm: a run is taken once. `find` returns a job by its name. Raises StoreUnavailable.
        """
        waiting = self._store.unanswered(self._clock.now())
        try:
            for each in waiting:
                self._send(each.run, each.job, each.expires, _time_limit(find(each.job)))
                since = (self._clock.now() - each.claimed).total_seconds()
                text = "No Celery worker has taken the run for %.0f s: its message is sent again"
                self._logger.info(text, since, extra={"job": each.job})
        except Exception as error:  # noqa: BLE001 - the boundary of brokers: what their drivers raise has no common type
            text = "Messages to Celery workers cannot be sent again for now: %s"
            self._logger.warning(text, summary(error))

    def _send(self, run: str, job: str, expires: datetime, time_limit: float | None) -> None:
        """Put a message into the queue: the identifier of the run and its job, nothing that could be a secret."""
        # A connection of its own: those of Celery's pool may be older than a fork, or than a restart of the broker.
        app = self._app()
        with app.connection_for_write(connect_timeout=BROKER_TIMEOUT) as connection:
            connection.transport_options.update(DRIVERS.get(connection.transport.driver_type, {}))
            # once more at once: where there are several brokers, that is the next one
            connection.ensure_connection(max_retries=1, interval_start=0, interval_step=0)
            app.send_task(
                TASK,
                args=[run, job],
                task_id=run,
                expires=expires,
                time_limit=time_limit,
                ignore_result=True,
                connection=connection,
                retry=False,
                confirm_timeout=BROKER_TIMEOUT,
            )

    def _failed(self, run: Run, started: datetime, cause: Exception) -> Outcome | None:
        if not self._take_back(run):
            return None  # the message has arrived all the same, and a worker was faster
        error = HostError(
            f"the run could not be handed to Celery: {summary(cause)}",
            hint="see that docassemble's message broker runs (its directive `rabbitmq`)",
        )
        error.__cause__ = cause
        return failed(run, error, started=started, now=self._clock.now())

    def _take_back(self, run: Run) -> bool:
        try:
            return self._store.dequeue(run.id, self._process(), self._clock.now()) is not None
        except StoreUnavailable:
            return True  # it is recorded as failed when the database is back


def _time_limit(job: Job | None) -> float | None:
    """Return after how many seconds Celery kills the process that runs it; the watchdog in there is faster."""
    if job is None or job.max_runtime is None:
        return None
    return (job.max_runtime + KILL_AFTER).total_seconds()


def when_process_begins(call: Callable[[], None]) -> None:
    """Have something called in each process that a Celery worker forks, before it takes tasks."""
    from celery.signals import worker_process_init

    worker_process_init.connect(lambda **_facts: call(), weak=False)


def when_process_ends(call: Callable[[], None]) -> None:
    """Have something called when the present process of a Celery worker ends in good order."""
    from celery.signals import worker_process_shutdown

    worker_process_shutdown.connect(lambda **_facts: call(), weak=False)
