# do not pre-load
"""Whether the functions and users that jobs name are there, which only docassemble knows; and telling what is wrong."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from .config.codes import Code
from .errors import FunctionError, SchedulerError
from .execution import Contexts
from .functions import Functions
from .job import Job
from .problem import Problem, Severity


class Board(Protocol):
    """Where docassemble's administrators see what is wrong."""

    def show_problems(self, texts: Iterable[str]) -> None:
        """Show lines."""
        ...


def inspect(jobs: Iterable[Job], functions: Functions, contexts: Contexts) -> Iterator[Problem]:
    """Import what the jobs name and look up their users; yield a problem for each name that leads nowhere."""
    jobs = list(jobs)
    with contexts.context(None):
        for job in jobs:
            yield from missing_functions(job, functions)
    for job in jobs:
        if job.run_as is not None:
            yield from _missing_user(job, job.run_as, contexts)


def missing_functions(job: Job, functions: Functions) -> Iterator[Problem]:
    """Import what a job names; yield a problem for each name that leads nowhere."""
    named = {
        None: job.function,
        "contextmanager": job.contextmanager,
        "error handler": job.error_handler,
        "only if": job.only_if,
        "on exit": job.on_exit,
    }
    for key, name in named.items():
        try:
            if name is not None:
                functions.find(name)
        except FunctionError as error:
            yield _problem(Code.FUNCTION_NOT_FOUND, job, key, name, error)


def _missing_user(job: Job, email: str, contexts: Contexts) -> Iterator[Problem]:
    try:
        with contexts.context(email):
            pass
    except SchedulerError as error:
        yield _problem(Code.UNKNOWN_USER, job, "run as", email, error)


def _problem(code: Code, job: Job, key: str | None, value: object, error: SchedulerError) -> Problem:
    path = ("scheduler", job.name) if key is None else ("scheduler", job.name, key)
    return Problem(code=code.value, path=path, value=value, sentence=f"{error}.", hint=error.hint)


def report(problems: Sequence[Problem], board: Board, logger: logging.Logger) -> None:
    """Tell what is wrong, in the log and where docassemble's administrators see it."""
    for problem in problems:
        level = logging.ERROR if problem.severity is Severity.ERROR else logging.WARNING
        logger.log(level, "%s", problem)
    board.show_problems(f"Scheduler: {problem}" for problem in problems)
