"""Every store passes the same tests: in memory, on SQLite, PostgreSQL and MariaDB.

A database server that is missing is skipped on a developer's machine, and a failure in CI.
"""

import os
import secrets

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from docassemble.Scheduler.adapters.sql.engine import make_engine
from docassemble.Scheduler.adapters.sql.store import SqlStore
from docassemble.Scheduler.testing import MemoryStore, MemoryWorld

POSTGRESQL = os.environ.get("TEST_POSTGRESQL", "postgresql+psycopg2://postgres:@127.0.0.1:5432/")
MARIADB = os.environ.get("TEST_MARIADB", "mysql+pymysql://root:@127.0.0.1:3306/")


@pytest.fixture(scope="session")
def servers():
    """Make a database of our own on a server, once, and drop it in the end."""
    made = {}

    def database(server, first):
        if server not in made:
            name = f"scheduler_test_{secrets.token_hex(4)}"
            engine = create_engine(server + first, isolation_level="AUTOCOMMIT")
            try:
                with engine.connect() as connection:
                    connection.execute(text(f"CREATE DATABASE {name}"))
            except OperationalError as error:
                if os.environ.get("CI"):
                    raise
                pytest.skip(f"no database server at {server.rpartition('@')[2]}: {error.orig}")
            made[server] = (engine, name)
        return server + made[server][1]

    yield database
    for engine, name in made.values():
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name}"))
        engine.dispose()


class World:
    """A memory that stores share; each call makes the store of one more server."""

    def __init__(self, kind, url):
        self._memory = MemoryWorld()
        self._url = url
        self.kind = kind
        self.prefix = f"t{secrets.token_hex(3)}_"
        self._engines = []

    def engine(self):
        self._engines.append(make_engine(self._url))
        return self._engines[-1]

    def store(self):
        if self.kind == "memory":
            return MemoryStore(self._memory)
        store = SqlStore(self.engine(), self.prefix)
        store.upgrade()
        return store

    def close(self):
        for engine in self._engines:
            engine.dispose()


def url_of(kind, tmp_path, servers):
    if kind == "memory":
        return ""
    if kind == "sqlite":
        return f"sqlite:///{tmp_path}/scheduler.sqlite"
    if kind == "postgresql":
        return servers(POSTGRESQL, "postgres")
    return servers(MARIADB, "mysql")


@pytest.fixture(params=["memory", "sqlite", "postgresql", "mariadb"])
def world(request, tmp_path, servers):
    made = World(request.param, url_of(request.param, tmp_path, servers))
    yield made
    made.close()


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def sql_world(request, tmp_path, servers):
    made = World(request.param, url_of(request.param, tmp_path, servers))
    yield made
    made.close()
