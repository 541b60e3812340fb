# do not pre-load
"""The charts of a job: how long its last runs took, and how late they began."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from ....core.run import Trigger
from ....store.records import RunRecord
from ..presentation import BADGES, Viewer

#: how many runs are drawn, and looked at to find them
RUNS = 100
#: in units of the drawing
STEP, THICKNESS, HEIGHT = 6, 5, 72
WIDTH = RUNS * STEP
#: no bar is lower
LOWEST = 2
#: a chart of fewer runs says nothing
FEW = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartBar:
    """A run."""

    #: of the run
    id: str
    x: int
    y: float
    height: float
    tone: str
    title: str
    width: int = THICKNESS


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One number of each run, the newest on the right; and what the drawing says, in words."""

    bars: Sequence[ChartBar]
    median: str
    most: str
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def number(self) -> int:
        """How many runs it has."""
        return len(self.bars)


def duration_chart(runs: Sequence[RunRecord], viewer: Viewer) -> Chart | None:
    """Draw how long runs took, newest first as history gives them; None of too few."""
    return _chart([(run, run.duration) for run in runs if run.duration is not None], viewer)


def lateness_chart(runs: Sequence[RunRecord], viewer: Viewer) -> Chart | None:
    """Draw how long after they were due runs began that the schedule has caused; None of too few."""
    caused = {Trigger.SCHEDULE, Trigger.CATCH_UP}
    late = [(run, run.lateness) for run in runs if run.trigger in caused and run.lateness is not None]
    return _chart([(run, max(value, timedelta())) for run, value in late], viewer)


def _chart(values: Sequence[tuple[RunRecord, timedelta]], viewer: Viewer) -> Chart | None:
    if len(values) < FEW:
        return None
    newest_last = values[:RUNS][::-1]
    most = max(value for _, value in newest_last)
    left = RUNS - len(newest_last)
    return Chart(
        bars=[_bar(run, value, left + index, most, viewer) for index, (run, value) in enumerate(newest_last)],
        median=viewer.short(sorted(value for _, value in newest_last)[len(newest_last) // 2]),
        most=viewer.short(most),
    )


def _bar(run: RunRecord, value: timedelta, index: int, most: timedelta, viewer: Viewer) -> ChartBar:
    share = value / most if most else 0.0
    height = round(LOWEST + (HEIGHT - LOWEST) * share, 1)
    return ChartBar(
        id=run.id,
        x=STEP * index,
        y=round(HEIGHT - height, 1),
        height=height,
        tone=BADGES[run.status].tone,
        title=f"{viewer.exact(run.due)}: {viewer.short(value)}",
    )
