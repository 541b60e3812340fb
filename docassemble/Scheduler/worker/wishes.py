# do not pre-load
"""Wishes: what a process would like to claim, and what of it has to wait."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from ..core.job import Job
from ..core.run import Due
from ..store.base import ClaimRequest


@dataclass(frozen=True, slots=True)
class Wish:
    """What wants to be claimed, and since which due time."""

    request: ClaimRequest
    due: Due

    @property
    def key(self) -> str:
        """What is the same for equal wishes."""
        return self.request.key

    @property
    def is_of_schedule(self) -> bool:
        """Whether it is for whatever is due of a job, not for one certain retry or run request."""
        return self.request.due is None


class Wishes:
    """The wishes of one process, each once. Not thread-safe: its owner holds a lock.

    Of the retries and run requests of one job, only the first is claimed at a time; the next queues up behind what
    waits when its run is over. However many there are, other jobs wait for one of them at most.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, Wish] = {}
        #: job -> its retries and run requests by key, the first of them waits, is held or is being claimed
        self._queues: dict[str, dict[str, Wish]] = {}
        #: what has to wait until a run has ended, or for the next wake
        self._held: dict[str, Wish] = {}
        #: what has to wait until a time, by key
        self._postponed: dict[str, tuple[datetime, Wish]] = {}
        #: those that were said to wait for a slot
        self._announced: set[str] = set()

    def __bool__(self) -> bool:
        """Return whether anything is wished, kept back or not."""
        return bool(self._waiting or self._held or self._postponed)

    def put(self, wishes: Iterable[Wish]) -> None:
        """Add what is not there yet."""
        for wish in wishes:
            if not wish.is_of_schedule:
                self._queue(wish)
            elif wish.key not in self._postponed:
                self._waiting.setdefault(wish.key, wish)

    def _queue(self, wish: Wish) -> None:
        queue = self._queues.setdefault(wish.due.job.name, {})
        if not queue:
            self._waiting[wish.key] = wish
        queue.setdefault(wish.key, wish)

    def put_back(self, wishes: Iterable[Wish]) -> None:
        """Let wait again what was chosen and not claimed."""
        for wish in wishes:
            self._waiting.setdefault(wish.key, wish)

    def settle(self, wish: Wish) -> None:
        """Forget a wish that was chosen and has been answered."""
        queue = self._queues.get(wish.due.job.name, {})
        queue.pop(wish.key, None)

    def queue_up(self, job: str) -> None:
        """Let the first of the retries and run requests of a job wait, behind what waits now."""
        queue = self._queues.get(job)
        if queue:
            first = next(iter(queue.values()))
            if first.key not in self._held and first.key not in self._postponed:
                self.put_back([first])
        elif queue is not None:
            del self._queues[job]

    def hold(self, wish: Wish) -> None:
        """Keep a wish back until `unhold`."""
        self._held.setdefault(wish.key, wish)

    def unhold(self) -> None:
        """Let everything be claimed that was kept back."""
        self.put_back(self._held.values())
        self._held.clear()

    def postpone(self, wish: Wish, until: datetime) -> None:
        """Keep a wish back until a time."""
        self._postponed[wish.key] = until, wish

    def resume(self, now: datetime) -> None:
        """Let be claimed what was postponed until `now` or before."""
        for key in [key for key, (until, _) in self._postponed.items() if until <= now]:
            self.put_back([self._postponed.pop(key)[1]])

    def drop(self, job: str) -> None:
        """Forget whatever is wished of a job."""
        self._queues.pop(job, None)
        for key in [key for key, (_, wish) in self._postponed.items() if wish.due.job.name == job]:
            del self._postponed[key]
        for wishes in (self._waiting, self._held):
            for key in [key for key, wish in wishes.items() if wish.due.job.name == job]:
                del wishes[key]

    @property
    def are_waiting(self) -> bool:
        """Whether something wants to be claimed now."""
        return bool(self._waiting)

    def job(self, name: str) -> Job | None:
        """Return a job of which a due time wants to be claimed now; None when there is none of that name."""
        wish = self._waiting.get(name)
        return None if wish is None else wish.due.job

    def choose(self, free: int, needless: Collection[str]) -> dict[str, Wish]:
        """Take what has waited longest for the free slots, and the due times of these jobs, which need none."""
        others = (key for key in self._waiting if key not in needless)
        keys = [*needless, *islice(others, max(free, 0))]
        self._announced.difference_update(keys)
        return {key: self._waiting.pop(key) for key in keys}

    def announce(self, until: datetime) -> list[Wish]:
        """Return what waits and was due until then, and was not returned before."""
        unheard = [
            wish for key, wish in self._waiting.items() if key not in self._announced and wish.due.at <= until
        ]
        self._announced.update(wish.key for wish in unheard)
        return unheard
