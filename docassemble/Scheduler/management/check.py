# do not pre-load
"""Whether the functions and users that jobs name are there: in docassemble, or as far as can be told without it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ..config.codes import Code
from ..core.errors import GeneratorError, HostError, SchedulerError
from ..core.job import Job
from ..core.problem import Problem, Severity
from ..core.settings import Settings
from ..execution.functions import Functions, module_exists
from ..execution.lookup import Contexts, log_handlers_of, masked_error

T = TypeVar("T")

#: a dotted name, and whether the function is called for its work: that of a context manager is not
_Named = tuple[str, bool]


def inspect(jobs: Collection[Job], functions: Functions, contexts: Contexts) -> list[Problem]:
    """Import what the jobs name and look up their users; return a problem for each name that leads nowhere."""
    with contexts.context(None):
        problems = missing_functions(jobs, functions)
    users = [(job, job.run_as) for job in jobs if job.run_as is not None]
    unknown = _wrong((email for _, email in users), lambda email: _enter(contexts, email))
    found = [(job, unknown[email]) for job, email in users if email in unknown]
    return problems + [_problem(Code.UNKNOWN_USER, job, "run as", error) for job, error in found]


#: what a job can run without
_NOT_NEEDED = {("error handler",), ("on exit",)}


def obstacles(problems: Iterable[Problem]) -> dict[str, Problem]:
    """Return why jobs cannot run, by their names; of what an inspection has found, the first of each."""
    found: dict[str, Problem] = {}
    for problem in problems:
        if problem.severity is Severity.ERROR and problem.path[2:] not in _NOT_NEEDED:
            found.setdefault(problem.path[1], problem)
    return found


def missing_functions(jobs: Collection[Job], functions: Functions) -> list[Problem]:
    """Import what the jobs name; return a problem for each name that leads nowhere."""
    names = (named for job in jobs for named in _names(job).values())
    wrong = _wrong(names, lambda named: (functions.find_work if named[1] else functions.find)(named[0]))
    return [problem for job in jobs for problem in _missing(job, wrong)]


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


def _missing_handlers(finders: Mapping[str, Callable[[], object]]) -> list[Problem]:
    wrong = _wrong(finders, lambda name: finders[name]())
    path = ("scheduler", "log handlers")
    return [Code.FUNCTION_NOT_FOUND.problem(path, f"{error}.", error.hint) for error in wrong.values()]


def _enter(contexts: Contexts, email: str) -> None:
    with contexts.context(email):
        pass


def _problem(code: Code, job: Job, key: str | None, error: SchedulerError) -> Problem:
    field = "function" if key is None else key.replace(" ", "_")
    error = masked_error(job, field, error)
    path = ("scheduler", job.name) if key is None else ("scheduler", job.name, key)
    return code.problem(path, f"{error}.", error.hint)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What a check without a server has found."""

    problems: tuple[Problem, ...] = ()
    #: what cannot be told, because docassemble cannot be loaded here: its names may lead somewhere there
    unchecked: tuple[Problem, ...] = ()
    #: why docassemble cannot be loaded
    reason: str = ""


def check_functions(
    jobs: Collection[Job], settings: Settings, functions: Functions, load_host: Callable[[], None]
) -> CheckResult:
    """Import what jobs and settings name; `load_host` loads docassemble's web application, or raises HostError.

    That takes seconds, and is done only when it may help: many functions do not need it.
    """

    def missing() -> list[Problem]:
        return missing_functions(jobs, functions) + _missing_handlers(log_handlers_of(settings, functions))

    problems = missing()
    if not any(_may_need_host(problem) for problem in problems):
        return CheckResult(problems=tuple(problems))
    reason = _loaded(load_host)
    problems = missing()
    if not reason:
        return CheckResult(problems=tuple(problems))
    unchecked = [problem for problem in problems if _may_need_host(problem)]
    rest = [problem for problem in problems if problem not in unchecked]
    return CheckResult(problems=tuple(rest), unchecked=tuple(unchecked), reason=reason)


def _loaded(load_host: Callable[[], None]) -> str:
    try:
        load_host()
    except HostError as error:
        return str(error)
    return ""


def _may_need_host(problem: Problem) -> bool:
    """Return whether a name may be good where docassemble is.

    Without docassemble all may; with it, what is there but cannot be imported: then there is no hint.
    """
    return not problem.hint or not module_exists("docassemble.base")


def report(
    problems: Sequence[Problem], show: Callable[[Iterable[str]], None], logger: logging.Logger
) -> None:
    """Tell what is wrong, in the log, and with `show` where docassemble's administrators see it."""
    for problem in problems:
        level = logging.ERROR if problem.severity is Severity.ERROR else logging.WARNING
        logger.log(level, "%s", problem)
    show(f"Scheduler: {problem}{_line(problem)}" for problem in problems)


def _line(problem: Problem) -> str:
    return "" if problem.line is None else f" (line {problem.line})"
