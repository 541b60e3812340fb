# do not pre-load
"""Tallies: what was ever counted, for monitoring.

A migration only adds: servers with the release before go on beside it during a rolling update.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the table, unless an upgrade that was cut off (MySQL has no transactions for it) left it."""
    name = f"{context.config.attributes['prefix']}scheduler_tally"
    if name in sa.inspect(op.get_bind()).get_table_names():
        return
    op.create_table(
        name,
        sa.Column("job", sa.String(190), primary_key=True),
        sa.Column("what", sa.String(20), primary_key=True),
        sa.Column("label", sa.String(20), primary_key=True),
        sa.Column("total", sa.Double(), nullable=False),
    )
