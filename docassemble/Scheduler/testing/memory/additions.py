# do not pre-load
"""Jobs that are added at run time, in memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from ...core.alerts import FailureStreak
from ...core.job import Job
from ...core.run import Status
from ...store.added import Added
from .world import Memory, MemoryAdded, MemoryJob, MemoryWorld


class MemoryAdditions(Memory):
    """Keeps the jobs that were added."""

    def add(self, job: Job, definition: str, *, since: datetime, now: datetime, by: str) -> None:
        """Add a job, or put it in the place of the added one with its name."""
        with self._transaction() as world:
            is_new, known = job.name not in world.added, world.jobs.get(job.name)
            if known is None:
                known = world.jobs[job.name] = MemoryJob("", since)
            if is_new:
                known.paused, known.resumed_at, known.streak = False, None, FailureStreak()
            if is_new or known.schedule != job.fingerprint:
                known.schedule, known.cursor = job.fingerprint, since
                known.next_due = job.schedule.next_after(since)
            world.stamps += 1
            known.stamp = world.stamps
            world.added[job.name] = MemoryAdded(job, definition, now, by, world.stamps)
            world.note(now, by, "add", job.name)

    def cancel(self, name: str, now: datetime, by: str) -> bool:
        """Take an added job away: nothing of it is claimed from now on. False when there is none."""
        with self._transaction() as world:
            if name not in world.added:
                return False
            self._let_go(world, name)
            world.note(now, by, "cancel", name)
            return True

    def retire(self, jobs: Collection[str], now: datetime) -> Sequence[str]:  # noqa: ARG002 - kept for people only
        """Take away those of these added jobs that will never be due again and have ended; return them."""
        with self._transaction() as world:
            over = [name for name in sorted(world.added) if name in jobs and self._is_over(world, name)]
            for name in over:
                self._let_go(world, name)
            return over

    def _is_over(self, world: MemoryWorld, name: str) -> bool:
        known = world.jobs.get(name)
        if known is None or known.next_due is not None or known.lease is not None:
            return False
        rows = [row for row in world.rows if row.job == name]
        if any(row.status is Status.RUNNING or row.retry_at is not None for row in rows):
            return False
        return not any(order.job == name for order in world.orders.values())

    def _let_go(self, world: MemoryWorld, name: str) -> None:
        del world.added[name]
        known = world.jobs.get(name)
        if known is not None:
            known.schedule, known.stamp, known.paused, known.resumed_at = "", None, False, None
            known.streak, known.next_due = FailureStreak(), None
        for row in world.rows:
            if row.job == name:
                row.retry_at = None

    def added(self) -> Sequence[Added]:
        """Return the added jobs, by name."""
        with self._transaction() as world:
            return [
                Added(
                    name=name,
                    definition=each.definition,
                    at=each.at,
                    by=each.who,
                    stamp=each.stamp,
                    cursor=world.jobs[name].cursor if name in world.jobs else None,
                )
                for name, each in sorted(world.added.items())
            ]

    def added_mark(self) -> str:
        """Return what is another text whenever a job has been added, replaced or taken away."""
        with self._transaction() as world:
            return world.added_mark
