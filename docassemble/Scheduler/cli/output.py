# do not pre-load
"""What commands show: tables and sentences for people, or one JSON document for programs. Messages go to stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import click
from rich.console import Console
from rich.table import Table

from ..core.errors import SchedulerError

#: exit statuses
FAILED, IMPOSSIBLE, BUSY = 1, 2, 3
#: how wide a table may be in a file or pipe (characters)
_WIDE = 200


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: the names of its columns, and the rows."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    #: what is said instead when there is no row
    empty: str = ""


def show(document: object, *, as_json: bool, text: Callable[[], Sheet | str]) -> None:
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
        _console().print(_table(what))


def say(message: str) -> None:
    """Say something to the person, apart from what the command shows."""
    click.echo(visible(message), err=True)


def give_up(error: SchedulerError, status: int = IMPOSSIBLE) -> NoReturn:
    """End the command with an error and the way out."""
    say(f"Error: {_sentence(str(error))}{_sentence(f' Hint: {error.hint}') if error.hint else ''}")
    raise SystemExit(status)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."


def visible(text: str) -> str:
    """Return a text that cannot move the cursor or change colours of a terminal."""
    return "".join(
        each if each.isprintable() or each == "\n" else "\N{REPLACEMENT CHARACTER}" for each in text
    )


def _table(sheet: Sheet) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in sheet.columns:
        table.add_column(column, overflow="fold")
    for row in sheet.rows:
        table.add_row(*(visible(cell).replace("\n", " ") for cell in row))
    return table


def _console() -> Console:
    settings: dict[str, Any] = {"markup": False, "highlight": False, "emoji": False, "soft_wrap": False}
    return Console(file=sys.stdout, width=None if sys.stdout.isatty() else _WIDE, **settings)
