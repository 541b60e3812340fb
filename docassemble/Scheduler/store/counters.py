# do not pre-load
"""Counters: runs, their durations and their lateness, counted for ever, for monitoring.

They only grow, whatever is pruned. Each process counts what it sees in memory, and adds that to the counters of
all now and then: so a run costs no statement more.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import accumulate
from typing import NamedTuple

from ..core.run import Interruption, Outcome, Run, Status, Trigger, UnrunDueTimes
from ..core.session_action import COUNTED_AS, is_session_action

#: the upper bounds of the buckets (seconds); a histogram has one more, for what is above
DURATIONS = (0.01, 0.1, 1.0, 10.0, 60.0, 600.0, 3600.0)
LATENESSES = (0.01, 0.1, 1.0, 10.0, 60.0, 600.0)
_BOUNDS = {"duration": DURATIONS, "lateness": LATENESSES}
#: stands for the sum of all values beside the buckets, and for what is above all bounds
_SUM, _ABOVE = "sum", "above"
#: what was made for a due time of the schedule: only that can be late
_ON_SCHEDULE = frozenset({Trigger.SCHEDULE, Trigger.CATCH_UP})


class CounterKey(NamedTuple):
    """What a number of the counters counts. No dataclass: five are looked up for each run."""

    job: str
    #: `runs`, `duration` or `lateness`
    measure: str
    #: a status; or a bucket's upper bound, `above`, `sum`
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """How values are spread."""

    #: upper bounds (seconds), each with how many values are not above it
    buckets: tuple[tuple[float, int], ...]
    #: of all values
    count: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class JobCounters:
    """What was counted of one job."""

    job: str
    #: how many due times ended like that
    runs: Mapping[Status, int]
    #: of runs that ended
    duration: Histogram
    #: of runs that a due time made, without retries
    lateness: Histogram


class RunCounter:
    """What one process has counted and not yet handed over; used by all its threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers: dict[CounterKey, float] = {}

    def finished(self, run: Run, outcome: Outcome) -> None:
        """Count a run that has ended."""
        job = run.job.name
        numbers: list[tuple[CounterKey, float]] = [(CounterKey(job, "runs", outcome.status.value), 1)]
        if outcome.status is not Status.SKIPPED:
            numbers += _observed(job, "duration", outcome.duration)
            if run.trigger in _ON_SCHEDULE:
                numbers += _observed(job, "lateness", outcome.started - run.due.at)
        self.add(numbers)

    def ended(self, unrun: Iterable[UnrunDueTimes]) -> None:
        """Count due times that end without a run."""
        self.add((CounterKey(each.job.name, "runs", each.status.value), each.count) for each in unrun)

    def interrupted(self, interruptions: Iterable[Interruption]) -> None:
        """Count runs that lost their process."""
        self.add((CounterKey(each.job, "runs", each.status.value), 1) for each in interruptions)

    def take(self) -> Mapping[CounterKey, float]:
        """Hand over what was counted."""
        with self._lock:
            taken, self._numbers = self._numbers, {}
        return taken

    def add(self, numbers: Iterable[tuple[CounterKey, float]]) -> None:
        """Add numbers to what was counted."""
        with self._lock:
            for key, number in numbers:
                self._numbers[key] = self._numbers.get(key, 0) + number


def with_actions_as_one(numbers: Mapping[CounterKey, float]) -> Mapping[CounterKey, float]:
    """Return numbers in which all actions in sessions are one job: there are thousands, each with a name of its own."""
    merged: dict[CounterKey, float] = {}
    for key, number in numbers.items():
        one = key._replace(job=COUNTED_AS) if is_session_action(key.job) else key
        merged[one] = merged.get(one, 0) + number
    return merged


def _observed(job: str, measure: str, value: timedelta) -> list[tuple[CounterKey, float]]:
    """Return what a duration or a lateness adds to its histogram."""
    seconds = max(value.total_seconds(), 0.0)  # clocks are set back now and then
    bounds = _BOUNDS[measure]
    index = bisect_left(bounds, seconds)
    bucket = str(bounds[index]) if index < len(bounds) else _ABOVE
    return [(CounterKey(job, measure, bucket), 1), (CounterKey(job, measure, _SUM), seconds)]


def counters_of(numbers: Mapping[CounterKey, float]) -> list[JobCounters]:
    """Return the counters that these lines add up to, by job."""
    jobs: dict[str, dict[str, dict[str, float]]] = {}
    for key, number in numbers.items():
        jobs.setdefault(key.job, {}).setdefault(key.measure, {})[key.label] = number
    return [
        JobCounters(
            job=job,
            runs={Status(label): round(number) for label, number in sorted(lines.get("runs", {}).items())},
            duration=_histogram(DURATIONS, lines.get("duration", {})),
            lateness=_histogram(LATENESSES, lines.get("lateness", {})),
        )
        for job, lines in sorted(jobs.items())
    ]


def _histogram(bounds: Sequence[float], numbers: Mapping[str, float]) -> Histogram:
    below = list(accumulate(round(numbers.get(str(bound), 0)) for bound in bounds))
    return Histogram(
        buckets=tuple(zip(bounds, below, strict=True)),
        count=below[-1] + round(numbers.get(_ABOVE, 0)),
        seconds=numbers.get(_SUM, 0.0),
    )
