# do not pre-load
"""What commands show: tables and sentences for people, or one JSON document for programs. Messages go to stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any, NoReturn, TextIO
from zoneinfo import ZoneInfo

import click
from rich.console import Console

from ...core.errors import SchedulerError
from ...core.problem import Problem
from .listing import Listing, drawn, visible

#: exit statuses
FAILED, IMPOSSIBLE, BUSY = 1, 2, 3
#: how wide a table may be in a file or pipe (characters)
_WIDE = 200


def show(document: object, *, as_json: bool, text: Callable[[], Listing | str]) -> None:
    """Show the document as JSON, or the text for people."""
    if as_json:
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    what = text()
    if isinstance(what, str):
        click.echo(visible(what))
    elif not what.rows:
        click.echo(what.empty)
    else:
        console = console_of(sys.stdout)
        console.print(drawn(what, console.width))


def say(message: str) -> None:
    """Say something to the person, apart from what the command shows."""
    click.echo(visible(message), err=True)


def give_up(error: SchedulerError, status: int = IMPOSSIBLE) -> NoReturn:
    """End the command with an error and the way out."""
    say(f"Error: {_sentence(str(error))}{_sentence(f' Hint: {error.hint}') if error.hint else ''}")
    raise SystemExit(status)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."


def console_of(file: TextIO) -> Console:
    """Return what draws on a terminal, in colours; elsewhere without them, and wide."""
    settings: dict[str, Any] = {"markup": False, "highlight": False, "emoji": False, "soft_wrap": False}
    return Console(file=file, width=None if file.isatty() else _WIDE, **settings)


def problem_line(value: Problem, file: str) -> str:
    """Return a problem in one line, with the file and the line where it stands, as compilers do."""
    place = "" if value.line is None else f"{file}:{value.line}: "
    return f"{place}{value.severity.value}: {value}"


def local(at: datetime, zone: str) -> str:
    """Return an instant in a zone, to the second."""
    return at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S %Z")
