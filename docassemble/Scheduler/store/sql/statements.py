# do not pre-load
"""The statements that every run needs, built once: building them costs more than running them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Insert,
    Select,
    Table,
    Update,
    and_,
    bindparam,
    case,
    exists,
    false,
    func,
    insert,
    null,
    or_,
    select,
    update,
)

from ...core.run import Status
from .tables import Tables

#: what a run may be on record as that has not ended, or was given up by mistake
UNFINISHED = [each.value for each in (Status.RUNNING, Status.INTERRUPTED, Status.TIMED_OUT, Status.STOPPED)]
#: those that a record has from its beginning
RUN_COLUMNS = (
    "id",
    "job",
    "due",
    "due_until",
    "count",
    "attempt",
    "status",
    "trigger",
    "process",
    "server",
    "claimed",
    "finished",
    "reason",
    "arguments",
)
_LEASE = ("lease", "leased_at")
#: what a run leaves in the row of its job as long as it goes on
LEASE = (*_LEASE, "lease_process", "lease_due")


@dataclass(frozen=True, slots=True)
class Statements:
    """Parameters begin with `the_`, those that stand for columns to be set have the columns' names."""

    #: `the_names`
    states: Select[Any]
    #: move the cursor: `the_name`, `the_cursor`, `the_paused`
    advance: Update
    #: move the cursor and take the lease of a job that is free: `the_name`, `the_cursor`, `the_paused`
    take: Update
    #: the same, if nothing else has happened to the job since: `the_name`, `the_cursor`, `the_version`
    take_as_left: Update
    #: take the lease of a job that is free and not paused: `the_name`
    take_again: Update
    #: take the lease of a job that is free, paused or not: `the_name`
    take_requested: Update
    #: let a run be tried again no more, for it is: `the_run`
    take_retry: Update
    #: let a run request be carried out no more, for it is: `the_request`, `the_run`
    take_request: Update
    #: rows
    record: Insert
    #: record a short run that ends, if it is not on record: `the_run`
    record_late: Insert
    #: end a run: `the_run`
    finish: Update
    #: set a job free that the run holds: `the_name`, `the_run`
    release: Update
    #: the same, and let its next due time count from there: `the_name`, `the_run`, `the_end`, `the_schedule`
    release_after: Update
    #: `the_names`
    locks: Select[Any]
    #: take a lock that is free, or held by a run that has ended: `the_name`, `the_ended`
    lock: Update
    #: change nothing, but let others wait for the row: `the_name`
    touch: Update
    #: set a lock free that the run holds: `the_name`, `the_run`
    unlock: Update
    #: ask a run to stop, unless it is asked already: `the_run`
    stop: Update


@dataclass(frozen=True, slots=True)
class Step:
    """A statement, by its name, with the values of its parameters."""

    statement: str
    values: Mapping[str, Any]


