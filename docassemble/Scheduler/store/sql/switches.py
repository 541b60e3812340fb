# do not pre-load
"""What people switch, from any server."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import and_, false, select, true, update

from .events import Events
from .tables import to_sql


class Switches(Events):
    """Pauses and resumes jobs, and asks runs to stop."""

    def pause(self, job: str, now: datetime, by: str) -> bool:
        """Let the due times of a job be skipped from now on; `by` says who, for the record."""
        table = self._tables.jobs
        running = and_(table.c.name == job, table.c.paused == false())
        with self._transaction() as connection:
            if connection.execute(update(table).where(running).values(paused=True)).rowcount != 1:
                return False
            self._note(connection, now, by, "pause", job)
        return True

    def resume(self, job: str, now: datetime, by: str) -> bool:
        """Let a job be run again from its next due time after `now` on."""
        table = self._tables.jobs
        paused = and_(table.c.name == job, table.c.paused == true())
        values = {"paused": False, "resumed_at": to_sql(now)}
        with self._transaction() as connection:
            if connection.execute(update(table).where(paused).values(values)).rowcount != 1:
                return False
            self._note(connection, now, by, "resume", job)
        return True

    def ask_to_stop(self, run: str, reason: str, now: datetime, by: str | None) -> bool:
        """Ask a run to stop that is going on somewhere; `by` is None when the scheduler itself asks."""
        table = self._tables.runs
        with self._transaction() as connection:
            values = {"the_run": run, "stop": reason}
            if connection.execute(self._statements.stop, values).rowcount != 1:
                return False
            if by is not None:
                job = connection.execute(select(table.c.job).where(table.c.id == run)).scalar_one()
                self._note(connection, now, by, "stop", job, run)
        return True

    def stop_requests(self, runs: Collection[str]) -> Mapping[str, str]:
        """Return which of these runs are asked to stop, and why: the name of a StopReason."""
        if not runs:
            return {}
        table = self._tables.runs
        asked = and_(table.c.id.in_(list(runs)), table.c.stop.is_not(None))
        with self._transaction() as connection:
            rows = connection.execute(select(table.c.id, table.c.stop).where(asked)).all()
        return {row.id: row.stop for row in rows}
