# do not pre-load
"""What people switch, in memory."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from .world import Memory


class MemorySwitches(Memory):
    """Pauses and resumes jobs, and asks runs to stop."""

    def pause(self, job: str, now: datetime, by: str) -> bool:
        """Let the due times of a job be skipped from now on; `by` says who, for the record."""
        with self._transaction() as world:
            known = world.jobs.get(job)
            if known is None or known.paused:
                return False
            known.paused = True
            world.note(now, by, "pause", job)
            return True

    def resume(self, job: str, now: datetime, by: str) -> bool:
        """Let a job be run again from its next due time after `now` on."""
        with self._transaction() as world:
            known = world.jobs.get(job)
            if known is None or not known.paused:
                return False
            known.paused, known.resumed_at = False, now
            world.note(now, by, "resume", job)
            return True

    def ask_to_stop(self, run: str, reason: str, now: datetime, by: str | None) -> bool:
        """Ask a run to stop that is going on somewhere; `by` is None when the scheduler itself asks."""
        with self._transaction() as world:
            row = world.running_runs(run)
            if row is None or row.stop is not None:
                return False
            row.stop = reason
            if by is not None:
                world.note(now, by, "stop", row.job, run)
            return True

    def stop_requests(self, runs: Collection[str]) -> Mapping[str, str]:
        """Return which of these runs are asked to stop, and why: the name of a StopReason."""
        with self._transaction() as world:
            rows = [row for run in runs for row in world.rows_of(run)]
            return {row.run.id: row.stop for row in rows if row.run is not None and row.stop is not None}
