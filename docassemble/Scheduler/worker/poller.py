# do not pre-load
"""Polls the store for what people, programs and other servers want of this process."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from datetime import datetime

from ..core.clock import Clock
from ..core.errors import StoreUnavailable
from ..core.job import Job
from ..management.registry import JobRegistry
from ..management.session_actions import NearActions
from ..store.base import MAX_REQUEST_AGE, NOT_CARRIED_OUT, ClaimRequest, PollResult, RunRequest, Store
from .dispatcher import Dispatcher
from .outbox import Activity, Outage


class Poller:
    """Looks for changed jobs, retries and run requests; used by all threads of a process."""

    def __init__(  # noqa: PLR0913 - the ports it is composed of
        self,
        registry: JobRegistry,
        *,
        actions: NearActions,
        store: Store,
        dispatcher: Dispatcher,
        wake_worker: Callable[[], None],
        outage: Outage,
        clock: Clock,
        logger: logging.Logger,
    ) -> None:
        self._registry = registry
        self._actions = actions
        self._store = store
        self._dispatcher = dispatcher
        self._wake_worker = wake_worker
        self._outage = outage
        self._clock = clock
        self._logger = logger
        self._is_requested = False
        #: what was read later is never handed on earlier
        self._lock = threading.Lock()

    def request(self) -> None:
        """Have a job thread look now, because somebody in this process wants something; returns at once."""
        self._is_requested = True
        self._wake_worker()

    def offer(self, job: Job, run_request: RunRequest) -> None:
        """Let an order of this process be claimed, of a job that is run here."""
        if self._registry.jobs.here.get(job.name) is job:
            self._dispatcher.offer([ClaimRequest(job, run_request=run_request)])
            self._wake_worker()

    def answer(self) -> None:
        """Look if that was requested since the last look; what cannot be seen now is found later."""
        if not self._is_requested:
            return
        self._is_requested = False
        try:
            self.look()
        except StoreUnavailable as error:
            self._outage.begin(Activity.ROUND, error)

    def look(self, poll: PollResult | None = None) -> None:
        """Hand on what is there, and wake whoever runs it; raises StoreUnavailable.

        What a `poll` has shown not to be there is not asked for. With one, jobs without a row are taken up again.
        """
        now = self._clock.now()
        self._registry.look_at_clock()
        is_taken = (poll is None or poll.is_action_near) and self._actions.make_jobs()
        if poll is None or is_taken or poll.dynamic_jobs_etag != self._registry.mark:
            self._registry.refresh()
        if poll is not None:
            self._registry.note_site_start(poll.site_start)
            self._registry.recover()
        with self._lock:
            jobs = self._registry.jobs
            self._dispatcher.follow(jobs.here, jobs.cursors)
        if poll is not None and not poll.is_wanted:
            return
        wanted = [*self._retries(jobs.here, now), *self._run_requests(jobs.here, now)]
        if wanted:
            self._dispatcher.offer(wanted)
            self._wake_worker()

    def tidy(self) -> None:
        """Take away the added jobs that are over; raises StoreUnavailable."""
        # a row that is over is there until it is deleted: taken away, it would be added again
        added = [
            name
            for name, entry in self._registry.jobs.entries.items()
            if entry.table is None and (entry.job is None or not entry.job.is_at_start)
        ]
        if added:
            self._store.retire(added, self._clock.now())

    def _retries(self, here: Mapping[str, Job], now: datetime) -> list[ClaimRequest]:
        return [ClaimRequest(here[retry.job], retry) for retry in self._store.retries(here, now)]

    def _run_requests(self, here: Mapping[str, Job], now: datetime) -> list[ClaimRequest]:
        """Return the run requests for these jobs; give up what nobody could carry out."""
        before = now - MAX_REQUEST_AGE
        run_requests = self._store.run_requests()
        if any(run_request.at < before for run_request in run_requests):
            for run_request in self._store.expire_run_requests(before, now):
                self._tell(run_request)
        return [
            ClaimRequest(here[run_request.job], run_request=run_request)
            for run_request in run_requests
            if run_request.job in here and run_request.at >= before
        ]

    def _tell(self, run_request: RunRequest) -> None:
        self._logger.warning(
            "MISSED %s, requested by %s: %s",
            run_request.at.isoformat(),
            run_request.by,
            NOT_CARRIED_OUT,
            extra={"job": run_request.job, "event": "missed"},
        )
