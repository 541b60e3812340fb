# do not pre-load
"""Processes and their signs of life, in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from ...core.job import Job
from ...core.manning import Manning
from ...core.run import Interruption, Status
from ...store.base import Process, ProcessHeartbeat
from .world import Memory


class MemoryProcesses(Memory):
    """Knows who lives."""

    def register(self, process: Process, now: datetime) -> None:
        """Take up a process."""
        with self._transaction() as world:
            world.beats[process.id] = ProcessHeartbeat(process=process, beat=0)
            world.seen[process] = now
            for row in world.rows:
                if (
                    self._process is not None
                    and row.process == self._process
                    and row.status is Status.RUNNING
                ):
                    row.process = process
            self._process = process

    def beat(self, process: Process, now: datetime, manning: Manning | None = None) -> bool:
        """Give a sign of life, and say what the job threads do; False when the process was given up by others."""
        with self._transaction() as world:
            heartbeat = world.beats.get(process.id)
            if heartbeat is not None:
                world.beats[process.id] = replace(heartbeat, beat=heartbeat.beat + 1)
                world.seen[process] = now
                if manning is not None:
                    world.manning[process.id] = manning
            return heartbeat is not None

    def reap(
        self, process: Process, beat: int | None, jobs: Mapping[str, Job], now: datetime
    ) -> Sequence[Interruption]:
        """Give a process up, unless it has moved on from `beat`; its runs end as interrupted or timed out."""
        with self._transaction() as world:
            heartbeat = world.beats.get(process.id)
            if heartbeat is None or beat not in {None, heartbeat.beat}:
                return []
            del world.beats[process.id]
            orphans = [row for row in world.rows if row.process == process and row.status is Status.RUNNING]
            return self._end_lost(world, orphans, jobs, now)

    def leave(self, process: Process, now: datetime) -> bool:  # noqa: ARG002 - kept for people only
        """Take leave in good order; False, and nothing is changed, when a run of the process has not ended."""
        with self._transaction() as world:
            if any(row.process == process and row.status is Status.RUNNING for row in world.rows):
                return False
            return world.beats.pop(process.id, None) is not None
