# do not pre-load
"""A clock that tests move, and a job for tests to run."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from ..core.job import Job, Schedule


class ManualClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._passed = timedelta()

    def now(self) -> datetime:
        """Return the present instant."""
        return self._now

    def monotonic(self) -> float:
        """Return how far the clock has been moved forward, in seconds."""
        return self._passed.total_seconds()

    def sleep(self, seconds: float) -> None:
        """Go forward."""
        self.move(timedelta(seconds=seconds))

    def move(self, by: timedelta) -> None:
        """Go forward, or back."""
        self._now += by
        self._passed += max(by, timedelta())


def job(name: str, schedule: Schedule, **fields: Any) -> Job:
    """Return a job called `name`; the other fields of a Job are as given or have their defaults."""
    common: dict[str, Any] = {"function": name.partition(" ")[0], "type": "interval"}
    return Job(name=name, schedule=schedule, **common | fields)