@cache
def build(tables: Tables) -> Statements:
    """Build the statements for these tables."""
    jobs, runs, locks, events = tables.jobs, tables.runs, tables.locks, tables.events
    name: BindParameter[str] = bindparam("the_name")
    run: BindParameter[str] = bindparam("the_run")
    as_seen = and_(
        jobs.c.name == name,
        jobs.c.cursor_at == bindparam("the_cursor"),
        jobs.c.paused == bindparam("the_paused"),
    )
    free = jobs.c.lease.is_(None)
    version: BindParameter[int | None] = bindparam("the_version", type_=jobs.c.version.type)
    moved, leased = _set("cursor_at", "next_due"), _set(*_LEASE)
    open_ = or_(locks.c.lease.is_(None), locks.c.lease == bindparam("the_ended"))
    # in a form that fits no index, so that MySQL takes the row by its id, as who ends the run does
    running = and_(runs.c.id == run, func.coalesce(runs.c.status, "") == Status.RUNNING.value)
    return Statements(
        states=select(
            *(
                jobs.c[each]
                for each in ("name", "cursor_at", "paused", "resumed_at", *_LEASE, "failures", "version")
            )
        ).where(jobs.c.name.in_(bindparam("the_names", expanding=True))),
        advance=update(jobs).where(as_seen).values(**moved),
        take=update(jobs).where(and_(as_seen, free)).values(**moved, **leased),
        take_as_left=update(jobs)
        .where(as_left(jobs, name, bindparam("the_cursor"), version))
        .values(**moved, **leased),
        take_again=update(jobs)
        .where(and_(jobs.c.name == name, free, jobs.c.paused == false()))
        .values(**leased),
        take_requested=update(jobs).where(and_(jobs.c.name == name, free)).values(**leased),
        take_request=update(events)
        .where(and_(events.c.id == bindparam("the_request"), events.c.run.is_(None)))
        .values(run=run),
        take_retry=update(runs)
        .where(and_(runs.c.id == run, runs.c.retry_at.is_not(None)))
        .values(retry_at=None, **_set("retried")),
        record=insert(runs),
        record_late=_record_late(tables),
        finish=_finish(tables),
        release=update(jobs)
        .where(and_(jobs.c.name == name, jobs.c.lease == run))
        .values(dict.fromkeys(LEASE, null())),
        release_after=_release_after(tables),
        locks=select(locks.c.name, locks.c.lease, locks.c.leased_at, runs.c.status)
        .select_from(locks.outerjoin(runs, runs.c.id == locks.c.lease))
        .where(locks.c.name.in_(bindparam("the_names", expanding=True))),
        lock=update(locks).where(and_(locks.c.name == name, open_)).values(**leased),
        touch=update(locks).where(locks.c.name == name).values(lease=locks.c.lease),
        unlock=update(locks)
        .where(and_(locks.c.name == name, locks.c.lease == run))
        .values(lease=None, leased_at=None),
        stop=update(runs).where(and_(running, runs.c.stop.is_(None))).values(**_set("stop")),
    )


def as_left(
    jobs: Table, name: ColumnElement[Any], cursor: ColumnElement[Any], version: ColumnElement[Any]
) -> ColumnElement[bool]:
    """Tell whether a job is free, and nothing has happened to it since its cursor was left there."""
    return and_(
        jobs.c.name == name,
        jobs.c.cursor_at == cursor,
        jobs.c.lease.is_(None),
        jobs.c.paused == false(),
        or_(jobs.c.resumed_at.is_(None), jobs.c.resumed_at <= jobs.c.cursor_at),
        jobs.c.failures == 0,
        # in this order, for PostgreSQL to know the type of the parameter; configured jobs have no version
        or_(jobs.c.version == version, version.is_(None)),
    )


def _record_late(tables: Tables) -> Insert:
    runs = tables.runs
    row = select(*(bindparam(each, type_=runs.c[each].type) for each in RUN_COLUMNS))
    missing = ~exists().where(runs.c.id == bindparam("the_run"))
    return insert(runs).from_select(RUN_COLUMNS, row.where(missing))


def _finish(tables: Tables) -> Update:
    runs = tables.runs
    ended = ("status", "started", "finished", "reason", "result", "error", "traceback", "log")
    # What has been tried again is not tried again once more, when its end is recorded twice or late.
    wanted: BindParameter[Any] = bindparam("the_retry_at", type_=runs.c.retry_at.type)
    # not IN: SQLAlchemy would put a list of parameters together each time
    unfinished = or_(*(runs.c.status == status for status in UNFINISHED))
    retry_at = case((runs.c.retried.is_(None), wanted), else_=runs.c.retry_at)
    return (
        update(runs)
        .where(and_(runs.c.id == bindparam("the_run"), unfinished))
        .values(retry_at=retry_at, expires=None, **_set(*ended))
    )


def _release_after(tables: Tables) -> Update:
    """Set a job free, and move its cursor forward to the end of its run, if it still has that schedule (C29)."""
    jobs = tables.jobs
    end = bindparam("the_end", type_=jobs.c.cursor_at.type)
    same = jobs.c.schedule == bindparam("the_schedule")
    cursor = case((and_(same, jobs.c.cursor_at < end), end), else_=jobs.c.cursor_at)
    following: BindParameter[Any] = bindparam("next_due", type_=jobs.c.next_due.type)
    held = and_(jobs.c.name == bindparam("the_name"), jobs.c.lease == bindparam("the_run"))
    next_due = case((same, following), else_=jobs.c.next_due)
    return (
        update(jobs).where(held).values(cursor_at=cursor, next_due=next_due, **dict.fromkeys(LEASE, null()))
    )


def _set(*columns: str) -> dict[str, Any]:
    return {column: bindparam(column) for column in columns}
