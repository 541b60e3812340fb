"""Servers without docassemble and uWSGI, whose clocks differ: a Dispatcher and an SqlStore each."""

import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from docassemble.Scheduler.core.clock import SystemClock
from docassemble.Scheduler.core.job import Job
from docassemble.Scheduler.core.run import Outcome, Run, Status
from docassemble.Scheduler.execution.log.event_log import LogObserver
from docassemble.Scheduler.store.base import Process
from docassemble.Scheduler.store.sql.engine import Database, make_engine
from docassemble.Scheduler.store.sql.store import SqlStore
from docassemble.Scheduler.testing import ManualClock, MemorySpool
from docassemble.Scheduler.worker.dispatcher import Dispatcher
from docassemble.Scheduler.worker.outbox import Outage

LOGGER = logging.getLogger("skewed")


@dataclass
class SkewedClock:
    """A clock that differs from the one on the wall."""

    wall: ManualClock
    offset: timedelta

    def now(self) -> datetime:
        """The wrong time."""
        return self.wall.now() + self.offset

    def monotonic(self) -> float:
        """Durations are right."""
        return self.wall.monotonic()

    def sleep(self, seconds: float) -> None:
        """Let time pass for everybody."""
        self.wall.sleep(seconds)


class SkewedServer:
    """A server with a clock of its own; it notes what it runs."""

    def __init__(self, url: str, prefix: str, jobs: Sequence[Job], clock: SkewedClock) -> None:
        self.clock = clock
        self.ran: list[Run] = []
        self._engine = make_engine(url)
        store = SqlStore(Database(self._engine, prefix))
        store.upgrade()
        place = secrets.token_hex(4)
        process = Process(id=secrets.token_hex(16), server=place, host_id=place, pid=1, started_ticks="1")
        store.register(process, clock.now())
        self._dispatcher = Dispatcher(
            store=store,
            run=self._run,
            wake_worker=lambda: None,
            observer=LogObserver(LOGGER, SystemClock()),
            outage=Outage(LOGGER),
            spool=MemorySpool(),
            clock=clock,
            concurrency=3,
            lost=lambda job: None,
        )
        self._dispatcher.follow({job.name: job for job in jobs}, store.register_jobs(jobs, clock.now()))

    def wake(self) -> None:
        """Do what is due by this server's clock."""
        self._dispatcher.wake()

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def _run(self, run: Run) -> Outcome:
        self.ran.append(run)
        return Outcome(status=Status.SUCCEEDED, started=run.claimed, finished=self.clock.now())
