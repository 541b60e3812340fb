# do not pre-load
"""Dispatch: a wake takes what is due, claims it and runs it, within the limit of concurrency.

A wake may come late, twice or from several threads at once; the claim makes each due time run once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from ..core.clock import Clock
from ..core.decision import LEAD
from ..core.errors import RowsLocked, StoreUnavailable
from ..core.job import Job
from ..core.retry import given_back
from ..core.run import EndedRun, Outcome, Run
from ..execution.observers import RunObserver
from ..store.base import Claim, ClaimRequest, Store
from .outbox import LOCKED, Activity, EndSpool, Outage, Outbox
from .queue.run_queue import RunQueue
from .queue.workload import SHORT

#: so long a due time may wait for a free slot without a word in the log
UNNOTICED = timedelta(seconds=1)
#: a run that was claimed ahead waits no longer for a thread of this process (seconds)
GIVE_BACK_AFTER = 0.25


class Dispatcher:
    """Turns wakes into runs. One for each process; safe to wake from any number of threads."""

    def __init__(  # noqa: PLR0913 - the ports it is composed of
        self,
        *,
        store: Store,
        run: Callable[[Run], Outcome | None],
        wake_worker: Callable[[], None],
        observer: RunObserver,
        outage: Outage,
        spool: EndSpool,
        clock: Clock,
        concurrency: int,
        lost: Callable[[Job], None],
    ) -> None:
        """It has no jobs until `follow`.

        `run` runs a claimed due time to its end, or returns None when it has handed it over to another process; it
        never raises.
        `wake_worker` asks for one more wake, on another thread; `concurrency` is the number of runs at once in this
        process; `lost` is called for a job that the store has no row of.
        """
        self._store = store
        self._outbox = Outbox(store, outage, clock, spool)
        self._run = run
        self._wake_worker = wake_worker
        self._observer = observer
        self._outage = outage
        self._clock = clock
        self._lost = lost
        #: guards what follows; held for moments only, never while claiming or running
        self._lock = threading.Condition()
        self._queue = RunQueue(concurrency)
        self._stand_by = StandBy(clock)
        self._closed = False
        #: whether a thread claims; the others never wait for it
        self._is_claiming = False

    def wake(self) -> None:
        """Take what is due, then run until nothing is left that this thread may run."""
        with self._lock:
            if self._queue.collect(self._clock.now()):
                self._lock.notify_all()
        self._help()
        while (run := self._next_run()) is not None:
            try:
                outcome = self._run(run)
                if outcome is not None:
                    self._end(run, outcome)
            finally:
                with self._lock:
                    self._queue.release(run, self._clock.monotonic())
        self._announce_waiting()

    def has_work(self) -> bool:
        """Return whether a wake would find anything to do: to claim, to run, or to put on record."""
        with self._lock:
            wake = self._queue.next_wake()
            is_due = wake is not None and wake <= self._clock.now()
            return is_due or bool(self._queue) or bool(self._outbox)

    def offer(self, requests: Iterable[ClaimRequest]) -> None:
        """Let retries and run requests be claimed at the next wake."""
        with self._lock:
            self._queue.requests.put(requests)

    def follow(self, jobs: Mapping[str, Job], cursors: Mapping[str, datetime]) -> None:
        """Make these the jobs, by name: others go, new and other ones come in, each from its cursor on."""
        with self._lock:
            if self._queue.follow(jobs, cursors):
                self._lock.notify_all()

    def close(self) -> None:
        """Claim nothing more: the process is about to end. What has been claimed is run at once: nobody else may."""
        self._closed = True
        with self._lock:
            ready = len(self._queue.ready)
        for _ in range(ready):
            self._wake_worker()

    def give_back(self, waited: float = GIVE_BACK_AFTER) -> None:
        """Let any process run what has been claimed and has waited so long for a thread (seconds) (C24)."""
        with self._lock:
            runs = self._queue.give_back(self._clock.monotonic() - waited)
        for run in runs:
            self._end(run, given_back(self._clock.now()))

    def next_wake(self) -> datetime | None:
        """Return when there will be something to do next; it may have passed when no wake has come yet."""
        with self._lock:
            return self._queue.next_wake()

    def wait_for_change(self, wake: datetime | None, timeout: float) -> None:
        """Block while `wake` is still when there is something to do, for at most `timeout` seconds."""
        with self._lock:
            self._lock.wait_for(lambda: self._queue.next_wake() != wake, timeout)

    def _help(self) -> None:
        """Leave what there is to those that are at work, as long as each of their runs takes but a moment."""
        with self._lock:
            if self._closed or self._stand_by.is_taken or not self._queue.running:
                return
            self._stand_by.is_taken = True
        self._stand_by.wait(self._is_help_wanted)

    def _is_help_wanted(self) -> bool:
        with self._lock:
            if self._is_claiming and not self._queue.ready:
                # what is claimed comes in a moment, and nobody else can claim
                self._stand_by.note(self._clock.monotonic())
            return not self._closed and self._has_left_behind()

    def _has_left_behind(self) -> bool:
        """Return whether there is something to do beside what is running."""
        return (
            bool(self._queue.ready)
            or bool(self._outbox)
            or self._queue.has_claimable(self._clock.monotonic())
        )

    def _next_run(self) -> Run | None:
        with self._lock:
            ready = self._queue.ready
            is_next_long = ready and ready[0].expected > SHORT
            is_alone = is_next_long and not self._stand_by.is_taken
        if is_alone:  # else ends would wait for as long as the next run takes
            self._outbox.flush()
        run = self._take_ready()
        if run is not None:
            return run
        if not self._closed:
            self._claim_waiting()
        self._outbox.flush()  # what no claim took along
        return self._take_ready()

    def _end(self, run: Run, outcome: Outcome) -> None:
        ended = EndedRun(run, outcome)
        may_wait = self._outbox.put(ended)
        if outcome.retry_at is not None:
            self._put_retry(ended, outcome.retry_at)
        if not may_wait:
            self._outbox.flush()
        self._observer.finished(run, outcome)

    def _put_retry(self, ended: EndedRun, at: datetime) -> None:
        with self._lock:
            if self._queue.retry(ended, at):
                self._lock.notify_all()

    def _claim_waiting(self) -> None:
        """Claim what is to be claimed now, until nothing is; unless another thread is at it."""
        while chosen := self._choose():
            try:
                self._claim(chosen)
                self._outage.end(Activity.CLAIM)
            except StoreUnavailable as error:
                with self._lock:
                    self._queue.requests.put_back(chosen.values())
                self._outage.begin(Activity.CLAIM, error)
                return
            finally:
                self._is_claiming = False

    def _claim(self, chosen: Mapping[str, ClaimRequest]) -> None:
        requests = list(chosen.values())
        instant = self._instant(chosen.values())
        try:
            claims = self._outbox.send_with(partial(self._store.claim, requests, instant))
        except RowsLocked:  # one after the other, so that only those wait whose rows somebody has locked
            for each in requests:
                self._settle(self._store.claim([each], instant), {each.key: each})
        else:
            self._settle(claims, chosen)

    def _postpone(self, request: ClaimRequest) -> None:
        self._observer.locked(request.waits_for)
        with self._lock:
            self._queue.requests.postpone(request, self._clock.now() + LOCKED)

    def _instant(self, chosen: Iterable[ClaimRequest]) -> datetime:
        """Return the instant of a claim: the present, or when the last of what is claimed ahead will be due."""
        now = self._clock.now()
        return max(now, min(now + LEAD, max(each.waits_for.at for each in chosen)))

    def _choose(self) -> Mapping[str, ClaimRequest]:
        """Take what is to be claimed now; nothing while another thread claims: it looks again when it is done."""
        with self._lock:
            chosen = {} if self._is_claiming else self._queue.choose(self._clock.monotonic())
            self._is_claiming = self._is_claiming or bool(chosen)
            return chosen

    def _settle(self, claims: Sequence[Claim], chosen: Mapping[str, ClaimRequest]) -> None:
        with self._lock:
            clock = self._clock.monotonic()
            if self._queue.settle(claims, chosen, clock):
                self._lock.notify_all()
            self._stand_by.note(clock)
        for claim in claims:
            for unrun in claim.unrun:
                self._observer.unrun(unrun)
            if claim.locked:
                self._postpone(claim.request)
            if claim.missing:
                self._lost(claim.request.job)

    def _take_ready(self) -> Run | None:
        with self._lock:
            clock = self._clock.monotonic()
            taken = self._queue.take(clock, self._clock.now())
            if taken is None:
                return None
            # a short one leaves the others time also when it still waits until it is due
            self._stand_by.note(taken.since if taken.expected <= SHORT else clock)
            needs_help = not self._stand_by.is_taken and self._has_left_behind()
        if needs_help:
            self._wake_worker()
        return taken.run

    def _announce_waiting(self) -> None:
        with self._lock:
            unheard = self._queue.unheard(self._clock.now() - UNNOTICED)
        for request in unheard:
            self._observer.waiting(request.waits_for)


#: so long a claim or a run may take until the thread that stands by does what is left (seconds); well below `LEAD`
HELP_AFTER = 0.004


class StandBy:
    """The place for that thread. Not thread-safe but for `wait`: its owner holds a lock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        #: when something was claimed or begun last, on the clock that nobody sets (seconds)
        self._moved_at = -HELP_AFTER
        self.is_taken = False

    def note(self, clock: float) -> None:
        """Note that something was claimed, or begins, at that time of the clock that nobody sets (seconds)."""
        self._moved_at = clock

    def wait(self, is_needed: Callable[[], bool]) -> None:
        """Wait as long as that is so, but not when nothing has moved for a while."""
        try:
            while is_needed() and (rest := self._moved_at + HELP_AFTER - self._clock.monotonic()) > 0:
                self._clock.sleep(rest)
        finally:
            self.is_taken = False
