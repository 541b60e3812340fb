# do not pre-load
"""What a function returned, as text for its record: JSON where it is JSON, else what `repr()` says."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Awaitable, Callable, Iterator
from concurrent import futures
from inspect import CO_ITERABLE_COROUTINE, isasyncgenfunction, isgeneratorfunction
from itertools import islice, starmap
from types import AsyncGeneratorType, CoroutineType, GeneratorType
from typing import Any, Final

from ..core.errors import UnfinishedWork
from ..core.texts.text import joined, owner, repr_of

#: how much of a result is kept (characters)
MAX_RESULT: Final = 2_000
_MAX_DEPTH: Final = 20
#: larger integers are no JSON: they are the same nowhere else, and take long to write out (bits)
_MAX_BITS: Final = 1_000


class _NotJson(Exception):
    """A value is not what JSON would give back."""


def result_text(result: object) -> str | None:
    """Return a result as text that is never long; None for None.

    What is JSON (texts, numbers, true, false, lists, and dictionaries with texts as keys) is JSON, anything else what
    its `repr()` says. Either is cut off. No text but whole JSON can be read as JSON: one that could by chance is
    kept as a JSON text.
    """
    if result is None:
        return None
    try:
        return joined(_json(result, _MAX_DEPTH), MAX_RESULT)
    except _NotJson:
        text = repr_of(result, MAX_RESULT)
    return text if result_value(text) is text else json.dumps(text)


def result_value(text: str | None) -> object:
    """Return a recorded result as the value it was if that was JSON, else as the text it is."""
    if text is None:
        return None
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return text


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _json(value: Any, depth: int) -> Iterator[str]:
    """Yield the JSON of a value in pieces; raises _NotJson."""
    kind = type(value)
    if value is None or kind is bool:
        yield {None: "null", True: "true", False: "false"}[value]
    elif kind is str:
        yield json.dumps(
            value[:MAX_RESULT], ensure_ascii=False
        )  # whose quotes make it too long when it was cut
    elif kind is int and int.bit_length(value) <= _MAX_BITS:
        yield int.__repr__(value)
    elif kind is float and math.isfinite(value):
        yield float.__repr__(value)
    elif kind is list and depth:
        yield from _listed(value, depth)
    elif kind is dict and depth:
        yield from _mapped(value, depth)
    else:
        raise _NotJson


def _listed(values: list[Any], depth: int) -> Iterator[str]:
    yield "["
    for index, each in enumerate(values):
        if index:
            yield ", "
        yield from _json(each, depth - 1)
    yield "]"


def _mapped(values: dict[Any, Any], depth: int) -> Iterator[str]:
    yield "{"
    for index, (key, each) in enumerate(values.items()):
        if type(key) is not str:
            raise _NotJson
        if index:
            yield ", "
        yield from _json(key, depth)
        yield ": "
        yield from _json(each, depth - 1)
    yield "}"


#: how long to wait for a Future at a time (seconds): in between, a run can be stopped
_LOOK_INTERVAL: Final = 0.25
#: of a container that is returned, so many items are looked at
_MAX_ITEMS: Final = 1_000
_CONTAINERS: Final = {list, tuple, set, frozenset, dict}
#: what does nothing until somebody loops over it
_LAZY: Final[dict[type, str]] = {
    GeneratorType: "a generator (it has `yield`)",
    AsyncGeneratorType: "an asynchronous generator (it has `yield`)",
    map: "a `map`",
    filter: "a `filter`",
    starmap: "a `starmap`",
}


def completed(result: Any, run: Callable[[Awaitable[Any]], object]) -> object:
    """Return what came of a function's work, where it returned something that stands for it.

    `run` awaits something to its end. A Future is waited for; what it failed with is raised. Raises UnfinishedWork for
    what would never be done.
    """
    if result is None:
        return None
    kind = type(result)
    if _is_awaitable(kind, result) and not issubclass(kind, asyncio.Future):
        result = run(result)
    _refuse_lazy(result)
    if type(result) in _CONTAINERS:
        for each in islice(result.values() if type(result) is dict else result, _MAX_ITEMS):
            _outcome(each)
    return _outcome(result)


def is_lazy_function(function: Callable[..., Any]) -> bool:
    """Return whether calling a function runs none of its code, because it is a generator function."""
    asked = (function, _method(type(function), "__call__"))
    return any(isgeneratorfunction(each) or isasyncgenfunction(each) for each in asked) and not (
        _is_coroutine_function(function)
    )


def _method(kind: type, name: str) -> Any:
    defining = owner(kind, name)
    return None if defining is None else vars(defining)[name]


def _is_coroutine_function(function: Any) -> bool:
    """Return whether a generator function is a coroutine all the same: `types.coroutine`."""
    flags = getattr(getattr(function, "__code__", None), "co_flags", 0)
    return isinstance(flags, int) and bool(flags & CO_ITERABLE_COROUTINE)


def _is_awaitable(kind: type, result: Any) -> bool:
    if kind is GeneratorType:
        return bool(result.gi_code.co_flags & CO_ITERABLE_COROUTINE)
    return owner(kind, "__await__") is not None


def _refuse_lazy(result: object) -> None:
    if (what := _LAZY.get(type(result))) is not None:
        raise UnfinishedWork(
            f"the function returned {what}, so that none of its work was done",
            hint="loop over it inside of the function, or replace `yield`",
        )


def _outcome(value: Any) -> object:
    """Return what a Future has come to, raise what it failed with; anything else is returned as it is."""
    kind = type(value)
    if issubclass(kind, futures.Future):
        while not value.done():
            futures.wait([value], _LOOK_INTERVAL)
        return value.result()
    if issubclass(kind, asyncio.Future):
        # the end of an event loop cancels the tasks that are still in it
        if not value.done() or value.cancelled():
            raise UnfinishedWork(
                "the function returned a Task or Future that was not done yet, and is never done now",
                hint="await it inside of an `async def` function",
            )
        return value.result()
    if kind is CoroutineType:
        value.close()
        raise UnfinishedWork(
            "the function returned a coroutine that was never awaited", hint="await it inside of the function"
        )
    return value
