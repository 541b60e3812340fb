"""A store for requests gives up on a database that does not answer, long before the one of the scheduler."""

import time
from contextlib import contextmanager

import pytest
from minutely import MINUTE, NOON, claim, every_minute, opened, outcome
from sqlalchemy import text

from docassemble.Scheduler.core.errors import RowsLocked, StoreUnavailable
from docassemble.Scheduler.store.base import ClaimRequest
from docassemble.Scheduler.store.records import RunQuery
from docassemble.Scheduler.store.sql.engine import REQUESTS, SCHEDULER, Database, Timeouts, make_engine
from docassemble.Scheduler.store.sql.store import SqlStore

#: how a table is locked, and what the end of a transaction does not undo
LOCK = {
    "postgresql": ("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", "SELECT 1"),
    "mysql": ("LOCK TABLES {} WRITE", "UNLOCK TABLES"),
}
ASKED = {
    "scheduler_job": lambda store: store.jobs(),
    "scheduler_run": lambda store: store.runs(RunQuery()),
    "scheduler_dynamic_job": lambda store: store.dynamic_jobs_etag(),
    "scheduler_event": lambda store: store.request_run("a.b", NOON, "alice@example.com"),
}


def test_requests_wait_for_two_seconds():
    assert Timeouts(connect=2, statement=2) == REQUESTS
    assert REQUESTS.statement < SCHEDULER.statement


@pytest.mark.parametrize("table", ASKED)
def test_what_is_asked_of_a_table_that_somebody_has_locked_ends_in_an_error(empty_database, table):
    world = empty_database
    world.store().register_jobs([every_minute()], NOON)
    impatient = make_engine(world.url, timeouts=Timeouts(connect=1, statement=1))
    store = SqlStore(Database(impatient, world.prefix))
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


@contextmanager
def locked_row(world, table, **where):
    """Lock a row, as a job may that looks into our tables and forgets its transaction."""
    ((column, value),) = where.items()
    with world.engine().begin() as connection:
        if connection.dialect.name not in LOCK:
            pytest.skip("SQLite has no locks of rows")
        row = text(f"SELECT * FROM {world.prefix}{table} WHERE {column} = :value FOR UPDATE")
        assert connection.execute(row, {"value": value}).all()
        yield


def test_a_claim_of_a_job_whose_row_is_locked_says_so_and_the_others_are_not_touched(empty_database):
    store = opened(empty_database, every_minute("a.b"), every_minute("b.c"))
    assert claim(store, every_minute("a.b"), NOON + MINUTE).run
    with locked_row(empty_database, "scheduler_job", name="b.c"):
        both = [ClaimRequest(every_minute("a.b")), ClaimRequest(every_minute("b.c"))]
        claims = {each.request.key: each for each in store.claim(both, NOON + 2 * MINUTE)}
        assert [claims["a.b"].locked, claims["b.c"].locked] == [False, True]
        assert claims["a.b"].unrun
        assert claim(store, every_minute("a.b"), NOON + 3 * MINUTE).unrun
    assert claim(store, every_minute("b.c"), NOON + 3 * MINUTE).run


def test_a_plain_claim_is_made_although_another_one_in_its_batch_is_locked(empty_database):
    jobs = [every_minute("a.b"), every_minute("b.c", lock="one"), every_minute("c.d", lock="two")]
    store = opened(empty_database, *jobs)
    for each in jobs:
        store.finish(claim(store, each, NOON + MINUTE).run, outcome())
    with locked_row(empty_database, "scheduler_lock", name="one"):
        claims = store.claim([ClaimRequest(each) for each in jobs], NOON + 2 * MINUTE)
    assert {each.request.key: (each.run is not None, each.locked) for each in claims} == {
        "a.b": (True, False),
        "b.c": (False, True),
        "c.d": (True, False),
    }


@pytest.mark.parametrize("table", ["scheduler_job", "scheduler_run"])
def test_an_end_whose_rows_are_locked_says_so_and_is_recorded_afterwards(empty_database, table):
    store = opened(empty_database, every_minute())
    run = claim(store, every_minute(), NOON + MINUTE).run
    where = {"name": "a.b"} if table == "scheduler_job" else {"id": run.id}
    with locked_row(empty_database, table, **where), pytest.raises(RowsLocked):
        store.finish(run, outcome())
    store.finish(run, outcome())
    assert [record.status for record in empty_database.records()] == ["succeeded"]
    assert claim(store, every_minute(), NOON + 2 * MINUTE).run
