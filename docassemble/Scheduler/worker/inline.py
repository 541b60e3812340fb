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
from ..store.base import Store, Wanted


class Busy(NotPossible):
    """The job is going on elsewhere, or another one with its lock."""

    def __init__(self, job: str) -> None:
        super().__init__(
            f"{job} is going on, or another job with the same lock",
            hint="wait until it has ended, stop it, or run it all the same with --anyway",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
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


class ByHand:
    """Runs jobs in this process and thread."""

    def __init__(
        self,
        *,
        store: Store | None,
        run: Callable[[Run], Outcome],
        after: Callable[[Run, Outcome], None],
        by: str,
        clock: Clock,
    ) -> None:
        """Without a store, runs are not recorded. `after` is told of each that has ended."""
        self._store = store
        self._run = run
        self._after = after
        self._by = by
        self._clock = clock

    def carry_out(self, wish: Wish) -> tuple[Run, Outcome]:
        """Run a job to its end; raises Busy when it is going on elsewhere, or StoreUnavailable."""
        run = self._unrecorded(wish) if self._store is None else self._claim(self._store, wish)
        outcome = self._run(run)
        if self._store is not None:
            self._store.finish(run, outcome)
        self._after(run, outcome)
        return run, outcome

    def _claim(self, store: Store, wish: Wish) -> Run:
        job, now = wish.claimable, self._clock.now()
        order = store.order_here(job.name, wish.due or now, now, self._by, wish.arguments)
        (claim,) = store.claim([Wanted(job, order=order)], now)
        if claim.run is None and not claim.more:
            store.register_jobs([wish.job], now)  # no server has taken it up yet
            (claim,) = store.claim([Wanted(job, order=order)], now)
        if claim.lost:
            raise NotPossible(
                f"the database does not take up {job.name!r}",
                hint="use only characters that its encoding has, in the name and the `lock`",
            )
        if claim.run is None:
            raise Busy(job.name)
        return claim.run

    def _unrecorded(self, wish: Wish) -> Run:
        now = self._clock.now()
        due = Due(wish.claimable.with_arguments(wish.arguments), wish.due or now)
        return Run(id=new_run_id(now), due=due, claimed=now, trigger=Trigger.MANUAL, arguments=wish.arguments)
