# do not pre-load
"""The tables of the first release.

A migration only adds: servers with the release before go on beside it during a rolling update.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import mysql

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables, unless an upgrade that was cut off (MySQL has no transactions for it) left some."""
    prefix = context.config.attributes["prefix"]
    there = set(sa.inspect(op.get_bind()).get_table_names())
    for name, columns, indexes in _tables():
        if f"{prefix}{name}" not in there:
            op.create_table(f"{prefix}{name}", *columns)
            for index in indexes:
                op.create_index(f"{prefix}{name}_{'_'.join(index)}", f"{prefix}{name}", index)


def _tables() -> list[tuple[str, list[sa.Column[Any]], list[list[str]]]]:
    moment = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
    long_text = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
    jobs: list[sa.Column[Any]] = [
        sa.Column("name", sa.String(190), primary_key=True),
        sa.Column("schedule", sa.String(32), nullable=False),
        sa.Column("cursor_at", moment, nullable=False),
        sa.Column("paused", sa.Boolean, nullable=False),
        sa.Column("lease", sa.String(32)),
        sa.Column("leased_at", moment),
        sa.Column("next_due", moment),
    ]
    runs: list[sa.Column[Any]] = [
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("job", sa.String(190), nullable=False),
        sa.Column("due", moment, nullable=False),
        sa.Column("due_until", moment),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("trigger", sa.String(20), nullable=False),
        sa.Column("process", sa.String(32)),
        sa.Column("server", sa.String(190)),
        sa.Column("claimed", moment, nullable=False),
        sa.Column("started", moment),
        sa.Column("finished", moment),
        sa.Column("retry_at", moment),
        sa.Column("reason", sa.String(500)),
        sa.Column("result", sa.Text),
        sa.Column("error", sa.Text),
        sa.Column("traceback", long_text),
    ]
    processes: list[sa.Column[Any]] = [
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("server", sa.String(190), nullable=False),
        sa.Column("place", sa.String(190), nullable=False),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("birth", sa.String(40), nullable=False),
        sa.Column("beat", sa.Integer, nullable=False),
        sa.Column("seen", moment, nullable=False),
        sa.Column("ended", moment),
    ]
    return [
        ("scheduler_job", jobs, []),
        ("scheduler_run", runs, [["job", "due"], ["process"], ["finished"], ["retry_at"]]),
        ("scheduler_process", processes, []),
    ]
