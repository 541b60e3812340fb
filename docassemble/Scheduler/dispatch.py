# do not pre-load
"""Dispatch: a wake takes what is due, claims it and runs it, within the limit of concurrency.

A wake may come late, twice or from several threads at once; the claim makes each due time run once.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Protocol

from .agenda import Agenda, Retries
from .clock import Clock
from .decision import LEAD
from .errors import StoreUnavailable
from .job import Job, Overlap
from .outage import Outage, Outbox
from .record import Due, Ended, Ending, Outcome, Run
from .store import Claim, Retry, Store, Wanted
from .wishes import Wish, Wishes


class Journal(Protocol):
    """Where the dispatcher says what becomes of due times."""

    def waiting(self, due: Due) -> None:
        """Say that `due` waits for a free slot."""
        ...

    def ended(self, ending: Ending) -> None:
        """Say that due times end without a run, and why."""
        ...


class Dispatcher:
    """Turns wakes into runs. One for each process; safe to wake from any number of threads."""

    def __init__(  # noqa: PLR0913 - the ports it is composed of
        self,
        jobs: Iterable[Job],
        cursors: Mapping[str, datetime],
        *,
        store: Store,
        run: Callable[[Run], Outcome | None],
        after: Callable[[Run, Outcome], None],
        ring: Callable[[], None],
        journal: Journal,
        outage: Outage,
        clock: Clock,
        concurrency: int,
    ) -> None:
        """Put the jobs on the agenda, each from its cursor on.

        `run` runs a claimed due time to its end, or returns None when it has handed it over to another process;
        `after` does what comes after its record; neither raises.
        `ring` asks for one more wake, on another thread; `concurrency` is the number of runs at once in this
        process.
        """
        self._store = store
        self._outbox = Outbox(store, outage)
        self._run = run
        self._after = after
        self._ring = ring
        self._journal = journal
        self._outage = outage
        self._clock = clock
        self._concurrency = concurrency
        #: guards what follows; held for moments only, never while claiming or running
        self._lock = threading.Condition()
        self._jobs: Mapping[str, Job] = {job.name: job for job in jobs}
        self._agenda = Agenda(self._jobs.values(), cursors)
        self._retries = Retries()
        self._wishes = Wishes()
        self._ready: deque[Run] = deque()
        self._running: list[str] = []
        self._closed = False
        #: held by the one thread that claims; the others never wait for it
        self._claiming = threading.Lock()

    def wake(self) -> None:
        """Take what is due, then run until nothing is left that this thread may run."""
        self._collect(self._clock.now())
        while (run := self._next_run()) is not None:
            try:
                self._complete(run)
            finally:
                self._release(run)
        self._announce_waiting()

    def offer(self, wanted: Iterable[Wanted]) -> None:
        """Let retries and orders be claimed at the next wake."""
        with self._lock:
            self._wishes.put(Wish(each, Due(each.job, each.due)) for each in wanted if each.due is not None)

    def follow(self, jobs: Mapping[str, Job], cursors: Mapping[str, datetime]) -> None:
        """Make these the jobs, by name: others go, new and other ones come in, each from its cursor on."""
        with self._lock:
            if jobs is self._jobs:
                return
            for name in [name for name, job in self._jobs.items() if jobs.get(name) is not job]:
                self._agenda.drop(name)
                self._retries.drop(name)
                self._wishes.drop(name)
            for name, job in jobs.items():
                if self._jobs.get(name) is not job:
                    self._agenda.put(job, cursors[name])
            self._jobs = jobs
            self._lock.notify_all()

    def close(self) -> None:
        """Claim nothing more: the process is about to end. What has been claimed is run: nobody else may."""
        self._closed = True

    def next_wake(self) -> datetime | None:
        """Return when there will be something to do next; it may have passed when no wake has come yet."""
        with self._lock:
            return self._next_wake()

    def wait_for_change(self, wake: datetime | None, timeout: float) -> None:
        """Block while `wake` is still when there is something to do, for at most `timeout` seconds."""
        with self._lock:
            self._lock.wait_for(lambda: self._next_wake() != wake, timeout)

    def _next_wake(self) -> datetime | None:
        due = self._agenda.next_due()
        wakes = [None if due is None else due - LEAD, self._retries.next_due()]
        return min((wake for wake in wakes if wake is not None), default=None)

    def _next_run(self) -> Run | None:
        if not self._closed:
            self._claim_waiting()
        self._outbox.flush()  # what no claim took along: an end is on record before this thread begins another run
        return self._take_ready()

    def _complete(self, run: Run) -> None:
        outcome = self._run(run)
        if outcome is None:
            return
        ended = Ended(run, outcome)
        self._outbox.put(ended)
        if outcome.retry_at is not None:
            self._put_retry(run, outcome.retry_at)
        if not ended.is_quiet:
            self._outbox.flush()
        self._after(run, outcome)

    def _put_retry(self, run: Run, at: datetime) -> None:
        retry = Retry(
            run=run.id,
            job=run.job.name,
            due=run.due.at,
            attempt=run.attempt + 1,
            arguments=run.arguments,
        )
        with self._lock:
            job = self._jobs.get(retry.job)
            if job is not None:  # else it was taken away meanwhile
                self._retries.put(at, job, retry)
                self._lock.notify_all()

    def _collect(self, now: datetime) -> None:
        with self._lock:
            taken = self._agenda.take_due(now + LEAD)
            self._wishes.unhold()
            self._wishes.put(Wish(Wanted(due.job), due) for due in taken)
            again = self._retries.take_due(now)
            self._wishes.put(Wish(each, Due(each.job, each.due)) for each in again if each.due is not None)
            if taken or again:
                self._lock.notify_all()

    def _claim_waiting(self) -> None:
        """Claim as many waiting due times as there are free slots, unless another thread is at it."""
        while self._has_claimable() and self._claiming.acquire(blocking=False):
            chosen = self._choose()
            try:
                if chosen:
                    wanted = [wish.wanted for wish in chosen.values()]
                    instant = self._instant(chosen.values())
                    claims = self._outbox.send_with(partial(self._store.claim, wanted, instant))
                    self._settle(claims, chosen)
                    self._outage.end()
            except StoreUnavailable as error:
                self._put_back(chosen)
                self._outage.begin(error)
                return
            finally:
                self._claiming.release()

    def _instant(self, chosen: Iterable[Wish]) -> datetime:
        """Return the instant of a claim: the present, or when the last of what is claimed ahead will be due."""
        now = self._clock.now()
        return max(now, min(now + LEAD, max(wish.due.at for wish in chosen)))

    def _has_claimable(self) -> bool:
        with self._lock:
            waiting = self._wishes.waiting()
            return bool(waiting) and (self._free() > 0 or any(map(self._needs_no_slot, waiting)))

    def _free(self) -> int:
        return self._concurrency - len(self._running) - len(self._ready)

    def _needs_no_slot(self, wish: Wish) -> bool:
        # Its previous run is still going here: the claim decides at once what that means.
        job = wish.wanted.job
        return job.name in self._running and job.overlap in {Overlap.SKIP, Overlap.REPLACE}

    def _choose(self) -> dict[str, Wish]:
        with self._lock:
            return self._wishes.choose(self._free(), self._needs_no_slot)

    def _put_back(self, chosen: Mapping[str, Wish]) -> None:
        with self._lock:
            self._wishes.put(chosen.values())

    def _settle(self, claims: Sequence[Claim], chosen: Mapping[str, Wish]) -> None:
        runs = [claim.run for claim in claims if claim.run is not None]
        with self._lock:
            self._ready.extend(runs)
            for claim in claims:
                wish = chosen.get(claim.wanted.key)
                if claim.more and wish is not None and claim.run is None:
                    self._wishes.hold(wish)
                elif claim.more and wish is not None:
                    self._wishes.put([wish])
        for claim in claims:
            for ending in claim.endings:
                self._journal.ended(ending)
        # This thread takes one; each of the others needs a thread of its own.
        for _ in runs[1:]:
            self._ring()

    def _take_ready(self) -> Run | None:
        with self._lock:
            if not self._ready or len(self._running) >= self._concurrency:
                return None
            run = self._ready.popleft()
            self._running.append(run.job.name)
            return run

    def _release(self, run: Run) -> None:
        with self._lock:
            self._running.remove(run.job.name)
            self._wishes.unhold()

    def _announce_waiting(self) -> None:
        with self._lock:
            if self._free() > 0:
                return  # another thread is claiming them at this moment, or the database is away
            unheard = self._wishes.announce()
        for wish in unheard:
            self._journal.waiting(wish.due)
