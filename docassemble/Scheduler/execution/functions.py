# do not pre-load
"""From a dotted name in the configuration to the thing it names, and back."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import re
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from ..core.errors import FunctionError, GeneratorError, closest, is_interruption
from ..core.texts.error_text import summary
from ..core.texts.storable import MAX_DESCRIPTION, storable
from ..core.texts.text import cut, text_of
from .results import is_lazy_function

TASKS = "docassemble.Scheduler.tasks"
#: how much is told of what a module raised (characters)
MAX_ERROR_TEXT = 500
_PUT = "put it into a module (of the Playground, or of a package), at the left margin"
_PLAYGROUND = re.compile(r"docassemble\.playground\d")
#: docassemble rewrites the playground folders while it starts; for that long a module may be away (seconds)
_PLAYGROUND_PATIENCE = (0.2, 0.5, 1.0)


@dataclass(frozen=True, slots=True)
class _Text:
    """The first lines of the docstrings in one file, as it was at that moment."""

    path: Path
    stamp: tuple[int, int]
    #: by the names of functions and classes
    lines: Mapping[str, str]


class Functions:
    """Finds functions and classes; keeps playground modules as fresh as their files."""

    def __init__(self, sleep: Callable[[float], None] = time.sleep) -> None:
        self._sleep = sleep
        #: playground module -> the state of its file when it was imported
        self._stamps: dict[str, tuple[int, int]] = {}
        #: what the text of a module says; read again when its file has changed
        self._texts: dict[str, _Text] = {}

    def find(self, name: str) -> Callable[..., Any]:
        """Return what `name` stands for: `file.function` of the shipped tasks, else `package.module.function`.

        Raises FunctionError when there is no such module or function, or when it cannot be called. Whatever the
        module itself raises while it is imported, SystemExit too, is the cause of a FunctionError.
        """
        module_name, _, attribute = name.rpartition(".")
        if not module_name:
            raise FunctionError(
                f"{name!r} has no dot", hint="write file.function, or the full package.module.function"
            )
        try:
            return self._found(name, module_name, attribute)
        except FunctionError:
            raise
        except BaseException as error:
            if is_interruption(error):
                raise
            raise _unusable(module_name, error) from error

    def full_name(self, name: str) -> str:
        """Return a dotted name with its package: that of the shipped tasks, for a name like `file.function`."""
        module_name, _, attribute = name.rpartition(".")
        return f"{_shipped(module_name) or module_name}.{attribute}"

    def home(self, name: str) -> str:
        """Return the module that defines what `name` stands for, whichever imports it; raises FunctionError."""
        return str(getattr(self.find(name), "__module__", None))

    def find_work(self, name: str) -> Callable[..., Any]:
        """Return what `name` stands for if it does its work when it is called; raises FunctionError.

        Raises GeneratorError for a generator function. For looking beforehand: it takes longer than `find`.
        """
        found = self.find(name)
        if is_lazy_function(found):
            raise GeneratorError(
                f"{name!r} is a generator function (it has `yield`): calling it runs none of its code",
                hint="write a function without `yield`; one that calls this one may loop over it",
            )
        return found

    def _found(self, name: str, module_name: str, attribute: str) -> Callable[..., Any]:
        full = _shipped(module_name) or module_name
        module = self._playground_module(full) if _PLAYGROUND.match(full) else _import(full)
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
        module = _shipped(module_name) or module_name
        try:
            line = self._text(module).lines.get(attribute)
        except BaseException as error:
            # whatever a package raises, SystemExit too: what is wrong with it is told elsewhere
            if is_interruption(error):
                raise
            self._texts.pop(module, None)  # it may be found in another place the next time
            return None
        return line and storable(line, MAX_DESCRIPTION)

    def _text(self, module: str) -> _Text:
        known = self._texts.get(module)
        path = known.path if known is not None else _path(module)
        stamp = _stamp_of(path)
        if known is None or known.stamp != stamp:
            known = self._texts[module] = _Text(path, stamp, _first_lines(path))
        return known

    def _playground_module(self, name: str) -> ModuleType:
        loaded = sys.modules.get(name)
        if loaded is not None and self._stamps.get(name) == _stamp(loaded):
            return loaded
        for pause in _PLAYGROUND_PATIENCE:
            importlib.invalidate_caches()
            if module_exists(name):
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
        raise FunctionError(
            f"the module {name!r} cannot be imported: {text_of(error, MAX_ERROR_TEXT)}"
        ) from error


def _unusable(module: str, error: BaseException) -> FunctionError:
    return FunctionError(
        f"the module {module!r} cannot be imported: {cut(summary(error), MAX_ERROR_TEXT)}",
        hint="a module that jobs use must not end the process" if issubclass(type(error), SystemExit) else "",
    )


@cache
def _shipped(module_name: str) -> str | None:
    """Return the full name when `module_name` is that of a task file that we ship."""
    first, _, rest = module_name.partition(".")
    if rest or not module_exists(f"{TASKS}.{first}"):
        return None
    return f"{TASKS}.{first}"


def module_exists(name: str) -> bool:
    """Return whether a module can be imported, as far as that can be told without importing it."""
    try:
        return name in sys.modules or importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def _stamp(module: ModuleType) -> tuple[int, int]:
    try:
        return _stamp_of(Path(str(module.__file__)))
    except OSError:
        return (0, 0)


def _stamp_of(path: Path) -> tuple[int, int]:
    """Return time of the last change (nanoseconds), and size; raises OSError."""
    state = path.stat()
    return state.st_mtime_ns, state.st_size


def _path(module: str) -> Path:
    """Return the file of a module, whose packages are imported; raises what they raise."""
    spec = importlib.util.find_spec(module)
    if spec is None or not spec.has_location or spec.origin is None:
        raise ImportError(f"{module} has no text")
    return Path(spec.origin)


def _first_lines(path: Path) -> dict[str, str]:
    """Return the first line of each docstring of the functions and classes in the module itself."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    nodes = [node for node in ast.parse(path.read_bytes()).body if isinstance(node, kinds)]
    lines = {node.name: (ast.get_docstring(node) or "").partition("\n")[0].strip() for node in nodes}
    return {name: line for name, line in lines.items() if line}


