"""The setting `log sql`: each statement is in the log, none of its values is, on every kind of database."""

import logging
import secrets

import pytest
from minutely import MINUTE, NOON, claim, every_minute, opened, outcome, process
from sqlalchemy import text

from docassemble.Scheduler.core.errors import StoreUnavailable
from docassemble.Scheduler.core.run import EndedRun
from docassemble.Scheduler.execution.log.logger import NAME, SteadfastLogger
from docassemble.Scheduler.store.base import ClaimRequest
from docassemble.Scheduler.store.sql.engine import MAX_STATEMENT, Database, StatementLog, make_engine
from docassemble.Scheduler.store.sql.store import SqlStore
from docassemble.Scheduler.testing import ManualClock

SECRET = secrets.token_hex(16)


class Kept(logging.Handler):
    def __init__(self):
        super().__init__()
        self.records = []

    def emit(self, record):
        self.records.append(record)

    def messages(self):
        return [each.getMessage() for each in self.records]


@pytest.fixture
def log():
    return Kept()


@pytest.fixture
def statement_log(log):
    logger = SteadfastLogger(NAME)
    logger.setLevel("DEBUG")
    logger.addHandler(log)
    return StatementLog(logger, ManualClock(NOON))


@pytest.fixture
def logged(log, statement_log):
    """Open the store of a database, and have its statements logged."""

    def open_store(world):
        store = SqlStore(Database(world.engine(), world.prefix, statement_log))
        store.upgrade()
        log.records.clear()
        return store

    return open_store


def test_each_statement_is_a_line_at_level_debug(world, logged, log):
    store = logged(world)
    store.register(process(), NOON)
    (insert,) = [each for each in log.records if "INSERT INTO test_scheduler_process" in each.getMessage()]
    assert insert.getMessage().startswith("SQL after 0.000 s: INSERT INTO test_scheduler_process (")
    assert (insert.levelno, insert.event, insert.duration) == (logging.DEBUG, "sql", 0.0)
    assert "\n" not in insert.getMessage()


def test_no_value_is_in_the_log_whatever_is_done(world, logged, log):
    a_job = every_minute(f"a.b {SECRET}")
    opened(world, a_job)
    store = logged(world)
    store.register(process("two", 2), NOON)
    store.request_run(a_job.name, NOON, SECRET, f'{{"args": ["{SECRET}"]}}')
    store.finish(claim(store, a_job, NOON + MINUTE).run, outcome(result=SECRET, log=SECRET))
    store.pause(a_job.name, NOON, SECRET)
    assert log.records
    assert SECRET not in "".join(log.messages())


def test_a_statement_that_fails_is_told_without_what_the_database_says(world, logged, log):
    store = logged(world)
    with pytest.raises(StoreUnavailable), store.database.transaction() as connection:
        connection.execute(text("SELECT nothing FROM nowhere WHERE name = :name"), {"name": SECRET})
    (failed,) = [each for each in log.messages() if "nowhere" in each]
    assert failed.startswith("SQL failed after 0.000 s: SELECT nothing FROM nowhere WHERE name = ")
    assert SECRET not in failed


def test_a_database_that_is_away_is_told_by_others(log, statement_log):
    engine = make_engine("postgresql+psycopg2://nobody@127.0.0.1:1/nowhere")
    store = SqlStore(Database(engine, "", statement_log))
    with pytest.raises(StoreUnavailable):
        store.register(process(), NOON)
    assert log.records == []


def test_a_long_statement_loses_its_middle(world, logged, log):
    store = logged(world)
    with store.database.transaction() as connection:
        connection.execute(text(f"SELECT 1 /* {'x' * MAX_STATEMENT} */ AS last"))
    (statement,) = [each for each in log.messages() if "AS last" in each]
    assert len(statement) <= MAX_STATEMENT + 50


def test_what_postgresql_is_sent_past_the_engine_is_in_the_log_too(postgresql, logged, log):
    jobs = [every_minute(f"a.b {number}") for number in range(2)]
    opened(postgresql, *jobs)
    store = logged(postgresql)
    store.register(process("two", 2), NOON)
    for each in jobs:
        store.finish(claim(store, each, NOON + MINUTE).run, outcome())
    run = claim(store, jobs[0], NOON + 2 * MINUTE).run
    log.records.clear()
    store.claim([ClaimRequest(jobs[1])], NOON + 2 * MINUTE, ended=[EndedRun(run, outcome(result=SECRET))])
    told = log.messages()
    assert any(each.startswith("SQL after 0.000 s: EXECUTE scheduler_finish_") for each in told)
    assert SECRET not in "".join(told)


def test_without_the_setting_the_engine_has_no_listener(postgresql):
    store = SqlStore(Database(postgresql.engine(), postgresql.prefix))
    assert list(store.database.engine.dispatch.before_cursor_execute) == []
