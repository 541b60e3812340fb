# do not pre-load
"""Overrides: values that variables set in place of the file, such as `DA_SCHEDULER__LOG_LEVEL`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, NamedTuple

from ..core.errors import closest
from ..core.problem import Path, Problem, Severity
from ..core.texts.excerpt import excerpt
from .codes import Code, InvalidValue
from .environment import HEARTBEAT, TAGS, Environment, FromVariable
from .keys import JOB_KEYS, NOTIFY_KEYS, SETTING_KEYS, TABLE_KEYS, Key, find
from .section import MAX_UNKNOWN_KEYS
from .values.hints import shown, text_of
from .yaml_pitfalls import SourceFindings

LEVEL = "__"
PREFIX = f"DA_SCHEDULER{LEVEL}"
JOBS = "JOBS"
#: settings whose keys are a level of their own
_SECTIONS = {"defaults": JOB_KEYS, "notify": NOTIFY_KEYS, "jobs from": TABLE_KEYS}
_SEPARATORS = re.compile(r"[\W_]+")
#: among so many names one is looked for that may be meant
_GUESSED = 200
_FILE = "the file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A value that a variable has set."""

    path: Path
    variable: str
    #: where the variable stands: `the environment`, or `line 3 of .env`
    source: str
    #: where else the value is set, without effect
    instead_of: tuple[str, ...]

    @property
    def place(self) -> tuple[str, ...]:
        """The path to show."""
        return tuple(map(excerpt, self.path))

    def __str__(self) -> str:
        loser = f", not by {' or '.join(self.instead_of)}" if self.instead_of else ""
        return f"{' -> '.join(self.place)}: set by {self.variable} in {self.source}{loser}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Overridden:
    """The settings and jobs of the block, with the values that variables set."""

    settings: Mapping[Any, Any]
    jobs: Mapping[Any, Any]
    applied: tuple[Override, ...]
    problems: tuple[Problem, ...]
    #: the keys of the file whose values have no effect
    replaced: tuple[Path, ...]

    def left(self, source: SourceFindings) -> SourceFindings:
        """Return the findings of the file without those about values that have no effect."""
        left = [
            each for each in source.pitfalls if not any(_is_below(each.path, path) for path in self.replaced)
        ]
        return replace(source, pitfalls=tuple(left)) if self.replaced else source


def override(
    settings: Mapping[Any, Any], jobs: Mapping[Any, Any], environment: Environment, root: Path
) -> Overridden:
    """Put the values of variables in the place of those of the block, which is left alone. Never raises."""
    names = [name for name in environment.names() if _is_like_ours(name) and environment.get(name)]
    block = _Block(settings=dict(settings), jobs=dict(jobs), environment=environment, root=root)
    # those of the process come last, and win when two spell the same key
    for name in sorted(names, key=lambda name: (not environment.line(name), name)):
        block.take(name)
    return Overridden(
        settings=block.settings,
        jobs=block.jobs,
        applied=tuple(block.applied.values()),
        problems=_limited(block.problems),
        replaced=tuple(block.replaced),
    )


def written_name(job: str) -> str:
    """Return the name of a job as it is written in a variable: `test.heartbeat 2` is `TEST_HEARTBEAT_2`."""
    return _SEPARATORS.sub("_", job).strip("_").upper()


def _is_like_ours(name: str) -> bool:
    return name.upper().startswith("DA_SCHEDULER_") and name not in (TAGS, HEARTBEAT)


def _is_below(path: Path, above: Path) -> bool:
    return path[: len(above)] == above


