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

#: names are compared character by character, by the first of these that the server has: MariaDB's, that of MySQL 8, and
#: one that ignores spaces at the end. The default collations take `a` for `A`, `u` for `ü`, and one emoji for another.
_COLLATIONS = ("utf8mb4_nopad_bin", "utf8mb4_0900_bin", "utf8mb4_bin")
_MOMENT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
_LONG_TEXT = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
_INDEXES = {
    "scheduler_run": [
        ["job", "due"],
        ["job", "id"],
        ["status", "id"],
        ["process"],
        ["finished"],
        ["retry_at"],
        ["expires"],
    ],
    "scheduler_event": [["at"], ["job", "id"], ["run"]],
}


def upgrade() -> None:
    """Add what is not there yet: an upgrade that was cut off (MySQL has no transactions for it) may have left some."""
    prefix, inspector = context.config.attributes["prefix"], sa.inspect(op.get_bind())
    there, options = set(inspector.get_table_names()), _options()
    for name, columns in _tables().items():
        if f"{prefix}{name}" not in there:
            op.create_table(f"{prefix}{name}", *columns, **options)
    inspector.clear_cache()
    for name, indexes in _INDEXES.items():
        table = f"{prefix}{name}"
        present = {index["name"] for index in inspector.get_indexes(table)}
        for index in indexes:
            if f"{table}_{'_'.join(index)}" not in present:
                op.create_index(f"{table}_{'_'.join(index)}", table, index)


def _options() -> dict[str, Any]:
    dialect = op.get_bind().dialect.name
    if dialect not in {"mysql", "mariadb"}:
        return {}
    return {f"{dialect}_charset": "utf8mb4", f"{dialect}_collate": _collation()}


def _collation() -> str:
    query = sa.text("SELECT collation_name FROM information_schema.collations")
    there = set(op.get_bind().execute(query).scalars())
    return next(each for each in _COLLATIONS if each in there)


def _tables() -> dict[str, list[sa.Column[Any]]]:
    return {
        "scheduler_job": [
            _key("name"),
            _id("schedule", nullable=False),
            _moment("cursor_at", nullable=False),
            sa.Column("paused", sa.Boolean, nullable=False),
            _id("lease"),
            _moment("leased_at"),
            _moment("next_due"),
            _moment("resumed_at"),
            sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
            sa.Column("unreported_failures", sa.Integer, nullable=False, server_default="0"),
            sa.Column("alerted", sa.Boolean, nullable=False, server_default=sa.false()),
            _moment("alerted_at"),
            sa.Column("version", sa.Integer),
        ],
        "scheduler_run": [
            _id("id", primary_key=True),
            _name("job", nullable=False),
            _moment("due", nullable=False),
            _moment("due_until"),
            sa.Column("count", sa.Integer, nullable=False),
            sa.Column("attempt", sa.Integer, nullable=False),
            _word("status", nullable=False),
            _word("trigger", nullable=False),
            _id("process"),
            _name("server"),
            _moment("claimed", nullable=False),
            _moment("started"),
            _moment("finished"),
            _moment("retry_at"),
            sa.Column("reason", sa.String(500)),
            sa.Column("result", sa.Text),
            sa.Column("error", sa.Text),
            sa.Column("traceback", _LONG_TEXT),
            _id("retried"),
            _word("stop"),
            _moment("expires"),
            _moment("send_again"),
            sa.Column("log", _LONG_TEXT),
            sa.Column("arguments", _LONG_TEXT),
        ],
        "scheduler_process": [
            _id("id", primary_key=True),
            _name("server", nullable=False),
            _name("host_id", nullable=False),
            sa.Column("pid", sa.Integer, nullable=False),
            sa.Column("started_ticks", sa.String(40), nullable=False),
            sa.Column("heartbeat", sa.Integer, nullable=False),
            _moment("seen", nullable=False),
            sa.Column("threads_free", sa.Integer),
            sa.Column("threads_busy", sa.Integer),
            sa.Column("threads_stuck", sa.Integer),
            _moment("ended"),
        ],
        "scheduler_lock": [_key("name"), _id("lease"), _moment("leased_at")],
        "scheduler_event": [
            _id("id", primary_key=True),
            _moment("at", nullable=False),
            _name("actor", nullable=False),
            _word("action", nullable=False),
            _name("job", nullable=False),
            _id("run"),
            sa.Column("arguments", _LONG_TEXT),
        ],
        "scheduler_dynamic_job": [
            _key("name"),
            sa.Column("definition", _LONG_TEXT, nullable=False),
            _moment("at", nullable=False),
            _name("actor", nullable=False),
            _moment("removed"),
            sa.Column("version", sa.Integer, nullable=False),
        ],
        "scheduler_counter": [
            _key("job"),
            _word("measure", primary_key=True),
            _word("label", primary_key=True),
            sa.Column("total", sa.Double(), nullable=False),
        ],
    }


def _key(name: str) -> sa.Column[Any]:
    return _name(name, primary_key=True)


def _name(name: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.String(190), **options)


def _id(name: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.String(32), **options)


def _word(name: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.String(20), **options)


def _moment(name: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, _MOMENT, **options)
