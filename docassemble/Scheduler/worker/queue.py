# do not pre-load
"""The backlog of a process: what is due when, what wants to be claimed, what waits for a thread, what is running."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from ..core.decision import LEAD
from ..core.job import Job, Overlap
from ..core.run import Due, Run
from ..store.base import Claim, ClaimRequest, Retry
from .agenda import Agenda, Retries
from .wishes import Wish, Wishes


class RunQueue:
    """From due times to runs, at most so many at once. Not thread-safe: its owner holds a lock.

    What changes `next_wake` says so.
    """

    def __init__(self, slots: int) -> None:
        """`slots` is the number of runs at once."""
        self._jobs: Mapping[str, Job] = {}
        self._agenda = Agenda()
        self._retries = Retries()
        self._wishes = Wishes()
        self._ready: deque[Run] = deque()
        self._running: list[str] = []
        self._slots = slots

    def __bool__(self) -> bool:
        """Return whether anything waits to be claimed or run, for whatever reason."""
        return bool(self._ready) or bool(self._wishes)

    # --- what is due ------------------------------------------------------------------------------

    def next_wake(self) -> datetime | None:
        """Return when something is to be claimed next; None when nothing ever will be."""
        due = self._agenda.next_due()
        wakes = [None if due is None else due - LEAD, self._retries.next_due()]
        return min((wake for wake in wakes if wake is not None), default=None)

    def collect(self, now: datetime) -> bool:
        """Let be claimed what is due, and what was kept back; return whether `next_wake` is another one."""
        self._wishes.unhold()
        self._wishes.resume(now)
        due = self._agenda.take_due(now + LEAD)
        again = self._retries.take_due(now)
        self._wishes.put(Wish(ClaimRequest(each.job), each) for each in due)
        self.offer(again)
        return bool(due or again)

    def offer(self, wanted: Iterable[ClaimRequest]) -> None:
        """Let retries and run requests be claimed."""
        self._wishes.put(Wish(each, Due(each.job, each.due)) for each in wanted if each.due is not None)

    def try_again(self, run: Run, at: datetime) -> bool:
        """Let a run be tried again then; return whether that is to be: its job may have gone meanwhile."""
        job = self._jobs.get(run.job.name)
        if job is None:
            return False
        retry = Retry(
            run=run.id,
            job=run.job.name,
            due=run.due.at,
            attempt=run.attempt + 1,
            arguments=run.arguments,
        )
        self._retries.put(at, job, retry)
        return True

    def follow(self, jobs: Mapping[str, Job], cursors: Mapping[str, datetime]) -> bool:
        """Make these the jobs, by name: others go, new and other ones come in; return whether anything changed."""
        if jobs is self._jobs:
            return False
        for name in [name for name, job in self._jobs.items() if jobs.get(name) is not job]:
            self._agenda.drop(name)
            self._retries.drop(name)
            self._wishes.drop(name)
        for name, job in jobs.items():
            if self._jobs.get(name) is not job:
                self._agenda.put(job, cursors[name])
        self._jobs = jobs
        return True

    # --- what is claimed --------------------------------------------------------------------------

    @property
    def free(self) -> int:
        """How many runs may still be claimed."""
        return self._slots - len(self._running) - len(self._ready)

    @property
    def has_claimable(self) -> bool:
        """Whether there is something to be claimed now."""
        return (self.free > 0 and self._wishes.are_waiting) or bool(self._needing_no_slot())

    def choose(self) -> dict[str, Wish]:
        """Take what is to be claimed now."""
        return self._wishes.choose(self.free, self._needing_no_slot())

    def put_back(self, chosen: Mapping[str, Wish]) -> None:
        """Let be claimed later what could not be claimed."""
        self._wishes.put_back(chosen.values())

    def postpone(self, wish: Wish, until: datetime) -> None:
        """Let be claimed from then on what could not be claimed."""
        self._wishes.postpone(wish, until)

    def settle(self, claims: Sequence[Claim], chosen: Mapping[str, Wish]) -> None:
        """Let the runs that were claimed wait for a thread, and what is to be asked for again wait for its time."""
        for claim in claims:
            if claim.run is not None:
                self._ready.append(claim.run)
            wish = chosen.get(claim.request.key)
            if wish is None:
                continue
            if claim.more and claim.run is None:
                self._wishes.hold(wish)
            elif claim.more:
                self._wishes.put_back([wish])
            else:
                self._wishes.settle(wish)
                if claim.run is None or claim.run.job.overlap is Overlap.ALLOW:
                    self._wishes.queue_up(wish.due.job.name)

    def unheard(self, until: datetime) -> list[Wish]:
        """Return what was due until then and waits for a free slot, each once."""
        return [] if self.free > 0 else self._wishes.announce(until)

    def _needing_no_slot(self) -> list[str]:
        """Return the jobs about whose due time the claim can decide at once, for their last run still goes on here."""
        return [
            name
            for name in dict.fromkeys(
                self._running
            )  # what comes after a run may still go on while the next one runs
            if (job := self._wishes.job(name)) is not None and job.overlap in {Overlap.SKIP, Overlap.REPLACE}
        ]

    # --- what runs --------------------------------------------------------------------------------

    @property
    def is_running(self) -> bool:
        """Whether anything runs."""
        return bool(self._running)

    @property
    def ready(self) -> int:
        """How many runs wait for a thread."""
        return len(self._ready)

    def take(self) -> Run | None:
        """Take the run that has waited longest; None when there is none, or too many are running."""
        if not self._ready or len(self._running) >= self._slots:
            return None
        run = self._ready.popleft()
        self._running.append(run.job.name)
        return run

    def release(self, run: Run) -> None:
        """Let a run that was taken be over."""
        self._running.remove(run.job.name)
        self._wishes.queue_up(run.job.name)
        self._wishes.unhold()
