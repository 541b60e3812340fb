# do not pre-load
"""What is around a run: locks, stopping, pausing, hand-over, counted failures, jobs that are added at run time.

A migration only adds: servers with the release before go on beside it during a rolling update.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import mysql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add what is not there yet: an upgrade that was cut off (MySQL has no transactions for it) may have left some."""
    prefix = context.config.attributes["prefix"]
    there = set(sa.inspect(op.get_bind()).get_table_names())
    for name, columns in _new_tables():
        if f"{prefix}{name}" not in there:
            op.create_table(f"{prefix}{name}", *columns)
    for name, columns in _new_columns():
        _add_columns(f"{prefix}{name}", columns)
    for name, indexes in _new_indexes():
        _add_indexes(f"{prefix}{name}", indexes)


def _add_columns(table: str, columns: list[sa.Column[Any]]) -> None:
    there = {column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)}
    for column in columns:
        if column.name not in there:
            op.add_column(table, column)


def _add_indexes(table: str, indexes: list[list[str]]) -> None:
    there = {index["name"] for index in sa.inspect(op.get_bind()).get_indexes(table)}
    for columns in indexes:
        name = f"{table}_{'_'.join(columns)}"
        if name not in there:
            op.create_index(name, table, columns)


def _moment() -> sa.types.TypeEngine[Any]:
    return sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def _long_text() -> sa.types.TypeEngine[Any]:
    return sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")


def _new_columns() -> list[tuple[str, list[sa.Column[Any]]]]:
    jobs: list[sa.Column[Any]] = [
        sa.Column("resumed_at", _moment()),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("unreported", sa.Integer, nullable=False, server_default="0"),
        sa.Column("known", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("mailed_at", _moment()),
    ]
    runs: list[sa.Column[Any]] = [
        sa.Column("retried", sa.String(32)),
        sa.Column("stop", sa.String(20)),
        sa.Column("expires", _moment()),
        sa.Column("log", _long_text()),
    ]
    return [("scheduler_job", jobs), ("scheduler_run", runs)]


def _new_tables() -> list[tuple[str, list[sa.Column[Any]]]]:
    locks: list[sa.Column[Any]] = [
        sa.Column("name", sa.String(190), primary_key=True),
        sa.Column("lease", sa.String(32)),
        sa.Column("leased_at", _moment()),
    ]
    events: list[sa.Column[Any]] = [
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("at", _moment(), nullable=False),
        sa.Column("who", sa.String(190), nullable=False),
        sa.Column("what", sa.String(20), nullable=False),
        sa.Column("job", sa.String(190), nullable=False),
        sa.Column("run", sa.String(32)),
    ]
    added: list[sa.Column[Any]] = [
        sa.Column("name", sa.String(190), primary_key=True),
        sa.Column("definition", _long_text(), nullable=False),
        sa.Column("at", _moment(), nullable=False),
        sa.Column("who", sa.String(190), nullable=False),
        sa.Column("removed", _moment()),
    ]
    return [("scheduler_lock", locks), ("scheduler_event", events), ("scheduler_added", added)]


def _new_indexes() -> list[tuple[str, list[list[str]]]]:
    return [
        ("scheduler_run", [["job", "id"], ["status", "id"], ["expires"]]),
        ("scheduler_event", [["at"], ["job", "id"]]),
    ]
