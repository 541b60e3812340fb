# do not pre-load
"""From a dotted name in the configuration to the thing it names."""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from .docstrings import Docstrings, stamp_of
from .errors import FunctionError
from .storable import LONGEST_DESCRIPTION, storable

TASKS = "docassemble.Scheduler.tasks"
_PLAYGROUND = re.compile(r"docassemble\.playground\d")
#: docassemble rewrites the playground folders while it starts; for that long a module may be away (seconds)
_PLAYGROUND_PATIENCE = (0.2, 0.5, 1.0)


class Functions:
    """Finds functions and classes; keeps playground modules as fresh as their files."""

    def __init__(self, sleep: Callable[[float], None] = time.sleep) -> None:
        self._sleep = sleep
        #: playground module -> the state of its file when it was imported
        self._stamps: dict[str, tuple[int, int]] = {}
        self._docstrings = Docstrings()

    def find(self, name: str) -> Callable[..., Any]:
        """Return what `name` stands for: `file.function` of the shipped tasks, else `package.module.function`.

        Raises FunctionError when there is no such module or function, or when it cannot be called; what the
        module itself raises while it is imported passes through, as the cause of a FunctionError.
        """
        module_name, _, attribute = name.rpartition(".")
        if not module_name:
            raise FunctionError(
                f"{name!r} has no dot", hint="write file.function, or the full package.module.function"
            )
        module = self._module(_shipped(module_name) or module_name)
        try:
            found = getattr(module, attribute)
        except AttributeError:
            raise FunctionError(
                f"the module {module.__name__} has no {attribute!r}", hint=_similar(attribute, module)
            ) from None
        if not callable(found):
            raise FunctionError(
                f"{name!r} is not callable", hint="name a function that stands in the module itself"
            )
        return found  # type: ignore[no-any-return]

    def first_line(self, name: str) -> str | None:
        """Return the first line of the docstring of what `name` stands for; None without one. Imports no module."""
        module_name, _, attribute = name.rpartition(".")
        if not module_name:
            return None
        line = self._docstrings.first_line(_shipped(module_name) or module_name, attribute)
        return line and storable(line, LONGEST_DESCRIPTION)

    def _module(self, name: str) -> ModuleType:
        if _PLAYGROUND.match(name):
            return self._playground_module(name)
        return _import(name)

    def _playground_module(self, name: str) -> ModuleType:
        loaded = sys.modules.get(name)
        if loaded is not None and self._stamps.get(name) == _stamp(loaded):
            return loaded
        for pause in _PLAYGROUND_PATIENCE:
            importlib.invalidate_caches()
            if _exists(name):
                break
            self._sleep(pause)
        sys.modules.pop(name, None)
        importlib.invalidate_caches()
        module = _import(name)
        self._stamps[name] = _stamp(module)
        return module


def _import(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(error.name + ".")):
            raise FunctionError(
                f"there is no module {name!r}", hint="check the spelling, and that its package is installed"
            ) from error
        raise FunctionError(f"the module {name!r} cannot be imported: {error}") from error
    except Exception as error:
        raise FunctionError(
            f"the module {name!r} cannot be imported: {type(error).__name__}: {error}"
        ) from error


@cache
def _shipped(module_name: str) -> str | None:
    """Return the full name when `module_name` is that of a task file that we ship."""
    first, _, rest = module_name.partition(".")
    if rest or not _exists(f"{TASKS}.{first}"):
        return None
    return f"{TASKS}.{first}"


def _exists(name: str) -> bool:
    try:
        return name in sys.modules or importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def _stamp(module: ModuleType) -> tuple[int, int]:
    try:
        return stamp_of(Path(str(module.__file__)))
    except OSError:
        return (0, 0)


def _similar(attribute: str, module: ModuleType) -> str:
    from difflib import get_close_matches

    close = get_close_matches(attribute, [name for name in vars(module) if not name.startswith("_")], n=1)
    return f"did you mean {close[0]!r}?" if close else "name a function that stands in the module itself"
