# do not pre-load
"""What runs report while they go on: where they are, how far, and their log so far."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Update, and_, case, literal, select, update

from ...core.run import Status
from ...core.texts.storable import MAX_LOG, MAX_NAME, MAX_STACK, storable
from ..records import RunReport
from .claims.short_runs import write_down
from .engine import Database, in_any_encoding
from .rows import to_sql
from .tables import Tables


class Reports:
    """Notes what runs report, and what people ask them meanwhile."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def report(self, reports: Sequence[RunReport]) -> None:
        if reports:
            in_any_encoding(partial(self._report, reports))

    def _report(self, reports: Sequence[RunReport], encoding: str) -> None:
        tables, rows = self._database.tables, {each.run: _row(each, encoding) for each in reports}
        statement = _statement(tables, rows)
        with self._database.one_statement() as connection:
            if connection.execute(statement).rowcount == len(rows):
                return
        # some have ended, or were expected to be short and have no record yet (C27)
        with self._database.transaction() as connection:
            connection.execute(write_down(tables, tables.jobs.c.lease.in_(list(rows))))
            connection.execute(statement)

    def request_stack(self, run: str, now: datetime) -> bool:
        table = self._database.tables.runs
        running = and_(table.c.id == run, table.c.status == Status.RUNNING.value)
        with self._database.transaction() as connection:
            asked = connection.execute(update(table).where(running).values(stack_wanted=to_sql(now)))
            return asked.rowcount == 1

    def stack_requests(self, runs: Collection[str]) -> Collection[str]:
        table = self._database.tables.runs
        asked = and_(table.c.id.in_(list(runs)), table.c.stack_wanted.is_not(None))
        with self._database.one_statement() as connection:
            return set(connection.execute(select(table.c.id).where(asked)).scalars())


def _row(report: RunReport, encoding: str) -> dict[str, Any]:
    """Return the columns that a report changes."""
    row: dict[str, Any] = {
        "started": to_sql(report.started),
        "pid": report.pid,
        "thread": storable(report.thread, MAX_NAME, encoding),
    }
    if (progress := report.progress) is not None:
        row |= {
            "progress_done": progress.done,
            "progress_total": progress.total,
            "progress_text": storable(progress.text, MAX_NAME, encoding),
            "progress_at": to_sql(progress.at),
        }
    if report.log is not None:
        row["log"] = storable(report.log, MAX_LOG, encoding, end=True)
    if report.stack is not None:
        row["stack"] = storable(report.stack, MAX_STACK, encoding, end=True)
        row |= {"stack_at": to_sql(report.stack_at), "stack_wanted": None}
    return row


def _statement(tables: Tables, rows: Mapping[str, Mapping[str, Any]]) -> Update:
    """Return the statement that changes all rows, each in its own columns, as far as the runs go on."""
    table = tables.runs
    values = {}
    for name in sorted({name for row in rows.values() for name in row}):
        column = table.c[name]
        told = [
            (table.c.id == id_, literal(row[name], column.type)) for id_, row in rows.items() if name in row
        ]
        values[name] = case(*told, else_=column)
    # the end of a run stands, whatever comes after it (C26)
    return (
        update(table).where(table.c.id.in_(list(rows)), table.c.status == Status.RUNNING.value).values(values)
    )
