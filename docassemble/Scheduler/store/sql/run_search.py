# do not pre-load
"""Records of runs, found by their job, status, time, texts: page by page, and failures to be grouped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, String, func, or_, select

from ...core.run import Status, least_id
from ..records import FAILURES, Failure, Failures, RunPage, RunQuery, RunRecord
from .engine import Database
from .history import RUN, run_record

#: what only a look at one run needs, and what may be long
HEAVY = {"traceback", "log", "stack"}
#: how much of an error tells which group it belongs to (characters)
MAX_GROUPED = 300
#: the character before one that LIKE is to take as it is
_ESCAPE = "/"


class RunSearch:
    """Finds records of runs."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._runs = database.tables.runs

    def runs(self, query: RunQuery) -> Sequence[RunRecord]:
        with self._database.transaction() as connection:
            rows = self._newest(connection, self._light, query, query.limit)
        return [run_record(row) for row in rows]

    def page(self, query: RunQuery, window: int) -> RunPage:
        with self._database.transaction() as connection:
            reached = self._reached(connection, query, window) if query.is_search else None
            rows = self._newest(connection, self._light, query, query.limit + 1, reached)
        shown = [run_record(row) for row in rows[: query.limit]]
        return RunPage(runs=shown, before=shown[-1].id if len(rows) > query.limit else reached)

    def failures(self, query: RunQuery, window: int) -> Failures:
        columns = self._runs.c
        wanted = replace(query, statuses=FAILURES.intersection(query.statuses) or FAILURES)
        error = func.substr(func.coalesce(columns.error, columns.reason, ""), 1, MAX_GROUPED, type_=String)
        brief = [columns.id, columns.job, columns.status, error]
        with self._database.transaction() as connection:
            reached = self._reached(connection, wanted, window)
            rows = self._newest(connection, brief, wanted, None, reached)
        return Failures(
            failures=[Failure(id_, job, Status(status), error) for id_, job, status, error in rows],
            before=reached,
        )

    @property
    def _light(self) -> Sequence[ColumnElement[Any]]:
        return [self._runs.c[name] for name in RUN if name not in HEAVY]

    def _newest(
        self,
        connection: Connection,
        columns: Sequence[ColumnElement[Any]],
        query: RunQuery,
        limit: int | None,
        reached: str | None = None,
    ) -> Sequence[Row[Any]]:
        """Return the newest records, down to the one with the identifier `reached`."""
        found = select(*columns).where(*self._indexed(query), *self._read(query))
        if reached is not None:
            found = found.where(self._runs.c.id >= reached)
        found = found.order_by(self._runs.c.id.desc()).limit(limit)
        each = [found.where(of_status) for of_status in self._each_status(query)] or [found]
        rows = [row for statement in each for row in connection.execute(statement)]
        return sorted(rows, key=lambda row: row.id, reverse=True)[:limit]

    def _reached(self, connection: Connection, query: RunQuery, window: int) -> str | None:
        """Return the identifier of the record at which a look at `window` records ends; None when there are fewer."""
        last = select(self._runs.c.id).where(*self._indexed(query)).order_by(self._runs.c.id.desc())
        last = last.limit(1).offset(window - 1)
        each = [last.where(of_status) for of_status in self._each_status(query)] or [last]
        ends = [connection.execute(statement).scalar() for statement in each]
        return max((end for end in ends if end is not None), default=None)

    def _each_status(self, query: RunQuery) -> Sequence[ColumnElement[bool]]:
        # one status at a time, for the sake of the index: of several, PostgreSQL reads all records of all jobs
        return [self._runs.c.status == status.value for status in set(query.statuses)]

    def _indexed(self, query: RunQuery) -> list[ColumnElement[bool]]:
        """Return the conditions that an index knows."""
        columns = self._runs.c
        conditions = [] if query.job is None else [columns.job == query.job]
        # records have identifiers in the order of time: no index on a time is needed
        conditions += [] if query.since is None else [columns.id >= least_id(query.since)]
        conditions += [] if query.until is None else [columns.id < least_id(query.until)]
        return conditions + ([] if query.before is None else [columns.id < query.before])

    def _read(self, query: RunQuery) -> list[ColumnElement[bool]]:
        """Return the conditions for which a record has to be read."""
        columns = self._runs.c
        conditions = [] if query.trigger is None else [columns.trigger == query.trigger.value]
        conditions += [] if query.server is None else [columns.server == query.server]
        if query.text is not None:
            pattern = f"%{_escaped(query.text)}%"
            conditions.append(or_(*(_like(columns[name], pattern) for name in ("error", "reason", "log"))))
        if query.error is not None:
            told = func.coalesce(columns.error, columns.reason, "")
            conditions.append(_like(told, f"{_escaped(query.error).replace('#', '%')}%"))
        return conditions


def _escaped(text: str) -> str:
    for special in (_ESCAPE, "%", "_"):
        text = text.replace(special, _ESCAPE + special)
    return text


def _like(column: ColumnElement[Any], pattern: str) -> ColumnElement[bool]:
    return column.ilike(pattern, escape=_ESCAPE)
