# do not pre-load
"""The event log: what becomes of every due time, one log line each, in one standard form."""

from __future__ import annotations

import logging

from ...core.clock import Clock
from ...core.job import Job
from ...core.retry import next_attempt
from ...core.run import Due, Interruption, Outcome, Run, Status, UnrunDueTimes
from ...core.texts.error_text import traceback_of
from ...core.texts.text import cut
from ..observers import RunObserver

#: how much of a result or an error goes into a line (characters)
MAX_TEXT = 500


class LogObserver(RunObserver):
    """Writes STARTED, ENDED, ERROR, TIMED OUT, STOPPED, SKIPPED, MISSED and WAITING lines.

    Each record carries `event`, `job` and `due`; `run`, where there is one; its end `duration`, in seconds.
    """

    def __init__(self, logger: logging.Logger, clock: Clock) -> None:
        self._logger = logger
        self._clock = clock

    def waiting(self, due: Due) -> None:
        """Say that `due` waits for a free slot."""
        self._write(
            logging.INFO,
            f"WAITING for a free slot, due {due.local.isoformat()}",
            _extra(due, "waiting for a free slot"),
        )

    def locked(self, due: Due) -> None:
        """Say that `due` waits because somebody has locked its rows in the database."""
        self._write(
            logging.WARNING,
            f"WAITING for rows of the database that somebody has locked, due {due.local.isoformat()}",
            _extra(due, "waiting for locked rows"),
        )

    def unrun(self, unrun: UnrunDueTimes) -> None:
        """Say that due times end without a run, and why."""
        level = logging.WARNING if unrun.status is Status.MISSED else logging.INFO
        when = Due(unrun.job, unrun.first).local.isoformat()
        if unrun.count > 1:
            when += f" and {unrun.count - 1} more until {Due(unrun.job, unrun.last).local.isoformat()}"
        extra = _extra(Due(unrun.job, unrun.first), unrun.status.value)
        self._write(level, f"{unrun.status.name} due {when}: {unrun.reason}", extra)

    def interrupted(self, interruption: Interruption, job: Job | None) -> None:  # noqa: ARG002 - a job of whatever server
        """Say that a run lost its process."""
        status = interruption.status.name.replace("_", " ")
        self._write(
            logging.WARNING,
            f"{status} due {interruption.due.isoformat()}, attempt {interruption.attempt}, "
            f"on {interruption.server}: {interruption.reason}",
            {
                "job": interruption.job,
                "run": interruption.run,
                "due": interruption.due.isoformat(),
                "event": interruption.status.value,
            },
        )

    def started(self, run: Run) -> None:
        """Say that `run` begins, and how late."""
        late = (self._clock.now() - run.due.at).total_seconds()
        attempt = f", attempt {run.attempt}" if run.attempt > 1 else ""
        self._write(
            logging.INFO,
            f"STARTED due {run.due.local.isoformat()}, {late:.3f} s late{attempt}",
            {
                "job": run.job.name,
                "run": run.id,
                "due": run.due.at.isoformat(),
                "event": "started",
            },
        )

    def finished(self, run: Run, outcome: Outcome) -> None:
        """Say how `run` ended, and how long it took."""
        level, text = _ending(run, outcome)
        if outcome.retry_at is not None:
            again = Due(run.job, outcome.retry_at).local
            attempt = next_attempt(outcome.status, run.attempt)
            text += f"; attempt {attempt} follows at {again.isoformat(timespec='seconds')}"
        extra: dict[str, object] = {
            "job": run.job.name,
            "run": run.id,
            "due": run.due.at.isoformat(),
            "event": outcome.status.value,
            "duration": (outcome.finished - outcome.started).total_seconds(),
        }
        if outcome.error is not None:
            extra["error_text"] = outcome.error_text
        self._write(level, text, extra, outcome.error)

    def _write(
        self, level: int, text: str, extra: dict[str, object], error: BaseException | None = None
    ) -> None:
        """Write a line; logging would look for the line of code that did it, which says nothing here."""
        logger = self._logger
        if not logger.isEnabledFor(level):
            return
        # not the exception itself: logging asks whether it is true, which is a method of it
        raised = None if error is None else (type(error), error, traceback_of(error))
        logger.handle(
            logger.makeRecord(logger.name, level, __file__, 0, text, (), raised, func="_write", extra=extra)
        )


def _ending(run: Run, outcome: Outcome) -> tuple[int, str]:
    """Return the level and the text of the line about the end of a run."""
    after = f"after {outcome.duration.total_seconds():.3f} s"
    if outcome.status is Status.SKIPPED:
        return logging.INFO, f"SKIPPED due {run.due.local.isoformat()}: {outcome.reason}"
    if outcome.status is Status.TIMED_OUT:
        return logging.ERROR, f"TIMED OUT {after}: {outcome.reason}"
    if outcome.status in {Status.INTERRUPTED, Status.STOPPED}:
        return logging.WARNING, f"STOPPED {after}: {outcome.reason}"
    if outcome.error_text is not None:
        return logging.ERROR, f"ERROR {after}: {cut(outcome.error_text.line, MAX_TEXT)}"
    returned = "" if outcome.result is None else f", returned {cut(outcome.result, MAX_TEXT)}"
    return logging.INFO, f"ENDED {after}{returned}"


def _extra(due: Due, event: str) -> dict[str, object]:
    return {"job": due.job.name, "due": due.at.isoformat(), "event": event}
