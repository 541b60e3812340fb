# do not pre-load
"""What the text of the file adds to the problems: keys that stand twice, and values that YAML has mangled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..core.problem import Problem, Severity
from .codes import Code
from .facts import Path, SourceFacts, Surprise
from .keys import JOB_KEYS, NOTIFY_KEYS, SETTING_KEYS
from .names import normalised
from .readers import boolean, words
from .refused import HIDDEN
from .traps import hint_of

_TABLES = (SETTING_KEYS, NOTIFY_KEYS, JOB_KEYS)
_KEYS = {name: key for table in _TABLES for name, key in table.items()}


def with_facts(problems: Iterable[Problem], facts: SourceFacts) -> list[Problem]:
    """Add the facts of the file to the problems: as hints where a problem is, else as problems."""
    surprises = {surprise.path: surprise for surprise in facts.surprises}
    known = [_hinted(problem, surprises.get(problem.path)) for problem in problems]
    reported = {problem.path for problem in known}
    known += [
        _surprise(surprise)
        for path, surprise in surprises.items()
        if path not in reported and _matters(surprise)
    ]
    return [*known, *(_doubled(path) for path in facts.doubled)]


def _hinted(problem: Problem, surprise: Surprise | None) -> Problem:
    if surprise is None or _is_secret(problem.path):
        return problem
    guessed = "YAML 1.1" in problem.hint
    rest = "" if guessed or not problem.hint else f" {problem.hint}"
    return replace(problem, hint=hint_of(surprise) + rest)


def _matters(surprise: Surprise) -> bool:
    """Tell whether a value that was taken deserves a warning: not where true or false is meant anyway."""
    name = normalised(surprise.path[-1])
    if isinstance(surprise.value, float):
        return ":" in surprise.written
    if not isinstance(surprise.value, bool):
        return not _is_as_written(surprise) or surprise.is_key or _may_be_text(surprise.path)
    takes_boolean = name in _KEYS and _KEYS[name].read is boolean
    return surprise.is_key or not (takes_boolean or _is_secret(surprise.path))


def _is_as_written(surprise: Surprise) -> bool:
    """Tell whether zeros in front of a number make no difference: `05` is five in octal too."""
    digits = surprise.written.replace("_", "")
    return digits.lstrip("+-").isdecimal() and len(digits) < 100 and int(digits) == surprise.value


def _may_be_text(path: Path) -> bool:
    """Tell whether a text may be meant, of which the zeros in front are a part."""
    keys = [_KEYS[name] for name in map(normalised, path[2:]) if name in _KEYS]
    return any(key.payload or key.read is words for key in keys)


def _is_secret(path: Path) -> bool:
    return any(name in _KEYS and _KEYS[name].secret for name in map(normalised, path[2:]))


def _surprise(surprise: Surprise) -> Problem:
    secret = _is_secret(surprise.path)
    return Problem(
        code=Code.YAML_SURPRISE.value,
        path=surprise.path,
        value=HIDDEN if secret else surprise.written,
        sentence="YAML reads this value, which is not quoted, as something else than what is written.",
        hint="Quote it." if secret else hint_of(surprise),
        severity=Severity.WARNING,
    )


def _doubled(path: Path) -> Problem:
    is_job = len(path) == 2 and normalised(path[-1]) not in SETTING_KEYS
    return Problem(
        code=Code.DOUBLED_KEY.value,
        path=path,
        value=HIDDEN,
        sentence="This key stands more than once in the file; only the last one counts.",
        hint=f"Tell them apart by a word after a space: `{path[-1]} 2`." if is_job else "Keep one of them.",
        severity=Severity.WARNING,
    )
