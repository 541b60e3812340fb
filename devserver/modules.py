"""``make map``: write docs/modules.md, the map of all modules, from the first lines of their docstrings."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from devserver.service import CHECKOUT

PAGE = CHECKOUT / "docs" / "modules.md"
PACKAGE = CHECKOUT / "docassemble" / "Scheduler"
#: folders of modules that are not installed
TOOLS = ("devserver", "benchmarks", "website")
INTRODUCTION = """# Modules

`make map` writes this page from the first lines of the modules' docstrings: change those, and call it again.
[architecture.md](architecture.md) explains how the modules work together.
"""


def module_map() -> str:
    """Return the page: the rooms of the package from the lowest up, then what is not installed."""
    parts = [INTRODUCTION, _section("The root", _about(PACKAGE), sorted(PACKAGE.glob("*.py")), PACKAGE)]
    folders = [*(PACKAGE / room for room in _rooms()), *(CHECKOUT / name for name in TOOLS)]
    for folder in folders:
        name = str(folder.relative_to(PACKAGE if PACKAGE in folder.parents else CHECKOUT))
        parts.append(_section(name, _about(folder), sorted(folder.rglob("*.py")), folder))
    return "\n".join(parts)


def _rooms() -> Iterator[str]:
    """Yield the rooms in the order of the layers in pyproject.toml, the lowest first, then what is in no layer."""
    text = (CHECKOUT / "pyproject.toml").read_text(encoding="utf-8")
    layers = re.findall(r'"([^"]+)"', text.partition("\nlayers = [")[2].partition("]")[0])
    rooms = [room.strip() for layer in reversed(layers) for room in layer.split("|")]
    yield from rooms
    yield from sorted(
        path.parent.name for path in PACKAGE.glob("*/__init__.py") if path.parent.name not in rooms
    )


def _section(name: str, about: str, files: list[Path], folder: Path) -> str:
    root = PACKAGE if folder == PACKAGE or PACKAGE in folder.parents else CHECKOUT
    rows = [
        f"| `{_name(path.relative_to(root))}` | {_cell(path)} |"
        for path in files
        if path != folder / "__init__.py"
    ]
    table = "\n".join(["| module | what it is |", "|---|---|", *sorted(rows)])
    return f"## {name}\n\n{about}\n\n{table}\n"


def _name(path: Path) -> str:
    return f"{path.parent}/" if path.name == "__init__.py" else str(path)


def _cell(path: Path) -> str:
    return _docstring(path).partition("\n")[0].rstrip(".").replace("|", r"\|")


def _about(folder: Path) -> str:
    return _docstring(folder / "__init__.py")


def _docstring(path: Path) -> str:
    return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""


def main() -> int:
    """Write the page."""
    PAGE.write_text(module_map(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
