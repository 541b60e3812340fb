# do not pre-load
"""The functions and users that jobs and settings name, looked up. Errors do not show what came from the environment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any, Protocol

from ..core.errors import FunctionError, HostError, SchedulerError
from ..core.job import Job
from ..core.settings import Settings
from .functions import Functions


class Contexts(Protocol):
    """Where functions of users run."""

    def context(self, user: str | None) -> AbstractContextManager[None]:
        """Return docassemble's background context with the identity of `user` (an e-mail; None = the cron user)."""
        ...


def masked_error(job: Job, field: str, error: SchedulerError) -> SchedulerError:
    """Return the error; if the name in that field came from the environment, one without it."""
    if field not in job.written:
        return error
    kind = HostError if isinstance(error, HostError) else FunctionError
    return kind(
        f"`{job.shown(field)}` leads nowhere, as the environment has it",
        hint="check the value of the variable",
    )


def function_of(job: Job, field: str, functions: Functions) -> Callable[..., Any]:
    """Find the function that a field of a job names; raises FunctionError."""
    try:
        return functions.find(getattr(job, field))
    except FunctionError as error:
        raise masked_error(job, field, error) from (None if field in job.written else error.__cause__)


def log_handlers_of(
    settings: Settings, functions: Functions
) -> Mapping[str, Callable[[], Callable[[], Any]]]:
    """Return what finds the function of each log handler, or raises FunctionError, by the name to show."""
    names = settings.log_handlers
    if "log_handlers" not in settings.written:
        return {name: partial(functions.find, name) for name in names}
    return {
        f"number {number}": partial(_find_hidden, name, functions) for number, name in enumerate(names, 1)
    }


def _find_hidden(name: str, functions: Functions) -> Callable[[], Any]:
    try:
        return functions.find(name)
    except FunctionError:
        raise FunctionError(
            "the name leads nowhere, as the environment has it", hint="check the value of the variable"
        ) from None


@contextmanager
def identity_of(job: Job, contexts: Contexts) -> Iterator[None]:
    """Enter docassemble's context as the job's user; raises SchedulerError when there is none."""
    is_entered = False
    try:
        with contexts.context(job.run_as):
            is_entered = True
            yield
    except SchedulerError as error:
        if is_entered:
            raise
        raise masked_error(job, "run_as", error) from (None if "run_as" in job.written else error.__cause__)
