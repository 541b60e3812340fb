# do not pre-load
"""What people and programs order: runs with arguments of their own, jobs that are added at run time.

A migration only adds: servers with the release before go on beside it during a rolling update.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import mysql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add what is not there yet: an upgrade that was cut off (MySQL has no transactions for it) may have left some."""
    prefix = context.config.attributes["prefix"]
    for table, column in _new_columns():
        _add_column(f"{prefix}{table}", column)
    _add_index(f"{prefix}scheduler_event", ["run"])


def _add_column(table: str, column: sa.Column[Any]) -> None:
    if column.name not in {each["name"] for each in sa.inspect(op.get_bind()).get_columns(table)}:
        op.add_column(table, column)


def _add_index(table: str, columns: list[str]) -> None:
    name = f"{table}_{'_'.join(columns)}"
    if name not in {each["name"] for each in sa.inspect(op.get_bind()).get_indexes(table)}:
        op.create_index(name, table, columns)


def _new_columns() -> list[tuple[str, sa.Column[Any]]]:
    return [
        ("scheduler_run", sa.Column("arguments", _long_text())),
        ("scheduler_event", sa.Column("arguments", _long_text())),
        ("scheduler_job", sa.Column("stamp", sa.Integer)),
        ("scheduler_added", sa.Column("stamp", sa.Integer, nullable=False, server_default="0")),
    ]


def _long_text() -> sa.types.TypeEngine[Any]:
    return sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
