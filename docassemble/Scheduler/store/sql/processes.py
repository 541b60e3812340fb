# do not pre-load
"""The processes that run jobs: their signs of life, and what becomes of the runs of those that died."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import and_, insert, select, update

from ...core.job import Job
from ...core.manning import Manning
from ...core.run import Interruption, Status
from ..base import Process
from .lost import Lost
from .tables import to_sql


class Processes(Lost):
    """Knows who lives."""

    def register(self, process: Process, now: datetime) -> None:
        """Take up a process; what it claims bears its name."""
        runs, before = self._tables.runs, self._process
        with self._transaction() as connection:
            row = asdict(process) | {"beat": 0, "seen": to_sql(now)}
            connection.execute(insert(self._tables.processes), row)
            if before is not None:  # what was claimed under the name that others have given up
                running_runs = and_(runs.c.process == before.id, runs.c.status == Status.RUNNING.value)
                connection.execute(update(runs).where(running_runs).values(process=process.id))
        self._process = process

    def beat(self, process: Process, now: datetime, manning: Manning | None = None) -> bool:
        """Give a sign of life, and say what the job threads do; False when the process was given up by others."""
        table = self._tables.processes
        alive = and_(table.c.id == process.id, table.c.ended.is_(None))
        with self._transaction() as connection:
            values = {"beat": table.c.beat + 1, "seen": to_sql(now)}
            if manning is not None:
                values |= {f"threads_{state}": number for state, number in asdict(manning).items()}
            return connection.execute(update(table).where(alive).values(values)).rowcount == 1

    def reap(
        self, process: Process, beat: int | None, jobs: Mapping[str, Job], now: datetime
    ) -> Sequence[Interruption]:
        """Give a process up, unless it has moved on from `beat`; its runs end as interrupted or timed out."""
        table, runs = self._tables.processes, self._tables.runs
        orphan = and_(runs.c.process == process.id, runs.c.status == Status.RUNNING.value)
        dead = and_(table.c.id == process.id, table.c.ended.is_(None))
        if beat is not None:
            dead = and_(dead, table.c.beat == beat)
        with self._transaction() as connection:
            if connection.execute(update(table).where(dead).values(ended=to_sql(now))).rowcount != 1:
                return []
            ended = self._end_lost(connection, orphan, jobs, now)
        self._counts.interrupted(ended)
        return ended

    def leave(self, process: Process, now: datetime) -> bool:
        """Take leave in good order; False, and nothing is changed, when a run of the process has not ended."""
        table, runs = self._tables.processes, self._tables.runs
        running_runs = and_(runs.c.process == process.id, runs.c.status == Status.RUNNING.value)
        idle = and_(table.c.id == process.id, ~select(runs.c.id).where(running_runs).exists())
        with self._transaction() as connection:
            return connection.execute(update(table).where(idle).values(ended=to_sql(now))).rowcount == 1
