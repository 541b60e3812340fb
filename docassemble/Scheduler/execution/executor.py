# do not pre-load
"""One run, from outside in: docassemble's context, `only if`, the job's own context, the function."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from ..core.clock import Clock
from ..core.decision import LEAD
from ..core.errors import JobStopped, RunSkipped
from ..core.job import Job
from ..core.retry import failed, retry_at
from ..core.run import Outcome, Run, Status, StopReason
from ..core.texts.error_text import ErrorText
from .arguments import IMMUTABLE
from .cancellation import CancelToken, RunningRuns, awaited, interruptible
from .context import current_run, isolated, running
from .forks import children_end_here
from .functions import Functions
from .leftovers import Watch
from .log.run_log import RunLog
from .lookup import Contexts, function_of, identity_of
from .observers import RunObserver
from .results import completed, result_text


class Executor:
    """Runs claimed due times to their end."""

    def __init__(  # noqa: PLR0913 - the ports it is composed of
        self,
        *,
        contexts: Contexts,
        functions: Functions,
        observer: RunObserver,
        running_runs: RunningRuns,
        clock: Clock,
        watch: Watch = nullcontext,
    ) -> None:
        """`observer` hears that a run begins; `watch` warns of what it leaves behind."""
        self._contexts = contexts
        self._functions = functions
        self._observer = observer
        self._running_runs = running_runs
        self._watch = watch
        self._clock = clock

    def __call__(self, run: Run) -> Outcome:
        """Run it; whatever the job raises, SystemExit included, becomes the outcome."""
        return isolated(self._run, run)

    def _run(self, run: Run) -> Outcome:
        log = RunLog()
        with self._running_runs.during(run, log) as stop, running(run, stop, log):
            with self._watch(run):
                outcome = self._tried(run, stop, log)
            if log.captured is not None:
                log.captured.end()
            text = log.text()
        return outcome if text is None else replace(outcome, log=text)

    def _tried(self, run: Run, stop: CancelToken, log: RunLog) -> Outcome:
        started = self._clock.now()
        try:
            with identity_of(run.job, self._contexts):
                self._await_due(run)
                log.started = started = self._clock.now()
                return self._attempt(run, stop, started)
        except RunSkipped as reason:
            return self._skipped(started, str(reason))
        except BaseException as error:  # noqa: BLE001 - the boundary of user code: sys.exit() must not end uWSGI's thread
            return self._failed(run, stop, started, error)

    def _await_due(self, run: Run) -> None:
        """Wait for the due time of a run that was claimed ahead (C4), but not for long after a clock was set back."""
        early = min(run.due.at - self._clock.now(), LEAD)
        if early > timedelta(0):
            self._clock.sleep(early.total_seconds())

    def _attempt(self, run: Run, stop: CancelToken, started: datetime) -> Outcome:
        with interruptible(stop):
            if run.job.only_if and not call(function_of(run.job, "only_if", self._functions)):
                return self._skipped(started, f"`only if: {run.job.shown('only_if')}` said no")
            self._observer.started(run)
            result = result_text(self._call(run.job))
        return self._ended(run, stop, started, result)

    def _skipped(self, started: datetime, reason: str) -> Outcome:
        return Outcome(status=Status.SKIPPED, started=started, finished=self._clock.now(), reason=reason)

    def _call(self, job: Job) -> object:
        function = function_of(job, "function", self._functions)
        manager: Any = nullcontext()
        if job.contextmanager is not None:
            manager = function_of(job, "contextmanager", self._functions)()
        with manager:
            # a copy: what a function does to its arguments must not reach its next run
            args = job.args if IMMUTABLE.issuperset(map(type, job.args)) else deepcopy(job.args)
            return call(function, *args, **(deepcopy(dict(job.kwargs)) if job.kwargs else {}))

    def _ended(self, run: Run, stop: CancelToken, started: datetime, result: str | None) -> Outcome:
        """Return the outcome of a function that returned; one that was asked to stop may have done so half-way."""
        if reason := stop.acknowledged:
            return self._stopped(run, reason, started, result, None)
        finished = self._clock.now()
        return Outcome(status=Status.SUCCEEDED, started=started, finished=finished, result=result)

    def _failed(self, run: Run, stop: CancelToken, started: datetime, error: BaseException) -> Outcome:
        try:
            # `str()` of an error is code of the job, which ends when its time is over
            with interruptible(stop):
                text = ErrorText.of(error)
        except JobStopped:
            text = ErrorText.bare(error)
        if reason := stop.acknowledged:
            return self._stopped(run, reason, started, None, error, text)
        return failed(run, error, started=started, now=self._clock.now(), text=text)

    def _stopped(  # noqa: PLR0913, PLR0917 - all that is known of its end
        self,
        run: Run,
        reason: StopReason,
        started: datetime,
        result: str | None,
        error: BaseException | None,
        text: ErrorText | None = None,
    ) -> Outcome:
        finished = self._clock.now()
        cancelled = issubclass(type(error), asyncio.CancelledError)
        again = None
        if not reason.is_final:
            again = retry_at(run.job, reason.status, run=run.id, attempt=run.attempt, now=finished)
        return Outcome(
            status=reason.status,
            started=started,
            finished=finished,
            result=result,
            error=reason.exception() if cancelled else error,
            error_text=None if cancelled else text,
            reason=reason.value,
            retry_at=again,
        )


def call(function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> object:
    """Call a function, and do what it left to be done: what is asynchronous runs in an event loop of its own."""
    with children_end_here():
        result = function(*args, **kwargs)
        return None if result is None else completed(result, _await)


def _await(awaitable: Awaitable[Any]) -> object:
    current = current_run()
    if current is None:
        return asyncio.run(awaited(awaitable, CancelToken()))
    return asyncio.run(awaited(awaitable, current.stop, current.own_log))
