# do not pre-load
"""The sparkline: the last runs of a job, as bars."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from ....store.records import RECENT, RunSummary
from ..presentation import BADGES, Viewer

#: of a sparkline, in units of the drawing
STEP, THICKNESS, HEIGHT, LOWEST = 6, 4, 24, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Rectangle:
    """A run."""

    x: int
    y: int
    width: float
    height: int
    tone: str
    #: to be translated
    status: str
    #: when it was due, and how long it took
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sparkline:
    """The last runs of a job, oldest first; the height of each is its duration."""

    rectangles: Sequence[Rectangle]
    #: how many of which status, commonest first
    counts: Sequence[tuple[str, int]]
    width: int = STEP * RECENT
    height: int = HEIGHT

    @property
    def paths(self) -> dict[str, str]:
        """The bars of each tone as one line of SVG: a list of jobs has thousands."""
        found: dict[str, str] = {}
        for each in self.rectangles:
            line = f"M{each.x + THICKNESS // 2} {self.height}v-{each.height}"
            found[each.tone] = found.get(each.tone, "") + line
        return found


def sparkline(runs: Sequence[RunSummary], viewer: Viewer) -> Sparkline:
    """Draw the latest runs, newest first as history gives them; the newest is on the right."""
    latest = list(runs[:RECENT])[::-1]
    longest = max((_seconds(run, viewer) for run in latest), default=0.0)
    left = RECENT - len(latest)
    drawn = [_upright(run, left + index, longest, viewer) for index, run in enumerate(latest)]
    return Sparkline(rectangles=drawn, counts=Counter(run.status.value for run in latest).most_common())


def _upright(run: RunSummary, index: int, longest: float, viewer: Viewer) -> Rectangle:
    seconds = _seconds(run, viewer)
    share = math.sqrt(seconds / longest) if longest > 0 else 0.0
    height = LOWEST + round((HEIGHT - LOWEST) * share)
    return Rectangle(
        x=STEP * index,
        y=HEIGHT - height,
        width=THICKNESS,
        height=height,
        tone=BADGES[run.status].tone,
        status=run.status.value,
        title=viewer.exact(run.due) + took(run, viewer),
    )


def _seconds(run: RunSummary, viewer: Viewer) -> float:
    if not run.ran and run.ended is not None:
        return 0.0
    return max(0.0, ((run.ended or viewer.now) - run.began).total_seconds())


def took(run: RunSummary, viewer: Viewer) -> str:
    """Tell how long a run took, or takes until now; of what did not run, nothing."""
    is_run = run.ran or run.ended is None
    return f", {viewer.short(timedelta(seconds=_seconds(run, viewer)))}" if is_run else ""
