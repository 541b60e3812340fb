# do not pre-load
"""A configuration looked through without a server: are the functions there that its jobs name?"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec

from ..core.errors import HostError
from ..core.job import Job
from ..core.problem import Problem
from ..core.run import Due
from ..execution.functions import Functions
from .inspection import missing_functions


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    """What came out."""

    problems: tuple[Problem, ...] = ()
    #: what cannot be told, because docassemble cannot be loaded here: its names may lead somewhere there
    unchecked: tuple[Problem, ...] = ()
    #: why docassemble cannot be loaded
    reason: str = ""


def check_functions(jobs: Iterable[Job], functions: Functions, load_host: Callable[[], None]) -> Checkup:
    """Import what the jobs name; `load_host` loads docassemble's web application, or raises HostError.

    That takes seconds, and is done only when it may help: many functions do not need it.
    """
    jobs = list(jobs)
    problems = _missing(jobs, functions)
    if not any(_may_need_host(problem) for problem in problems):
        return Checkup(problems=tuple(problems))
    reason = _loaded(load_host)
    problems = _missing(jobs, functions)
    if not reason:
        return Checkup(problems=tuple(problems))
    unchecked = [problem for problem in problems if _may_need_host(problem)]
    rest = [problem for problem in problems if problem not in unchecked]
    return Checkup(problems=tuple(rest), unchecked=tuple(unchecked), reason=reason)


def _missing(jobs: Iterable[Job], functions: Functions) -> list[Problem]:
    return [problem for job in jobs for problem in missing_functions(job, functions)]


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
    return not problem.hint or not _is_there("docassemble.base")


def _is_there(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ImportError:
        return False


def next_dues(job: Job, now: datetime, count: int) -> list[Due]:
    """Return the next due times of a job."""
    dues: list[Due] = []
    at = job.schedule.next_after(now)
    while at is not None and len(dues) < count:
        dues.append(Due(job, at))
        at = job.schedule.next_after(at)
    return dues
