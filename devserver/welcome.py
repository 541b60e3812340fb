"""The box that says where everything is, once the site is ready."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from devserver.settings import ADMIN_EMAIL, ADMIN_PASSWORD

Row = tuple[str, str]


def welcome(url: str, log: Path, wrapper: Path, *, seconds: float | None, folder: Path) -> list[Row]:
    """Return what to look at. Paths inside ``folder`` are shown relative to it."""
    return [
        ("Site", url),
        ("Dashboard", f"{url}/scheduler"),
        ("Sign in", f"{ADMIN_EMAIL}, password {ADMIN_PASSWORD}"),
        ("scheduler.log", shown(log, folder)),
        ("Command line", f"{command(wrapper, folder)} jobs"),
        ("Stop", "Ctrl-C" if seconds is None else f"Ctrl-C, or after {seconds:g} seconds"),
    ]


def shown(path: Path, folder: Path) -> str:
    """Return a path, relative to ``folder`` if it is inside."""
    return str(path.relative_to(folder) if path.is_relative_to(folder) else path)


def command(program: Path, folder: Path) -> str:
    """Return a program as a shell in ``folder`` finds it."""
    text = shown(program, folder)
    return shlex.quote(text if "/" in text else f"./{text}")


def boxed(title: str, rows: Sequence[Row]) -> str:
    """Return the rows in a box of plain characters."""
    left = max(len(name) for name, _ in rows)
    lines = [f"{name:{left}}   {value}" for name, value in rows]
    width = max(len(line) for line in (title, *lines))
    rule = f"+{'-' * (width + 4)}+"
    body = [title, "", *lines]
    return "\n".join([rule, *(f"|  {line:{width}}  |" for line in body), rule])
