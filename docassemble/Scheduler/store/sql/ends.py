# do not pre-load
"""The ends of runs, and what they set free."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

from ...core.decision import is_exclusive
from ...core.errors import NotStorable
from ...core.job import RunOn
from ...core.run import Ended, Run
from .claims.left import Hope
from .claims.prepared import Prepared
from .database import Database
from .rows import outcome_row, place
from .statements import Statements, Step

#: of each end, what it changes
Rows = Sequence[Mapping[str, Any]]
T = TypeVar("T")


class Ends(Database):
    """Records ends, as one part of a transaction."""

    def __init__(self, engine: Engine, prefix: str) -> None:
        super().__init__(engine, prefix)
        self._prepared = Prepared.on(engine, self._tables, self._statements)

    def _with_rows(self, ended: Sequence[Ended], transact: Callable[[Rows], T]) -> T:
        """Do a transaction with the rows of the ends; again when the database does not keep all of Unicode."""
        try:
            return transact([outcome_row(each.outcome) for each in ended])
        except NotStorable:
            if not ended:
                raise
            return transact([outcome_row(each.outcome, "ascii") for each in ended])

    def _record_ends(self, connection: Connection, ended: Sequence[Ended], rows: Rows) -> list[Ended]:
        """Record how runs ended; return those of which that was not on record yet."""
        statement = self._statements.finish
        return [
            each
            for each, row in zip(ended, rows, strict=True)
            if connection.execute(statement, {**row, "the_run": each.run.id}).rowcount == 1
        ]

    def _cut_short(
        self, ended: Sequence[Ended], rows: Rows, hopes: Sequence[Hope] = ()
    ) -> Collection[str] | None:
        """Record ends and make hopes come true in one message, where the database can do that.

        Return the runs of which that was done; None = go the long way, which finds out what was done.
        """
        if self._prepared is None:
            return None
        turns = [(each.run, freeing(each.run)) for each in ended]
        turns += [(each.run, each.steps(self._process)) for each in hopes]
        steps = [
            *(Step("finish", {**row, "the_run": each.run.id}) for each, row in zip(ended, rows, strict=True)),
            *(step for _, steps in sorted(turns, key=lambda turn: place(turn[0].job)) for step in steps),
        ]
        with self._errors():
            done = self._prepared.send(steps, [run.id for run, _ in turns])
        if done is not None:
            self._count_ends(each for each in ended if each.run.id in done)
        return done

    def _count_ends(self, recorded: Iterable[Ended]) -> None:
        for each in recorded:
            self._counts.finished(each.run, each.outcome)


def set_free(connection: Connection, statements: Statements, run: Run) -> None:
    """Take the lock and the lease away from a run, if it has them."""
    for step in freeing(run):
        connection.execute(getattr(statements, step.statement), step.values)


def freeing(run: Run) -> Iterator[Step]:
    """Yield what takes the lock and the lease away from a run, if it has them."""
    if run.job.lock is not None:
        yield Step("unlock", {"the_name": run.job.lock, "the_run": run.id})
    # A worker of Celery may have another configuration than the server that claimed the run.
    if is_exclusive(run.job) or run.job.run_on is RunOn.CELERY:
        yield Step("release", {"the_name": run.job.name, "the_run": run.id})
