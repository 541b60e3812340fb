"""The targets: what was aimed at, and whether it was reached."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks import names
from benchmarks.figure import Figure, Figures


@dataclass(frozen=True, slots=True)
class Target:
    """A figure of ours, and how large its median may be."""

    #: what the figure is: `lateness of one job, p99`
    what: str
    unit: str
    #: None: was not measured
    figure: Figure | None
    #: None: depends on another figure, which was not measured
    limit: float | None
    #: where the limit comes from: `that of APScheduler 3`; empty when it is a number that was set
    bound: str = ""
    #: whether the limit itself is reached, too
    inclusive: bool = False

    @property
    def reached(self) -> bool | None:
        """Whether the target was reached; None: nobody knows, it was not measured."""
        if self.figure is None or self.limit is None:
            return None
        return self.figure.median <= self.limit if self.inclusive else self.figure.median < self.limit


def targets(figures: Figures) -> tuple[Target, ...]:
    """Return all targets; those that could not be measured, too."""
    return (*_lateness(figures), *_cost(figures), *_many_jobs(figures), _site(figures))


def _lateness(figures: Figures) -> tuple[Target, ...]:
    what = "lateness of one job, p99"
    ours = figures.get(("lateness", names.OURS, "1 job", "p99 ms"))
    theirs = _times(1, figures.get(("lateness", "apscheduler", "1 job", "p99 ms")))
    return (
        Target(what, "ms", ours, theirs, f"that of {names.title('apscheduler')}", inclusive=True),
        Target(what, "ms", ours, 5),
    )


def _cost(figures: Figures) -> tuple[Target, ...]:
    what, unit = "CPU time of a run", "µs"
    loads = {load for measure, peer, load, _ in figures if (measure, peer) == ("cost", names.OURS)}
    load = min(loads, key=names.load_order, default="")

    def cpu(peer: str) -> Figure | None:
        return figures.get(("cost", peer, load, "cpu us per run"))

    ours, twice = cpu(names.OURS), f"2 x that of {names.title(names.FORMER)}"
    durable = (
        Target(what, unit, ours, _times(1, cpu(peer)), f"that of {names.title(peer)}")
        for peer in names.DURABLE
    )
    return (*durable, Target(what, unit, ours, _times(2, cpu(names.FORMER)), twice, inclusive=True))


def _many_jobs(figures: Figures) -> tuple[Target, ...]:
    def ours(measure: str, name: str) -> Figure | None:
        return figures.get((measure, names.OURS, "10000 jobs", name))

    idle = "CPU time that 10,000 jobs take while none is due"
    return (
        Target("time that 10,000 jobs add to the boot", "s", ours("boot", "boot s"), 1),
        Target("memory that 10,000 jobs add", "MB", ours("idle", "memory MB"), 30),
        Target(idle, "s per hour", ours("idle", "cpu s per hour"), 3.6),
    )


def _site(figures: Figures) -> Target:
    def p99(load: str) -> Figure | None:
        return figures.get(("site", names.OURS, load, "p99 ms"))

    what, bound = "sign-in page with 60 jobs a second, p99", "1.1 x that with none"
    return Target(what, "ms", p99("60 jobs/s"), _times(1.1, p99("0 jobs/s")), bound, inclusive=True)


def _times(factor: float, figure: Figure | None) -> float | None:
    return None if figure is None else factor * figure.median
