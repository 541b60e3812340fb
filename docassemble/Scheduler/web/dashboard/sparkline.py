# do not pre-load
"""The strip: the last runs of a job as bars, oldest first, whose height is the duration."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from ...core.durations import short
from ...store.records import RECENT, RunSummary
from .badges import STATUSES
from .viewer import Viewer

#: in units of the drawing
STEP, THICKNESS, HEIGHT, LOWEST = 6, 4, 24, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class StripBar:
    """A bar: where it stands, and what it says."""

    x: int
    y: int
    height: int
    tone: str
    #: the status, to be translated
    status: str
    #: when it was due, and how long it took
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """The drawing."""

    bars: tuple[StripBar, ...]
    #: how many of which status, commonest first
    counts: tuple[tuple[str, int], ...]
    width: int = STEP * RECENT
    height: int = HEIGHT
    thickness: int = THICKNESS


def strip(bars: Sequence[RunSummary], viewer: Viewer) -> Strip:
    """Draw the latest bars, newest first as history gives them; the newest is on the right."""
    latest = list(bars[:RECENT])[::-1]
    longest = max((_seconds(bar, viewer) for bar in latest), default=0.0)
    left = RECENT - len(latest)
    drawn = (_bar(bar, left + index, longest, viewer) for index, bar in enumerate(latest))
    counts = Counter(bar.status.value for bar in latest).most_common()
    return Strip(bars=tuple(drawn), counts=tuple(counts))


def _bar(bar: RunSummary, index: int, longest: float, viewer: Viewer) -> StripBar:
    seconds = _seconds(bar, viewer)
    share = math.sqrt(seconds / longest) if longest > 0 else 0.0
    height = LOWEST + round((HEIGHT - LOWEST) * share)
    took = f", {short(timedelta(seconds=seconds))}" if bar.ran or bar.ended is None else ""
    return StripBar(
        x=STEP * index,
        y=HEIGHT - height,
        height=height,
        tone=STATUSES[bar.status].tone,
        status=bar.status.value,
        title=f"{viewer.exact(bar.due)}{took}",
    )


def _seconds(bar: RunSummary, viewer: Viewer) -> float:
    if not bar.ran and bar.ended is not None:
        return 0.0
    return max(0.0, ((bar.ended or viewer.now) - bar.began).total_seconds())
