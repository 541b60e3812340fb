# do not pre-load
"""The ends of runs, and what they set free."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DataError

from ...decision import is_exclusive
from ...errors import StoreUnavailable
from ...job import RunOn
from ...record import Ended, Run
from .database import Database
from .rows import in_ascii, outcome_row
from .statements import Statements

#: of each end, what it changes
Rows = Sequence[Mapping[str, Any]]
T = TypeVar("T")


class Ends(Database):
    """Records ends, as one part of a transaction."""

    def _with_rows(self, ended: Sequence[Ended], transact: Callable[[Rows], T]) -> T:
        """Do a transaction with the rows of the ends; again when the database does not keep all of Unicode."""
        rows = [outcome_row(each.outcome) for each in ended]
        try:
            return transact(rows)
        except StoreUnavailable as error:
            if not rows or not isinstance(error.__cause__, DataError):
                raise
            return transact([in_ascii(row) for row in rows])

    def _record_ends(self, connection: Connection, ended: Sequence[Ended], rows: Rows) -> list[Ended]:
        """Record how runs ended; return those of which that was not on record yet."""
        statement = self._statements.finish
        return [
            each
            for each, row in zip(ended, rows, strict=True)
            if connection.execute(statement, {**row, "the_run": each.run.id}).rowcount == 1
        ]

    def _count_ends(self, recorded: Iterable[Ended]) -> None:
        for each in recorded:
            self._counts.finished(each.run, each.outcome)


def set_free(connection: Connection, statements: Statements, run: Run) -> None:
    """Take the lock and the lease away from a run, if it has them."""
    if run.job.lock is not None:
        connection.execute(statements.unlock, {"the_name": run.job.lock, "the_run": run.id})
    # A worker of Celery may have another configuration than the server that claimed the run.
    if is_exclusive(run.job) or run.job.run_on is RunOn.CELERY:
        connection.execute(statements.release, {"the_name": run.job.name, "the_run": run.id})
