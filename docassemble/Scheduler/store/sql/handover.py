# do not pre-load
"""Runs that wait in a queue for another process to take them over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Connection, Engine, and_, select, update

from ...core.job import Job
from ...core.lost import PATIENCE, WaitingRun, send_again_at
from ...core.run import Interruption, Run, Status, Trigger
from ..base import Process, TakenOver
from .lost import Lost
from .tables import Tables, from_sql, to_sql

#: so many messages are sent again at a time
MESSAGES = 100


class Handover(Lost):
    """Lets go of runs, and takes them over."""

    def __init__(self, engine: Engine, prefix: str) -> None:
        super().__init__(engine, prefix)
        #: runs that may have been taken over although the connection broke
        self._unsure: set[str] = set()

    def hand_over(self, run: Run, expires: datetime) -> None:
        """Let go of a run: from now on it belongs to nobody, until somebody takes it before `expires`."""
        runs = self._tables.runs
        waiting = and_(runs.c.id == run.id, runs.c.status == Status.RUNNING.value, runs.c.started.is_(None))
        with self._transaction() as connection:
            values = {
                "process": None,
                "expires": to_sql(expires),
                "send_again": to_sql(run.claimed + PATIENCE),
            }
            connection.execute(update(runs).where(waiting).values(values))

    def take_over(self, run: str, process: Process, now: datetime) -> TakenOver | None:
        """Take a run that belongs to nobody; None when it is not (or no longer) to be had."""
        runs = self._tables.runs
        to_be_had = and_(runs.c.id == run, _waits(self._tables), runs.c.expires > to_sql(now))
        values = {
            "process": process.id,
            "server": process.server,
            "started": to_sql(now),
            "expires": None,
        }
        with self._transaction() as connection:
            taken = connection.execute(update(runs).where(to_be_had).values(values)).rowcount == 1
            if not taken and run not in self._unsure:
                return None
            found = self._taken_over(connection, run, process)
            self._unsure.add(run)
        self._unsure.discard(run)
        return found

    def _taken_over(self, connection: Connection, run: str, process: Process) -> TakenOver | None:
        """Return a run that belongs to `process`."""
        runs, jobs = self._tables.runs, self._tables.jobs
        names = ("job", "due", "claimed", "attempt", "trigger", "arguments")
        columns = (*(runs.c[each] for each in names), jobs.c.failures)
        ours = and_(runs.c.id == run, runs.c.process == process.id, runs.c.status == Status.RUNNING.value)
        row = connection.execute(
            select(*columns).select_from(runs.outerjoin(jobs, jobs.c.name == runs.c.job)).where(ours)
        ).first()
        if row is None:
            return None
        return TakenOver(
            job=row.job,
            due=from_sql(row.due),
            claimed=from_sql(row.claimed),
            attempt=row.attempt,
            trigger=Trigger(row.trigger),
            failing=bool(row.failures),
            arguments=row.arguments,
        )

    def unanswered(self, now: datetime) -> Sequence[WaitingRun]:
        """Return runs whose messages are to be sent again at `now`. Only one caller gets each."""
        runs = self._tables.runs
        columns = (runs.c[each] for each in ("id", "job", "claimed", "expires", "send_again"))
        found = select(*columns).where(is_unanswered(self._tables, to_sql(now))).limit(MESSAGES)
        with self._transaction() as connection:
            return [
                waiting
                for row in connection.execute(found).all()
                if self._postpone(connection, waiting := _waiting(row), row.send_again, now)
            ]

    def _postpone(self, connection: Connection, waiting: WaitingRun, before: datetime, now: datetime) -> bool:
        """Note when a message is sent next; return whether nobody else has done so."""
        runs = self._tables.runs
        as_found = and_(runs.c.id == waiting.run, runs.c.process.is_(None), runs.c.send_again == before)
        again = to_sql(send_again_at(waiting, now))
        return connection.execute(update(runs).where(as_found).values(send_again=again)).rowcount == 1

    def give_up_expired(self, now: datetime, jobs: Mapping[str, Job]) -> Sequence[Interruption]:
        """End the runs as interrupted that nobody took in time. Only one caller gets each."""
        expired = is_expired(self._tables, to_sql(now))
        with self._transaction() as connection:
            ended = self._end_lost(connection, expired, jobs, now)
        self._counts.interrupted(ended)
        return ended


def _waiting(row: Any) -> WaitingRun:
    return WaitingRun(run=row.id, job=row.job, claimed=from_sql(row.claimed), expires=from_sql(row.expires))


def _waits(tables: Tables) -> ColumnElement[bool]:
    """Tell which runs were handed over, and belong to nobody, if they have a time until which they may be taken."""
    return and_(tables.runs.c.process.is_(None), tables.runs.c.status == Status.RUNNING.value)


def is_expired(tables: Tables, now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Tell which runs were handed over, and nobody took them in time."""
    return and_(tables.runs.c.expires <= now, _waits(tables))


def is_unanswered(tables: Tables, now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Tell which runs were handed over, and are to be announced again at `now`."""
    return and_(tables.runs.c.expires > now, _waits(tables), tables.runs.c.send_again <= now)
