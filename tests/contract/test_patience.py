"""A store for requests gives up on a database that does not answer, long before the one of the scheduler."""

import time

import pytest
from minutely import NOON, every_minute
from sqlalchemy import text

from docassemble.Scheduler.adapters.sql.engine import REQUESTS, SCHEDULER, Patience, make_engine
from docassemble.Scheduler.adapters.sql.store import SqlStore
from docassemble.Scheduler.chronicle import RunQuery
from docassemble.Scheduler.errors import StoreUnavailable

#: how a table is locked, and what the end of a transaction does not undo
LOCK = {
    "postgresql": ("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", "SELECT 1"),
    "mysql": ("LOCK TABLES {} WRITE", "UNLOCK TABLES"),
}
ASKED = {
    "scheduler_job": lambda store: store.jobs(),
    "scheduler_run": lambda store: store.runs(RunQuery()),
    "scheduler_added": lambda store: store.added_mark(),
    "scheduler_event": lambda store: store.order("a.b", NOON, "alice@example.com"),
}


def test_requests_wait_for_two_seconds():
    assert Patience(connect=2, statement=2) == REQUESTS
    assert REQUESTS.statement < SCHEDULER.statement


@pytest.mark.parametrize("table", ASKED)
def test_what_is_asked_of_a_table_that_somebody_has_locked_ends_in_an_error(empty_database, table):
    world = empty_database
    world.store().see([every_minute()], NOON)
    impatient = make_engine(world.url, patience=Patience(connect=1, statement=1))
    store = SqlStore(impatient, world.prefix)
    with world.engine().connect() as connection:
        if connection.dialect.name not in LOCK:
            pytest.skip("SQLite has no locks of tables")
        lock, unlock = LOCK[connection.dialect.name]
        connection.execute(text(lock.format(world.prefix + table)))
        began = time.monotonic()
        try:
            with pytest.raises(StoreUnavailable):
                ASKED[table](store)
        finally:
            connection.execute(text(unlock))
        assert time.monotonic() - began < SCHEDULER.statement / 2
    ASKED[table](store)
    impatient.dispose()


def test_what_waits_for_a_row_is_given_up_in_the_server_too(mariadb):
    mariadb.store().see([every_minute()], NOON)
    impatient = make_engine(mariadb.url, patience=Patience(connect=1, statement=1))
    row = text(f"SELECT * FROM {mariadb.prefix}scheduler_job WHERE name = 'a.b' FOR UPDATE")
    waiting = text(
        "SELECT count(*) FROM information_schema.innodb_trx"
        f" WHERE trx_state = 'LOCK WAIT' AND trx_query LIKE '%{mariadb.prefix}%'"
    )
    with mariadb.engine().connect() as connection:
        connection.execute(row)
        with pytest.raises(StoreUnavailable):
            SqlStore(impatient, mariadb.prefix).pause("a.b", NOON, "alice@example.com")
        deadline = time.monotonic() + SCHEDULER.statement
        while connection.execute(waiting).scalar_one():
            assert time.monotonic() < deadline, "the server waits on, and so do the locks that it holds"
    impatient.dispose()
