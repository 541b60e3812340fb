# do not pre-load
"""The statements that every run needs, built once: building them costs more than running them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Insert, Select, Update, and_, bindparam, insert, select, update

from ...record import Status
from .tables import Tables


@dataclass(frozen=True, slots=True)
class Statements:
    """Parameters begin with `the_`, those that stand for columns to be set have the columns' names."""

    #: `the_names`
    states: Select[Any]
    #: move the cursor: `the_name`, `the_cursor`
    advance: Update
    #: move the cursor and take the lease of a job that is free: `the_name`, `the_cursor`
    take: Update
    #: rows
    record: Insert
    #: end a run: `the_run`
    finish: Update
    #: set a job free that the run holds: `the_name`, `the_run`
    release: Update


def build(tables: Tables) -> Statements:
    """Build the statements for these tables."""
    jobs, runs = tables.jobs, tables.runs
    at_cursor = and_(jobs.c.name == bindparam("the_name"), jobs.c.cursor_at == bindparam("the_cursor"))
    held = and_(jobs.c.name == bindparam("the_name"), jobs.c.lease == bindparam("the_run"))
    unfinished = runs.c.status.in_([Status.RUNNING.value, Status.INTERRUPTED.value])
    moved: dict[str, Any] = {name: bindparam(name) for name in ("cursor_at", "next_due")}
    leased: dict[str, Any] = {name: bindparam(name) for name in ("lease", "leased_at")}
    ended = ("status", "started", "finished", "retry_at", "result", "error", "traceback")
    columns = (jobs.c.name, jobs.c.cursor_at, jobs.c.paused, jobs.c.lease, jobs.c.leased_at)
    return Statements(
        states=select(*columns).where(jobs.c.name.in_(bindparam("the_names", expanding=True))),
        advance=update(jobs).where(at_cursor).values(**moved),
        take=update(jobs).where(and_(at_cursor, jobs.c.lease.is_(None))).values(**moved, **leased),
        record=insert(runs),
        finish=update(runs)
        .where(and_(runs.c.id == bindparam("the_run"), unfinished))
        .values(**{name: bindparam(name) for name in ended}),
        release=update(jobs).where(held).values(lease=None, leased_at=None),
    )
