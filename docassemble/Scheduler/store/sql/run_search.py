# do not pre-load
"""Records of runs, found by their job, status, time, texts: page by page, and failures to be grouped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
            rows, _ = self._newest(connection, self._light, query, query.limit)
        return [run_record(row) for row in rows]

    def page(self, query: RunQuery, window: int) -> RunPage:
        with self._database.transaction() as connection:
            looked_at = window if query.is_search else None
            rows, reached = self._newest(connection, self._light, query, query.limit + 1, looked_at)
        shown = [run_record(row) for row in rows[: query.limit]]
        return RunPage(runs=shown, before=shown[-1].id if len(rows) > query.limit else reached)

    def failures(self, query: RunQuery, window: int) -> Failures:
        columns = self._runs.c
        wanted = replace(query, statuses=FAILURES.intersection(query.statuses) or FAILURES)
        error = func.substr(func.coalesce(columns.error, columns.reason, ""), 1, MAX_GROUPED, type_=String)
        brief = [columns.id, columns.job, columns.status, error]
        with self._database.transaction() as connection:
            rows, reached = self._newest(connection, brief, wanted, None, window)
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
        window: int | None = None,
    ) -> tuple[Sequence[Row[Any]], str | None]:
        """Return the newest records, and the identifier at which a look at a `window` ended; None = it saw all."""
        # one status at a time, for the sake of the index: of several, PostgreSQL reads all records of all jobs
        ways = [self._way(connection, query, status, window) for status in set(query.statuses) or [None]]
        reached = max((way.reached for way in ways if way.reached is not None), default=None)
        found = select(*columns).where(*self._span(query), *self._texts(query))
        if reached is not None:
            found = found.where(self._runs.c.id >= reached)
        found = found.order_by(self._runs.c.id.desc()).limit(limit)
        rows = [row for way in ways for row in connection.execute(found.where(*way.by_index, *way.by_row))]
        return sorted(rows, key=lambda row: row.id, reverse=True)[:limit], reached

    def _way(
        self, connection: Connection, query: RunQuery, status: Status | None, window: int | None
    ) -> _Way:
        """Return how to find the records with a status; of several ways the one that reaches furthest."""
        job, of_status = self._runs.c.job, self._runs.c.status
        by_job = [] if query.job is None else [job == query.job]
        by_status = [] if status is None else [of_status == status.value]
        if window is None:
            return _Way(by_index=by_job + by_status)
        ways = [_Way(by_index=by_job or by_status)]
        if query.job is not None and status is not None:
            # in a form that fits no index, so that MariaDB takes the one that is meant
            ways = [
                _Way(by_index=by_status, by_row=[func.coalesce(job, "") == query.job]),
                _Way(by_index=by_job, by_row=[func.coalesce(of_status, "") == status.value]),
            ]
        far = [replace(way, reached=self._reached(connection, query, way, window)) for way in ways]
        return min(far, key=lambda way: way.reached or "")

    def _reached(self, connection: Connection, query: RunQuery, way: _Way, window: int) -> str | None:
        """Return the identifier at which a look at `window` records ends; None when there are fewer."""
        last = select(self._runs.c.id).where(*self._span(query), *way.by_index)
        last = last.order_by(self._runs.c.id.desc()).limit(1).offset(window - 1)
        reached: str | None = connection.execute(last).scalar()
        return reached

    def _span(self, query: RunQuery) -> list[ColumnElement[bool]]:
        """Return the conditions on the identifiers, which are in the order of time: no index on a time is needed."""
        id_ = self._runs.c.id
        conditions = [] if query.since is None else [id_ >= least_id(query.since)]
        conditions += [] if query.until is None else [id_ < least_id(query.until)]
        return conditions + ([] if query.before is None else [id_ < query.before])

    def _texts(self, query: RunQuery) -> list[ColumnElement[bool]]:
        """Return the conditions for which each record has to be read."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """How records are found: by conditions that an index knows, then by those for which each has to be read."""

    by_index: Sequence[ColumnElement[bool]]
    by_row: Sequence[ColumnElement[bool]] = ()
    #: the identifier at which a look ends; None = it sees all
    reached: str | None = None


def _escaped(text: str) -> str:
    for special in (_ESCAPE, "%", "_"):
        text = text.replace(special, _ESCAPE + special)
    return text


def _like(column: ColumnElement[Any], pattern: str) -> ColumnElement[bool]:
    return column.ilike(pattern, escape=_ESCAPE)
