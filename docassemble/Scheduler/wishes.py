# do not pre-load
"""Wishes: what a process would like to claim, and what of it has to wait."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from .job import Job
from .record import Due
from .store import Wanted


@dataclass(frozen=True, slots=True)
class Wish:
    """What wants to be claimed, and since which due time."""

    wanted: Wanted
    due: Due

    @property
    def key(self) -> str:
        """What is the same for equal wishes."""
        return self.wanted.key


class Wishes:
    """The wishes of one process, each once. Not thread-safe: its owner holds a lock."""

    def __init__(self) -> None:
        self._waiting: dict[str, Wish] = {}
        #: what has to wait until a run has ended, or for the next wake
        self._held: dict[str, Wish] = {}
        #: those that were said to wait for a slot
        self._announced: set[str] = set()

    def __bool__(self) -> bool:
        """Return whether anything is wished, kept back or not."""
        return bool(self._waiting or self._held)

    def put(self, wishes: Iterable[Wish]) -> None:
        """Add what is not there yet."""
        for wish in wishes:
            self._waiting.setdefault(wish.key, wish)

    def hold(self, wish: Wish) -> None:
        """Keep a wish back until `unhold`."""
        self._held.setdefault(wish.key, wish)

    def unhold(self) -> None:
        """Let everything be claimed that was kept back."""
        self.put(self._held.values())
        self._held.clear()

    def drop(self, job: str) -> None:
        """Forget whatever is wished of a job."""
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
