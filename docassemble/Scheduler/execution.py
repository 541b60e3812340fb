# do not pre-load
"""One run, from outside in: docassemble's context, the job's own context, the function."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from copy import deepcopy
from reprlib import Repr
from typing import Any, Protocol

from .clock import Clock
from .current import running
from .functions import Functions
from .job import Job
from .record import Outcome, Run, Status

_SHORT = Repr()
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = 1_000


class Contexts(Protocol):
    """Where functions of users run."""

    def context(self, user: str | None) -> AbstractContextManager[None]:
        """Return docassemble's background context with the identity of `user` (an e-mail; None = the cron user)."""
        ...


class Observer(Protocol):
    """Who is told about runs."""

    def started(self, run: Run) -> None:
        """Say that the run begins."""
        ...

    def finished(self, run: Run, outcome: Outcome) -> None:
        """Say how it ended; called after `started`, once, and never raises."""
        ...


class Execution:
    """Runs claimed due times to their end."""

    def __init__(self, *, contexts: Contexts, functions: Functions, observer: Observer, clock: Clock) -> None:
        self._contexts = contexts
        self._functions = functions
        self._observer = observer
        self._clock = clock

    def __call__(self, run: Run) -> Outcome:
        """Run it and tell the observer; whatever the job raises, SystemExit included, becomes the outcome."""
        with running(run):
            self._observer.started(run)
            outcome = self._attempt(run)
            self._observer.finished(run, outcome)
        return outcome

    def _attempt(self, run: Run) -> Outcome:
        started = self._clock.now()
        result: str | None = None
        error: BaseException | None = None
        try:
            with self._contexts.context(run.job.run_as):
                result = _shown(self._call(run.job))
        except BaseException as caught:  # noqa: BLE001 - the boundary of user code: sys.exit() must not end uWSGI's thread
            error = caught
        status = Status.SUCCEEDED if error is None else Status.FAILED
        return Outcome(status=status, started=started, finished=self._clock.now(), result=result, error=error)

    def _call(self, job: Job) -> object:
        function = self._functions.find(job.function)
        with self._own_context(job):
            # a copy: what a function does to its arguments must not reach its next run
            return call(function, *deepcopy(job.args), **deepcopy(dict(job.kwargs)))

    def _own_context(self, job: Job) -> AbstractContextManager[Any]:
        if job.contextmanager is None:
            return nullcontext()
        manager: AbstractContextManager[Any] = self._functions.find(job.contextmanager)()
        return manager


def _shown(result: object) -> str | None:
    """Return what a function returned as text that is never long, whatever its own `repr()` does."""
    if result is None:
        return None
    try:
        return _SHORT.repr(result)
    except Exception as error:  # noqa: BLE001 - the job itself succeeded
        return f"<{type(result).__name__}, whose repr() raised {type(error).__name__}>"


def call(function: Callable[..., Any], *args: Any, **kwargs: Any) -> object:
    """Call a function; when it is asynchronous, run it to its end in an event loop of its own."""
    result = function(*args, **kwargs)
    if inspect.isawaitable(result):
        return asyncio.run(_awaited(result))
    return result


async def _awaited(awaitable: Any) -> object:
    return await awaitable
