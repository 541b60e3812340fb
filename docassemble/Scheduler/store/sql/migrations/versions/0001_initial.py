# do not pre-load
"""The tables, as the release has them that makes them: later migrations find in a new database what they would add.

A migration only adds: servers with the release before go on beside it during a rolling update.
"""

from __future__ import annotations

from alembic import context, op
from sqlalchemy import Connection, text

from docassemble.Scheduler.store.sql.tables import define

revision = "0001"
down_revision = None

#: names are compared character by character, by the first of these that the server has: MariaDB's, that of MySQL 8, and
#: one that ignores spaces at the end. The default collations take `a` for `A`, `u` for `ü`, and one emoji for another.
_COLLATIONS = ("utf8mb4_nopad_bin", "utf8mb4_0900_bin", "utf8mb4_bin")


def upgrade() -> None:
    """Make what is not there yet: an upgrade that was cut off (MySQL has no transactions for it) may have left some."""
    connection = op.get_bind()
    dialect = connection.dialect.name
    for table in define(context.config.attributes["prefix"]).jobs.metadata.sorted_tables:
        if dialect in {"mysql", "mariadb"}:
            table.dialect_kwargs.update(
                {f"{dialect}_charset": "utf8mb4", f"{dialect}_collate": _collation(connection)}
            )
        table.create(connection, checkfirst=True)
        for index in table.indexes:
            index.create(connection, checkfirst=True)


def _collation(connection: Connection) -> str:
    there = set(
        connection.execute(text("SELECT collation_name FROM information_schema.collations")).scalars()
    )
    return next(each for each in _COLLATIONS if each in there)