@dataclass(slots=True, kw_only=True)
class _Block:
    """The block while variables are put in, one after the other."""

    settings: dict[Any, Any]
    jobs: dict[Any, Any]
    environment: Environment
    root: Path
    applied: dict[Path, Override] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    replaced: list[Path] = field(default_factory=list)
    #: the jobs by their written names, once they are asked for
    written: dict[str, list[Any]] = field(default_factory=dict)

    def take(self, name: str) -> None:
        """Put in the value of one variable, or report why not."""
        try:
            if name != name.upper() or not name.startswith(PREFIX):
                hint = f"Begin it with `{PREFIX}`, and write all of it in capitals."
                raise InvalidValue(Code.UNKNOWN_VARIABLE, "is written like those of the scheduler", hint=hint)
            value = _value(self.environment.get(name) or "")
            self._set(self._target(name.removeprefix(PREFIX).split(LEVEL)), name, value)
        except InvalidValue as error:
            severity = Severity.ERROR if error.code is Code.BAD_JSON else Severity.WARNING
            path = (self.environment.line(name) or "environment", name)
            sentence = f"This variable {error}; it has no effect."
            self.problems.append(error.code.problem(path, sentence, error.hint, severity))

    def _target(self, levels: list[str]) -> _Target:
        first, *rest = levels
        if first == JOBS:
            return self._below(self.jobs, self._job(rest[:1]), JOB_KEYS, rest[1:])
        key = _key(SETTING_KEYS, [first], "setting")
        if key.section:
            spellings = _spellings(self.settings, SETTING_KEYS, key)
            name = spellings[0] if spellings and key.name not in spellings else key.name
            return self._below(self.settings, name, _SECTIONS[key.name], rest)
        if rest:
            hint = "End it there; lists and mappings are written as JSON."
            raise InvalidValue(
                Code.UNKNOWN_VARIABLE, f"goes on below `{first}`, which has no levels", hint=hint
            )
        return _Target(self.settings, self.root, SETTING_KEYS, key)

    def _below(
        self, parent: dict[Any, Any], name: object, table: Mapping[str, Key], levels: list[str]
    ) -> _Target:
        key = _key(table, levels, "key")
        block = parent.get(name)
        if not isinstance(block, Mapping | None):
            raise InvalidValue(Code.UNKNOWN_VARIABLE, f"is for {shown(name)}, which is no mapping")
        parent[name] = dict(block or {})
        return _Target(parent[name], (*self.root, text_of(name)), table, key)

    def _job(self, levels: list[str]) -> object:
        """Return the key of the job that is written so; raises InvalidValue unless there is exactly one."""
        for name in self.jobs if not self.written else ():
            self.written.setdefault(written_name(text_of(name)), []).append(name)
        word = "".join(levels)
        names = self.written.get(word, [])
        if not names:
            hint = _guess(word, self.written) or "It changes a job of the configuration, and makes none."
            raise InvalidValue(Code.UNKNOWN_VARIABLE, f"names no job: {shown(word)}", hint=hint)
        if len(names) > 1:
            listed = " and ".join(map(shown, names[:2]))
            hint = "Rename one of them, or set the key in the file."
            raise InvalidValue(Code.UNKNOWN_VARIABLE, f"names more than one job: {listed}", hint=hint)
        return names[0]

    def _set(self, target: _Target, name: str, value: object) -> None:
        """Put the value of a variable in the place of all spellings of the key."""
        environment = self.environment
        block, path = target.block, (*target.path, target.key.name)
        spellings = _spellings(block, target.table, target.key)
        before = [block.pop(each) for each in spellings]
        block[target.key.name] = FromVariable(name=name, place=environment.place(name), value=value)
        self.replaced += [(*target.path, text_of(each)) for each in spellings]
        losers = [each.place if isinstance(each, FromVariable) else _FILE for each in before]
        line = environment.line(name)
        if name in environment.file.lines and not line:
            losers.insert(0, environment.file.lines[name].place)
        source = line or "the environment"
        self.applied[path] = Override(path=path, variable=name, source=source, instead_of=tuple(losers))


class _Target(NamedTuple):
    """Where a value goes: a mapping that may be changed, its path, and a key of its table."""

    block: dict[Any, Any]
    path: Path
    table: Mapping[str, Key]
    key: Key


def _spellings(block: Mapping[Any, Any], table: Mapping[str, Key], key: Key) -> list[Any]:
    """Return how a key is written in a block."""
    return [each for each in block if find(table, text_of(each)) is key]


def _key(table: Mapping[str, Key], levels: list[str], kind: str) -> Key:
    """Return the key that the rest of a name is, which is one level; raises InvalidValue."""
    word = LEVEL.join(levels)
    # two underscores in a key would count as one
    if (key := find(table, word)) and LEVEL not in word:
        return key
    if not word:
        raise InvalidValue(Code.UNKNOWN_VARIABLE, "ends before the key", hint="Add `__` and the key.")
    hint = (
        _guess(word, map(written_name, table))
        or "Two underscores are a level: `DA_SCHEDULER__DEFAULTS__RETRIES`."
    )
    raise InvalidValue(Code.UNKNOWN_VARIABLE, f"names no {kind}: {shown(word)}", hint=hint)


def _guess(word: str, words: Iterable[str]) -> str:
    close = closest(word, islice(words, _GUESSED))
    return f"Did you mean `{close}`?" if close else ""


def _value(text: str) -> object:
    """Return what JSON makes of a list, a mapping or a text in double quotes, else the text itself."""
    if text.lstrip()[:1] not in ("[", "{", '"'):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        hint = 'Write lists as `["a", 1]`, mappings as `{"a": 1}`; text that begins so, in double quotes.'
        raise InvalidValue(Code.BAD_JSON, "begins like JSON, and is none", hint=hint) from error


def _limited(problems: list[Problem]) -> tuple[Problem, ...]:
    """Return the problems, those of a few variables one by one."""
    more = len(problems) - MAX_UNKNOWN_KEYS
    if more <= 0:
        return tuple(problems)
    sentence = f"{more} more variables that begin like those of the scheduler have no effect."
    rest = Code.UNKNOWN_VARIABLE.warning(("environment",), sentence, "See where they come from.")
    return (*problems[:MAX_UNKNOWN_KEYS], rest)
