# do not pre-load
"""Schedules: frozen values that say when a job is due, as functions of an instant.

They never read a clock. Every instant that goes in or comes out is an aware
`datetime`; what comes out is in UTC.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Schedule(Protocol):
    """What every kind of schedule can answer."""

    def next_after(self, instant: datetime) -> datetime | None:
        """Return the first due time strictly after `instant`, in UTC; None when there is none."""
        ...

    def latest_at(self, instant: datetime) -> datetime | None:
        """Return the last due time at or before `instant`, in UTC; None when there is none."""
        ...
