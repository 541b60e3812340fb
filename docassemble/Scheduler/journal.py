# do not pre-load
"""The journal: what becomes of every due time, one log line each, in one standard form."""

from __future__ import annotations

import logging
from datetime import timedelta

from .clock import Clock
from .record import Due, Outcome, Run, Status

#: how much of a result or an error goes into a line (characters)
LONGEST_TEXT = 500


class LogJournal:
    """Writes STARTED, ENDED, ERROR, SKIPPED, MISSED and WAITING lines; each record carries `event` and `job`."""

    def __init__(self, logger: logging.Logger, clock: Clock) -> None:
        self._logger = logger
        self._clock = clock

    def waiting(self, due: Due) -> None:
        """Say that `due` waits for a free slot."""
        self._logger.info(
            "WAITING for a free slot, due %s",
            due.local.isoformat(),
            extra=_extra(due, "waiting for a free slot"),
        )

    def ended(self, due: Due, status: Status, reason: str) -> None:
        """Say that `due` ends without a run, and why."""
        level = logging.WARNING if status is Status.MISSED else logging.INFO
        self._logger.log(
            level,
            "%s due %s: %s",
            status.name,
            due.local.isoformat(),
            reason,
            extra=_extra(due, status.value),
        )

    def started(self, run: Run) -> None:
        """Say that `run` begins, and how late."""
        late = self._clock.now() - run.due.at
        self._logger.info(
            "STARTED due %s, %s late",
            run.due.local.isoformat(),
            _seconds(late),
            extra=_extra(run.due, "started"),
        )

    def finished(self, run: Run, outcome: Outcome) -> None:
        """Say how `run` ended, and how long it took."""
        duration = _seconds(outcome.duration)
        if outcome.error is not None:
            error = f"{type(outcome.error).__name__}: {outcome.error}"[:LONGEST_TEXT]
            self._logger.error(
                "ERROR after %s: %s",
                duration,
                error,
                exc_info=outcome.error,
                extra=_extra(run.due, outcome.status.value),
            )
        elif outcome.result:
            text = repr(outcome.result)[:LONGEST_TEXT]
            self._logger.info(
                "ENDED after %s, returned %s", duration, text, extra=_extra(run.due, "succeeded")
            )
        else:
            self._logger.info("ENDED after %s", duration, extra=_extra(run.due, "succeeded"))


def _extra(due: Due, event: str) -> dict[str, str]:
    return {"job": due.job.name, "event": event}


def _seconds(duration: timedelta) -> str:
    return f"{duration.total_seconds():.3f} s"
