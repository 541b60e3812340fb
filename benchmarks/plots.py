"""The figures as plots: SVG files that are the same, byte for byte, whenever the figures are.

Only this module needs matplotlib: `requirements/benchmarks.in`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from pathlib import Path
from types import MappingProxyType
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure as Drawing
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from benchmarks import names
from benchmarks.figure import Figure
from benchmarks.results import Results
from benchmarks.summary import Summary, summarize
from benchmarks.tables import cell, number

#: ours is vermilion, all others grey: that is seen by people who do not see all colours, too
OURS, OTHERS = "#D55E00", "#6B6B6B"
INK, PALE = "#222222", "#DDDDDD"

STYLE: Mapping[str, Any] = MappingProxyType(
    {
        "svg.hashsalt": "docassemble.Scheduler",  # else the ids in the file are random
        "svg.fonttype": "none",  # text stays text
        "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial"],
        "font.size": 10,
        "text.color": INK,
        "figure.facecolor": "white",
        "figure.constrained_layout.use": True,
        "axes.titlesize": 10,
        "axes.titlelocation": "left",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.spines.left": False,
        "axes.edgecolor": OTHERS,
        "axes.grid": True,
        "axes.grid.axis": "x",
        "axes.axisbelow": True,
        "grid.color": PALE,
        "xtick.bottom": False,
        "xtick.labelsize": 9,
        "ytick.left": False,
        "legend.frameon": False,
    }
)


@dataclass(frozen=True, slots=True)
class Mark:
    """How one of the values in a row is drawn."""

    label: str
    marker: str
    #: points
    size: float
    hollow: bool = False

    def line(self, x: Sequence[float], y: Sequence[float], colour: str) -> Line2D:
        """Return the mark at a place, or, at no place, for the legend."""
        face = "white" if self.hollow else colour
        return Line2D(
            x, y, linestyle="", marker=self.marker, markersize=self.size, color=colour,
            markerfacecolor=face, markeredgewidth=1.8, zorder=3,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Panel:
    """One of the axes of a drawing: a row for each peer, with a value for each mark."""

    title: str
    rows: Mapping[str, Sequence[float | None]]


def draw(results: Results, folder: Path, *, suffix: str = "svg") -> tuple[Path, ...]:
    """Draw each plot that there are figures for, and return the files: `performance-<measure>.svg`.

    With `suffix="png"` they are pictures to look at.
    """
    summary = summarize(results)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    with mpl.rc_context(dict(STYLE)):
        for measure, plot in PLOTS.items():
            if figures := _of(summary, measure):
                paths.append(folder / f"performance-{measure}.{suffix}")
                plot(figures).savefig(paths[-1], metadata={"Date": None} if suffix == "svg" else None)
    return tuple(paths)


def lateness(figures: Sequence[Figure]) -> Drawing:
    """Draw p50, p99 and max of each peer; a panel for each load."""
    marks = (Mark("p50", "o", 5, hollow=True), Mark("p99", "o", 7), Mark("max", "|", 11))
    panels = _of_loads(figures, ("p50 ms", "p99 ms", "max ms"))
    drawing = _drawing("Lateness: from the due time to the first line of the function", panels, marks)
    for axes in drawing.axes:
        _logarithmic(axes, _milliseconds)
    return drawing


def idle(figures: Sequence[Figure]) -> Drawing:
    """Draw CPU time and memory of each peer with each number of jobs."""
    title = "While no job is due: what each takes (docassemble.Scheduler: what it adds to docassemble)"
    return _by_load(figures, ("cpu s per hour", "memory MB"), title)


def site(figures: Sequence[Figure]) -> Drawing:
    """Draw p50 and p99 of the sign-in page with and without jobs."""
    return _by_load(figures, ("p50 ms", "p99 ms"), "docassemble's sign-in page under load")


def cost(figures: Sequence[Figure]) -> Drawing:
    """Draw the CPU time of a run, with the database's part paler."""
    title = "CPU time of a run that does nothing, all processes, in µs (paler: the database)"
    return _bars(figures, "cpu us per run", title, part="database us per run")


def throughput(figures: Sequence[Figure]) -> Drawing:
    """Draw the runs per second."""
    title = "Throughput: runs per second when far more are due than can run"
    drawing = _drawing(title, _of_loads(figures, ("runs per s",)), (Mark("median of the rounds", "o", 9),))
    for axes in drawing.axes:
        _logarithmic(axes)
    return drawing


PLOTS: Mapping[str, Callable[[Sequence[Figure]], Drawing]] = MappingProxyType(
    {"lateness": lateness, "cost": cost, "throughput": throughput, "idle": idle, "site": site}
)


def _of(summary: Summary, measure: str) -> list[Figure]:
    """Return what is drawn of a measure: not docassemble alone where others are what they add to it."""
    alone = names.ALONE.values() if measure in names.ADDING else ()
    return [each for each in summary.of(measure) if each.name in names.FIGURES and each.peer not in alone]


