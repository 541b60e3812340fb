# do not pre-load
"""Stopping a run: it is asked, then forced; and the runs that are going on in this process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..core.errors import JobStopped
from ..core.run import Run, StopReason
from .forks import children_end_here


class Stop:
    """The stop signal of one run; usable from every thread. A later reason does not replace an earlier one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reason: StopReason | None = None
        #: whether the job has heard of it: it asked, or the exception was raised in it
        self._is_known = False
        self._forced = False
        #: raises an exception in the job; None while the job is not in its own code
        self._interrupt: Callable[[type[JobStopped]], None] | None = None

    @property
    def reason(self) -> StopReason | None:
        """Why the run is to stop; None while it is not."""
        return self._reason

    @property
    def is_forced(self) -> bool:
        """Whether the exception has been raised in the job."""
        return self._forced

    @property
    def heard(self) -> StopReason | None:
        """Why the run is to stop, once the job knows it; None before."""
        return self._reason if self._is_known else None

    def hear(self) -> bool:
        """Answer the job's question whether it is to stop."""
        self._is_known = self._is_known or self._reason is not None
        return self._is_known

    def ask(self, reason: StopReason) -> None:
        """Let `hear()` answer yes from now on."""
        with self._lock:
            self._reason = self._reason or reason

    def force(self) -> None:
        """Raise the exception of the reason in the job, once, if it is (still) in its own code; to be asked before."""
        with self._lock:
            if self._reason is None or self._forced or self._interrupt is None:
                return
            self._forced = self._is_known = True
            self._interrupt(self._reason.exception)

    @contextmanager
    def interruptible(
        self, interrupt: Callable[[type[JobStopped]], None], calm: Callable[[], None]
    ) -> Iterator[None]:
        """Let `force()` call `interrupt` while this block lasts; `calm` then takes back what has not arrived yet."""
        with self._lock:
            before, self._interrupt = self._interrupt, interrupt
        try:
            with children_end_here():  # the lock may be held in them, by a thread that they do not have
                yield
        finally:
            with self._lock:
                self._interrupt = before
                if self._forced:
                    calm()


class RunningRuns:
    """The runs that are going on in this process, each with its stop signal."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._stops: dict[str, tuple[Run, Stop]] = {}
        #: run -> the thread that it is in
        self._threads: dict[str, int] = {}
        #: why all are to stop, those too that begin from now on
        self._all: StopReason | None = None

    @contextmanager
    def during(self, run: Run) -> Iterator[Stop]:
        """Hold `run` as long as this block lasts."""
        stop = Stop()
        with self._changed:
            if self._all is not None:
                stop.ask(self._all)
            self._stops[run.id] = (run, stop)
            self._threads[run.id] = threading.get_ident()
            self._changed.notify_all()
        try:
            yield stop
        finally:
            with self._changed:
                del self._stops[run.id], self._threads[run.id]
                self._changed.notify_all()

    def runs(self) -> dict[str, Run]:
        """Return the runs by their identifiers."""
        with self._changed:
            return {id_: run for id_, (run, _) in self._stops.items()}

    def threads(self) -> tuple[set[int], set[int]]:
        """Return the threads that are in a run; and which of them are in one that was forced to end and has not."""
        with self._changed:
            forced = {self._threads[id_] for id_, (_, stop) in self._stops.items() if stop.is_forced}
            return set(self._threads.values()), forced

    def ask(self, run: str, reason: StopReason) -> None:
        """Ask one run to stop, by its identifier; nothing happens when it is not going on here."""
        for stop in self._of(run):
            stop.ask(reason)

    def ask_all(self, reason: StopReason) -> None:
        """Ask all runs to stop, those too that begin from now on."""
        with self._changed:
            self._all = reason
            for _, stop in self._stops.values():
                stop.ask(reason)

    def force(self, run: str) -> None:
        """Raise the exception in one run that was asked."""
        for stop in self._of(run):
            stop.force()

    def wait_until_any(self) -> None:
        """Block until something is going on."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._stops))

    def _of(self, run: str) -> list[Stop]:
        with self._changed:
            return [self._stops[run][1]] if run in self._stops else []
