# do not pre-load
"""${message}"""

from alembic import context, op
import sqlalchemy as sa

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    prefix = context.config.attributes["prefix"]
    ${upgrades if upgrades else "pass"}
