# do not pre-load
"""From a function to the dotted name under which any process finds it again."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from ..core.errors import FunctionError
from .functions import Functions

_PUT = "put it into a module (of the Playground, or of a package), at the left margin"


def name_of(function: str | Callable[..., Any], functions: Functions) -> str:
    """Return the dotted name of a function, given as itself or by that name.

    Raises FunctionError, with the reason, when no other process could find it: the job runs in another one, maybe on
    another server, and maybe after a restart.
    """
    name = function if isinstance(function, str) else _dotted(function)
    functions.find(name)
    return name


def _dotted(function: Callable[..., Any]) -> str:
    if not callable(function):
        raise FunctionError(
            f"{type(function).__name__} is not a function", hint="give a function, or its dotted name"
        )
    if inspect.ismethod(function):
        raise FunctionError(
            f"{function.__qualname__} is a method of an object, which cannot be kept",
            hint="give a function of a module, and what it needs as arguments",
        )
    name, module = getattr(function, "__qualname__", None), getattr(function, "__module__", None)
    if name is None:
        kind = type(function).__name__
        raise FunctionError(
            f"a {kind} has no name of its own", hint="write a function that calls it: " + _PUT
        )
    _check(name, module)
    return f"{module}.{name}"


def _check(name: str, module: str | None) -> None:
    if name == "<lambda>" or name.endswith(".<lambda>"):
        raise FunctionError(
            "a lambda has no name under which it could be found", hint="write a function: " + _PUT
        )
    if "<locals>" in name:
        raise FunctionError(
            f"{name.rpartition('.')[2]} stands inside of another function, and is gone after it", hint=_PUT
        )
    if "." in name:
        raise FunctionError(f"{name} stands in a class", hint=_PUT)
    if module in {None, "", "builtins"}:
        raise FunctionError(f"{name} stands in no module, but in the code of an interview", hint=_PUT)
    if module == "__main__":
        raise FunctionError(f"{name} stands in the program itself (__main__)", hint=_PUT)
