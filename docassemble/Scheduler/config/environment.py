# do not pre-load
"""What the environment gives: `${NAME}` and `${NAME:-default}` in values, tags of the server, the heartbeat."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from .codes import Code, InvalidValue

#: what docassemble's CONTAINERROLE can say; `all` stands for each of them
ROLES = frozenset({"all", "celery", "cron", "log", "mail", "rabbitmq", "redis", "sql", "web"})

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]{0,1000}))?\}")
_DEEPEST = 50
_ALIAS = "Look for an alias (`*name`) inside of what it stands for."
#: seconds, as they are written
_HEARTBEATS = frozenset(map(str, range(1, 61)))


@dataclass(slots=True, kw_only=True)
class Substitution:
    """One value, with its variables put in as a shell does; lists and mappings are copied.

    A variable that is not defined stays as it is written and is named in `undefined`.
    """

    environ: Mapping[str, str]
    #: so many characters may come out of the environment
    room: int
    used: list[str] = field(default_factory=list)
    undefined: list[str] = field(default_factory=list)
    #: what is done, by identity: a list that YAML aliases in many places is copied once
    _done: dict[int, Any] = field(default_factory=dict)

    def of(self, value: object, depth: int = 0) -> Any:
        """Return the value with its variables put in; raises `InvalidValue` when it contains itself."""
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
        if name not in self.environ and default is None:
            self.undefined.append(name)
            return found[0]
        self.used.append(name)
        if default is not None and not self.environ.get(name):
            return str(default)
        self.room -= len(self.environ[name])
        if self.room < 0:
            raise InvalidValue(Code.TOO_LARGE, "is too large, as the environment has it")
        return self.environ[name]


def server_tags(environ: Mapping[str, str]) -> frozenset[str]:
    """Return the tags of this server: those set for the scheduler, else its roles in docassemble."""
    if own := _words(environ.get("DA_SCHEDULER_TAGS", "")):
        return own
    roles = _words(environ.get("CONTAINERROLE", "").replace(":", " "))
    # docassemble takes a server that says nothing for one that does everything
    return roles | ROLES if not roles or "all" in roles else roles


def heartbeat(environ: Mapping[str, str]) -> Mapping[str, timedelta]:
    """Return the field `heartbeat` if the environment sets it, which is for tests of failover."""
    seconds = environ.get("DA_SCHEDULER_HEARTBEAT", "")
    return {"heartbeat": timedelta(seconds=int(seconds))} if seconds in _HEARTBEATS else {}


def _words(written: str) -> frozenset[str]:
    return frozenset(written.replace(",", " ").split())
