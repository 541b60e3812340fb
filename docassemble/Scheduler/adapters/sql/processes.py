# do not pre-load
"""The processes that run jobs: their signs of life, and what becomes of the runs of those that died."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, and_, insert, select, update

from ...record import Interruption, Status
from ...retry import pause_before_resuming
from ...store import Process, Pulse
from .database import Database
from .tables import from_sql, to_sql


class Processes(Database):
    """Knows who lives."""

    def enrol(self, process: Process, now: datetime) -> None:
        """Take up a process; what it claims bears its name."""
        runs, before = self._tables.runs, self._process
        with self._transaction() as connection:
            row = asdict(process) | {"beat": 0, "seen": to_sql(now)}
            connection.execute(insert(self._tables.processes), row)
            if before is not None:  # what was claimed under the name that others have given up
                going_on = and_(runs.c.process == before.id, runs.c.status == Status.RUNNING.value)
                connection.execute(update(runs).where(going_on).values(process=process.id))
        self._process = process

    def beat(self, process: Process, now: datetime) -> bool:
        """Give a sign of life; False when the process was given up by others."""
        table = self._tables.processes
        alive = and_(table.c.id == process.id, table.c.ended.is_(None))
        with self._transaction() as connection:
            values = {"beat": table.c.beat + 1, "seen": to_sql(now)}
            return connection.execute(update(table).where(alive).values(values)).rowcount == 1

    def pulses(self) -> Sequence[Pulse]:
        """Return the last sign of life of every process that has not been given up."""
        table = self._tables.processes
        with self._transaction() as connection:
            rows = connection.execute(select(table).where(table.c.ended.is_(None))).all()
        return [
            Pulse(
                process=Process(id=row.id, server=row.server, place=row.place, pid=row.pid, birth=row.birth),
                beat=row.beat,
            )
            for row in rows
        ]

    def bury(
        self, process: Process, beat: int | None, resumable: Collection[str], now: datetime
    ) -> Sequence[Interruption]:
        """Give a process up, unless it has moved on from `beat`; its runs become interrupted."""
        table = self._tables.processes
        dead = and_(table.c.id == process.id, table.c.ended.is_(None))
        if beat is not None:
            dead = and_(dead, table.c.beat == beat)
        with self._transaction() as connection:
            if connection.execute(update(table).where(dead).values(ended=to_sql(now))).rowcount != 1:
                return []
            return self._interrupt(connection, process, resumable, now)

    def leave(self, process: Process, now: datetime) -> bool:
        """Take leave in good order; False, and nothing is changed, when a run of the process has not ended."""
        table, runs = self._tables.processes, self._tables.runs
        going_on = and_(runs.c.process == process.id, runs.c.status == Status.RUNNING.value)
        idle = and_(table.c.id == process.id, ~select(runs.c.id).where(going_on).exists())
        with self._transaction() as connection:
            return connection.execute(update(table).where(idle).values(ended=to_sql(now))).rowcount == 1

    def _interrupt(
        self, connection: Connection, process: Process, resumable: Collection[str], now: datetime
    ) -> list[Interruption]:
        runs, jobs = self._tables.runs, self._tables.jobs
        orphan = and_(runs.c.process == process.id, runs.c.status == Status.RUNNING.value)
        columns = (runs.c.id, runs.c.job, runs.c.due, runs.c.attempt)
        # in the order in which claims take the jobs, so that the two never wait for each other
        rows = connection.execute(select(*columns).where(orphan).order_by(runs.c.job)).all()
        for row in rows:
            values = {
                "status": Status.INTERRUPTED.value,
                "finished": to_sql(now),
                "reason": "its process died",
                "retry_at": to_sql(now + pause_before_resuming(row.attempt))
                if row.job in resumable
                else None,
            }
            connection.execute(update(runs).where(runs.c.id == row.id).values(values))
            held = and_(jobs.c.name == row.job, jobs.c.lease == row.id)
            connection.execute(update(jobs).where(held).values(lease=None, leased_at=None))
        return [
            Interruption(
                run=row.id, job=row.job, due=from_sql(row.due), attempt=row.attempt, server=process.server
            )
            for row in rows
        ]
