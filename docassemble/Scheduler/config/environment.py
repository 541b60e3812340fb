# do not pre-load
"""The environment: `${NAME}` and `${NAME:-default}` in values, tags of the server, the heartbeat."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NamedTuple

from ..core.problem import Problem
from .codes import Code, InvalidValue

#: what docassemble's CONTAINERROLE can say; `all` stands for each of them
ROLES = frozenset({"all", "celery", "cron", "log", "mail", "rabbitmq", "redis", "sql", "web"})

TAGS, HEARTBEAT = "DA_SCHEDULER_TAGS", "DA_SCHEDULER_HEARTBEAT"
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]{0,1000}))?\}")
_DEEPEST = 50
_ALIAS = "Look for an alias (`*name`) inside of what it stands for."
#: seconds, as they are written
_HEARTBEATS = frozenset(map(str, range(1, 61)))


class Line(NamedTuple):
    """A variable of a `.env` file: what it is set to, and the number of the line."""

    text: str
    number: int

    @property
    def place(self) -> str:
        """Name the line."""
        return f"line {self.number} of .env"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvFile:
    """The variables of a `.env` file by name, and what is wrong with it."""

    lines: Mapping[str, Line] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The variables of the process, and below them those of the `.env` file."""

    process: Mapping[str, str]
    file: EnvFile = field(default_factory=EnvFile)

    def get(self, name: str) -> str | None:
        """Return what a variable is set to; one that is empty in the process counts as not set there."""
        own = self.process.get(name)
        return self.file.lines[name].text if not own and name in self.file.lines else own

    def names(self) -> set[str]:
        """Return the names of all variables."""
        return {*self.process, *self.file.lines}

    def line(self, name: str) -> str:
        """Return which line of the file sets a variable: `line 3 of .env`; empty when the process sets it."""
        is_ours = not self.process.get(name) and name in self.file.lines
        return self.file.lines[name].place if is_ours else ""

    def place(self, name: str) -> str:
        """Return the name of a variable, with its line when the file sets it."""
        return f"{name} ({line})" if (line := self.line(name)) else name


@dataclass(frozen=True, slots=True, kw_only=True)
class FromVariable:
    """A value that a variable gives in the place of one in the block."""

    name: str
    #: the name, with its line when it stands in `.env`
    place: str
    value: object

    @property
    def written(self) -> str:
        """What is shown for it."""
        return f"${{{self.name}}}"


@dataclass(slots=True, kw_only=True)
class Substitution:
    """One value, with its variables put in as a shell does; lists and mappings are copied.

    A variable that is not defined stays as it is written and is named in `undefined`.
    """

    environment: Environment
    #: so many characters may come out of the environment
    room: int
    #: the variables, with their lines when they stand in `.env`
    used: list[str] = field(default_factory=list)
    undefined: list[str] = field(default_factory=list)
    #: what is done, by identity: a list that YAML aliases in many places is copied once
    _done: dict[int, Any] = field(default_factory=dict)

    def of(self, value: object, depth: int = 0) -> Any:
        """Return the value with its variables put in; raises `InvalidValue` when it contains itself."""
        if isinstance(value, FromVariable):
            self.used.append(value.place)
            return value.value
        if isinstance(value, str):
            return _VARIABLE.sub(self._replacement, value) if "${" in value else value
        if not isinstance(value, (Mapping, list, tuple)):
            return value
        if depth > _DEEPEST or self._done.get(id(value), value) is None:
            raise InvalidValue(Code.BAD_ARGUMENTS, "is nested too deeply, or contains itself", hint=_ALIAS)
        if id(value) not in self._done:
            self._done[id(value)] = None
            self._done[id(value)] = self._copy(value, depth + 1)
        return self._done[id(value)]

    def _copy(self, value: Mapping[Any, Any] | list[Any] | tuple[Any, ...], depth: int) -> object:
        if isinstance(value, Mapping):
            return {key: self.of(each, depth) for key, each in value.items()}
        return [self.of(each, depth) for each in value]

    def _replacement(self, found: re.Match[str]) -> str:
        name, default = found[1], found[2]
        value = self.environment.get(name)
        if value is None and default is None:
            self.undefined.append(name)
            return found[0]
        self.used.append(self.environment.place(name))
        if default is not None and not value:
            return str(default)
        self.room -= len(value or "")
        if self.room < 0:
            raise InvalidValue(Code.TOO_LARGE, "is too large, as the environment has it")
        return value or ""


def server_tags(environment: Environment) -> frozenset[str]:
    """Return the tags of this server: those set for the scheduler, else its roles in docassemble."""
    if own := _words(environment.get(TAGS) or ""):
        return own
    # docassemble's own variable: it reads no `.env`
    roles = _words(environment.process.get("CONTAINERROLE", "").replace(":", " "))
    # docassemble takes a server that says nothing for one that does everything
    return roles | ROLES if not roles or "all" in roles else roles


def heartbeat(environment: Environment) -> Mapping[str, timedelta]:
    """Return the field `heartbeat` if the environment sets it, which is for tests of failover."""
    seconds = environment.get(HEARTBEAT) or ""
    return {"heartbeat": timedelta(seconds=int(seconds))} if seconds in _HEARTBEATS else {}


def _words(written: str) -> frozenset[str]:
    return frozenset(written.replace(",", " ").split())
