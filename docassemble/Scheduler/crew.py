# do not pre-load
"""The crew: the threads that jobs run in. They are our own, so that no web thread is ever kept busy."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Crew:
    """Threads that each do `work` when they are woken."""

    def __init__(self, size: int, work: Callable[[], None]) -> None:
        """`work` may be done by `size` threads at a time; it never raises."""
        self._size = size
        self._work = work
        #: guards what follows; held for moments only. uWSGI may interrupt the thread that holds it to end the process
        lock = threading.RLock()
        self._woken, self._finished = threading.Condition(lock), threading.Condition(lock)
        #: so many threads are still to begin
        self._wanted = 0
        self._busy = 0
        self._dismissed = False

    def start(self) -> None:
        """Start the threads; to be called after the fork. They are daemons: Python does not wait for them."""
        for number in range(1, self._size + 1):
            threading.Thread(target=self._serve, name=f"scheduler-{number}", daemon=True).start()

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
            return self._finished.wait_for(lambda: self._busy + self._wanted == 0, timeout)

    def _serve(self) -> None:
        while True:
            with self._woken:
                self._woken.wait_for(lambda: self._wanted > 0)
                self._wanted -= 1
                self._busy += 1
            try:
                self._work()
            finally:
                with self._finished:
                    self._busy -= 1
                    self._finished.notify_all()


def concurrency(wanted: int | None, threads: int) -> int:
    """Return how many jobs may run at once in a process, where a worker has so many web threads."""
    return wanted or max(1, threads // 2)
