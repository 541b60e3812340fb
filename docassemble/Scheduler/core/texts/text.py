# do not pre-load
"""Text of foreign values: the one place where `str()` and `repr()` of users' objects are called.

Nothing here raises, whatever the objects do (but for the exception that stops a run), and no text is built that is
much longer than what is kept of it: containers are read only as far as the limit, long strings are cut first.
"""

from __future__ import annotations

import dataclasses
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from contextvars import Context
from typing import Any, Final

from ..errors import is_interruption

#: what stands in the place of what was left out
CUT: Final = " [...] "
#: no name of a class, and no part of a container, is longer (characters)
MAX_CLASS_NAME: Final = 200
_MAX_PIECE: Final = 10_000
#: how deep containers are read
_DEEPEST: Final = 20
#: longer integers are not written out: that takes quadratic time (bits)
_LARGEST_INT: Final = 10_000
#: a container with a `repr()` of its own that has more items is not asked for it
_MAX_ITEMS: Final = 1_000

# The descriptors of `type` itself, which no metaclass can override.
_NAME_OF: Final[Any] = type.__dict__["__name__"].__get__
_QUALNAME_OF: Final[Any] = type.__dict__["__qualname__"].__get__
_MODULE_OF: Final[Any] = type.__dict__["__module__"].__get__
_MRO_OF: Final[Any] = type.__dict__["__mro__"].__get__
_DICT_OF: Final[Any] = type.__dict__["__dict__"].__get__
_ARGS_OF: Final[Any] = BaseException.__dict__["args"].__get__

#: how the containers look whose `repr()` is done here
_BRACKETS: Final = {
    list: ("[", "]"),
    tuple: ("(", ")"),
    set: ("{", "}"),
    frozenset: ("frozenset({", "})"),
    dict: ("{", "}"),
    deque: ("deque([", "])"),
}


def cut(text: str, limit: int) -> str:
    """Return a text with at most `limit` characters; a longer one loses its middle: its end may say most."""
    length = str.__len__(text)
    if length <= limit:
        return text if type(text) is str else str.__getitem__(text, slice(None))
    half = max(limit - len(CUT), 0) // 2
    return str.__getitem__(text, slice(half)) + CUT + str.__getitem__(text, slice(length - half, None))


def class_name(kind: type) -> str:
    """Return the name of a class, whatever its metaclass does."""
    return cut(_NAME_OF(kind), MAX_CLASS_NAME)


def qualified_name(kind: type) -> str:
    """Return the name of a class within its module."""
    return cut(_QUALNAME_OF(kind), MAX_CLASS_NAME)


def module_name(kind: type) -> str:
    """Return the name of a class's module; empty when it has none that is text."""
    try:
        module = _MODULE_OF(kind)
    except AttributeError:
        return ""
    return cut(module, MAX_CLASS_NAME) if issubclass(type(module), str) else ""


def owner(kind: type, method: str) -> type | None:
    """Return the class from which a class has a method."""
    return next((each for each in _MRO_OF(kind) if method in _DICT_OF(each)), None)


def text_of(value: Any, limit: int) -> str:
    """Return `str(value)`, with at most `limit` characters."""
    try:
        base = owner(type(value), "__str__")
        if base is str:
            return cut(value, limit)
        if base is object:
            return repr_of(value, limit)
        if base is BaseException or base is KeyError:
            args = _ARGS_OF(value)
            if len(args) == 1 and base is BaseException:
                return text_of(args[0], limit)
            return repr_of(args[0] if len(args) == 1 else args, limit) if args else ""
        return cut(str(value), limit)
    except BaseException as error:  # noqa: BLE001 - whatever the object raises
        return _unsaid(value, "str", error)


def repr_of(value: object, limit: int) -> str:
    """Return `repr(value)`, with at most `limit` characters (10,000 at most)."""
    try:
        return joined(_pieces(value, _DEEPEST), limit)
    except BaseException as error:  # noqa: BLE001 - whatever the object raises
        return _unsaid(value, "repr", error)


def joined(pieces: Iterable[str], limit: int) -> str:
    """Put pieces together, and take no more of them than the limit has room for."""
    taken: list[str] = []
    room = limit
    for piece in pieces:
        taken.append(piece)
        room -= len(piece)
        if room < 0:
            return "".join(taken)[: limit - 3] + "..."
    return "".join(taken)


def last_words(text: str) -> None:
    """Write to standard error what can be told nowhere else; never raises."""
    with suppress(BaseException):  # nobody is left to be told
        # in a context of its own: it is no output of the run that is going on
        Context().run(print, f"docassemble.Scheduler: {text}", file=sys.stderr, flush=True)


def _unsaid(value: object, method: str, error: BaseException) -> str:
    """Return what stands in the place of a text that cannot be had; raises what stops the run."""
    if is_interruption(error):
        raise error
    return f"<{class_name(type(value))}, whose {method}() raised {class_name(type(error))}>"


def _pieces(value: Any, depth: int) -> Iterator[str]:
    """Yield the `repr()` of a value in pieces."""
    kind = type(value)
    base = owner(kind, "__repr__")
    if base is str or base is bytes or base is bytearray:
        yield repr(base.__getitem__(value, slice(_MAX_PIECE)))
    elif base is int and int.bit_length(value) > _LARGEST_INT:
        yield f"<{class_name(kind)} of {int.bit_length(value):,} bits>"
    elif base in _BRACKETS:
        yield from _items(value, base, depth)
    elif (large := _large(value)) is not None:
        yield f"{class_name(kind)}("
        yield from _items(value, large, depth)
        yield ")"
    elif base is not None and _is_generated(base):
        yield from _fields(value, depth)
    else:
        try:
            text = cut(repr(value), _MAX_PIECE)
        except BaseException as error:  # noqa: BLE001 - whatever the object raises
            text = _unsaid(value, "repr", error)
        yield text


def _items(value: Any, base: Any, depth: int) -> Iterator[str]:
    opening, closing = _BRACKETS[base]
    if base is set and not set.__len__(value):
        yield "set()"
        return
    yield opening
    if depth:
        pairs = dict.items(value) if base is dict else ((each,) for each in base.__iter__(value))
        for index, pair in enumerate(pairs):
            if index:
                yield ", "
            yield from _pieces(pair[0], depth - 1)
            if len(pair) == 2:
                yield ": "
                yield from _pieces(pair[1], depth - 1)
    else:
        yield "..."
    yield ",)" if base is tuple and tuple.__len__(value) == 1 else closing


def _large(value: Any) -> Any:
    """Return the base of a container that has a `repr()` of its own, and too many items to call it."""
    kind = type(value)
    for base in _BRACKETS:
        if issubclass(kind, base) and base.__len__(value) > _MAX_ITEMS:
            return base
    return None


def _is_generated(base: type) -> bool:
    """Return whether the `repr()` of this class is the one that `dataclasses` makes."""
    return "__dataclass_fields__" in _DICT_OF(base) and hasattr(_DICT_OF(base)["__repr__"], "__wrapped__")


def _fields(value: Any, depth: int) -> Iterator[str]:
    shown = [field for field in dataclasses.fields(value) if field.repr]
    yield f"{qualified_name(type(value))}("
    for index, field in enumerate(shown):
        yield f"{', ' if index else ''}{field.name}="
        yield from _pieces(getattr(value, field.name), depth - 1) if depth else ("...",)
    yield ")"
