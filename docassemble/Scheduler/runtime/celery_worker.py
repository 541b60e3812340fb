# do not pre-load
"""The scheduler in one process of a Celery worker."""

from __future__ import annotations

from functools import cached_property

from ..core.errors import StoreUnavailable
from ..core.job import Job
from ..execution.cancellation import let_interruptions_wake
from ..host.celery import when_process_ends
from ..worker.outbox import Activity
from ..worker.receiver import Receiver
from .container import Container


class CeleryWorker(Container):
    """What a process of a Celery worker holds of us."""

    @cached_property
    def receiver(self) -> Receiver:
        """What runs the jobs that other processes have claimed."""
        return Receiver(
            self._find,
            store=self.store,
            process=self.heartbeat.process,
            run=self.executor,
            observer=self.observers,
            outage=self.outage,
            spool=self.end_spool,
            clock=self.clock,
            logger=self.logger,
        )

    def start(self) -> None:
        """Show from now on that this process lives; to be called in the thread that runs the tasks."""
        self.open()
        when_process_ends(self._end)
        let_interruptions_wake()
        self.watchdog.start()
        self.heartbeat.start(self.settings.heartbeat.total_seconds(), self.receiver.flush)

    def receive(self, run_id: str) -> None:
        """Run what another process has claimed; raises StoreUnavailable when the database stays away."""
        self.receiver.receive(run_id)

    def _find(self, name: str) -> Job | None:
        """Return a job, also one that was added just now; None when there is none."""
        try:
            self.registry.refresh()
        except StoreUnavailable as error:
            self.outage.begin(Activity.ROUND, error)
        return self.registry.jobs.known.get(name)

    def _end(self) -> None:
        self.heartbeat.leave()
        self.close()
        self.leftovers.let_go()
