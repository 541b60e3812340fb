# do not pre-load
"""What comes after a run is on record: `on exit`, then the error handler or a mail."""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from typing import Any

from ..core.alerts import is_failure
from ..core.errors import JobTimeout
from ..core.job import Job, SchedulerJobConfig
from ..core.run import Due, FinishedRun, Interruption, Outcome, Run, Status
from ..core.texts.error_text import ErrorText
from ..execution.context import running
from ..execution.executor import call
from ..execution.functions import Functions
from ..execution.leftovers import Watch
from ..execution.log.logger import report_error
from ..execution.lookup import Contexts, function_of, identity_of
from ..execution.observers import RunObserver
from ..notifications.notifier import Notifier
from ..notifications.variables import variables_of


class CompletionHooks(RunObserver):
    """Calls what the job wants to be called, and deals with failures."""

    def __init__(
        self,
        *,
        notifier: Notifier,
        contexts: Contexts,
        functions: Functions,
        logger: logging.Logger,
        watch: Watch = nullcontext,
    ) -> None:
        self._notifier = notifier
        self._contexts = contexts
        self._functions = functions
        self._watch = watch
        self._logger = logger

    def finished(self, run: Run, outcome: Outcome) -> None:
        """Call `on exit`, and settle the run unless it is tried again."""
        if outcome.status is not Status.SKIPPED:
            with self._watched(run):
                self._complete(run.job, FinishedRun.of(run, outcome), failing=run.failing)

    def interrupted(self, interruption: Interruption, job: Job | None) -> None:
        """Do the same for a run that lost its process."""
        ended = FinishedRun.interrupted(interruption, job)
        if job is None:
            self._complete(None, ended)
            return
        due = Due(job, interruption.due)
        run = Run(id=interruption.run, due=due, claimed=due.at, attempt=interruption.attempt)
        with running(run), self._watched(run):
            self._complete(job, ended)

    def _watched(self, run: Run) -> AbstractContextManager[Any]:
        """Warn of what the job's functions leave behind."""
        return self._watch(run) if run.job.on_exit or run.job.error_handler else nullcontext()

    def _complete(self, job: Job | None, ended: FinishedRun, *, failing: bool = False) -> None:
        if job is not None and job.on_exit is not None:
            self._exited(job, ended)
        if ended.retry_at is not None:
            return
        if ended.status is Status.SUCCEEDED:
            self._notifier.succeeded(ended, failing=failing, job=job)
        elif is_failure(ended.status, ended.reason):
            self._failed(job, _with_error(ended))

    def _exited(self, job: Job, finished: FinishedRun) -> None:
        try:
            with identity_of(job, self._contexts):
                call(function_of(job, "on_exit", self._functions), finished)
        except BaseException:  # noqa: BLE001 - the boundary of user code
            name = job.shown("on_exit")
            report_error(self._logger, "The function `on exit: %s` of %s failed", name, job.name)

    def _failed(self, job: Job | None, run: FinishedRun) -> None:
        """Hand an error to the job's handler; what has no handler, or no error to hand over, is for the notifier."""
        error = run.error
        if job and job.error_handler and error is not None and run.status is not Status.INTERRUPTED:
            second = self._hand_over(job, error)
            if second is None:
                return
            run = replace(run, error_text=_both(run, job.shown("error_handler"), second))
        self._notifier.failed(run, partial(_variables, job, error), job)

    def _hand_over(self, job: Job, error: BaseException) -> BaseException | None:
        try:
            with identity_of(job, self._contexts):
                call(function_of(job, "error_handler", self._functions), error, SchedulerJobConfig.of(job))
        except BaseException as second:  # noqa: BLE001 - the boundary of user code
            handler = job.shown("error_handler")
            report_error(self._logger, "The error handler %s failed, the default one takes over", handler)
            return second
        return None


def _with_error(run: FinishedRun) -> FinishedRun:
    """Return a run that raised nothing when its time was over with what a handler is given for that."""
    if run.error is not None or run.status is not Status.TIMED_OUT:
        return run
    error = JobTimeout(run.reason or Status.TIMED_OUT.value)
    return replace(run, error=error, error_text=ErrorText.of(error))


def _variables(job: Job | None, error: BaseException | None) -> str:
    return "" if job is None or error is None else variables_of(error, job.function)


def _both(run: FinishedRun, handler: str, second: BaseException) -> ErrorText | None:
    more = f"The error handler {handler} failed as well:\n\n{ErrorText.of(second).traceback}"
    return run.error_text and replace(run.error_text, traceback=f"{run.error_text.traceback}\n{more}")