def _similar(attribute: str, module: ModuleType) -> str:
    close = closest(attribute, [name for name in vars(module) if not name.startswith("_")])
    return f"did you mean {close!r}?" if close else "name a function that stands in the module itself"


def name_of(function: str | Callable[..., Any], functions: Functions) -> str:
    """Return the dotted name of a function, given as itself or by that name.

    Raises FunctionError, with the reason, when no other process could find it: the job runs in another one, maybe on
    another server, and maybe after a restart.
    """
    name = function if isinstance(function, str) else _dotted(function)
    functions.find(name)
    return name


def _dotted(function: Callable[..., Any]) -> str:
    kind = type(function).__name__
    name, module = getattr(function, "__qualname__", None), getattr(function, "__module__", None)
    if not callable(function):
        raise FunctionError(f"{kind} is not a function", hint="give a function, or its dotted name")
    if inspect.ismethod(function):
        hint = "give a function of a module, and what it needs as arguments"
        raise FunctionError(f"{name} is a method of an object, which cannot be kept", hint=hint)
    if name is None:
        raise FunctionError(
            f"a {kind} has no name of its own", hint=f"write a function that calls it: {_PUT}"
        )
    if name.rpartition(".")[2] == "<lambda>":
        hint = f"write a function: {_PUT}"
        raise FunctionError("a lambda has no name under which it could be found", hint=hint)
    if where := _hidden(name, module):
        raise FunctionError(where, hint=_PUT)
    return f"{module}.{name}"


def _hidden(name: str, module: str | None) -> str | None:
    """Return why no other process finds a function of this name; None when it can."""
    if "<locals>" in name:
        return f"{name.rpartition('.')[2]} stands inside of another function, and is gone after it"
    if "." in name:
        return f"{name} stands in a class"
    if module in {None, "", "builtins"}:
        return f"{name} stands in no module, but in the code of an interview"
    return f"{name} stands in the program itself (__main__)" if module == "__main__" else None
