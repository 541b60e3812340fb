# do not pre-load
"""What comes after a run is on record: `on exit`, then the error handler or a mail."""

from __future__ import annotations

import logging
from dataclasses import replace

from .current import running
from .desk import Desk
from .execution import Contexts, call
from .functions import Functions
from .job import Job
from .job_data import SchedulerJobConfig
from .notices import ErrorText
from .record import FinishedRun, Outcome, Run


class Aftermath:
    """Calls what the job wants to be called, and deals with failures."""

    def __init__(
        self, *, desk: Desk, contexts: Contexts, functions: Functions, logger: logging.Logger
    ) -> None:
        self._desk = desk
        self._contexts = contexts
        self._functions = functions
        self._logger = logger

    def after(self, run: Run, outcome: Outcome) -> None:
        """Call `on exit`; hand an error to the job's error handler, or mail it. Never raises."""
        with running(run):
            self.exited(run.job, FinishedRun.of(run, outcome))
            if outcome.error is None:
                self._desk.succeeded(run, outcome)
            elif run.job.error_handler is None:
                self._desk.failed(run, outcome, ErrorText.of(outcome.error))
            else:
                self._hand_over(run, outcome, outcome.error, run.job.error_handler)

    def exited(self, job: Job, finished: FinishedRun) -> None:
        """Call `on exit` of a job with a run that is over. Never raises."""
        if job.on_exit is None:
            return
        try:
            with self._contexts.context(job.run_as):
                call(self._functions.find(job.on_exit), finished)
        except BaseException:
            self._logger.exception("The function `on exit: %s` of %s failed", job.on_exit, job.name)

    def _hand_over(self, run: Run, outcome: Outcome, error: BaseException, handler: str) -> None:
        try:
            with self._contexts.context(run.job.run_as):
                call(self._functions.find(handler), error, SchedulerJobConfig.of(run.job))
        except BaseException as second:
            self._logger.exception("The error handler %s failed, the default one takes over", handler)
            self._desk.failed(run, outcome, _both(ErrorText.of(error), handler, ErrorText.of(second)))


def _both(error: ErrorText, handler: str, second: ErrorText) -> ErrorText:
    more = f"The error handler {handler} failed as well:\n\n{second.traceback}"
    return replace(error, traceback=f"{error.traceback}\n{more}")
