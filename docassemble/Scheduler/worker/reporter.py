# do not pre-load
"""Reports how the runs of this process go: that they have started, how far they are, and what they have written."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

from ..core.clock import Clock
from ..core.progress import Progress, Told
from ..execution.cancellation import RunningRuns
from ..execution.log.run_log import RunLog
from ..execution.stack import stack_of
from ..store.base import Store
from ..store.records import RunReport

#: a process reports at most so often (seconds)
REPORT_INTERVAL: Final = 2.0


@dataclass(frozen=True, slots=True)
class _Reported:
    """What is known of a run in the database."""

    progress: Told | None = None
    #: how many records of its log
    written: int = 0


class Reporter:
    """Reports for one process; called by the watchdog, so no run waits for it."""

    def __init__(
        self,
        running_runs: RunningRuns,
        store: Store | None,
        clock: Clock,
        told: Callable[[str, Progress], None] = lambda _run, _progress: None,
    ) -> None:
        """Without a store nothing is recorded. `told` hears of each progress that is reported."""
        self._running_runs = running_runs
        self._store = store
        self._clock = clock
        self._told = told
        self._reported: dict[str, _Reported] = {}
        self._last = -REPORT_INTERVAL

    def report(self, runs: Collection[str], now: float) -> None:
        """Report of these runs, as far as anything has changed, unless that was done just now.

        `now` is a time of the clock that nobody sets (seconds). Raises StoreUnavailable; then all is reported again.
        """
        if now - self._last < REPORT_INTERVAL:
            return
        self._last = now
        told = {id_: each for id_, each in self._running_runs.told().items() if id_ in runs}
        self._reported = {id_: each for id_, each in self._reported.items() if id_ in told}
        if told:
            self._report(told)

    def _report(self, told: dict[str, tuple[RunLog, int]]) -> None:
        asked = self._store.stack_requests(list(told)) if self._store else ()
        names = {each.ident: each.name for each in threading.enumerate()}
        reports, reported = [], {}
        for id_, (log, thread) in told.items():
            known = _Reported(log.progress, log.written)
            is_asked = id_ in asked
            if log.started is None or (known == self._reported.get(id_) and not is_asked):
                continue
            reports.append(self._made(id_, log, thread, names.get(thread, ""), known, is_asked=is_asked))
            reported[id_] = known
        if self._store and reports:
            self._store.report(reports)
        self._reported |= reported
        for each in reports:
            if each.progress is not None:
                self._told(each.run, each.progress)

    def _made(  # noqa: PLR0913 - what is known of a run
        self, id_: str, log: RunLog, thread: int, name: str, known: _Reported, *, is_asked: bool
    ) -> RunReport:
        before, now = self._reported.get(id_, _Reported()), self._clock.now()
        assert log.started is not None  # noqa: S101 - looked at before
        is_further = known.progress is not None and known.progress != before.progress
        stack = stack_of(thread, log.task) if is_asked else None
        return RunReport(
            run=id_,
            started=log.started,
            pid=os.getpid(),
            thread=name,
            progress=Progress.of(known.progress, now) if is_further and known.progress else None,
            log=log.text() if known.written != before.written else None,
            stack=stack,
            stack_at=now if stack else None,
        )
