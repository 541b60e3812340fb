# do not pre-load
"""Dispatch: a wake takes what is due, claims it and runs it, within the limit of concurrency.

A wake may come late, twice or from several threads at once; the claim makes each due time run once.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Protocol

from .agenda import Agenda, Arrears
from .claims import Claims
from .clock import Clock
from .job import Job, Overlap
from .record import Due, Outcome, Refusal, Run, Status


class Journal(Protocol):
    """Where the dispatcher says what becomes of due times."""

    def waiting(self, due: Due) -> None:
        """Say that `due` waits for a free slot."""
        ...

    def ended(self, due: Due, status: Status, reason: str) -> None:
        """Say that `due` ends without a run, and why."""
        ...


class Dispatcher:
    """Turns wakes into runs. One for each process; safe to wake from any number of threads."""

    def __init__(  # noqa: PLR0913 - the ports it is composed of
        self,
        jobs: Iterable[Job],
        *,
        claims: Claims,
        run: Callable[[Run], Outcome],
        ring: Callable[[], None],
        journal: Journal,
        clock: Clock,
        concurrency: int,
    ) -> None:
        """Put the jobs on the agenda.

        `run` runs a claimed due time to its end and never raises; `ring` asks for one more wake, on another
        thread; `concurrency` is the number of runs at once in this process.
        """
        self._claims = claims
        self._run = run
        self._ring = ring
        self._journal = journal
        self._clock = clock
        self._concurrency = concurrency
        self._agenda = Agenda((job for job in jobs if job.enabled), clock.now())
        #: guards what follows and the agenda; held for moments only, never while claiming or running
        self._lock = threading.Condition()
        self._waiting: dict[str, Due] = {}
        self._announced: set[str] = set()
        self._ready: deque[Run] = deque()
        self._running: list[str] = []
        #: held by the one thread that talks to the store of claims; the others never wait for it
        self._claiming = threading.Lock()

    def wake(self) -> None:
        """Take what is due, then run until nothing is left that this thread may run."""
        self._collect(self._clock.now())
        while True:
            self._claim_waiting()
            run = self._take_ready()
            if run is None:
                break
            try:
                self._claims.finish(run, self._run(run))
            finally:
                self._release(run)
        self._announce_waiting()

    def next_due(self) -> datetime | None:
        """Return the next due time on the agenda; it may have passed when no wake has come yet."""
        with self._lock:
            return self._agenda.next_due()

    def wait_for_change(self, due: datetime | None, timeout: float) -> None:
        """Block while `due` is still the next due time, for at most `timeout` seconds."""
        with self._lock:
            self._lock.wait_for(lambda: self._agenda.next_due() != due, timeout)

    def _collect(self, now: datetime) -> None:
        with self._lock:
            taken = self._agenda.take_due(now)
            overtaken = [self._enqueue(arrears.due) for arrears in taken]
            if taken:
                self._lock.notify_all()
        for older in filter(None, overtaken):
            self._journal.ended(older, Status.MISSED, "still waiting when the job was due again")
        for arrears in taken:
            self._report_passed_over(arrears)

    def _enqueue(self, due: Due) -> Due | None:
        """Let `due` wait; return the older due time of the job that gives way to it, if one still waited."""
        older = self._waiting.pop(due.job.name, None)
        self._announced.discard(due.job.name)
        self._waiting[due.job.name] = due
        return older

    def _report_passed_over(self, arrears: Arrears) -> None:
        if arrears.passed_over_from is not None:
            first = Due(arrears.due.job, arrears.passed_over_from)
            self._journal.ended(
                first, Status.MISSED, f"nobody was awake until after {arrears.due.local.isoformat()}"
            )

    def _claim_waiting(self) -> None:
        """Claim as many waiting due times as there are free slots, unless another thread is at it."""
        while self._has_claimable():
            if not self._claiming.acquire(blocking=False):
                return
            try:
                chosen = self._choose()
                if chosen:
                    self._settle(self._claims.claim(chosen, self._clock.now()))
            finally:
                self._claiming.release()

    def _has_claimable(self) -> bool:
        with self._lock:
            return bool(self._waiting) and (self._free() > 0 or any(map(self._needs_no_slot, self._waiting)))

    def _free(self) -> int:
        return self._concurrency - len(self._running) - len(self._ready)

    def _needs_no_slot(self, name: str) -> bool:
        # Its previous run is still going here: the claim decides at once what that means.
        return name in self._running and self._waiting[name].job.overlap is Overlap.SKIP

    def _choose(self) -> list[Due]:
        """Take the oldest waiting due times for the free slots; drop those that are too late."""
        now = self._clock.now()
        chosen: list[Due] = []
        late: list[Due] = []
        with self._lock:
            for name, due in list(self._waiting.items()):
                if self._free() <= len(chosen) and not self._needs_no_slot(name):
                    continue
                del self._waiting[name]
                self._announced.discard(name)
                grace = due.job.misfire_grace_time
                (late if grace is not None and now - due.at > grace else chosen).append(due)
        for due in late:
            self._journal.ended(due, Status.MISSED, "later than its misfire grace time")
        return chosen

    def _settle(self, answers: Iterable[Run | Refusal]) -> None:
        runs = []
        for answer in answers:
            if isinstance(answer, Run):
                runs.append(answer)
            elif answer.status is not None:
                self._journal.ended(answer.due, answer.status, answer.reason)
        with self._lock:
            self._ready.extend(runs)
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

    def _announce_waiting(self) -> None:
        with self._lock:
            if self._free() > 0:
                return  # another thread is claiming them at this moment
            unheard = [due for name, due in self._waiting.items() if name not in self._announced]
            self._announced.update(due.job.name for due in unheard)
        for due in unheard:
            self._journal.waiting(due)
