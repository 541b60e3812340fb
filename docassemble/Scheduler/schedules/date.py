# do not pre-load
"""Once: due at one instant, never again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .instants import to_utc


@dataclass(frozen=True, slots=True)
class Once:
    """Due at the instant `at` (aware; kept in UTC) and at no other."""

    at: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", to_utc(self.at))

    def next_after(self, instant: datetime) -> datetime | None:
        """Return `at` while it is still to come."""
        return self.at if self.at > to_utc(instant) else None

    def latest_at(self, instant: datetime) -> datetime | None:
        """Return `at` once it has come."""
        return self.at if self.at <= to_utc(instant) else None
