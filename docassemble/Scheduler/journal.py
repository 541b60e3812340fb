# do not pre-load
"""The journal: what becomes of every due time, one log line each, in one standard form."""

from __future__ import annotations

import logging
from datetime import timedelta

from .clock import Clock
from .notices import ErrorText
from .record import Due, Ending, Interruption, Outcome, Run, Status

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

    def ended(self, ending: Ending) -> None:
        """Say that due times end without a run, and why."""
        level = logging.WARNING if ending.status is Status.MISSED else logging.INFO
        when = Due(ending.job, ending.first).local.isoformat()
        if ending.count > 1:
            when += f" and {ending.count - 1} more until {Due(ending.job, ending.last).local.isoformat()}"
        extra = {"job": ending.job.name, "event": ending.status.value}
        self._logger.log(level, "%s due %s: %s", ending.status.name, when, ending.reason, extra=extra)

    def interrupted(self, interruption: Interruption) -> None:
        """Say that a run lost its process."""
        self._logger.warning(
            "INTERRUPTED due %s, attempt %d: its process on %s died",
            interruption.due.isoformat(),
            interruption.attempt,
            interruption.server,
            extra={"job": interruption.job, "event": "interrupted"},
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
            text = ErrorText.of(outcome.error)
            error = f"{text.name}: {text.message}"[:LONGEST_TEXT]
            self._logger.error(
                "ERROR after %s: %s",
                duration,
                error,
                exc_info=outcome.error,
                extra=_extra(run.due, outcome.status.value),
            )
        elif outcome.result is not None:
            result = outcome.result[:LONGEST_TEXT]
            self._logger.info(
                "ENDED after %s, returned %s", duration, result, extra=_extra(run.due, "succeeded")
            )
        else:
            self._logger.info("ENDED after %s", duration, extra=_extra(run.due, "succeeded"))


def _extra(due: Due, event: str) -> dict[str, str]:
    return {"job": due.job.name, "event": event}


def _seconds(duration: timedelta) -> str:
    return f"{duration.total_seconds():.3f} s"
