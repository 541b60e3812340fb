# do not pre-load
"""What comes after a run is on record: `on exit`, then the error handler or a mail."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import datetime

from ..core.alerts import is_failure
from ..core.error_text import ErrorText
from ..core.errors import JobTimeout
from ..core.job import Job, SchedulerJobConfig
from ..core.run import Due, FinishedRun, Interruption, Outcome, Run, Status
from ..execution.context import running
from ..execution.executor import call
from ..execution.functions import Functions
from ..execution.leftovers import Watch, unwatched
from ..execution.logger import report_error
from ..execution.observers import RunObserver
from ..execution.veil import Contexts, function_of, identity_of
from ..notifications.email import RunFacts
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
        watch: Watch = unwatched,
    ) -> None:
        self._notifier = notifier
        self._contexts = contexts
        self._functions = functions
        self._watch = watch
        self._logger = logger

    def finished(self, run: Run, outcome: Outcome) -> None:
        """Call `on exit`, and settle the run unless it is tried again."""
        if outcome.status is Status.SKIPPED:
            return
        with self._watched(run):
            self._exited(run.job, FinishedRun.of(run, outcome))
            if outcome.retry_at is not None:
                return
            facts = _facts(run, outcome)
            if outcome.status is Status.SUCCEEDED:
                self._notifier.succeeded(facts, failing=run.failing)
            elif is_failure(outcome.status, outcome.reason):
                error, text = outcome.error, outcome.error_text
                if error is None and outcome.status is Status.TIMED_OUT:
                    error = _timeout(outcome.reason)
                    text = ErrorText.of(error)
                self._failed(run.job, facts, error, text)

    def interrupted(self, interruption: Interruption, job: Job | None) -> None:
        """Do the same for a run that lost its process."""
        with nullcontext() if job is None else self._watched(_run(interruption, job)):
            if job is not None:
                self._exited(job, FinishedRun.interrupted(interruption))
            if interruption.retry_at is None and is_failure(interruption.status, interruption.reason):
                timeout = _timeout(interruption.reason) if interruption.status is Status.TIMED_OUT else None
                text = None if timeout is None else ErrorText.of(timeout)
                self._failed(job, _facts_of_interruption(interruption, job), timeout, text)

    @contextmanager
    def _watched(self, run: Run) -> Iterator[None]:
        """Make it the current run, and warn of what the job's functions leave behind."""
        with running(run), self._watch(run) if run.job.on_exit or run.job.error_handler else nullcontext():
            yield

    def _exited(self, job: Job, finished: FinishedRun) -> None:
        if job.on_exit is None:
            return
        try:
            with identity_of(job, self._contexts):
                call(function_of(job, "on_exit", self._functions), finished)
        except BaseException:  # noqa: BLE001 - the boundary of user code
            name = job.shown("on_exit")
            report_error(self._logger, "The function `on exit: %s` of %s failed", name, job.name)

    def _failed(
        self, job: Job | None, run: RunFacts, error: BaseException | None, text: ErrorText | None
    ) -> None:
        """Hand an error to the job's handler; what has no handler, or no error to hand over, is for the notifier."""
        if job and job.error_handler and error is not None and run.status is not Status.INTERRUPTED:
            second = self._hand_over(job, error)
            if second is None:
                return
            text = _both(text or ErrorText.of(error), job.shown("error_handler"), ErrorText.of(second))
        self._notifier.failed(run, text, _variables(job, error))

    def _hand_over(self, job: Job, error: BaseException) -> BaseException | None:
        try:
            with identity_of(job, self._contexts):
                call(function_of(job, "error_handler", self._functions), error, SchedulerJobConfig.of(job))
        except BaseException as second:  # noqa: BLE001 - the boundary of user code
            handler = job.shown("error_handler")
            report_error(self._logger, "The error handler %s failed, the default one takes over", handler)
            return second
        return None


def _timeout(reason: str | None) -> JobTimeout:
    """Return what a handler is given for a run that raised nothing when its time was over."""
    return JobTimeout(reason or Status.TIMED_OUT.value)


def _run(interruption: Interruption, job: Job) -> Run:
    due = Due(job, interruption.due)
    return Run(id=interruption.run, due=due, claimed=interruption.due, attempt=interruption.attempt)


def _facts(run: Run, outcome: Outcome) -> RunFacts:
    return RunFacts(
        job=run.job.name,
        due=run.due.local,
        duration=outcome.duration,
        status=outcome.status,
        reason=outcome.reason,
        attempt=run.attempt,
    )


def _facts_of_interruption(interruption: Interruption, job: Job | None) -> RunFacts:
    return RunFacts(
        job=interruption.job,
        due=_local(interruption.due, job),
        status=interruption.status,
        reason=interruption.reason,
        attempt=interruption.attempt,
        server=interruption.server,
    )


def _local(due: datetime, job: Job | None) -> datetime:
    return due if job is None else Due(job, due).local


def _variables(job: Job | None, error: BaseException | None) -> Callable[[], str]:
    return lambda: "" if job is None or error is None else variables_of(error, job.function)


def _both(error: ErrorText, handler: str, second: ErrorText) -> ErrorText:
    more = f"The error handler {handler} failed as well:\n\n{second.traceback}"
    return replace(error, traceback=f"{error.traceback}\n{more}")
