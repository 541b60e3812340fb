# do not pre-load
"""The check-in margin of jobs: a run that begins later than that is reported."""

from __future__ import annotations

import logging

from ..core.clock import Clock
from ..core.run import Run
from ..execution.observers import RunObserver
from .email import RunFacts
from .notifier import Notifier


class LateStartObserver(RunObserver):
    """Looks at the start of each run whether it is too late."""

    def __init__(self, notifier: Notifier, logger: logging.Logger, clock: Clock) -> None:
        self._notifier = notifier
        self._logger = logger
        self._clock = clock

    def started(self, run: Run) -> None:
        """Report a run that begins too late; one that is tried again is late on purpose."""
        margin = run.job.check_in_margin
        late = self._clock.now() - run.due.at
        if margin is None or run.attempt > 1 or late <= margin:
            return
        self._logger.warning(
            "LATE due %s, started %.3f s later; its check-in margin is %.3f s",
            run.due.local.isoformat(),
            late.total_seconds(),
            margin.total_seconds(),
            extra={"job": run.job.name, "event": "late"},
        )
        self._notifier.late(RunFacts(job=run.job.name, due=run.due.local), late, margin)
