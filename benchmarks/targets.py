"""The targets: what was aimed at, and whether it was reached."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks import names
from benchmarks.figure import Figure, Figures


@dataclass(frozen=True, slots=True)
class Target:
    """A figure of ours, and how large its median may be, or must be at least."""

    #: what the figure is: `lateness of one job, p99`
    what: str
    unit: str
    #: None: was not measured
    figure: Figure | None
    #: None: depends on another figure, which was not measured
    limit: float | None
    #: where the limit comes from: `that of APScheduler 3`; empty when it is a number that was set
    bound: str = ""
    #: whether the figure is to be as large as the limit, and not as small
    least: bool = False

    @property
    def reached(self) -> bool | None:
        """Whether the target was reached; None: nobody knows, it was not measured."""
        if self.figure is None or self.limit is None:
            return None
        return self.figure.median >= self.limit if self.least else self.figure.median <= self.limit


@dataclass(frozen=True, slots=True)
class Goal:
    """A target before anything is measured."""

    what: str
    unit: str
    #: of ours: measure, load and name
    figure: tuple[str, str, str]
    #: a number that was set, or how many times another figure
    limit: float
    #: whose figure of the same load that is; ours, with `load`
    peer: str = ""
    load: str = ""
    #: what to call it
    bound: str = ""
    least: bool = False

    def target(self, figures: Figures) -> Target:
        """Return the target with the figures that were measured."""
        measure, load, name = self.figure
        ours = figures.get((measure, names.OURS, load, name))
        if not self.peer:
            return Target(self.what, self.unit, ours, self.limit, least=self.least)
        other = figures.get((measure, self.peer, self.load or load, name))
        limit = None if other is None else self.limit * other.median
        bound = self.bound or f"that of {names.title(self.peer)}"
        times = "" if self.limit == 1 else f"{self.limit:g} x "
        return Target(self.what, self.unit, ours, limit, f"{times}{bound}", self.least)


TOGETHER = "lateness of 60 jobs due together"
CPU = ("CPU time of a run", "µs", ("cost", "60 jobs/s", "cpu us per run"))
GOALS = (
    Goal("lateness of one job, p99", "ms", ("lateness", "1 job", "p99 ms"), 3.2),
    Goal("lateness of one job each minute", "ms", ("lateness", "each minute", "p99 ms"), 1.6),
    Goal(f"{TOGETHER}, p50", "ms", ("lateness", "60 jobs", "p50 ms"), 0.7, "apscheduler"),
    Goal(f"{TOGETHER}, p99", "ms", ("lateness", "60 jobs", "p99 ms"), 1, "apscheduler"),
    Goal(f"{TOGETHER}, p50", "ms", ("lateness", "60 jobs", "p50 ms"), 0.1, "pgqueuer cron"),
    Goal(*CPU, 0.8, "apscheduler"),
    Goal(*CPU, 1, "pgqueuer cron"),
    Goal(*CPU, 0.4, "procrastinate"),
    Goal(*CPU, 1, "celery"),
    Goal(*CPU, 1, "rq"),
    Goal(*CPU, 2, names.FORMER),
    Goal(
        "CPU time of a run with 1,000,000 records in the history",
        "µs",
        ("history", "1000000 records", "cpu us per run"),
        1.05,
        names.OURS,
        "0 records",
        "that with none",
    ),
    Goal(
        "throughput", "runs per s", ("throughput", "3000 jobs/s", "runs per s"), 1, "apscheduler", least=True
    ),
    Goal("burst of 1,000 jobs, time to the last", "s", ("burst", "1000 jobs", "last s"), 1, "apscheduler"),
    Goal("CPU time that 10,000 jobs add to the boot", "s", ("boot", "10000 jobs", "boot cpu s"), 0.6),
    Goal("memory that 10,000 jobs add", "MB", ("idle", "10000 jobs", "memory MB"), 26),
    Goal(
        "CPU time that 10,000 jobs take while none is due",
        "s per hour",
        ("idle", "10000 jobs", "cpu s per hour"),
        3.6,
    ),
    Goal(
        "sign-in page with 60 jobs a second, p99",
        "ms",
        ("site", "60 jobs/s", "p99 ms"),
        1.1,
        names.OURS,
        "0 jobs/s",
        "that with none",
    ),
    Goal(
        "60 jobs a second beside the sign-in page",
        "runs per s",
        ("site", "60 jobs/s", "runs per s"),
        59,
        least=True,
    ),
)


def targets(figures: Figures) -> tuple[Target, ...]:
    """Return all targets; those that could not be measured, too."""
    return tuple(goal.target(figures) for goal in GOALS)
