# do not pre-load
"""An outage of the database: one warning when it begins, one line when it is over; what has ended waits meanwhile."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum, auto
from itertools import islice
from typing import Protocol, TypeVar

from ..core.clock import Clock
from ..core.errors import NotStorable, RowsLocked, StoreUnavailable
from ..core.run import EndedRun, Outcome, Run
from ..core.texts.error_text import summary
from ..store.base import Store

#: how long to wait until the database is tried again, by who waits for it (seconds)
PAUSE = 1.0
#: the same for rows that somebody has locked
LOCKED = timedelta(seconds=10)
#: so many ends are recorded in one transaction
MAX_TOGETHER = 200

T = TypeVar("T")


class Activity(Enum):
    """What is tried again and again while the database is away: one may fail while the others succeed."""

    CLAIM = auto()
    RECORD = auto()
    #: heartbeats, and a look at what others do
    ROUND = auto()


class Outage:
    """Says once that the database is away, and once that it is back for all that has missed it."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._lock = threading.Lock()
        #: what has failed and not succeeded since; replaced, so that others may look any time
        self._failing: frozenset[Activity] = frozenset()

    def begin(self, activity: Activity, error: StoreUnavailable) -> None:
        """Note that the database did not answer."""
        with self._lock:
            known, self._failing = self._failing, self._failing | {activity}
        if not known:
            self._logger.warning(
                "The database is away, due jobs and records wait until it is back: %s", error
            )

    def locked(self, run: Run) -> None:
        """Note that a record has to wait because somebody has locked its rows."""
        self._logger.warning(
            "The end of a run due %s cannot be recorded yet: somebody has locked its rows in the database",
            run.due.local.isoformat(),
            extra={"job": run.job.name},
        )

    def refused(self, run: Run, error: Exception) -> None:
        """Note that a record can never be written."""
        self._logger.error(
            "The end of a run due %s cannot be recorded: %s",
            run.due.local.isoformat(),
            summary(error),
            extra={"job": run.job.name},
        )

    def outlast(self, attempt: Callable[[], None]) -> None:
        """Do something as soon as the database answers; blocks until then."""
        pause = threading.Event()
        while True:
            try:
                attempt()
            except StoreUnavailable as error:
                self.begin(Activity.ROUND, error)
                pause.wait(PAUSE)
            else:
                self.end(Activity.ROUND)
                return

    def end(self, activity: Activity) -> None:
        """Note that the database answered."""
        if activity not in self._failing:
            return
        with self._lock:
            known, self._failing = self._failing, self._failing - {activity}
        if known and not self._failing:
            self._logger.info("The database is back")


class EndSpool(Protocol):
    """Keeps ends that are not on record yet where they outlive this process, if it is killed (C15)."""

    def note(self, ended: EndedRun) -> bool:
        """Keep the end of a run that succeeded; return whether its record may wait: False when there is no room."""
        ...

    def forget(self, run: str) -> None:
        """Let go of the end of a run that is on record."""
        ...

    def recover(self, record: Callable[[Mapping[str, Outcome]], object]) -> None:
        """Give `record` the ends that dead processes have left, by run, and let go of them; raises what it raises."""
        ...


