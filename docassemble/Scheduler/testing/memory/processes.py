# do not pre-load
"""Processes and their signs of life, in memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from ...record import Interruption, Run, Status
from ...retry import pause_before_resuming
from ...store import Process, Pulse
from .world import Memory, MemoryRow, MemoryWorld


class MemoryProcesses(Memory):
    """Knows who lives."""

    def enrol(self, process: Process, now: datetime) -> None:  # noqa: ARG002 - kept for people only
        """Take up a process."""
        with self._transaction() as world:
            world.beats[process.id] = Pulse(process=process, beat=0)
            for row in world.rows:
                if row.process == self._name and row.status is Status.RUNNING:
                    row.process = process.id
            self._process = process

    def beat(self, process: Process, now: datetime) -> bool:  # noqa: ARG002 - kept for people only
        """Give a sign of life; False when the process was given up by others."""
        with self._transaction() as world:
            pulse = world.beats.get(process.id)
            if pulse is not None:
                world.beats[process.id] = replace(pulse, beat=pulse.beat + 1)
            return pulse is not None

    def pulses(self) -> Sequence[Pulse]:
        """Return the last sign of life of every process that has not been given up."""
        with self._transaction() as world:
            return list(world.beats.values())

    def bury(
        self, process: Process, beat: int | None, resumable: Collection[str], now: datetime
    ) -> Sequence[Interruption]:
        """Give a process up, unless it has moved on from `beat`; its runs become interrupted."""
        with self._transaction() as world:
            pulse = world.beats.get(process.id)
            if pulse is None or beat not in {None, pulse.beat}:
                return []
            del world.beats[process.id]
            orphans = [
                row for row in world.rows if row.process == process.id and row.status is Status.RUNNING
            ]
            return [
                self._interrupt(
                    world,
                    row,
                    row.run,
                    process.server,
                    now + pause_before_resuming(row.run.attempt) if row.job in resumable else None,
                )
                for row in orphans
                if row.run is not None
            ]

    def leave(self, process: Process, now: datetime) -> bool:  # noqa: ARG002 - kept for people only
        """Take leave in good order; False, and nothing is changed, when a run of the process has not ended."""
        with self._transaction() as world:
            if any(row.process == process.id and row.status is Status.RUNNING for row in world.rows):
                return False
            return world.beats.pop(process.id, None) is not None

    def _interrupt(
        self, world: MemoryWorld, row: MemoryRow, run: Run, server: str, retry_at: datetime | None
    ) -> Interruption:
        row.status, row.retry_at = Status.INTERRUPTED, retry_at
        if world.jobs[run.job.name].lease == run:
            world.jobs[run.job.name].lease = None
        return Interruption(run=run.id, job=run.job.name, due=run.due.at, attempt=run.attempt, server=server)
