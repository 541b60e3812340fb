# do not pre-load
"""Short runs, recorded when they end: until then, the row of their job says all that is known of them (C27)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    CompoundSelect,
    Insert,
    Integer,
    Select,
    TableValuedAlias,
    Text,
    Update,
    and_,
    bindparam,
    case,
    column,
    exists,
    func,
    insert,
    literal,
    literal_column,
    null,
    or_,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql

from ....core.run import Run, Status, Trigger
from ...base import Process
from ..engine import unnested
from ..rows import run_row, to_sql
from ..statements import UNFINISHED, Step, as_left
from ..tables import Id, Moment, Name, Tables
from .state import OptimisticClaim

#: those that the end of a run changes
_ENDED = ("status", "started", "finished", "reason", "result", "error", "traceback", "log")
#: what a record has; the others are the same for all short runs
_TEXTS = (
    "id",
    "job",
    "trigger",
    "process",
    "server",
    "status",
    "reason",
    "result",
    "error",
    "traceback",
    "log",
)
_MOMENTS = ("due", "claimed", "started", "finished")
#: where PostgreSQL keeps a version of a row, and whether this transaction has made it:
#: <https://www.postgresql.org/docs/current/ddl-system-columns.html>
_PLACE: ColumnElement[Any] = literal_column("ctid")
_MADE_NOW = literal_column("xmin::text::bigint = txid_current() % 4294967296", Boolean)


def begin_step(claims: Sequence[OptimisticClaim], process: Process) -> Step:
    """Return what makes claims of short runs, all at one instant."""
    asked = [
        {
            "name": each.values["the_name"],
            "cursor": _iso(each.values["the_cursor"]),
            "version": each.values["the_version"],
            "lease": each.run.id,
            "due": _iso(to_sql(each.run.due.at)),
            "cursor_at": _iso(each.values["cursor_at"]),
            "next_due": _iso(each.values["next_due"]),
        }
        for each in claims
    ]
    values = {
        "the_claims": json.dumps(asked, ensure_ascii=False),
        "the_time": claims[0].values["leased_at"],
        "the_process": process.id,
    }
    return Step("begin_short", values)


def end_step(ended: Sequence[tuple[Run, Mapping[str, Any]]], process: Process | None) -> Step:
    """Return what records the ends of short runs, each with what its end changes in a record."""
    rows = []
    for run, changes in ended:
        row = {**run_row(run, process), **changes}
        moments = {each: _iso(row[each]) for each in _MOMENTS}
        rows.append({each: row[each] for each in _TEXTS} | moments | {"retry_at": _iso(row["the_retry_at"])})
    return Step("end_short", {"the_ends": json.dumps(rows, ensure_ascii=False)})


def begin(tables: Tables) -> Update:
    """Take jobs as they were left: `the_claims`, `the_time`, `the_process`. What others have locked is passed over.

    The rows are found one by one, so that no plan reads all of them for each, and no claim waits for a row.
    """
    jobs = tables.jobs
    asked = func.json_to_recordset(bindparam("the_claims", type_=Text)).table_valued(
        column("name", Name),
        column("cursor", Moment),
        column("version", Integer),
        column("lease", Id),
        *(column(each, Moment) for each in ("due", "cursor_at", "next_due")),
        name="asked",
    )
    asked = asked.render_derived(with_types=True)
    free = one_by_one(
        select(_PLACE.label("place"))
        .where(as_left(jobs, asked.c.name, asked.c.cursor, asked.c.version))
        .with_for_update(skip_locked=True),
        asked,
        "free",
    )
    found = select(asked, free.c.place).select_from(asked.join(free, true())).subquery("found")
    return (
        update(jobs)
        .where(found.c.place == _PLACE)
        .values(
            cursor_at=found.c.cursor_at,
            next_due=found.c.next_due,
            lease=found.c.lease,
            lease_due=found.c.due,
            leased_at=bindparam("the_time", type_=Moment),
            lease_process=bindparam("the_process", type_=Id),
        )
    )


def end(tables: Tables) -> Insert:
    """Record runs: `the_ends`.

    If their process was given up by mistake, there are records already, and they are corrected (C12).
    """
    runs = tables.runs
    columns = [column(each, runs.c[each].type) for each in (*_TEXTS, *_MOMENTS, "retry_at")]
    given = func.json_to_recordset(bindparam("the_ends", type_=Text)).table_valued(*columns, name="given")
    given = given.render_derived(with_types=True)
    row = select(literal_column("1"), literal_column("1"), given)
    new = postgresql.insert(runs).from_select(["count", "attempt", *given.c.keys()], row)
    ended = {each: new.excluded[each] for each in _ENDED}
    retry_at = case((runs.c.retried.is_(None), new.excluded.retry_at), else_=runs.c.retry_at)
    return new.on_conflict_do_update(
        index_elements=[runs.c.id],
        set_={**ended, "retry_at": retry_at, "expires": null()},
        where=or_(*(runs.c.status == status for status in UNFINISHED)),
    )


def made(tables: Tables) -> CompoundSelect[Any]:
    """Ask which runs this transaction has recorded, of `the_runs`, or claimed, of `the_leases` of `the_jobs`.

    One by one: a plan is kept as long as its connection, and that of `id = ANY(...)`, made while there are few records,
    reads them all.
    """
    runs, jobs = tables.runs, tables.jobs
    run = unnested("asked", the_runs=("id", Id))
    recorded = one_by_one(select(runs.c.id).where(and_(runs.c.id == run.c.id, _MADE_NOW)), run, "one")
    job = unnested("wanted", the_jobs=("name", Name), the_leases=("lease", Id))
    taken = and_(jobs.c.name == job.c.name, jobs.c.lease == job.c.lease, _MADE_NOW)
    claimed = one_by_one(select(jobs.c.lease).where(taken), job, "claimed")
    return union_all(
        select(recorded.c.id).select_from(run.join(recorded, true())),
        select(claimed.c.lease).select_from(job.join(claimed, true())),
    )


def write_down(tables: Tables, whose: ColumnElement[bool]) -> Insert:
    """Record short runs that go on, of the jobs for which `whose` is true."""
    jobs, runs, processes = tables.jobs, tables.runs, tables.processes
    rows = (
        select(
            jobs.c.lease,
            jobs.c.name,
            jobs.c.lease_due,
            literal(1),
            literal(1),
            literal(Status.RUNNING.value),
            literal(Trigger.SCHEDULE.value),
            jobs.c.lease_process,
            processes.c.server,
            jobs.c.leased_at,
        )
        .select_from(jobs.outerjoin(processes, processes.c.id == jobs.c.lease_process))
        .where(and_(jobs.c.lease_process.is_not(None), whose, ~exists().where(runs.c.id == jobs.c.lease)))
    )
    columns = ["id", "job", "due", "count", "attempt", "status", "trigger", "process", "server", "claimed"]
    return insert(runs).from_select(columns, rows)


def one_by_one(question: Select[Any], asked: TableValuedAlias, name: str) -> Any:
    """Return the answers to a question about each row of `asked`: OFFSET keeps PostgreSQL from asking it of all."""
    return question.offset(literal_column("0")).correlate(asked).lateral(name)


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
