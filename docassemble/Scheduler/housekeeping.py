# do not pre-load
"""Housekeeping, every few seconds: signs of life, runs that nobody runs any more, what is wanted, old records.

No clock of another server is trusted: a process is dead when its beat has not moved for a number of looks.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from .clock import Clock
from .errors import StoreUnavailable
from .job import Job
from .outage import Outage
from .presence import Presence
from .record import Interruption
from .store import HandoverStore, Process, Pulse

#: how often to keep house (seconds)
PERIOD = 10.0
#: so many looks in a row at the same beat, and the process is given up: within a minute
LOOKS = 5
#: so many records are deleted at a time, once in so many rounds
BATCH, PRUNE_EVERY = 500, 6


@dataclass(slots=True)
class Watch:
    """How often the same beat of one process has been seen."""

    beat: int
    looks: int = 1


class Housekeeping:
    """Keeps house for one process."""

    def __init__(  # noqa: PLR0913 - the ports it is composed of
        self,
        jobs: Callable[[], Mapping[str, Job]],
        *,
        store: HandoverStore,
        presence: Presence,
        is_surely_dead: Callable[[Process], bool],
        interrupted: Callable[[Interruption], None],
        look_around: Callable[[], None],
        outage: Outage,
        clock: Clock,
        logger: logging.Logger,
        keep_history: timedelta,
    ) -> None:
        """`jobs` says which jobs there are; `interrupted` is told of runs that lost their process.

        `look_around` takes up what was changed or ordered elsewhere, and what is to be tried again.
        """
        self._jobs = jobs
        self._store = store
        self._presence = presence
        self._is_surely_dead = is_surely_dead
        self._interrupted = interrupted
        self._look_around = look_around
        self._outage = outage
        self._clock = clock
        self._logger = logger
        self._keep_history = keep_history
        self._watches: dict[str, Watch] = {}
        self._rounds = 0

    def open(self) -> None:
        """Enrol this process, and give up at once those of this machine that are gone; raises StoreUnavailable."""
        self._presence.enrol()
        for pulse in self._store.pulses():
            if self._is_surely_dead(pulse.process):
                self._bury(pulse.process, None)

    def keep_house(self) -> None:
        """Do one round; when the database is away, forget what was seen and try again in the next round."""
        try:
            self._presence.beat()
            self._look_after_others(self._store.pulses())
            self._give_up_expired()
            self._look_around()
            self._prune()
            self._outage.end()
        except StoreUnavailable as error:
            # While the database was away nobody could give a sign of life.
            self._watches.clear()
            self._outage.begin(error)

    def _look_after_others(self, pulses: Sequence[Pulse]) -> None:
        alive = {pulse.process.id for pulse in pulses}
        self._watches = {id_: watch for id_, watch in self._watches.items() if id_ in alive}
        for pulse in pulses:
            if pulse.process.id == self._presence.process().id:
                continue
            if self._is_surely_dead(pulse.process):
                self._bury(pulse.process, None)
            elif self._is_silent(pulse):
                self._bury(pulse.process, pulse.beat)

    def _is_silent(self, pulse: Pulse) -> bool:
        watch = self._watches.get(pulse.process.id)
        if watch is None or watch.beat != pulse.beat:
            self._watches[pulse.process.id] = Watch(pulse.beat)
            return False
        watch.looks += 1
        return watch.looks > LOOKS

    def _bury(self, process: Process, beat: int | None) -> None:
        for interruption in self._store.bury(process, beat, self._jobs(), self._clock.now()):
            self._interrupted(interruption)

    def _give_up_expired(self) -> None:
        for interruption in self._store.give_up_expired(self._clock.now(), self._jobs()):
            self._interrupted(interruption)

    def _prune(self) -> None:
        self._rounds += 1
        if self._rounds % PRUNE_EVERY == 0:
            self._store.prune(self._clock.now() - self._keep_history, BATCH)
