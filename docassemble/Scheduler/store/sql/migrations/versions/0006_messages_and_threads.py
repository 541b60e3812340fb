# do not pre-load
"""When messages of runs that wait for a Celery worker are sent again, and what the job threads of processes do.

A migration only adds: servers with the release before go on beside it during a rolling update.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import mysql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add what is not there yet: an upgrade that was cut off (MySQL has no transactions for it) may have left some."""
    prefix = context.config.attributes["prefix"]
    for name, column in _new_columns():
        table = f"{prefix}{name}"
        if column.name not in {each["name"] for each in sa.inspect(op.get_bind()).get_columns(table)}:
            op.add_column(table, column)


def _new_columns() -> list[tuple[str, sa.Column[Any]]]:
    moment = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
    states = ("threads_free", "threads_busy", "threads_stuck")
    return [
        ("scheduler_run", sa.Column("send_again", moment)),
        *(("scheduler_process", sa.Column(name, sa.Integer)) for name in states),
    ]
