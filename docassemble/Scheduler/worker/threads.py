# do not pre-load
"""The threads that jobs run in: the pool, what it does beside jobs, and its end.

They are our own, so that no web thread is ever kept busy.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Collection

from ..core.clock import Clock, SystemClock
from ..core.run import StopReason
from ..core.texts.text import last_words
from ..execution.cancellation import RunningRuns
from ..execution.log.logger import report_error
from ..store.records import ThreadCounts

#: a thread that is busy for so long outside of any run is stuck (seconds): a database that never answers, say
STUCK_AFTER = 60.0


class ThreadPool:
    """Threads that each do `work` when they are woken; a thread that ends is replaced."""

    def __init__(
        self,
        size: int,
        work: Callable[[], None],
        failed: Callable[[str], None] = last_words,
        clock: Clock | None = None,
    ) -> None:
        """`work` may be done by `size` threads at a time; `failed` tells, in a handler, what it raised all the same."""
        self._size = size
        self._work = work
        self._failed = failed
        self._clock = clock or SystemClock()
        #: guards what follows; held for moments only. uWSGI may interrupt the thread that holds it to end the process
        lock = threading.RLock()
        self._woken, self._finished = threading.Condition(lock), threading.Condition(lock)
        #: so many threads are still to begin
        self._wanted = 0
        #: thread -> since when it is busy, or has ended its last run (seconds, on the clock that nobody sets)
        self._busy: dict[int, float] = {}
        self._threads: dict[int, threading.Thread] = {}
        self._dismissed = False

    def start(self) -> None:
        """Start the threads; to be called after the fork. They are daemons: Python does not wait for them."""
        for number in range(1, self._size + 1):
            self._begin(number)

    def wake(self) -> None:
        """Have the work done once more from now on, as soon as a thread is free; returns at once."""
        with self._woken:
            # Each thread looks at all there is to do: more wakes than threads would be of no use.
            if not self._dismissed and self._wanted < self._size:
                self._wanted += 1
                self._woken.notify()

    def dismiss(self) -> None:
        """Begin nothing more, but what was asked for before."""
        with self._woken:
            self._dismissed = True

    def wait_until_idle(self, timeout: float) -> bool:
        """Block until nothing is left to do, for at most `timeout` seconds; return whether that came about."""
        with self._finished:
            return self._finished.wait_for(lambda: not self._busy and not self._wanted, timeout)

    def note(self) -> None:
        """Note that the present thread has got on: a run has ended."""
        thread = threading.get_ident()
        if thread in self._busy:
            self._busy[thread] = self._clock.monotonic()

    def thread_counts(self, running: Collection[int] = (), hanging: Collection[int] = ()) -> ThreadCounts:
        """Return what the threads do; `running` are in a run, `hanging` in one that does not end though stopped."""
        late = self._clock.monotonic() - STUCK_AFTER
        with self._woken:
            alive = {thread.ident for thread in self._threads.values() if thread.is_alive()}
            busy = {thread: since for thread, since in self._busy.items() if thread in alive}
        stuck = sum(
            thread in hanging or (thread not in running and since < late) for thread, since in busy.items()
        )
        return ThreadCounts(free=len(alive) - len(busy), busy=len(busy) - stuck, stuck=stuck)

    def mend(self) -> None:
        """Replace the threads that have ended; never raises."""
        for number, thread in list(self._threads.items()):
            if not thread.is_alive():
                self._replace(number)

    def _begin(self, number: int) -> None:
        thread = threading.Thread(target=self._serve, args=(number,), name=f"scheduler-{number}", daemon=True)
        self._threads[number] = thread
        thread.start()

    def _replace(self, number: int) -> None:
        try:
            self._begin(number)
        except BaseException:  # noqa: BLE001 - no thread can be had: it is tried again at the next `mend`
            self._tell(f"The job thread scheduler-{number} ended and cannot be replaced yet")

    def _serve(self, number: int) -> None:
        try:
            while True:
                self._take_turn()
        except BaseException:  # noqa: BLE001 - whatever ends a thread from outside, a lack of memory or an exception
            self._tell(f"The job thread scheduler-{number} ended, another one takes its place")
        finally:
            self._busy.pop(threading.get_ident(), None)
            self._replace(number)

    def _take_turn(self) -> None:
        thread = threading.get_ident()
        with self._woken:
            self._woken.wait_for(lambda: self._wanted > 0)
            self._wanted -= 1
            self._busy[thread] = self._clock.monotonic()
        try:
            self._work()
        except BaseException:  # noqa: BLE001 - the thread has more to do
            self._tell("A wake of the scheduler failed")
        finally:
            with self._finished:
                self._busy.pop(thread, None)
                self._finished.notify_all()

    def _tell(self, text: str) -> None:
        try:
            self._failed(text)
        except BaseException:  # noqa: BLE001 - the last boundary: nothing that tells of a failure may end a thread
            last_words(text)


def concurrency(wanted: int | None, threads: int) -> int:
    """Return how many jobs may run at once in a process, where a worker has so many web threads."""
    return wanted or max(1, threads // 2)


#: how long a run has to stop by itself, and once more after it was interrupted (seconds)
STOP_TIMEOUT = 2.0


def stop_all(
    running_runs: RunningRuns, wait_until_idle: Callable[[float], bool], logger: logging.Logger
) -> bool:
    """Ask the runs to stop, then interrupt them; return whether they, and what comes after them, came to an end.

    `wait_until_idle` blocks for at most so many seconds, and answers whether nothing is at work any more.
    """
    running_runs.request_stop_of_all(StopReason.RESTART)
    if wait_until_idle(STOP_TIMEOUT):
        return True
    for run in running_runs.runs():
        running_runs.interrupt(run)
    all_ended = wait_until_idle(STOP_TIMEOUT)
    for left in running_runs.runs().values():
        logger.warning(
            "The run due %s did not stop: docassemble restarts without it",
            left.due.local.isoformat(),
            extra={"job": left.job.name},
        )
    return all_ended


class DeferredCalls:
    """Functions that wait to be called, each once; usable from every thread."""

    def __init__(self, logger: logging.Logger, wake: Callable[[], None]) -> None:
        """`wake` has a job thread make the calls that wait."""
        self._logger = logger
        self._wake = wake
        self._waiting: deque[Callable[[], None]] = deque()

    def __bool__(self) -> bool:
        """Return whether anything waits."""
        return bool(self._waiting)

    def add(self, call: Callable[[], None]) -> None:
        """Have a function called by the next thread that has time."""
        self._waiting.append(call)
        self._wake()

    def make(self) -> None:
        """Call what waits; what it raises is logged."""
        while True:
            try:
                call = self._waiting.popleft()
            except IndexError:
                return
            try:
                call()
            except BaseException:  # noqa: BLE001 - the others, and what is due, have nothing to do with it
                report_error(self._logger, "A deferred call of the scheduler failed")
