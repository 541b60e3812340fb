# do not pre-load
"""What was ever counted, for monitoring: each process adds what it has counted now and then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, select
from sqlalchemy.dialects import mysql, postgresql, sqlite

from ..counters import Line, Tally, tallies_of
from .database import Database

#: how many numbers are added in one statement
BATCH = 500
_KEY = ("job", "what", "label")


class Tallies(Database):
    """Adds up, for ever."""

    def save_tallies(self) -> None:
        """Add what this process has counted to the tallies of all."""
        counted = self._counts.take()
        if not counted:
            return
        try:
            with self._transaction() as connection:
                _add(connection, self._tables.tallies, counted)
        except BaseException:
            self._counts.put_back(counted)
            raise

    def tallies(self) -> Sequence[Tally]:
        """Return what was ever counted of each job, by name."""
        table = self._tables.tallies
        with self._transaction() as connection:
            rows = connection.execute(select(table)).all()
        return tallies_of({Line(row.job, row.what, row.label): row.total for row in rows})


def _add(connection: Connection, table: Table, numbers: Mapping[Line, float]) -> None:
    # in one order on every server, so that two never wait for each other
    rows = [{**line._asdict(), "total": number} for line, number in sorted(numbers.items())]
    for start in range(0, len(rows), BATCH):
        connection.execute(_statement(connection.dialect.name, table, rows[start : start + BATCH]))


def _statement(dialect: str, table: Table, rows: list[dict[str, Any]]) -> Any:
    """Insert rows, and add to the totals of those that are there."""
    if dialect in {"mysql", "mariadb"}:
        added = mysql.insert(table).values(rows)
        return added.on_duplicate_key_update(total=table.c.total + added.inserted.total)
    insert = (postgresql if dialect == "postgresql" else sqlite).insert
    upsert = insert(table).values(rows)
    return upsert.on_conflict_do_update(
        index_elements=list(_KEY), set_={"total": table.c.total + upsert.excluded.total}
    )
