# do not pre-load
"""Stopping a run: it is asked to, then an exception is raised in its thread; and the runs of this process."""

from __future__ import annotations

import asyncio
import ctypes
import signal
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from ..core.errors import JobStopped
from ..core.run import Run, StopReason
from .forks import children_end_here
from .log.run_log import RunLog


class CancelToken:
    """What asks one run to stop; usable from every thread. A later reason does not replace an earlier one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reason: StopReason | None = None
        #: whether the job has heard of it: it asked, or the exception was raised in it
        self._is_known = False
        self._is_interrupted = False
        #: raises an exception in the job; None while the job is not in its own code
        self._raise_in_job: Callable[[type[JobStopped]], None] | None = None

    @property
    def reason(self) -> StopReason | None:
        """Why the run is to stop; None while it is not."""
        return self._reason

    @property
    def is_interrupted(self) -> bool:
        """Whether the exception has been raised in the job."""
        return self._is_interrupted

    @property
    def acknowledged(self) -> StopReason | None:
        """Why the run is to stop, once the job knows it; None before."""
        return self._reason if self._is_known else None

    def acknowledge(self) -> bool:
        """Answer the job's question whether it is to stop."""
        self._is_known = self._is_known or self._reason is not None
        return self._is_known

    def request(self, reason: StopReason) -> None:
        """Let `hear()` answer yes from now on."""
        with self._lock:
            self._reason = self._reason or reason

    def interrupt(self) -> None:
        """Raise the exception of the reason in the job, once, if it is (still) in its own code; to be asked before."""
        with self._lock:
            if self._reason is None or self._is_interrupted or self._raise_in_job is None:
                return
            self._is_interrupted = self._is_known = True
            self._raise_in_job(self._reason.exception)

    @contextmanager
    def interruptible(
        self, raise_in_job: Callable[[type[JobStopped]], None], take_back: Callable[[], None]
    ) -> Iterator[None]:
        """Let `interrupt()` call `raise_in_job` in this block; what has not arrived at its end, `take_back` takes."""
        with self._lock:
            before, self._raise_in_job = self._raise_in_job, raise_in_job
        try:
            with children_end_here():  # the lock may be held in them, by a thread that they do not have
                yield
        finally:
            with self._lock:
                self._raise_in_job = before
                if self._is_interrupted:
                    take_back()


class RunningRuns:
    """The runs that are going on in this process, each with its token."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._stops: dict[str, tuple[Run, CancelToken]] = {}
        #: run -> the thread that it is in
        self._threads: dict[str, int] = {}
        #: run -> what it tells
        self._logs: dict[str, RunLog] = {}
        #: why all are to stop, those too that begin from now on
        self._all: StopReason | None = None

    @contextmanager
    def during(self, run: Run, log: RunLog | None = None) -> Iterator[CancelToken]:
        """Hold `run`, which tells `log` how far it is, as long as this block lasts."""
        stop = CancelToken()
        with self._changed:
            if self._all is not None:
                stop.request(self._all)
            self._stops[run.id] = (run, stop)
            self._threads[run.id] = threading.get_ident()
            if log is not None:
                self._logs[run.id] = log
            self._changed.notify_all()
        try:
            yield stop
        finally:
            with self._changed:
                del self._stops[run.id], self._threads[run.id]
                self._logs.pop(run.id, None)
                self._changed.notify_all()

    def runs(self) -> dict[str, Run]:
        """Return the runs by their identifiers."""
        with self._changed:
            return {id_: run for id_, (run, _) in self._stops.items()}

    def told(self) -> dict[str, tuple[RunLog, int]]:
        """Return what each run tells, and the thread that it is in."""
        with self._changed:
            return {id_: (log, self._threads[id_]) for id_, log in self._logs.items()}

    def threads(self) -> tuple[set[int], set[int]]:
        """Return the threads that are in a run; and which of them are in one that was interrupted and has not ended."""
        with self._changed:
            interrupted = {
                self._threads[id_] for id_, (_, stop) in self._stops.items() if stop.is_interrupted
            }
            return set(self._threads.values()), interrupted

    def request_stop(self, run: str, reason: StopReason) -> None:
        """Ask one run to stop, by its identifier; nothing happens when it is not going on here."""
        for stop in self._of(run):
            stop.request(reason)

    def request_stop_of_all(self, reason: StopReason) -> None:
        """Ask all runs to stop, those too that begin from now on."""
        with self._changed:
            self._all = reason
            for _, stop in self._stops.values():
                stop.request(reason)

    def interrupt(self, run: str) -> None:
        """Raise the exception in one run that was asked."""
        for stop in self._of(run):
            stop.interrupt()

    def wait_until_any(self) -> None:
        """Block until something is going on."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._stops))

    def _of(self, run: str) -> list[CancelToken]:
        with self._changed:
            return [self._stops[run][1]] if run in self._stops else []


#: wakes a main thread; neither docassemble nor Celery uses it there
WAKE = signal.SIGUSR2


def interruptible(stop: CancelToken) -> AbstractContextManager[None]:
    """Let `stop` raise its exception in this thread while the block lasts: at the next Python instruction.

    A thread that waits inside of C code, in `time.sleep` for example, gets it when that is over. It is woken where
    `let_interruptions_wake` was called.
    """
    thread = threading.get_ident()
    return stop.interruptible(lambda exception: _raise_in(thread, exception), _take_back)


def let_interruptions_wake() -> None:
    """Let interruptions of the main thread end its waiting too; to be called there, nothing happens elsewhere.

    Only for a process of which the signals are Python's, and whose jobs run in its main thread: one of Celery's.
    """
    if threading.current_thread() is threading.main_thread():
        signal.signal(WAKE, _woken)


async def awaited(awaitable: Awaitable[Any], stop: CancelToken, log: RunLog | None = None) -> object:
    """Await, in an event loop of its own; `stop` then cancels it as well, so that nothing sleeps on.

    `log` is told what is awaited.
    """
    loop = asyncio.get_running_loop()
    thread = threading.get_ident()
    task = asyncio.ensure_future(awaitable)
    if log is not None:
        log.task = task

    def interrupt(exception: type[JobStopped]) -> None:
        loop.call_soon_threadsafe(task.cancel)  # wakes it from its waiting
        _raise_in(thread, exception)  # ends what does not wait

    with stop.interruptible(interrupt, _take_back):
        return await task


class _Nothing(BaseException):
    """Arrives in place of an exception that is taken back."""


def _raise_in(thread: int, exception: type[BaseException]) -> None:
    wakes = signal.getsignal(WAKE) is _woken
    _set(thread, exception)
    if wakes:
        signal.pthread_kill(thread, WAKE)


def _take_back() -> None:
    """Take back what has not arrived in this thread.

    CPython up to 3.11 cannot be told that nothing is to arrive: it would look for it at each instruction from then on
    (and for ever at the same one, under a tracer). So something else arrives, here.
    """
    try:
        _set(threading.get_ident(), _Nothing)
        while True:
            pass
    except _Nothing:
        pass


def _set(thread: int, exception: type[BaseException]) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(exception))


def _woken(_signal: int, _frame: object) -> None:
    """Execute some Python instructions in the thread that waited: the exception is raised at one of them."""
    for _ in range(2):
        pass
