# do not pre-load
"""`${NAME}` and `${NAME:-default}` in values, as a shell reads them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .codes import Code
from .refused import Refused

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]{0,1000}))?\}")
_DEEPEST = 50
_ALIAS = "Look for an alias (`*name`) inside of what it stands for."


@dataclass(slots=True, kw_only=True)
class Substitution:
    """One value, with what the environment has to say put in; lists and mappings are copied.

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
        """Return the value with its variables put in; raises `Refused` when it contains itself."""
        if isinstance(value, str):
            return _VARIABLE.sub(self._replacement, value) if "${" in value else value
        if not isinstance(value, (Mapping, list, tuple)):
            return value
        if depth > _DEEPEST or self._done.get(id(value), value) is None:
            raise Refused(Code.BAD_ARGUMENTS, "is nested too deeply, or contains itself", hint=_ALIAS)
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
        if default is not None and not self.environ.get(name):
            self.used.append(name)
            return str(default)
        if name in self.environ:
            self.used.append(name)
            self.room -= len(self.environ[name])
            if self.room < 0:
                raise Refused(Code.TOO_LARGE, "is too large, as the environment has it")
            return self.environ[name]
        self.undefined.append(name)
        return found[0]
