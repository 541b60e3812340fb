# do not pre-load
"""Maintenance, every few seconds: signs of life, runs that nobody runs any more, what is wanted, old records.

No clock of another server is trusted: a process is dead when its beat has not moved for a number of looks.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from ..core.clock import Clock
from ..core.errors import StoreUnavailable
from ..core.job import Job
from ..core.run import Interruption
from ..store.base import PollResult, Process, ProcessHeartbeat, Store
from .heartbeat import Heartbeat
from .outbox import Outage

#: so many looks in a row at the same beat, and the process is given up: within six periods, a minute
LOOKS = 5
#: so many records are deleted at a time, and so often in one round
BATCH, BATCHES = 500, 10
#: old records are looked for once in so many rounds: every ten minutes
PRUNE_EVERY = 60


@dataclass(slots=True)
class Watch:
    """How often the same beat of one process has been seen."""

    beat: int
    looks: int = 1


class Maintenance:
    """Keeps house for one process."""

    def __init__(  # noqa: PLR0913 - the ports it is composed of
        self,
        jobs: Callable[[], Mapping[str, Job]],
        *,
        store: Store,
        heartbeat: Heartbeat,
        is_surely_dead: Callable[[Process], bool],
        interrupted: Callable[[Interruption], None],
        look_around: Callable[[PollResult], None],
        outage: Outage,
        clock: Clock,
        logger: logging.Logger,
        keep_history: timedelta,
    ) -> None:
        """`jobs` says which jobs there are; `interrupted` is told of runs that lost their process.

        `look_around` takes up what was changed or ordered elsewhere, and what is to be tried again, as far as one
        poll has shown that there is something.
        """
        self._jobs = jobs
        self._store = store
        self.heartbeat = heartbeat
        self._is_surely_dead = is_surely_dead
        self._interrupted = interrupted
        self._look_around = look_around
        self._outage = outage
        self._clock = clock
        self._logger = logger
        self._keep_history = keep_history
        self._watches: dict[str, Watch] = {}
        self._rounds = 0
        #: whether there may be more to delete than was deleted the last time
        self._is_behind = False

    def open(self) -> None:
        """Register this process, and give up at once those of this machine that are gone; raises StoreUnavailable."""
        self.heartbeat.register()
        for heartbeat in self._store.poll(self._clock.now()).heartbeats:
            if self._is_surely_dead(heartbeat.process):
                self._reap(heartbeat.process, None)

    def keep_house(self) -> None:
        """Do one round; when the database is away, forget what was seen and try again in the next round."""
        try:
            self.heartbeat.beat()
            self._look_around(self._look_after_others())
            self._prune()
            self._outage.end()
        except StoreUnavailable as error:
            # While the database was away nobody could give a sign of life.
            self._watches.clear()
            self._outage.begin(error)

    def _look_after_others(self) -> PollResult:
        """Give up what nobody runs any more; return what is to be seen then."""
        poll = self._store.poll(self._clock.now())
        ended = [self._reap(*dead) for dead in self._dead(poll.heartbeats)]
        if poll.is_expired:
            ended.append(self._give_up_expired())
        # what has been interrupted may be tried again at once
        return self._store.poll(self._clock.now()) if any(ended) else poll

    def _dead(self, heartbeats: Sequence[ProcessHeartbeat]) -> list[tuple[Process, int | None]]:
        """Return who is dead: surely, or unless they have moved on from a beat."""
        alive = {heartbeat.process.id for heartbeat in heartbeats}
        self._watches = {id_: watch for id_, watch in self._watches.items() if id_ in alive}
        dead: list[tuple[Process, int | None]] = []
        for heartbeat in heartbeats:
            if heartbeat.process.id == self.heartbeat.process().id:
                continue
            if self._is_surely_dead(heartbeat.process):
                dead.append((heartbeat.process, None))
            elif self._is_silent(heartbeat):
                dead.append((heartbeat.process, heartbeat.beat))
        return dead

    def _is_silent(self, heartbeat: ProcessHeartbeat) -> bool:
        watch = self._watches.get(heartbeat.process.id)
        if watch is None or watch.beat != heartbeat.beat:
            self._watches[heartbeat.process.id] = Watch(heartbeat.beat)
            return False
        watch.looks += 1
        return watch.looks > LOOKS

    def _reap(self, process: Process, beat: int | None) -> bool:
        return self._tell(self._store.reap(process, beat, self._jobs(), self._clock.now()))

    def _give_up_expired(self) -> bool:
        return self._tell(self._store.give_up_expired(self._clock.now(), self._jobs()))

    def _tell(self, interruptions: Sequence[Interruption]) -> bool:
        """Tell of what was interrupted; return whether anything was."""
        for interruption in interruptions:
            self._interrupted(interruption)
        return bool(interruptions)

    def _prune(self) -> None:
        if self._is_behind or self._rounds % PRUNE_EVERY == 0:
            before = self._clock.now() - self._keep_history
            self._is_behind = all(self._store.prune(before, BATCH) == BATCH for _ in range(BATCHES))
        self._rounds += 1
