# do not pre-load
"""Maintenance, every few seconds: heartbeats, runs that nobody runs any more, what is wanted, old records.

No clock of another server is trusted: a process is dead when its beat has not moved for a number of looks.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from ..core.clock import Clock
from ..core.errors import StoreUnavailable
from ..core.job import Job
from ..core.run import EndedRun, Interruption, Outcome
from ..core.site import note_start
from ..execution.log.logger import report_error
from ..store.base import PollResult, Process, ProcessHeartbeat, Store
from ..store.records import ThreadCounts
from .heartbeat import Heartbeat
from .outbox import Activity, EndSpool, Outage, Outbox
from .threads import ThreadPool

#: so many looks in a row at the same beat, and the process is given up: within six periods, a minute
LOOKS = 5
#: so many records are deleted at a time, and so often in one round
BATCH, BATCHES = 500, 10
#: old records are looked for once in so many rounds: every ten minutes
PRUNE_EVERY = 60


@dataclass(slots=True)
class _Silence:
    """How often the same beat of one process has been seen."""

    beat: int
    looks: int = 1


class Maintenance:
    """Does maintenance for one process."""

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
        spool: EndSpool,
        clock: Clock,
        logger: logging.Logger,
        keep_history: timedelta,
    ) -> None:
        """`jobs` says which jobs there are; `interrupted` is told of runs that lost their process.

        `look_around` takes up what was changed or requested elsewhere, and what is to be tried again, as far as one
        poll has shown that there is something.
        """
        self._jobs = jobs
        self._store = store
        self.heartbeat = heartbeat
        self._is_surely_dead = is_surely_dead
        self._interrupted = interrupted
        self._look_around = look_around
        self._outage = outage
        self._spool = spool
        #: for what other processes could not record any more
        self._outbox = Outbox(store, outage, clock, spool)
        self._clock = clock
        self._logger = logger
        self._keep_history = keep_history
        self._silences: dict[str, _Silence] = {}
        self._rounds = 0
        #: whether there may be more to delete than was deleted the last time
        self._is_behind = False

    def open(self) -> PollResult:
        """Register this process, and give up at once those of this machine that are gone; raises StoreUnavailable.

        Return what is to be seen then.
        """
        self.heartbeat.register()
        self._spool.recover(self._adopt)
        self._outbox.flush()
        for heartbeat in self._store.poll(self._clock.now()).heartbeats:
            if self._is_surely_dead(heartbeat.process):
                self._reap(heartbeat.process, None)
        return self._note_start(self._store.poll(self._clock.now()))

    def do_round(self) -> None:
        """Do one round; when the database is away, forget what was seen and try again in the next round."""
        try:
            self.heartbeat.beat()
            self._look_around(self._look_after_others())
            self._prune()
            self._outage.end(Activity.ROUND)
        except StoreUnavailable as error:
            # While the database was away no process could beat (C11).
            self._silences.clear()
            self._outage.begin(Activity.ROUND, error)

    def _look_after_others(self) -> PollResult:
        """Give up what nobody runs any more; return what is to be seen then."""
        poll = self._store.poll(self._clock.now())
        dead = self._dead(poll.heartbeats)
        if dead:
            self._spool.recover(self._adopt)
        self._outbox.flush()
        ended = [self._reap(*each) for each in dead]
        if poll.is_expired:
            ended.append(self._give_up_expired())
        # what has been interrupted may be tried again at once
        return self._note_start(self._store.poll(self._clock.now()) if ended else poll)

    def _note_start(self, poll: PollResult) -> PollResult:
        """Note that the site has started, if it has (C30); return what is to be seen then."""
        now = self._clock.now()
        start = note_start(poll.site_start, poll.boots, now)
        if start is None:
            return poll
        self._store.note_site_start(start)  # or another process was faster
        return self._store.poll(now)

    def _dead(self, heartbeats: Sequence[ProcessHeartbeat]) -> list[tuple[Process, int | None]]:
        """Return who is dead: surely, or unless they have moved on from a beat (C10)."""
        alive = {heartbeat.process.id for heartbeat in heartbeats}
        self._silences = {id_: silence for id_, silence in self._silences.items() if id_ in alive}
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
        silence = self._silences.get(heartbeat.process.id)
        if silence is None or silence.beat != heartbeat.beat:
            self._silences[heartbeat.process.id] = _Silence(heartbeat.beat)
            return False
        silence.looks += 1
        return silence.looks > LOOKS

    def _adopt(self, ends: Mapping[str, Outcome]) -> None:
        """Take over the ends of runs, by run, from processes of this machine that were killed (C15)."""
        for run in self._store.unfinished(ends, self._jobs()):
            self._outbox.put(EndedRun(run, ends[run.id]))

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


class Rounds:
    """Does maintenance, unless no job thread can take work (C13).

    Being alive must mean being able: without heartbeats, other servers take over what this process has claimed.
    """

    def __init__(
        self,
        pool: ThreadPool,
        thread_counts: Callable[[], ThreadCounts],
        maintenance: Maintenance,
        logger: logging.Logger,
    ) -> None:
        self._pool = pool
        self._thread_counts = thread_counts
        self._maintenance = maintenance
        self._logger = logger
        self._is_able = True

    def go_for_ever(self, period: float) -> None:
        """Make a round every `period` seconds; the function of a thread."""
        pause = threading.Event()
        while True:
            self.go()
            pause.wait(period)

    def go(self) -> None:
        """Make one round; never raises."""
        try:
            self._pool.mend()
            if self._look():
                self._maintenance.do_round()
        except BaseException:  # noqa: BLE001 - without heartbeats, others would take this process for dead
            report_error(self._logger, "A round of the scheduler's maintenance failed")

    def _look(self) -> bool:
        """Return whether this process can run jobs; say so when that changes."""
        thread_counts = self._thread_counts()
        was_able, self._is_able = self._is_able, thread_counts.can_work
        if was_able and not self._is_able:
            self._logger.error(
                "No job thread can take work (%d are stuck); this process stops its heartbeat, "
                "so that other servers take over",
                thread_counts.stuck,
            )
        elif self._is_able and not was_able:
            self._logger.warning("Job threads can take work again; this process resumes its heartbeat")
        return self._is_able
