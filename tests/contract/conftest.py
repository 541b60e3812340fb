"""The store passes the same tests on every kind of database: SQLite, PostgreSQL and MariaDB.

A database server that is missing is skipped on a developer's machine, and a failure in CI.
"""

import os
import secrets

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError
from worlds import World

from devserver.mariadb import URL as MARIADB

POSTGRESQL = os.environ.get("TEST_POSTGRESQL", "postgresql+psycopg2://postgres:@127.0.0.1:5432/")


@pytest.fixture(scope="session")
def servers():
    """Make a database of our own on a server, once, and drop it in the end."""
    made = {}

    def database(server, first, options=""):
        key = server, options
        if key not in made:
            name = f"scheduler_test_{secrets.token_hex(4)}"
            engine = create_engine(server + first, isolation_level="AUTOCOMMIT")
            try:
                with engine.connect() as connection:
                    connection.execute(text(f"CREATE DATABASE {name} {options}"))
            except OperationalError as error:
                if os.environ.get("CI"):
                    raise
                pytest.skip(f"no database server at {server.rpartition('@')[2]}: {error.orig}")
            made[key] = (engine, name)
        return server + made[key][1]

    yield database
    for engine, name in made.values():
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name}"))
        engine.dispose()


@pytest.fixture(scope="session")
def url_of(tmp_path_factory, servers):
    """Return where the database of a kind is."""
    folder = tmp_path_factory.mktemp("sqlite")

    def url(kind):
        if kind == "sqlite":
            return f"sqlite:///{folder}/scheduler.sqlite"
        if kind == "postgresql in Latin-1":
            options = "ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
            return servers(POSTGRESQL, "postgres", options)
        if kind == "postgresql":
            return servers(POSTGRESQL, "postgres")
        return servers(MARIADB, "mysql")

    return url


def opened(kind, url_of, prefix):
    made = World(kind, url_of(kind), prefix)
    yield made
    made.empty()


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def world(request, url_of):
    """A database of each kind, with empty tables: making them anew for each test takes long."""
    yield from opened(request.param, url_of, "test_")


@pytest.fixture(params=["sqlite", "postgresql", "postgresql in Latin-1", "mariadb"])
def any_database(request, url_of):
    """A database of each kind, also one that does not have all characters, with empty tables."""
    yield from opened(request.param, url_of, "test_")


@pytest.fixture
def postgresql(url_of):
    """A PostgreSQL with empty tables."""
    yield from opened("postgresql", url_of, "test_")


@pytest.fixture
def latin1(url_of):
    """A PostgreSQL that does not have all characters, with empty tables."""
    yield from opened("postgresql in Latin-1", url_of, "test_")


@pytest.fixture
def mariadb(url_of):
    """A MariaDB that does not have the tables yet."""
    yield from opened("mariadb", url_of, f"t{secrets.token_hex(3)}_")


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def empty_database(request, url_of):
    """A database of each kind that does not have the tables yet."""
    yield from opened(request.param, url_of, f"t{secrets.token_hex(3)}_")
