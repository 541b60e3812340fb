# do not pre-load
"""One look at everything that a round of the maintenance must know: one question costs less than five."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Engine, Select, bindparam, or_, select

from ..base import PollResult, Process, ProcessHeartbeat
from .additions import mark_of, marks
from .database import Database
from .handover import is_expired, is_unanswered
from .orders import is_waiting
from .runs import is_due_again
from .tables import Moment, Tables, to_sql


class Polls(Database):
    """Looks who lives, and whether there is more to ask for."""

    def __init__(self, engine: Engine, prefix: str) -> None:
        super().__init__(engine, prefix)
        self._poll = _statement(self._tables)

    def poll(self, now: datetime) -> PollResult:
        """Return who lives, and whether there is more to ask for."""
        with self._transaction() as connection:
            rows = connection.execute(self._poll, {"the_now": to_sql(now)}).all()
        first = rows[0]  # there is one whether anybody lives or not
        return PollResult(
            heartbeats=tuple(
                ProcessHeartbeat(
                    process=Process(
                        id=row.id, server=row.server, place=row.place, pid=row.pid, birth=row.birth
                    ),
                    beat=row.beat,
                )
                for row in rows
                if row.id is not None
            ),
            added_mark=mark_of(first),
            is_wanted=bool(first.is_wanted),
            is_expired=bool(first.is_expired),
            is_unanswered=bool(first.is_unanswered),
        )


@cache
def _statement(tables: Tables) -> Select[Any]:
    """Build it: `the_now`."""
    processes, runs, jobs = tables.processes, tables.runs, tables.jobs
    now = bindparam("the_now", type_=Moment)
    mark = marks(tables).subquery()
    again = (
        select(runs.c.id).join_from(runs, jobs, jobs.c.name == runs.c.job).where(is_due_again(tables, now))
    )
    ordered = select(tables.events.c.id).where(is_waiting(tables))
    expired = select(runs.c.id).where(is_expired(tables, now))
    unanswered = select(runs.c.id).where(is_unanswered(tables, now))
    return select(
        *(processes.c[each] for each in ("id", "server", "place", "pid", "birth", "beat")),
        *mark.c,
        or_(ordered.exists(), again.exists()).label("is_wanted"),
        expired.exists().label("is_expired"),
        unanswered.exists().label("is_unanswered"),
    ).select_from(mark.outerjoin(processes, processes.c.ended.is_(None)))
