# do not pre-load
"""Work that a function has left behind when it returns: it is done, or the run fails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent import futures
from inspect import CO_ITERABLE_COROUTINE, isasyncgenfunction, isgeneratorfunction
from itertools import islice, starmap
from types import AsyncGeneratorType, CoroutineType, GeneratorType
from typing import Any, Final

from ..core.errors import UnfinishedWork
from ..core.text import owner

#: how long to wait for a Future at a time (seconds): in between, a run can be stopped
_PATIENCE: Final = 0.25
#: of a container that is returned, so many items are looked at
_MOST_ITEMS: Final = 1_000
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
        for each in islice(result.values() if type(result) is dict else result, _MOST_ITEMS):
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
            futures.wait([value], _PATIENCE)
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