class Outbox:
    """Hands outcomes to the store in the order in which they came; keeps them while the store is away (C14)."""

    def __init__(self, store: Store, outage: Outage, clock: Clock, spool: EndSpool) -> None:
        self._store = store
        self._outage = outage
        self._clock = clock
        self._spool = spool
        self._waiting: deque[EndedRun] = deque()
        #: what is tried again later, because somebody has locked its rows; replaced, so that others may look any time
        self._postponed: tuple[tuple[datetime, EndedRun], ...] = ()
        #: held by the one thread that talks to the store; the others never wait for it
        self._flushing = threading.Lock()

    def __bool__(self) -> bool:
        """Return whether anything can be recorded now."""
        return bool(self._waiting) or (bool(self._postponed) and self._is_time())

    def put(self, ended: EndedRun) -> bool:
        """Take an outcome, which the next `send_with` or `flush` records; return whether it may wait for that."""
        may_wait = ended.is_quiet and self._spool.note(ended)
        self._waiting.append(ended)
        return may_wait

    def finish(self, run: Run, outcome: Outcome) -> None:
        """Record an outcome, now or as soon as the store is back."""
        self.put(EndedRun(run, outcome))
        self.flush()

    def send_with(self, send: Callable[[Sequence[EndedRun]], T]) -> T:
        """Let `send` hand over what waits together with what it has to say itself; return its answer (C15).

        It is given nothing when another thread is at it, or when one of the outcomes cannot be recorded.
        """
        if not self._flushing.acquire(blocking=False):
            return send(())
        try:
            ended = tuple(self._waiting)
            try:
                answer = send(ended)
            except RowsLocked:
                for each in ended:  # apart, so that only those wait on whose rows are locked
                    self._finish(each)
                    self._waiting.popleft()
                raise
            except StoreUnavailable:
                raise
            except Exception:
                if not ended:
                    raise
                return send(())  # `flush` finds out which one it is
            if ended:
                self._recorded(ended)
            return answer
        finally:
            self._flushing.release()

    def flush(self) -> None:
        """Hand over what waits, unless another thread is at it."""
        while self and self._flushing.acquire(blocking=False):
            try:
                if self._postponed:
                    self._resume()
                self._hand_over()
            except StoreUnavailable as error:
                self._outage.begin(Activity.RECORD, error)
                return
            finally:
                self._flushing.release()

    def _hand_over(self) -> None:
        """Record what waits: in one transaction, which costs hardly more than one end, else one after the other."""
        while self._waiting:
            some = tuple(islice(self._waiting, MAX_TOGETHER))
            if len(some) > 1 and self._finish_together(some):
                continue
            for each in some:
                self._finish(each)
                self._waiting.popleft()

    def _finish_together(self, some: Sequence[EndedRun]) -> bool:
        """Record ends; return whether that was done: one that cannot be recorded must not hold up the others."""
        try:
            self._store.finish_all(some)
        except (RowsLocked, NotStorable):
            return False
        except StoreUnavailable:
            raise
        except Exception:  # noqa: BLE001 - it is told when that end is recorded by itself
            return False
        self._recorded(some)
        return True

    def _recorded(self, ended: Sequence[EndedRun]) -> None:
        """Let go of the first ones that wait, which are on record now."""
        for each in ended:
            self._waiting.popleft()
            self._spool.forget(each.run.id)
        self._outage.end(Activity.RECORD)

    def _resume(self) -> None:
        """Record what was postponed, when its time has come: by itself, for its rows may still be locked."""
        while self._is_time():
            (_, ended), *_ = self._postponed
            self._finish(ended)
            self._postponed = self._postponed[1:]

    def _is_time(self) -> bool:
        postponed = self._postponed
        return bool(postponed) and postponed[0][0] <= self._clock.now()

    def _finish(self, ended: EndedRun) -> None:
        """Record an end, later if its rows are locked; without what the job says if the store refuses that."""
        try:
            self._store.finish(ended.run, ended.outcome)
        except RowsLocked:
            self._outage.locked(ended.run)
            self._postponed = (*self._postponed, (self._clock.now() + LOCKED, ended))
            return
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - one record that cannot be written must not hold up the others
            self._outage.refused(ended.run, error)
            self._finish_bare(ended)
        self._spool.forget(ended.run.id)
        self._outage.end(Activity.RECORD)

    def _finish_bare(self, ended: EndedRun) -> None:
        try:
            self._store.finish(ended.run, ended.outcome.bare)
        except StoreUnavailable:
            raise
        except Exception:  # noqa: BLE001, S110 - it has been told
            pass
