# do not pre-load
"""The records of runs, in memory, from their end on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from ...core.run import Outcome, Run
from ...store.base import Retry
from .world import Memory


class MemoryRuns(Memory):
    """Records how runs ended, says what is tried again, and forgets what is old."""

    def finish(self, run: Run, outcome: Outcome) -> None:
        """Record how a run ended and set its job free."""
        with self._transaction() as world:
            self._finish(world, run, outcome)

    def retries(self, jobs: Collection[str], now: datetime) -> Sequence[Retry]:
        """Return what is to be tried again now, of these jobs; what is paused waits until it is resumed."""
        with self._transaction() as world:
            return [
                Retry(
                    run=row.run.id,
                    job=row.job,
                    due=row.run.due.at,
                    attempt=row.run.attempt + 1,
                    arguments=row.run.arguments,
                )
                for row in world.rows
                if row.run and row.job in jobs and world.is_due_again(row, now)
            ]

    def prune(self, before: datetime, limit: int) -> int:
        """Delete at most `limit` records that ended before; of each job that is left, the latest stays."""
        with self._transaction() as world:
            world.events = [event for event in world.events if event.at >= before or event.id in world.orders]
            world.seen = {
                process: seen
                for process, seen in world.seen.items()
                if process.id in world.beats or seen >= before
            }
            gone = [name for name, job in world.jobs.items() if job.is_no_more and job.lease is None]
            for name in gone:
                del world.jobs[name]
            latest = {row.job: row for row in world.rows}
            old = [
                row
                for row in world.rows
                if row.finished is not None and row.finished < before and row.retry_at is None
                if latest[row.job] is not row or row.job not in world.jobs
            ][:limit]
            world.rows = [row for row in world.rows if row not in old]
            return len(old)
