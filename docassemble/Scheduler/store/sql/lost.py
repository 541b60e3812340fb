# do not pre-load
"""Runs without a process: they end, and what they held is set free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, select, update

from ...core.job import Job
from ...core.lost import LostRun, interrupt
from ...core.run import Interruption
from .database import Database
from .rows import interruption_row
from .tables import from_sql


class Lost(Database):
    """Ends runs that nobody runs any more."""

    def _end_lost(
        self, connection: Connection, lost: ColumnElement[bool], jobs: Mapping[str, Job], now: datetime
    ) -> Sequence[Interruption]:
        """End the runs for which `lost` is true, each only if that is still so when it is its turn."""
        runs = self._tables.runs
        rows = connection.execute(select(runs).where(lost).order_by(runs.c.id)).all()
        ended = []
        for row in rows:
            interruption = interrupt(_lost_run(row), jobs.get(row.job), now)
            still = update(runs).where(and_(runs.c.id == row.id, lost))
            if connection.execute(still.values(interruption_row(interruption, now))).rowcount == 1:
                ended.append(interruption)
        if ended:
            self._set_free(connection, {each.run: each.job for each in ended})
        return ended

    def _set_free(self, connection: Connection, ended: Mapping[str, str]) -> None:
        """Take what runs hold away from them, in the order of a claim; `ended` are runs with their jobs."""
        locks = self._tables.locks
        rows = connection.execute(select(locks.c.lease, locks.c.name).where(locks.c.lease.in_(list(ended))))
        held = {row.lease: row.name for row in rows}
        for run, job in sorted(ended.items(), key=lambda each: (held.get(each[0], ""), each[1])):
            if run in held:
                connection.execute(self._statements.unlock, {"the_name": held[run], "the_run": run})
            connection.execute(self._statements.release, {"the_name": job, "the_run": run})


def _lost_run(row: Row[Any]) -> LostRun:
    return LostRun(
        run=row.id,
        job=row.job,
        due=from_sql(row.due),
        attempt=row.attempt,
        server=row.server or "",
        began=from_sql(row.started or row.claimed),
        had_process=row.process is not None,
        stop=row.stop,
    )
