"""What a run costs the long way: a transaction or two, and no statement more than it needs."""

from contextlib import contextmanager

import pytest
from minutely import MINUTE, NOON, claim, every_minute, opened, outcome
from sqlalchemy import event

from docassemble.Scheduler.core.job import Overlap
from docassemble.Scheduler.core.run import EndedRun
from docassemble.Scheduler.store.base import ClaimRequest
from docassemble.Scheduler.store.sql.claims.fast_path import FastPath


@pytest.fixture(autouse=True)
def long_way(monkeypatch):
    """Do without the shortcut that PostgreSQL has."""
    monkeypatch.setattr(FastPath, "on", lambda *_: None)


@contextmanager
def counted(store):
    """Count the statements and the commits of a store."""
    seen = {"statements": 0, "commits": 0}

    def executed(_connection, _cursor, statement, *_):
        seen["statements"] += not statement.startswith("BEGIN")  # SQLite's is a statement

    def committed(_):
        seen["commits"] += 1

    event.listen(store.database.engine, "before_cursor_execute", executed)
    event.listen(store.database.engine, "commit", committed)
    try:
        yield seen
    finally:
        event.remove(store.database.engine, "before_cursor_execute", executed)
        event.remove(store.database.engine, "commit", committed)


@pytest.mark.parametrize(
    ("fields", "of_claim", "of_finish"),
    [
        ({}, 2, 2),  # take, record; record, release
        ({"lock": "files"}, 5, 3),  # and look at the job and the lock, take the lock; release it
    ],
    ids=["no lock", "lock"],
)
def test_a_claim_and_a_finish_are_two_transactions_of_few_statements(world, fields, of_claim, of_finish):
    a_job = every_minute(**fields)
    store = opened(world, a_job)
    with counted(store) as seen:
        run = claim(store, a_job, NOON + MINUTE).run
    assert seen == {"statements": of_claim, "commits": 1}
    with counted(store) as seen:
        store.finish(run, outcome())
    assert seen == {"statements": of_finish, "commits": 1}


@pytest.mark.parametrize(("fields", "looks"), [({}, 0), ({"overlap": Overlap.REPLACE}, 1)])
def test_what_is_due_together_is_looked_at_and_recorded_together(world, fields, looks):
    jobs = [every_minute(f"a.b {number}", **fields) for number in range(10)]
    store = opened(world, *jobs)
    with counted(store) as seen:
        store.claim([ClaimRequest(each) for each in jobs], NOON + MINUTE)
    assert seen == {"statements": looks + 10 + 1, "commits": 1}


def test_a_run_after_the_first_one_is_one_transaction_of_four_statements(world):
    jobs = [every_minute(f"a.b {number}") for number in range(2)]
    store = opened(world, *jobs)
    for each in jobs:
        store.finish(claim(store, each, NOON + MINUTE).run, outcome())
    run = claim(store, jobs[0], NOON + 2 * MINUTE).run
    with counted(store) as seen:
        store.claim([ClaimRequest(jobs[1])], NOON + 2 * MINUTE, [EndedRun(run, outcome())])
    assert seen == {"statements": 4, "commits": 1}  # record the end, release; take, record


def test_a_memory_that_is_out_of_date_costs_one_statement_once(world):
    first, second = opened(world, every_minute()), opened(world, every_minute(), name="two")
    first.finish(claim(first, every_minute(), NOON + MINUTE).run, outcome())
    second.finish(claim(second, every_minute(), NOON + 2 * MINUTE).run, outcome())
    with counted(first) as seen:
        assert claim(first, every_minute(), NOON + 2 * MINUTE).run is None
    assert seen == {"statements": 2, "commits": 1}
    with counted(first) as seen:
        assert claim(first, every_minute(), NOON + 2 * MINUTE).run is None
    assert seen == {"statements": 1, "commits": 1}
