# do not pre-load
"""Runs that wait for another process to take them over, in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from ...core.job import Job
from ...core.lost import PATIENCE, WaitingRun, send_again_at
from ...core.run import Interruption, Run
from ...store.base import Process, TakenOver
from .world import Memory, MemoryRow


class MemoryHandover(Memory):
    """Lets go of runs, and takes them over."""

    def hand_over(self, run: Run, expires: datetime) -> None:
        """Let go of a run: from now on it belongs to nobody, until somebody takes it before `expires`."""
        with self._transaction() as world:
            row = world.running_runs(run.id)
            if row is not None and row.started is None:
                row.process, row.expires, row.send_again = None, expires, run.claimed + PATIENCE

    def take_over(self, run: str, process: Process, now: datetime) -> TakenOver | None:
        """Take a run that belongs to nobody; None when it is not (or no longer) to be had."""
        with self._transaction() as world:
            row = world.running_runs(run)
            if row is None or row.run is None or row.process is not None:
                return None
            if row.expires is None or row.expires <= now:
                return None
            row.process, row.server, row.started, row.expires = process, process.server, now, None
            return TakenOver(
                job=row.job,
                due=row.run.due.at,
                claimed=row.run.claimed,
                attempt=row.run.attempt,
                trigger=row.run.trigger,
                failing=row.job in world.jobs and world.jobs[row.job].streak.failures > 0,
                arguments=row.run.arguments,
            )

    def unanswered(self, now: datetime) -> Sequence[WaitingRun]:
        """Return runs whose messages are to be sent again at `now`. Only one caller gets each."""
        with self._transaction() as world:
            return [_postponed(row, now) for row in world.rows if row.is_unanswered(now)]

    def give_up_expired(self, now: datetime, jobs: Mapping[str, Job]) -> Sequence[Interruption]:
        """End the runs as interrupted that nobody took in time. Only one caller gets each."""
        with self._transaction() as world:
            return self._end_lost(world, [row for row in world.rows if row.is_expired(now)], jobs, now)


def _postponed(row: MemoryRow, now: datetime) -> WaitingRun:
    waiting = WaitingRun(run=row.id, job=row.job, claimed=row.claimed, expires=row.expires or now)
    row.send_again = send_again_at(waiting, now)
    return waiting
