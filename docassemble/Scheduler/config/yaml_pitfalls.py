# do not pre-load
"""What only the text of the file can tell: keys that stand twice, and values that YAML 1.1 has mangled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ..core.problem import Path, Problem
from ..core.texts.excerpt import excerpt
from .codes import Code
from .keys import JOB_KEYS, NOTIFY_KEYS, SETTING_KEYS
from .values.hints import normalised
from .values.readers import boolean, words


@dataclass(frozen=True, slots=True, kw_only=True)
class YamlPitfall:
    """An unquoted scalar, or key, that YAML 1.1 reads as something else than what is written."""

    #: ends in the text of the key as YAML has read it, when it is a key that surprises
    path: Path
    #: as it stands in the file: `010`
    written: str
    #: what YAML makes of it: `8`
    value: bool | int | float
    is_key: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFindings:
    """The findings of one file; without findings when it could not be read, and `unread` says why."""

    #: keys that stand more than once in their mapping, each once
    doubled: tuple[Path, ...] = ()
    pitfalls: tuple[YamlPitfall, ...] = ()
    unread: str = ""


_KEYS = SETTING_KEYS | NOTIFY_KEYS | JOB_KEYS


def with_findings(problems: Iterable[Problem], findings: SourceFindings) -> list[Problem]:
    """Add the findings of the file to the problems: as hints where a problem is, else as problems."""
    pitfalls = {pitfall.path: pitfall for pitfall in findings.pitfalls}
    known = [_hinted(problem, pitfalls.get(problem.path)) for problem in problems]
    reported = {problem.path for problem in known}
    others = [_pitfall(each) for path, each in pitfalls.items() if path not in reported and _matters(each)]
    return [*known, *others, *(_doubled(path) for path in findings.doubled)]


def _hinted(problem: Problem, pitfall: YamlPitfall | None) -> Problem:
    if pitfall is None or _is_secret(problem.path):
        return problem
    guessed = "YAML 1.1" in problem.hint
    rest = "" if guessed or not problem.hint else f" {problem.hint}"
    return replace(problem, hint=_hint_of(pitfall) + rest)


def _matters(pitfall: YamlPitfall) -> bool:
    """Tell whether a value that was taken deserves a warning: not where true or false is meant anyway."""
    name = normalised(pitfall.path[-1])
    if isinstance(pitfall.value, float):
        return ":" in pitfall.written
    if not isinstance(pitfall.value, bool):
        return not _is_as_written(pitfall) or pitfall.is_key or _may_be_text(pitfall.path)
    takes_boolean = name in _KEYS and _KEYS[name].read is boolean
    return pitfall.is_key or not (takes_boolean or _is_secret(pitfall.path))


def _is_as_written(pitfall: YamlPitfall) -> bool:
    """Tell whether zeros in front of a number make no difference: `05` is five in octal too."""
    digits = pitfall.written.replace("_", "")
    return digits.lstrip("+-").isdecimal() and len(digits) < 100 and int(digits) == pitfall.value


def _may_be_text(path: Path) -> bool:
    """Tell whether a text may be meant, of which the zeros in front are a part."""
    keys = [_KEYS[name] for name in map(normalised, path[2:]) if name in _KEYS]
    return any(key.payload or key.read is words for key in keys)


def _is_secret(path: Path) -> bool:
    return any(name in _KEYS and _KEYS[name].secret for name in map(normalised, path[2:]))


def _pitfall(pitfall: YamlPitfall) -> Problem:
    sentence = "YAML reads this value, which is not quoted, as something else than what is written."
    hint = "Quote it." if _is_secret(pitfall.path) else _hint_of(pitfall)
    return Code.YAML_SURPRISE.warning(pitfall.path, sentence, hint)


def _hint_of(pitfall: YamlPitfall) -> str:
    value = str(pitfall.value).lower() if isinstance(pitfall.value, bool) else excerpt(pitfall.value)
    return f"`{excerpt(pitfall.written)}` without quotes is {value} in YAML 1.1: quote it."


def _doubled(path: Path) -> Problem:
    is_job = len(path) == 2 and normalised(path[-1]) not in SETTING_KEYS
    sentence = "This key stands more than once in the file; only the last one counts."
    hint = f"Tell them apart by a word after a space: `{path[-1]} 2`." if is_job else "Keep one of them."
    return Code.DOUBLED_KEY.warning(path, sentence, hint)
