# do not pre-load
"""What functions say of themselves, read from the text of their modules: nothing is imported for that."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import is_interruption


@dataclass(frozen=True, slots=True)
class _Text:
    """The first lines of the docstrings in one file, as it was at that moment."""

    path: Path
    #: time of the last change (nanoseconds), and size
    stamp: tuple[int, int]
    lines: Mapping[str, str]


class Docstrings:
    """Knows the first lines of docstrings; reads a file again when it has changed."""

    def __init__(self) -> None:
        self._texts: dict[str, _Text] = {}

    def first_line(self, module: str, function: str) -> str | None:
        """Return the first line of a function's docstring; None when there is none, or no such text."""
        try:
            return self._text(module).lines.get(function)
        except BaseException as error:
            # whatever a package raises, SystemExit too: what is wrong with it is told elsewhere
            if is_interruption(error):
                raise
            self._texts.pop(module, None)  # it may be found in another place the next time
            return None

    def _text(self, module: str) -> _Text:
        known = self._texts.get(module)
        path = known.path if known is not None else _path(module)
        stamp = stamp_of(path)
        if known is None or known.stamp != stamp:
            known = self._texts[module] = _Text(path, stamp, _first_lines(path))
        return known


def _path(module: str) -> Path:
    """Return the file of a module, whose packages are imported; raises what they raise."""
    spec = importlib.util.find_spec(module)
    if spec is None or not spec.has_location or spec.origin is None:
        raise ImportError(f"{module} has no text")
    return Path(spec.origin)


def stamp_of(path: Path) -> tuple[int, int]:
    """Return what is another one when a file has changed; raises OSError."""
    state = path.stat()
    return state.st_mtime_ns, state.st_size


def _first_lines(path: Path) -> dict[str, str]:
    """Return the first line of each docstring, by the name of the function or class; of those in the module itself."""
    found = {}
    for node in ast.parse(path.read_bytes()).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            line = (ast.get_docstring(node) or "").partition("\n")[0].strip()
            if line:
                found[node.name] = line
    return found