def _of_loads(figures: Sequence[Figure], shown: Sequence[str]) -> list[Panel]:
    loads = _loads(figures)
    return [Panel(names.load_title(load), _rows(figures, [(load, name) for name in shown])) for load in loads]


def _by_load(figures: Sequence[Figure], shown: Sequence[str], title: str) -> Drawing:
    loads = _loads(figures)
    marks = [
        Mark(names.load_title(load), "o", 5 + 3 * index, hollow=index == 0)
        for index, load in enumerate(loads)
    ]
    panels = [Panel(names.FIGURES[name], _rows(figures, [(load, name) for load in loads])) for name in shown]
    drawing = _drawing(title, panels, marks)
    for axes in drawing.axes:
        axes.axvline(0, color=OTHERS, linewidth=0.8)
    return drawing


def _drawing(title: str, panels: Sequence[Panel], marks: Sequence[Mark]) -> Drawing:
    peers = sorted({peer for panel in panels for peer in panel.rows}, key=names.peer_order)
    across = min(2, len(panels))
    down = -(-len(panels) // across)
    drawing = Drawing(figsize=(10, 1 + down * (0.5 + 0.32 * len(peers))))
    every = drawing.subplots(down, across, sharex=across < len(panels), sharey=True, squeeze=False).flat
    for axes in list(every)[len(panels) :]:
        axes.remove()
    for axes, panel in zip(drawing.axes, panels, strict=True):
        axes.set_title(panel.title)
        axes.tick_params(labelbottom=True)
        for peer, values in panel.rows.items():
            _row(axes, peers.index(peer), peer, values, marks)
        _label(axes, peers)
    handles = [mark.line([], [], INK) for mark in marks]
    drawing.legend(handles, [mark.label for mark in marks], loc="outside lower center", ncols=len(marks))
    drawing.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")
    return drawing


def _row(axes: Any, row: int, peer: str, values: Sequence[float | None], marks: Sequence[Mark]) -> None:
    known = [(value, mark) for value, mark in zip(values, marks, strict=True) if value is not None]
    ends = [value for value, _ in known]
    axes.plot([min(ends), max(ends)], [row, row], color=_colour(peer), linewidth=2)
    for value, mark in sorted(known, key=lambda each: -each[1].size):  # the small ones above the large ones
        axes.add_line(mark.line([value], [row], _colour(peer)))


def _bars(figures: Sequence[Figure], name: str, title: str, part: str = "") -> Drawing:
    load = _loads(figures)[0]
    shown = {each.peer: each for each in figures if (each.load, each.name) == (load, name)}
    parts = {each.peer: each.median for each in figures if (each.load, each.name) == (load, part)}
    drawing = Drawing(figsize=(10, 0.9 + 0.36 * len(shown)))
    axes = drawing.subplots()
    for row, (peer, figure) in enumerate(shown.items()):
        own = figure.median - parts.get(peer, 0)
        axes.barh(row, own, height=0.62, color=_colour(peer))
        axes.barh(row, parts.get(peer, 0), left=own, height=0.62, color=_colour(peer), alpha=0.5)
        axes.annotate(
            cell(figure), (figure.median, row), xytext=(5, 0), textcoords="offset points", va="center"
        )
    _label(axes, list(shown))
    axes.margins(x=0.15)
    drawing.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")
    return drawing


def _label(axes: Any, peers: Sequence[str]) -> None:
    """Name the rows, the first above, and write numbers as in the tables."""
    axes.set_yticks(range(len(peers)), [names.title(peer) for peer in peers])
    axes.set_ylim(len(peers) - 0.4, -0.6)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
    for text in axes.get_yticklabels():
        if text.get_text() == names.title(names.OURS):
            text.set(color=OURS, fontweight="bold")


def _logarithmic(axes: Any, write: Callable[[float], str] = number) -> None:
    axes.set_xscale("log")
    axes.margins(x=0.02)
    low, high = axes.get_xlim()
    axes.set_xlim(10 ** floor(log10(low)), 10 ** ceil(log10(high)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: write(value)))
    axes.xaxis.set_major_locator(LogLocator(numticks=12))
    axes.xaxis.set_minor_locator(NullLocator())


def _milliseconds(value: float) -> str:
    return f"{number(value)} ms" if value < 1000 else f"{number(value / 1000)} s"


def _rows(
    figures: Iterable[Figure], columns: Sequence[tuple[str, str]]
) -> Mapping[str, Sequence[float | None]]:
    """Return the medians of each peer in columns of load and name; peers that have none are left out."""
    medians = {(each.peer, each.load, each.name): each.median for each in figures}
    peers = sorted({peer for peer, *column in medians if tuple(column) in columns}, key=names.peer_order)
    return {peer: [medians.get((peer, *column)) for column in columns] for peer in peers}


def _loads(figures: Iterable[Figure]) -> list[str]:
    return sorted({each.load for each in figures}, key=names.load_order)


def _colour(peer: str) -> str:
    return OURS if peer == names.OURS else OTHERS
