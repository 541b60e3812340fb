# do not pre-load
"""The watchdog, a thread: stops the runs of this process whose time is up, or that somebody wants to stop."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from ..core.clock import Clock
from ..core.errors import StoreUnavailable
from ..core.run import Run, StopReason
from .cancellation import RunningRuns
from .log.logger import report_error

#: how often the runs that are going on are looked at (seconds)
LOOK_INTERVAL = 0.25
#: every so many looks the store is asked whether somebody wants to stop a run
ASK_EVERY = 4
#: so long a job that is asked to stop may take to do so, before an exception is raised in it (seconds)
STOP_TIMEOUT = 2.0
#: a run reports how it goes once it has gone on for so long (seconds)
REPORT_AFTER = 2.0


@dataclass(slots=True)
class _Watched:
    """What the watchdog knows of a run."""

    #: when it was first seen, on the clock that nobody sets (seconds)
    since: float
    #: when the exception is raised in it; None = it was not asked to stop
    force_at: float | None = None


class Watchdog:
    """Looks after the runs of one process."""

    def __init__(
        self,
        running_runs: RunningRuns,
        stop_requests: Callable[[Collection[str]], Mapping[str, str]],
        clock: Clock,
        logger: logging.Logger,
        report: Callable[[Collection[str], float], None] = lambda _runs, _now: None,
    ) -> None:
        """`stop_requests` says which of some runs are asked to stop, and for which StopReason, by its name.

        `report` is called with the runs that have lasted for a while, and the time of the clock that nobody sets.
        """
        self._running_runs = running_runs
        self._stop_requests = stop_requests
        self._report = report
        self._clock = clock
        self._logger = logger
        self._watched: dict[str, _Watched] = {}
        self._looks = 0

    def start(self) -> None:
        """Start the thread."""
        threading.Thread(target=self._watch, name="scheduler-watchdog", daemon=True).start()

    def _watch(self) -> None:
        pause = threading.Event()
        while True:
            self._running_runs.wait_until_any()
            pause.wait(LOOK_INTERVAL)
            try:
                self.look()
            except BaseException:  # noqa: BLE001 - without the watchdog, nothing would ever be stopped
                report_error(self._logger, "The scheduler's watchdog failed")

    def look(self) -> None:
        """Look once at what is going on: force what was asked, ask what is over time, ask what is to stop."""
        runs = self._running_runs.runs()
        self._watched = {id_: watch for id_, watch in self._watched.items() if id_ in runs}
        if not runs:
            return
        now = self._clock.monotonic()
        for id_, run in runs.items():
            self._look_at(run, self._watched.setdefault(id_, _Watched(now)), now)
        try:
            self._look_for_requests(now)
            if lasting := [id_ for id_, watch in self._watched.items() if now - watch.since >= REPORT_AFTER]:
                self._report(lasting, now)
        except StoreUnavailable:
            pass  # the maintenance says that the database is away

    def _look_at(self, run: Run, watch: _Watched, now: float) -> None:
        longest = run.job.max_runtime
        if watch.force_at is None and longest is not None and now - watch.since >= longest.total_seconds():
            self._running_runs.request_stop(run.id, StopReason.TIMEOUT)
            watch.force_at = now
        if watch.force_at is not None and now >= watch.force_at:
            self._running_runs.interrupt(run.id)

    def _look_for_requests(self, now: float) -> None:
        self._looks += 1
        if self._looks % ASK_EVERY:
            return
        # a run that has just begun need not be asked for: most are over by the next time
        asked = [id_ for id_, watch in self._watched.items() if watch.force_at is None and watch.since < now]
        if not asked:
            return
        for id_, reason in self._stop_requests(asked).items():
            self._running_runs.request_stop(id_, StopReason[reason])
            self._watched[id_].force_at = now + STOP_TIMEOUT
