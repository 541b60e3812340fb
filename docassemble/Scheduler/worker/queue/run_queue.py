# do not pre-load
"""The backlog of a process: what is due when, what wants to be claimed, what waits for a thread, what is running."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from ...core.decision import LEAD
from ...core.job import Job, Overlap, RunOn
from ...core.retry import next_attempt
from ...core.run import EndedRun, Run
from ...store.base import Claim, ClaimRequest, Retry
from .agenda import Agenda, Retries
from .workload import SHORT, Workload


@dataclass(slots=True)
class ClaimedRun:
    """A run that waits for a thread, or has one."""

    run: Run
    #: how long it will take (seconds)
    expected: float
    #: since when it waits, later since when it runs: seconds on the clock that nobody sets
    since: float


class RunQueue:
    """From due times to runs, at most so many at once. Not thread-safe: its owner holds a lock.

    What changes `next_wake` says so. `clock` is in seconds, on the clock that nobody sets.
    """

    def __init__(self, slots: int) -> None:
        """`slots` is the number of runs at once."""
        self._jobs: Mapping[str, Job] = {}
        self._agenda = Agenda()
        self._retries = Retries()
        self.requests = ClaimRequests()
        self._workload = Workload()
        #: the runs that wait for a thread
        self.ready: deque[ClaimedRun] = deque()
        #: those that have one, by their identifiers
        self.running: dict[str, ClaimedRun] = {}
        self._slots = slots

    def __bool__(self) -> bool:
        """Return whether anything waits to be claimed or run, for whatever reason."""
        return bool(self.ready) or bool(self.requests)

    # --- what is due ------------------------------------------------------------------------------

    def next_wake(self) -> datetime | None:
        """Return when something is to be claimed next; None when nothing ever will be."""
        due = self._agenda.next_due()
        wakes = [None if due is None else due - LEAD, self._retries.next_due()]
        return min((wake for wake in wakes if wake is not None), default=None)

    def collect(self, now: datetime) -> bool:
        """Let be claimed what is due, and what was kept back; return whether `next_wake` is another one."""
        self.requests.unhold()
        self.requests.resume(now)
        due = self._agenda.take_due(now + LEAD)
        again = self._retries.take_due(now)
        expected = self._workload.expected
        requests = [
            # what another process runs is not over when this one has handed it on
            ClaimRequest(job, due_since=at, is_short=job.run_on is RunOn.WORKER and expected(job) <= SHORT)
            for job, at in ((each.job, each.at) for each in due)
        ]
        self.requests.put([*requests, *again])
        return bool(due or again)

    def retry(self, ended: EndedRun, at: datetime) -> bool:
        """Let a run be tried again then; return whether that is to be: its job may have gone meanwhile."""
        run = ended.run
        job = self._jobs.get(run.job.name)
        if job is None:
            return False
        retry = Retry(
            run=run.id,
            job=run.job.name,
            due=run.due.at,
            attempt=next_attempt(ended.outcome.status, run.attempt),
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
            self.requests.drop(name)
            self._workload.drop(name)
        for name, job in jobs.items():
            if self._jobs.get(name) is not job:
                self._agenda.put(job, cursors[name])
        self._jobs = jobs
        return True

    # --- what is claimed --------------------------------------------------------------------------

    @property
    def free(self) -> int:
        """How many threads will be left when all that is claimed has one; negative when some of it has to wait."""
        return self._slots - len(self.running) - len(self.ready)

    def has_claimable(self, clock: float) -> bool:
        """Return whether there is something to be claimed now."""
        return bool(self.requests.waiting) and (
            self.free > 0 or bool(self._needing_no_slot()) or self._ahead(self.requests.jobs(), clock) > 0
        )

    def choose(self, clock: float) -> dict[str, ClaimRequest]:
        """Take what is to be claimed now: for each free thread the next, then what can be done in a moment."""
        if not self.requests.waiting:
            return {}
        needless = self._needing_no_slot()
        number = max(self.free, 0)
        if number < len(self.requests.waiting):
            jobs = self.requests.jobs(needless)
            at_once = [self._workload.expected(job) for job in islice(jobs, number)]
            number += self._ahead(jobs, clock, sum(at_once))
        return self.requests.choose(number, needless)

    def _ahead(self, jobs: Iterable[Job], clock: float, at_once: float = 0.0) -> int:
        """Return how many of these, in order, may be claimed although they have to wait for a thread."""
        if len(self.running) >= self._slots and all(
            clock - each.since > SHORT or each.expected > SHORT for each in self.running.values()
        ):
            return 0  # no thread will be free in a moment
        return self._workload.fitting(jobs, at_once + sum(each.expected for each in self.ready))

    def settle(self, claims: Sequence[Claim], chosen: Mapping[str, ClaimRequest], clock: float) -> bool:
        """Let the runs that were claimed wait for a thread, and what is to be asked for again wait for its time.

        Return whether `next_wake` is another one.
        """
        is_moved = False
        for claim in claims:
            if claim.run is not None:
                expected = self._workload.expected(claim.run.job)
                self.ready.append(ClaimedRun(claim.run, expected, clock))
            if claim.cursor is not None and self._jobs.get(claim.request.job.name) is claim.request.job:
                self._agenda.put(claim.request.job, claim.cursor)  # it was asked for too soon
                is_moved = True
            request = chosen.get(claim.request.key)
            if request is None or claim.locked:
                continue
            if claim.more and claim.run is None:
                self.requests.hold(request)
            elif claim.more:
                self.requests.put_back([request])
            else:
                self.requests.settle(request)
                if claim.run is None or claim.run.job.overlap is Overlap.ALLOW:
                    self.requests.queue_up(request.job.name)
        return is_moved

    def unheard(self, until: datetime) -> list[ClaimRequest]:
        """Return what was due until then and waits for a free slot, each once."""
        return self.requests.announce(until) if self.requests.waiting and self.free <= 0 else []

    def _needing_no_slot(self) -> list[str]:
        """Return the jobs about whose due time the claim can decide at once, for their last run still goes on here."""
        return [
            name
            # what comes after a run may still go on while the next one runs
            for name in dict.fromkeys(each.run.job.name for each in self.running.values())
            if (job := self.requests.job(name)) is not None and job.overlap in {Overlap.SKIP, Overlap.REPLACE}
        ]

    # --- what runs --------------------------------------------------------------------------------

    def take(self, clock: float, now: datetime) -> ClaimedRun | None:
        """Take the run that has waited longest; None when there is none, or too many are running."""
        if not self.ready or len(self.running) >= self._slots:
            return None
        taken = self.ready.popleft()
        taken.since = clock + max((taken.run.due.at - now).total_seconds(), 0.0)  # it waits until it is due
        self.running[taken.run.id] = taken
        return taken

    def release(self, run: Run, clock: float) -> None:
        """Let a run that was taken be over."""
        taken = self.running.pop(run.id)
        if run.job.name in self._jobs:
            self._workload.note(run.job, clock - taken.since)
        self.requests.queue_up(run.job.name)
        self.requests.unhold()

    def give_back(self, until: float) -> list[Run]:
        """Take the runs that wait for a thread since then or before, and will not get one in a moment."""
        given = []
        while self.ready and self.ready[0].since <= until:
            given.append(self.ready.popleft().run)
        return given


class ClaimRequests:
    """What one process would like to claim, each request once. Not thread-safe: its owner holds a lock.

    Of the retries and run requests of one job, only the first is claimed at a time; the next queues up behind what
    waits when its run is over. However many there are, other jobs wait for one of them at most.
    """

    def __init__(self) -> None:
        #: what wants to be claimed now
        self.waiting: dict[str, ClaimRequest] = {}
        #: job -> its retries and run requests by key, the first of them waits, is held or is being claimed
        self._queues: dict[str, dict[str, ClaimRequest]] = {}
        #: what has to wait until a run has ended, or for the next wake
        self._held: dict[str, ClaimRequest] = {}
        #: what has to wait until a time, by key
        self._postponed: dict[str, tuple[datetime, ClaimRequest]] = {}
        #: those that were said to wait for a slot
        self._announced: set[str] = set()

    def __bool__(self) -> bool:
        """Return whether anything is requested, kept back or not."""
        return bool(self.waiting or self._held or self._postponed)

    def put(self, requests: Iterable[ClaimRequest]) -> None:
        """Add what is not there yet."""
        for request in requests:
            if request.due is not None:
                self._queue(request)
            elif request.key not in self._postponed:
                self.waiting.setdefault(request.key, request)

    def _queue(self, request: ClaimRequest) -> None:
        queue = self._queues.setdefault(request.job.name, {})
        if not queue:
            self.waiting[request.key] = request
        queue.setdefault(request.key, request)

    def put_back(self, requests: Iterable[ClaimRequest]) -> None:
        """Let wait again what was chosen and not claimed."""
        for request in requests:
            self.waiting.setdefault(request.key, request)

    def settle(self, request: ClaimRequest) -> None:
        """Forget a request that was chosen and has been answered."""
        queue = self._queues.get(request.job.name, {})
        queue.pop(request.key, None)

    def queue_up(self, job: str) -> None:
        """Let the first of the retries and run requests of a job wait, behind what waits now."""
        queue = self._queues.get(job)
        if queue:
            first = next(iter(queue.values()))
            if first.key not in self._held and first.key not in self._postponed:
                self.put_back([first])
        elif queue is not None:
            del self._queues[job]

    def hold(self, request: ClaimRequest) -> None:
        """Keep a request back until `unhold`."""
        self._held.setdefault(request.key, request)

    def unhold(self) -> None:
        """Let everything be claimed that was kept back."""
        if self._held:
            self.put_back(self._held.values())
            self._held.clear()

    def postpone(self, request: ClaimRequest, until: datetime) -> None:
        """Keep a request back until a time."""
        self._postponed[request.key] = until, request

    def resume(self, now: datetime) -> None:
        """Let be claimed what was postponed until `now` or before."""
        for key in [key for key, (until, _) in self._postponed.items() if until <= now]:
            self.put_back([self._postponed.pop(key)[1]])

    def drop(self, job: str) -> None:
        """Forget whatever is requested of a job."""
        self._queues.pop(job, None)
        for key in [key for key, (_, request) in self._postponed.items() if request.job.name == job]:
            del self._postponed[key]
        for requests in (self.waiting, self._held):
            for key in [key for key, request in requests.items() if request.job.name == job]:
                del requests[key]

    def jobs(self, needless: Collection[str] = ()) -> Iterator[Job]:
        """Yield the jobs of which something waits, in that order, without the due times of these."""
        return (request.job for key, request in self.waiting.items() if key not in needless)

    def job(self, name: str) -> Job | None:
        """Return a job of which a due time wants to be claimed now; None when there is none of that name."""
        request = self.waiting.get(name)
        return None if request is None else request.job

    def choose(self, number: int, needless: Collection[str]) -> dict[str, ClaimRequest]:
        """Take so many of those that have waited longest, and the due times of these jobs, which need no slot."""
        others = (key for key in self.waiting if key not in needless)
        keys = [*needless, *islice(others, number)]
        self._announced.difference_update(keys)
        return {key: self.waiting.pop(key) for key in keys}

    def announce(self, until: datetime) -> list[ClaimRequest]:
        """Return what waits and was due until then, and was not returned before."""
        waiting = (each for key, each in self.waiting.items() if key not in self._announced)
        unheard = [each for each in waiting if each.waits_for.at <= until]
        self._announced.update(request.key for request in unheard)
        return unheard
