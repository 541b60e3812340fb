# do not pre-load
"""Wishes: what a process would like to claim, and what of it has to wait."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

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

    def waiting(self) -> list[Wish]:
        """Return what wants to be claimed, what has waited longest first."""
        return list(self._waiting.values())

    def choose(self, free: int, needs_no_slot: Callable[[Wish], bool]) -> dict[str, Wish]:
        """Take what has waited longest for the free slots, and what needs none."""
        chosen: dict[str, Wish] = {}
        for wish in self.waiting():
            if needs_no_slot(wish):
                free += 1
            if len(chosen) < free:
                chosen[wish.key] = self._waiting.pop(wish.key)
                self._announced.discard(wish.key)
        return chosen

    def announce(self) -> list[Wish]:
        """Return what waits and was not returned before."""
        unheard = [wish for key, wish in self._waiting.items() if key not in self._announced]
        self._announced.update(wish.key for wish in unheard)
        return unheard
