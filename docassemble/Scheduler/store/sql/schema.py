# do not pre-load
"""Creates and upgrades the tables, safe when several servers start at the same moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from .engine import LOCK_TIMEOUT

#: the revision that this release needs; the newest file in `migrations/versions`
HEAD = "0001"
MIGRATIONS = Path(__file__).parent / "migrations"
#: how long one server waits while another one upgrades (seconds)
UPGRADE_TIMEOUT = 60
#: how each database takes and gives back a lock; the number stands for us among its locks
_MYSQL = (text(f"SELECT GET_LOCK('scheduler', {UPGRADE_TIMEOUT})"), text("SELECT RELEASE_LOCK('scheduler')"))
_LOCKS = {
    "postgresql": (
        # another server may be at it: that takes longer than a claim
        text("SELECT set_config('lock_timeout', '0', false), pg_advisory_lock(7270113)"),
        text(f"SELECT pg_advisory_unlock(7270113), set_config('lock_timeout', '{LOCK_TIMEOUT}s', false)"),
    ),
    "mysql": _MYSQL,
    "mariadb": _MYSQL,
}


def upgrade(engine: Engine, prefix: str) -> None:
    """Bring the tables to the state that this release needs.

    docassemble's own `upgrade_db` is not used: it takes a missing version table for an up-to-date database.
    A database that a newer release has upgraded is left as it is: migrations only add.
    """
    version_table = f"{prefix}scheduler_version"
    with engine.connect() as connection, _one_at_a_time(connection):
        revision = _revision(connection, version_table)
        if revision is not None and revision >= HEAD:
            return
        _migrate(connection, prefix, version_table)
        connection.commit()


def _revision(connection: Connection, version_table: str) -> str | None:
    query = text(f"SELECT version_num FROM {version_table}")  # noqa: S608 - a name of ours
    try:
        revision: str | None = connection.execute(query).scalar()
    except DBAPIError:
        connection.rollback()
        # looking into the catalogue takes megabytes of memory, which nobody needs but at the first start
        if not inspect(connection).has_table(version_table):
            return None
        # on SQLite, another process may have made it in between
        revision = connection.execute(query).scalar()
    return revision


def _migrate(connection: Connection, prefix: str, version_table: str) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes.update(connection=connection, prefix=prefix, version_table=version_table)
    command.upgrade(config, HEAD)


@contextmanager
def _one_at_a_time(connection: Connection) -> Iterator[None]:
    """Hold a lock of the database itself; SQLite, which only tests use, has but one writer anyway."""
    take, give = _LOCKS.get(connection.dialect.name, (None, None))
    if take is not None:
        connection.execute(take)
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    finally:
        if give is not None:
            connection.execute(give)
            connection.commit()
