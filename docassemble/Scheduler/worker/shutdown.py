# do not pre-load
"""The end of a process, at a restart of docassemble: what goes on is stopped, and not waited for long."""

from __future__ import annotations

import logging
from collections.abc import Callable

from ..core.run import StopReason
from ..execution.cancellation import RunningRuns

#: how long a run has to stop by itself, and once more after it was forced (seconds)
PATIENCE = 2.0


def stop_all(
    running_runs: RunningRuns, wait_until_idle: Callable[[float], bool], logger: logging.Logger
) -> bool:
    """Ask the runs to stop, then force them; return whether they, and what comes after them, came to an end.

    `wait_until_idle` blocks for at most so many seconds, and answers whether nothing is at work any more.
    """
    running_runs.ask_all(StopReason.RESTART)
    if wait_until_idle(PATIENCE):
        return True
    for run in running_runs.runs():
        running_runs.force(run)
    all_ended = wait_until_idle(PATIENCE)
    for left in running_runs.runs().values():
        logger.warning(
            "The run due %s did not stop: docassemble restarts without it",
            left.due.local.isoformat(),
            extra={"job": left.job.name},
        )
    return all_ended
