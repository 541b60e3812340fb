# do not pre-load
"""Whether the functions and users that jobs name are there, which only docassemble knows; and telling what is wrong."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

from ..config.codes import Code
from ..core.errors import GeneratorError, SchedulerError
from ..core.job import Job
from ..core.problem import Problem, Severity
from ..execution.functions import Functions
from ..execution.veil import Contexts, veiled

T = TypeVar("T")


class Board(Protocol):
    """Where docassemble's administrators see what is wrong."""

    def show_problems(self, texts: Iterable[str]) -> None:
        """Show lines."""
        ...


#: a dotted name, and whether the function is called for its work: that of a context manager is not
_Named = tuple[str, bool]


def inspect(jobs: Iterable[Job], functions: Functions, contexts: Contexts) -> Iterator[Problem]:
    """Import what the jobs name and look up their users; yield a problem for each name that leads nowhere."""
    jobs = list(jobs)
    with contexts.context(None):
        wrong = _wrong((named for job in jobs for named in _names(job).values()), _looking(functions))
    for job in jobs:
        yield from _missing(job, wrong)
    users = [(job, job.run_as) for job in jobs if job.run_as is not None]
    unknown = _wrong((email for _, email in users), lambda email: _enter(contexts, email))
    for job, email in users:
        if email in unknown:
            yield _problem(Code.UNKNOWN_USER, job, "run as", unknown[email])


def missing_functions(job: Job, functions: Functions) -> Iterator[Problem]:
    """Import what a job names; yield a problem for each name that leads nowhere."""
    return _missing(job, _wrong(_names(job).values(), _looking(functions)))


def _names(job: Job) -> dict[str | None, _Named]:
    """Return what a job names, by the key; None = the job itself."""
    names = {
        None: job.function,
        "contextmanager": job.contextmanager,
        "error handler": job.error_handler,
        "only if": job.only_if,
        "on exit": job.on_exit,
    }
    return {key: (name, key != "contextmanager") for key, name in names.items() if name is not None}


def _looking(functions: Functions) -> Callable[[_Named], object]:
    return lambda named: functions.find_work(named[0]) if named[1] else functions.find(named[0])


def _wrong(names: Iterable[T], look: Callable[[T], object]) -> dict[T, SchedulerError]:
    """Look for each name, once however many jobs have it; return why those lead nowhere that do."""
    errors = {}
    for name in dict.fromkeys(names):
        try:
            look(name)
        except SchedulerError as error:
            errors[name] = error
    return errors


def _missing(job: Job, wrong: Mapping[_Named, SchedulerError]) -> Iterator[Problem]:
    for key, named in _names(job).items():
        if (error := wrong.get(named)) is not None:
            code = Code.GENERATOR_FUNCTION if isinstance(error, GeneratorError) else Code.FUNCTION_NOT_FOUND
            yield _problem(code, job, key, error)


def _enter(contexts: Contexts, email: str) -> None:
    with contexts.context(email):
        pass


def _problem(code: Code, job: Job, key: str | None, error: SchedulerError) -> Problem:
    field = "function" if key is None else key.replace(" ", "_")
    error = veiled(job, field, error)
    path = ("scheduler", job.name) if key is None else ("scheduler", job.name, key)
    return code.problem(path, f"{error}.", error.hint)


def report(problems: Sequence[Problem], board: Board, logger: logging.Logger) -> None:
    """Tell what is wrong, in the log and where docassemble's administrators see it."""
    for problem in problems:
        level = logging.ERROR if problem.severity is Severity.ERROR else logging.WARNING
        logger.log(level, "%s", problem)
    board.show_problems(f"Scheduler: {problem}" for problem in problems)
