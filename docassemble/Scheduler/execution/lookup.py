# do not pre-load
"""The functions and the user that a job names, looked up. Errors do not show what came from the environment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any, Protocol

from ..core.errors import FunctionError, HostError, SchedulerError
from ..core.job import Job
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


@contextmanager
def identity_of(job: Job, contexts: Contexts) -> Iterator[None]:
    """Enter docassemble's context as the job's user; raises SchedulerError when there is none."""
    with ExitStack() as stack:
        try:
            stack.enter_context(contexts.context(job.run_as))
        except SchedulerError as error:
            raise masked_error(job, "run_as", error) from (
                None if "run_as" in job.written else error.__cause__
            )
        yield
