"""Walks a schedule through a window of time, in both directions."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import Phase, settings

from docassemble.Scheduler.core.job import Schedule
from tests.profiles import examples

RESOLUTION = timedelta(microseconds=1)


def property_of(number: int) -> settings:
    """The same examples in each run, so that a red build can be repeated, and no minutes of shrinking."""
    phases = (Phase.explicit, Phase.generate)
    return examples(number, derandomize=True, phases=phases)


def forward(schedule: Schedule, start: datetime, end: datetime) -> list[datetime]:
    """Due times in [start, end), found with next_after."""
    found = []
    due = schedule.next_after(start - RESOLUTION)
    while due is not None and due < end:
        found.append(due)
        due = schedule.next_after(due)
    return found


def backward(schedule: Schedule, start: datetime, end: datetime) -> list[datetime]:
    """The same, found with latest_at."""
    found = []
    due = schedule.latest_at(end - RESOLUTION)
    while due is not None and due >= start:
        found.append(due)
        due = schedule.latest_at(due - RESOLUTION)
    return found[::-1]
