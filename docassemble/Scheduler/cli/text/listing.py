# do not pre-load
"""A table as it is drawn: as wide as the terminal, with colours for states and long texts cut to two lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

#: how states look in a terminal
STYLES = {
    **dict.fromkeys(("succeeded", "ok"), "green"),
    **dict.fromkeys(
        ("failed", "timed out", "interrupted", "failing", "problem", "error", "down"), "bold red"
    ),
    **dict.fromkeys(("missed", "late", "warning"), "yellow"),
    "running": "bold cyan",
    **dict.fromkeys(("paused", "stopped"), "magenta"),
    **dict.fromkeys(("skipped", "disabled"), "dim"),
}
#: the columns whose cells begin with a state
STATES = frozenset({"State", "Last run"})
#: the columns whose cells may be broken into lines
BREAKABLE = frozenset({"Job", "State", "Schedule", "Last run", "Progress"})
#: what is left out when the terminal is narrow, in this order
SPARE = ("Server", "Trigger", "Took", "Schedule")
#: the column whose texts may be long; how many lines they have, and how wide it is at least
LONG, LINES, LEAST = "What", 2, 24
#: how wide a breakable column is, if it could be as wide as it likes (characters)
WIDEST = 40
#: how much stands between two columns (characters)
GAP = 2


@dataclass(frozen=True, slots=True)
class Listing:
    """A table: the names of its columns, and the rows."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    #: what is said instead when there is no row
    empty: str = ""


def visible(text: str) -> str:
    """Return a text that cannot move the cursor or change colours of a terminal."""
    return "".join(
        each if each.isprintable() or each == "\n" else "\N{REPLACEMENT CHARACTER}" for each in text
    )


def drawn(listing: Listing, width: int) -> Table:
    """Return a listing as a table that fits into this width, if any can."""
    names = [column.partition(" (")[0] for column in listing.columns]
    widths = {name: _width(listing, at, name) for at, name in enumerate(names)}
    for name in SPARE:
        if _sum(widths) > width:
            widths.pop(name, None)
    room = LEAST + max(width - _sum(widths), 0)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for at, name in enumerate(names):
        if name in widths:
            is_broken = name in BREAKABLE or name == LONG
            table.add_column(listing.columns[at], overflow="fold", no_wrap=not is_broken)
    for row in listing.rows:
        shown = [(name, cell) for name, cell in zip(names, row, strict=True) if name in widths]
        table.add_row(*(_cell(name, cell, room) for name, cell in shown))
    return table


def _width(listing: Listing, at: int, name: str) -> int:
    if name == LONG:
        return LEAST
    widest = max(len(cell) for cell in (listing.columns[at], *(row[at] for row in listing.rows)))
    return min(widest, WIDEST) if name in BREAKABLE else widest


def _sum(widths: dict[str, int]) -> int:
    return sum(widths.values()) + GAP * (len(widths) - 1)


def _cell(name: str, text: str, room: int) -> RenderableType:
    shown = visible(text).replace("\n", " ")
    if name == LONG:
        shown = "\n".join(wrap(shown, room, max_lines=LINES, placeholder="\N{HORIZONTAL ELLIPSIS}"))
    return Text(shown, style=style_of(shown) if name in STATES else "")


def style_of(text: str) -> str:
    """Return how a text looks that begins with a state."""
    return next((style for state, style in STYLES.items() if text.startswith(state)), "")
