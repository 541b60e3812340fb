# do not pre-load
"""What is wrong in the configuration, as the overview shows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from ...config.hints import normalised
from ...config.keys import SETTING_KEYS
from ...core.problem import Problem, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A problem of the configuration, for people."""

    #: `scheduler -> test.heartbeat -> minute`
    where: str
    sentence: str
    hint: str
    code: str
    #: whether it keeps a job from running, or a setting from having effect
    is_error: bool


def troubles(problems: Sequence[Problem]) -> tuple[Trouble, ...]:
    """Put problems into words, errors first."""
    by_weight = sorted(problems, key=lambda problem: problem.severity is not Severity.ERROR)
    return tuple(_trouble(problem) for problem in by_weight)


def per_job(problems: Sequence[Problem]) -> Mapping[str, int]:
    """Count the problems below each name in the block."""
    return Counter(problem.path[1] for problem in problems if len(problem.path) > 1)


def broken_jobs(problems: Sequence[Problem], known: Collection[str]) -> list[str]:
    """Name what is meant to be a job and cannot be run, in the order of the configuration."""
    errors = [problem for problem in problems if problem.severity is Severity.ERROR and len(problem.path) > 1]
    return list(
        dict.fromkeys(each.path[1] for each in errors if _is_of_job(each) and each.path[1] not in known)
    )


def _is_of_job(problem: Problem) -> bool:
    if normalised(problem.path[1]) in SETTING_KEYS:
        return False
    # names of jobs have a dot, or a mapping below them in which something is wrong
    return "." in problem.path[1] or len(problem.path) > 2


def _trouble(problem: Problem) -> Trouble:
    return Trouble(
        where=" \u2192 ".join(problem.place),
        sentence=problem.sentence,
        hint=problem.hint,
        code=problem.code,
        is_error=problem.severity is Severity.ERROR,
    )
