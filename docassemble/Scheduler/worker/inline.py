# do not pre-load
"""Runs that somebody wants here and now, and waits for: in this process, recorded like those of the servers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from ..core.clock import Clock
from ..core.errors import NotPossible
from ..core.job import Job, Overlap
from ..core.run import Due, Outcome, Run, Trigger, new_run_id
from ..execution.observers import RunObserver
from ..store.base import ClaimRequest, Store


class Busy(NotPossible):
    """The job is going on elsewhere, or another one with its lock."""

    def __init__(self, job: str) -> None:
        super().__init__(
            f"{job} is going on, or another job with the same lock",
            hint="wait until it has ended, stop it, or run it all the same with --anyway",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class InlineRequest:
    """What somebody wants to be run."""

    job: Job
    #: the due time on record; None = now
    due: datetime | None = None
    #: what its function is called with (`arguments.pack`); None = the job's own arguments
    arguments: str | None = None
    #: run it also when it is going on elsewhere
    anyway: bool = False

    @property
    def claimable(self) -> Job:
        """The job as it is claimed: who waits for it sees that it fails, and can run it again."""
        once = replace(self.job, retries=0, resumable=False)
        return replace(once, overlap=Overlap.ALLOW, lock=None) if self.anyway else once


class InlineRunner:
    """Runs jobs in this process and thread."""

    def __init__(
        self,
        *,
        store: Store | None,
        run: Callable[[Run], Outcome],
        observer: RunObserver,
        by: str,
        clock: Clock,
    ) -> None:
        """Without a store, runs are not recorded. `observer` hears of each that has ended."""
        self._store = store
        self._execute = run
        self._observer = observer
        self._by = by
        self._clock = clock

    def run(self, request: InlineRequest) -> tuple[Run, Outcome]:
        """Run a job to its end; raises Busy when it is going on elsewhere, or StoreUnavailable."""
        run = self._unrecorded(request) if self._store is None else self._claim(self._store, request)
        outcome = self._execute(run)
        try:
            if self._store is not None:
                self._store.finish(run, outcome)
        finally:  # it has ended, whether that can be recorded or not
            self._observer.finished(run, outcome)
        return run, outcome

    def _claim(self, store: Store, request: InlineRequest) -> Run:
        job, now = request.claimable, self._clock.now()
        run_request = store.record_inline_run(job.name, request.due or now, now, self._by, request.arguments)
        (claim,) = store.claim([ClaimRequest(job, run_request=run_request)], now)
        if claim.run is None and not claim.more:
            store.register_jobs([request.job], now)  # no server has taken it up yet
            (claim,) = store.claim([ClaimRequest(job, run_request=run_request)], now)
        if claim.missing:
            raise NotPossible(
                f"the database does not take up {job.name!r}",
                hint="use only characters that its encoding has, in the name and the `lock`",
            )
        if claim.run is None:
            raise Busy(job.name)
        return claim.run

    def _unrecorded(self, request: InlineRequest) -> Run:
        now = self._clock.now()
        due = Due(request.claimable.with_arguments(request.arguments), request.due or now)
        return Run(
            id=new_run_id(now), due=due, claimed=now, trigger=Trigger.MANUAL, arguments=request.arguments
        )
