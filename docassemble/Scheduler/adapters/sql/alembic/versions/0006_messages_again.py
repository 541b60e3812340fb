# do not pre-load
"""When the message of a run that waits for a Celery worker is to be sent again.

A migration only adds: servers with the release before go on beside it during a rolling update.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import mysql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the column, unless an upgrade that was cut off (MySQL has no transactions for it) has left it."""
    table = f"{context.config.attributes['prefix']}scheduler_run"
    if "send_again" not in {each["name"] for each in sa.inspect(op.get_bind()).get_columns(table)}:
        moment = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
        op.add_column(table, sa.Column("send_again", moment))
