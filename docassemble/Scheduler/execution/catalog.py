# do not pre-load
"""The functions that a job may name, read from the texts of modules: nothing is imported to list them."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.machinery import PathFinder
from itertools import islice
from pathlib import Path

from ..core.texts.excerpt import excerpt
from ..core.texts.storable import storable
from ..core.texts.text import cut

#: files of other sizes are not looked at (bytes), and in a folder no more than so many
MAX_FILE, MAX_FILES = 500_000, 200
#: functions of one list
MAX_FUNCTIONS = 1_000
#: characters of a docstring
MAX_DOCSTRING = 4_000
#: packages of docassemble itself, and this one
_OWN = frozenset({"base", "webapp", "demo", "Scheduler"})
_TASKS = Path(__file__).parents[1] / "tasks"
#: the shipped tasks; their modules have other functions too
TASKS = (
    "http.request",
    "interviews.run_action",
    "interviews.start",
    "kafka.send",
    "postgres_db_backup.run",
    "test.heartbeat",
    "test.test_arbitrary_params",
    "test.test_long_running",
    "test.test_raise_exception",
)
_PLAYGROUND = re.compile(r"playground\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What the text of a module says of one of its functions."""

    name: str
    #: as they are written: `address, *, limit=10`
    parameters: str
    docstring: str


@dataclass(frozen=True, slots=True)
class _Read:
    """The functions of one file, as it was at that moment."""

    stamp: tuple[int, int]
    functions: Mapping[str, Signature]


class Catalog:
    """Lists functions; a file is read again only when it has changed."""

    def __init__(self) -> None:
        self._files: dict[Path, _Read] = {}

    def playground(self, user: int) -> list[str]:
        """Return the names of the functions in the Playground of a user, in all its projects."""
        own = re.compile(rf"playground{user}(?!\d)")
        return self._of_packages(package for package in _packages() if own.match(package.name))

    def packages(self) -> list[str]:
        """Return the names of the functions in the packages that are installed for docassemble."""
        others = (each for each in _packages() if each.name not in _OWN and not _PLAYGROUND.match(each.name))
        return self._of_packages(others)

    def signature(self, name: str) -> Signature | None:
        """Return what is known of a function by its dotted name; None when its module has no text."""
        module, _, function = name.rpartition(".")
        file = _file_of(module)
        return None if file is None else self._functions(file).get(function)

    def _of_packages(self, packages: Iterable[Path]) -> list[str]:
        names = (
            f"docassemble.{package.name}{'' if file.stem == '__init__' else f'.{file.stem}'}.{name}"
            for package in packages
            for file in _python_files(package)
            for name in self._functions(file)
        )
        return list(islice(names, MAX_FUNCTIONS))

    def _functions(self, file: Path) -> Mapping[str, Signature]:
        try:
            state = file.stat()
            stamp = (state.st_mtime_ns, state.st_size)
            known = self._files.get(file)
            if known is None or known.stamp != stamp:
                text = file.read_bytes() if state.st_size <= MAX_FILE else b""
                known = self._files[file] = _Read(stamp, dict(_signatures(text)))
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
            return {}
        return known.functions


def _signatures(text: bytes) -> Iterator[tuple[str, Signature]]:
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            docstring = storable(cut(ast.get_docstring(node) or "", MAX_DOCSTRING), MAX_DOCSTRING)
            parameters = excerpt(ast.unparse(node.args), 300)
            yield node.name, Signature(name=node.name, parameters=parameters, docstring=docstring)


def _packages() -> list[Path]:
    """Return the folders of docassemble's namespace."""
    found: dict[str, Path] = {}
    for root in getattr(sys.modules.get("docassemble"), "__path__", ()):
        try:
            folders = sorted(Path(root).iterdir())
        except OSError:
            continue
        for folder in folders:
            if folder.name.isidentifier() and folder.is_dir():
                found.setdefault(folder.name, folder)
    return [*found.values()]


def _python_files(folder: Path) -> list[Path]:
    try:
        files = sorted(folder.glob("*.py"))
    except OSError:
        return []
    return [file for file in files if file.stem.isidentifier()][:MAX_FILES]


def _file_of(module: str) -> Path | None:
    """Return the file of a module, found by the names of folders alone."""
    first, *rest = module.split(".")
    if not all(part.isidentifier() for part in (first, *rest)):
        return None
    if not rest and (_TASKS / f"{first}.py").is_file():
        return _TASKS / f"{first}.py"
    spec = None if first in sys.modules else PathFinder.find_spec(first)
    roots = getattr(sys.modules.get(first), "__path__", None) or getattr(
        spec, "submodule_search_locations", None
    )
    if not rest:
        origin = getattr(sys.modules.get(first), "__file__", None) or getattr(spec, "origin", None)
        return Path(origin) if origin and origin.endswith(".py") else None
    folders = [Path(root).joinpath(*rest) for root in roots or ()]
    places = [place for folder in folders for place in (folder.with_suffix(".py"), folder / "__init__.py")]
    return next((place for place in places if place.is_file()), None)
