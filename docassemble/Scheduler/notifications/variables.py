# do not pre-load
"""The variables of a failed job's own code, as text for a mail: short, and without what is called a secret."""

from __future__ import annotations

import builtins
import re
from collections import deque
from collections.abc import Collection, Iterator, Mapping, Set
from itertools import islice
from reprlib import Repr
from traceback import walk_tb
from types import FrameType
from typing import Any, Final

from ..core.texts.error_text import summary, traceback_of
from ..core.texts.excerpt import masked
from ..core.texts.text import MAX_CLASS_NAME, class_name, repr_of, text_of

#: no text is longer, in characters; no part of a value, and no value more than twice that
MAX_TEXT: Final = 4_000
_MAX_VALUE: Final = 200
_MAX_FRAMES: Final = 20
#: no value is looked at further than this
_MAX_LOOK: Final = 10_000
_MASKED: Final = "(masked)"

_WORDS: Final = "pass|pwd|secret|token|key|auth|credential|cookie|session|dsn|private|signature|bearer|jwt"
_SECRET_NAME: Final = re.compile(_WORDS, re.IGNORECASE)
#: `password='...'`, `"api_key": ...`, `('token', ...)`, `auth=(...)` in whatever an object says of itself; bounded,
#: so that no text takes long
_SECRET_INSIDE: Final = re.compile(
    rf"(?P<name>(?:{_WORDS})[\w.-]{{0,60}}(?:[\"']\s{{0,5}}[=:,]|\s{{0,5}}[=:])\s{{0,5}})"
    r"(?:\w?\"(?:[^\"\\]|\\.)*\"?|\w?'(?:[^'\\]|\\.)*'?"
    r"|[\w.<]{0,60}[(\[{<][^)\]}>]*[)\]}>]?|(?:(?:basic|bearer|digest)\s+)?[^\s,;)\]}&]+)",
    re.IGNORECASE,
)

_OURS: Final = "docassemble.Scheduler"


def variables_of(error: BaseException, function: str) -> str:
    """Return the variables of a job's own frames, the last ones, down to the error; never fails.

    `function` is the name by which the configuration knows it. Frames of other packages are left out: they may
    hold anything.
    """
    try:
        return _told(error, function)
    except BaseException as second:  # noqa: BLE001 - the boundary of whatever the variables are
        return f"(cannot be shown: {summary(second)})"


def _told(error: BaseException, function: str) -> str:
    frames: deque[tuple[FrameType, int]] = deque(maxlen=_MAX_FRAMES)
    frames.extend(each for each in walk_tb(traceback_of(error)) if _is_own(each[0], function))
    lines: list[str] = []
    for frame, line in frames:
        lines.append(f'File "{frame.f_code.co_filename}", line {line}, in {frame.f_code.co_name}')
        lines += [f"    {name} = {_shown(name, value)}" for name, value in _locals(frame)]
    text = "\n".join(lines)
    return text if len(text) <= MAX_TEXT else f"[...]{text[-MAX_TEXT:]}"


def is_secret(name: str) -> bool:
    """Return whether a variable or key of this name probably holds a secret."""
    return _SECRET_NAME.search(name) is not None


def _is_own(frame: FrameType, function: str) -> bool:
    module = text_of(frame.f_globals.get("__name__", ""), MAX_CLASS_NAME)
    return any(f"{module}.".startswith(f"{package}.") for package in _own_packages(function))


def _own_packages(function: str) -> tuple[str, ...]:
    first, *others = function.split(".")[:-1] or [""]
    if first != "docassemble" or not others:
        return first, f"{_OURS}.tasks.{first}"
    package = f"{first}.{others[0]}"
    return (f"{_OURS}.tasks",) if package == _OURS else (package,)


def _locals(frame: FrameType) -> Iterator[tuple[str, Any]]:
    return ((name, value) for name, value in dict(frame.f_locals).items() if not name.startswith((".", "__")))


def _shown(name: str, value: object) -> str:
    if is_secret(name):
        return _MASKED
    try:
        return _short(_ShyRepr().repr(value), 2 * _MAX_VALUE)
    except BaseException as error:  # noqa: BLE001 - the boundary of objects that fail to say what they are
        return f"<{class_name(type(value))}, whose repr() raised {class_name(type(error))}>"


class _ShyRepr(Repr):
    """Shortens like its base class, and masks secrets by the names they have."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel = 4
        self.maxlist = self.maxtuple = self.maxset = self.maxfrozenset = self.maxdeque = self.maxdict = 10

    def repr_str(self, x: str, level: int) -> str:  # noqa: ARG002 - the base class says so
        return _short(builtins.repr(x[:_MAX_LOOK]))

    def repr_dict(self, x: Mapping[Any, Any], level: int) -> str:
        if level <= 0:
            return "{...}" if x else "{}"
        shown = list(islice(x.items(), self.maxdict))
        parts = [f"{self.repr1(key, level - 1)}: {self._value(key, value, level)}" for key, value in shown]
        return "{" + ", ".join([*parts, *(["..."] if len(x) > len(shown) else [])]) + "}"

    def repr_set(self, x: Set[Any], level: int) -> str:
        return f"{{{self._some(x, self.maxset, level)}}}" if x else "set()"

    def repr_frozenset(self, x: Set[Any], level: int) -> str:
        return f"frozenset({{{self._some(x, self.maxfrozenset, level)}}})" if x else "frozenset()"

    def _some(self, items: Collection[Any], most: int, level: int) -> str:
        """Return the first items: to sort them, as the base class does, may take long."""
        shown = [self.repr1(each, level - 1) for each in islice(items, most)] if level > 0 else []
        return ", ".join([*shown, *(["..."] if len(items) > len(shown) else [])])

    def repr_instance(self, x: object, level: int) -> str:  # noqa: ARG002
        return _short(repr_of(x, _MAX_LOOK))

    def _value(self, key: object, value: object, level: int) -> str:
        if isinstance(key, str | bytes) and is_secret(str(key)):
            return _MASKED
        return self.repr1(value, level - 1)


def _short(text: str, limit: int = _MAX_VALUE) -> str:
    text = _SECRET_INSIDE.sub(rf"\g<name>{_MASKED}", text[:_MAX_LOOK])
    text = masked(text)
    return text if len(text) <= limit else f"{text[:limit]}..."
