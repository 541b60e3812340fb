# do not pre-load
"""Names are compared character by character, also on MySQL and MariaDB.

Their default collations take `a` for `A`, `u` for `ü`, and one emoji for another. Nothing that was kept is lost: what
such a collation tells apart, the new one does too. Servers with the release before go on beside it.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import context, op

revision = "0005"
down_revision = "0004"

#: the first that the server has: MariaDB's, that of MySQL 8, and one that ignores spaces at the end
_COLLATIONS = ("utf8mb4_nopad_bin", "utf8mb4_0900_bin", "utf8mb4_bin")
#: the long one first: while it is converted, names are still compared alike everywhere
_TABLES = (
    "scheduler_run",
    "scheduler_job",
    "scheduler_lock",
    "scheduler_process",
    "scheduler_added",
    "scheduler_tally",
    "scheduler_event",
)


def upgrade() -> None:
    """Convert the tables that have another collation: an upgrade that was cut off may have converted some."""
    if op.get_bind().dialect.name not in {"mysql", "mariadb"}:
        return
    prefix = context.config.attributes["prefix"]
    collation = _collation()
    others = _collated_otherwise(collation)
    for name in (f"{prefix}{table}" for table in _TABLES):
        if name in others:
            # NULL and defaults stay; a TEXT becomes longer where its characters do
            op.execute(sa.text(f"ALTER TABLE `{name}` CONVERT TO CHARACTER SET utf8mb4 COLLATE {collation}"))


def _collation() -> str:
    there = set(_column(sa.text("SELECT collation_name FROM information_schema.collations")))
    return next(each for each in _COLLATIONS if each in there)


def _collated_otherwise(collation: str) -> set[str]:
    """Return the tables of this database with a column of another collation."""
    query = sa.text(
        "SELECT DISTINCT table_name FROM information_schema.columns"
        " WHERE table_schema = DATABASE() AND collation_name <> :collation"
    )
    return set(_column(query.bindparams(collation=collation)))


def _column(query: sa.TextClause) -> Sequence[str]:
    return op.get_bind().execute(query).scalars().all()
