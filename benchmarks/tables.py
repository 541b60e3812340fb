"""Figures and targets as tables: Markdown for the page, plain text for the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from benchmarks import names
from benchmarks.figure import Figure
from benchmarks.summary import Summary
from benchmarks.targets import Target


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells; the first cell of a row says what the row is about."""

    title: str
    columns: tuple[str, ...]
    #: None: there is no such figure
    rows: tuple[tuple[str | None, ...], ...]
    #: whether the other cells are words, not numbers
    words: bool = False

    def markdown(self) -> str:
        """Return the table in Markdown, with its title before it."""
        rule = "|".join(["---", *["---" if self.words else "--:"] * (len(self.columns) - 1)])
        lines = [_row(self.columns), f"|{rule}|", *(_row(row) for row in self.rows)]
        return "\n".join([*([f"**{self.title}**", ""] if self.title else []), *lines])

    def text(self) -> str:
        """Return the table for a terminal, its columns below each other."""
        cells = [self.columns, *([cell or "-" for cell in row] for row in self.rows)]
        widths = [max(len(row[column]) for row in cells) for column in range(len(self.columns))]
        lines = [self._line(row, widths) for row in cells]
        return "\n".join([*([self.title] if self.title else []), *lines])

    def _line(self, cells: Sequence[str], widths: Sequence[int]) -> str:
        aligned = [
            text.ljust(width) if self.words or not column else text.rjust(width)
            for column, (text, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return "  ".join(aligned).rstrip()


def of_measure(summary: Summary, measure: str) -> tuple[Table, ...]:
    """Return a table for each figure of a measure with the loads as columns; one for all if there is one load."""
    figures = summary.of(measure)
    loads = sorted({each.load for each in figures}, key=names.load_order)
    shown = [name for name in names.FIGURES if any(each.name == name for each in figures)]
    if len(loads) > 1:
        return tuple(_by_load(figures, name, loads) for name in shown)
    return tuple(_by_figure(figures, load, shown) for load in loads if shown)


def of_targets(targets: Sequence[Target]) -> Table:
    """Return the targets, what was measured, and which were reached."""
    rows = tuple((each.what, _limit(each), _measured(each), _reached(each)) for each in targets)
    return Table("", ("target", "limit", "measured", "reached"), rows, words=True)


def text(summary: Summary) -> str:
    """Return all tables for a terminal, with the targets whose figure was measured."""
    measured = [each for each in summary.targets if each.figure is not None]
    parts = [
        "\n".join([title, "=" * len(title), *(each.text() + "\n" for each in tables)])
        for measure, title in names.MEASURES.items()
        if (tables := of_measure(summary, measure))
    ]
    return "\n".join([*parts, *(["Targets\n=======", of_targets(measured).text()] if measured else [])])


def number(value: float, *, sign: bool = False) -> str:
    """Return a number with three digits that matter; with a plus too where it is what is added."""
    plus = "+" if sign else ""
    return f"{value:{plus},.0f}" if abs(value) >= 100 else f"{value:{plus}.3g}"


def cell(figure: Figure | None) -> str | None:
    """Return a median, half the distance between smallest and largest round, and the ratio to ours in brackets."""
    if figure is None:
        return None
    median = number(figure.median, sign=figure.added)
    if figure.rounds > 1:
        median += f" ±{number((figure.high - figure.low) / 2)}"
    if figure.ratio is None or figure.peer == names.OURS:
        return median
    ratio = f"{figure.ratio:,.0f}" if figure.ratio >= 10 else f"{figure.ratio:.2f}"
    return f"{median} ({ratio}x)"


def _by_load(figures: Sequence[Figure], name: str, loads: Sequence[str]) -> Table:
    found = {(each.peer, each.load): each for each in figures if each.name == name}
    rows = tuple(
        (names.title(peer), *(cell(found.get((peer, load))) for load in loads))
        for peer in _peers(found.values())
    )
    return Table(names.FIGURES[name], ("", *(names.load_title(load) for load in loads)), rows)


def _by_figure(figures: Sequence[Figure], load: str, shown: Sequence[str]) -> Table:
    found = {(each.peer, each.name): each for each in figures}
    rows = tuple(
        (names.title(peer), *(cell(found.get((peer, name))) for name in shown)) for peer in _peers(figures)
    )
    return Table(names.load_title(load), ("", *(names.FIGURES[name] for name in shown)), rows)


def _peers(figures: Iterable[Figure]) -> list[str]:
    return sorted({each.peer for each in figures}, key=names.peer_order)


def _limit(target: Target) -> str:
    words = "at least" if target.least else "at most"
    value = None if target.limit is None else f"{number(target.limit)} {target.unit}"
    if not target.bound:
        return f"{words} {value}"
    return f"{words} {target.bound}" + (f": {value}" if value else "")


def _measured(target: Target) -> str | None:
    if target.figure is None:
        return None
    median, low, high = (
        number(each) for each in (target.figure.median, target.figure.low, target.figure.high)
    )
    return f"{median} {target.unit} ({low} to {high})"


def _reached(target: Target) -> str:
    return {True: "yes", False: "no", None: "not measured"}[target.reached]


def _row(cells: Sequence[str | None]) -> str:
    return "| " + " | ".join("—" if each is None else each.replace("|", "\\|") for each in cells) + " |"
