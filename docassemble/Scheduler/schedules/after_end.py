# do not pre-load
"""AfterEnd: due so long after the end of the last run, so that nobody knows more than the next due time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from hashlib import blake2b
from zoneinfo import ZoneInfo

from ..core.errors import ScheduleError
from .closed_days import ClosedDays, days_from
from .instants import EPOCH, to_utc
from .modifiers import MILLISECOND
from .open_days import FARTHEST
from .simple import SHORTEST


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterEnd:
    """Due `delay` after the end of the last run, no sooner than `start` and no later than `end`, on no closed day.

    What would be due on a closed day of `zone` is due when the next open day begins. Each due time is moved later
    by less than `spread`: by a hash of `seed` (the job's name) and the due time, the same in every process.
    Raises ScheduleError for a delay of less than a second.
    """

    delay: timedelta
    start: datetime | None = None
    end: datetime | None = None
    closed: ClosedDays = field(default_factory=ClosedDays)
    zone: ZoneInfo
    spread: timedelta = timedelta()
    seed: str = ""

    def __post_init__(self) -> None:
        if self.delay < SHORTEST:
            raise ScheduleError(
                f"The interval is {self.delay.total_seconds():g} s long, which is too short.",
                hint="Give at least one second, such as `after end: 10 minutes`.",
            )
        for name in ("start", "end"):
            bound = getattr(self, name)
            object.__setattr__(self, name, bound and to_utc(bound))

    def next_after(self, instant: datetime) -> datetime | None:
        """Return when a job is due whose last run ended at `instant`; None when it is not."""
        try:
            due = to_utc(instant) + self.delay
            due = due if self.start is None else max(due, self.start)
            opened = self._opened(due + self._shift(due))
        except OverflowError:
            return None
        return None if opened is None or (self.end is not None and opened > self.end) else opened

    def latest_at(self, _instant: datetime) -> datetime | None:
        """Return None: without the runs before, nobody knows when the job was due."""
        return None

    def _opened(self, due: datetime) -> datetime | None:
        """Return the first instant at or after `due` that is on no closed day; None when there is none for a year."""
        day = due.astimezone(self.zone).date()
        if not self.closed.includes(day):
            return due
        following = (each for each in days_from(day, 1, FARTHEST) if not self.closed.includes(each))
        first = next(following, None)
        return None if first is None else to_utc(datetime.combine(first, time(), self.zone))

    def _shift(self, due: datetime) -> timedelta:
        text = f"{self.seed}\0{(due - EPOCH) // MILLISECOND}"
        digest = blake2b(text.encode(errors="surrogatepass"), digest_size=8).digest()
        return int.from_bytes(digest, "big") % max(self.spread // MILLISECOND, 1) * MILLISECOND
