"""The tables come about by themselves, whoever is first."""

import threading
from dataclasses import fields
from datetime import datetime, timedelta, timezone

from sqlalchemy import MetaData, inspect, text

from docassemble.Scheduler.adapters.sql import schema
from docassemble.Scheduler.adapters.sql.store import SqlStore
from docassemble.Scheduler.adapters.sql.tables import define
from docassemble.Scheduler.store import Process


def tables(world):
    engine = world.engine()
    inspector = inspect(engine)
    return {
        name.removeprefix(world.prefix): sorted(column["name"] for column in inspector.get_columns(name))
        for name in inspector.get_table_names()
        if name.startswith(world.prefix)
    }


def test_an_empty_database_gets_the_tables_that_this_release_uses(empty_database):
    empty_database.store()
    made = tables(empty_database)
    metadata = MetaData()
    for table in vars_of(define("")):
        table.to_metadata(metadata)
        assert made[table.name] == sorted(column.name for column in table.columns)
    assert made["scheduler_version"] == ["version_num"]


def vars_of(defined):
    return [getattr(defined, field.name) for field in fields(defined)]


def test_an_upgrade_of_what_is_up_to_date_changes_nothing(empty_database):
    empty_database.store()
    before = tables(empty_database)
    empty_database.store()
    assert tables(empty_database) == before


def test_a_database_that_a_newer_release_has_upgraded_is_left_alone(empty_database):
    store = empty_database.store()
    engine = empty_database.engine()
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE {empty_database.prefix}scheduler_version SET version_num = '9999'"))
    store.upgrade()
    with engine.begin() as connection:
        found = connection.execute(text(f"SELECT version_num FROM {empty_database.prefix}scheduler_version"))
        assert found.scalar() == "9999"


def test_a_missing_version_table_is_made_and_the_tables_are_kept(empty_database):
    """docassemble's own upgrade would take the database for up to date, or fail on the tables."""
    empty_database.store()
    engine = empty_database.engine()
    with engine.begin() as connection:
        connection.execute(text(f"DROP TABLE {empty_database.prefix}scheduler_version"))
    empty_database.store()
    assert "scheduler_version" in tables(empty_database)


def test_servers_that_start_at_the_same_moment_make_one_schema(empty_database):
    stores = [SqlStore(empty_database.engine(), empty_database.prefix) for _ in range(4)]
    barrier, broken = threading.Barrier(4), []

    def start(store):
        barrier.wait(30)
        try:
            store.upgrade()
        except Exception as error:
            broken.append(error)

    threads = [threading.Thread(target=start, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert broken == []
    assert set(tables(empty_database)) == {
        "scheduler_job",
        "scheduler_run",
        "scheduler_process",
        "scheduler_lock",
        "scheduler_event",
        "scheduler_added",
        "scheduler_version",
    }


def test_the_newest_migration_is_the_revision_that_this_release_needs():
    newest = max(path.name for path in (schema.MIGRATIONS / "versions").glob("[0-9]*.py"))
    assert newest.partition("_")[0] == schema.HEAD


def test_processes_that_ended_long_ago_are_forgotten(empty_database):
    store = empty_database.store()
    now = datetime(2026, 3, 1, tzinfo=timezone.utc)
    store.enrol(Process(id="1" * 32, server="web", place="here", pid=1, birth="1"), now)
    store.bury(Process(id="1" * 32, server="web", place="here", pid=1, birth="1"), None, {}, now)
    store.prune(now + timedelta(days=1), 10)
    with empty_database.engine().begin() as connection:
        found = connection.execute(text(f"SELECT count(*) FROM {empty_database.prefix}scheduler_process"))
        assert found.scalar() == 0
