"""The tables come about by themselves, whoever is first."""

import runpy
import shutil
import threading
from dataclasses import asdict, fields
from datetime import datetime, timedelta, timezone
from unittest.mock import Mock

import pytest
from minutely import MINUTE, NOON, claim, claim_retry, every_minute, process
from sqlalchemy import MetaData, Table, inspect, text

from docassemble.Scheduler.core.alerts import AlertPolicy
from docassemble.Scheduler.store.base import Process
from docassemble.Scheduler.store.sql import schema
from docassemble.Scheduler.store.sql.engine import Database
from docassemble.Scheduler.store.sql.rows import to_sql
from docassemble.Scheduler.store.sql.store import SqlStore
from docassemble.Scheduler.store.sql.tables import define


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
    stores = [SqlStore(Database(empty_database.engine(), empty_database.prefix)) for _ in range(4)]
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
        "scheduler_pause",
        "scheduler_run",
        "scheduler_process",
        "scheduler_site",
        "scheduler_lock",
        "scheduler_event",
        "scheduler_dynamic_job",
        "scheduler_session_action",
        "scheduler_counter",
        "scheduler_version",
    }


NEXT = """
import sqlalchemy as sa
from alembic import context, op

revision = "0002"
down_revision = "0001"


def upgrade():
    table = context.config.attributes["prefix"] + "scheduler_run"
    if "more" not in {each["name"] for each in sa.inspect(op.get_bind()).get_columns(table)}:
        op.add_column(table, sa.Column("more", sa.String(20)))
"""


@pytest.fixture
def next_release(monkeypatch, tmp_path):
    """Let the stores that are opened from now on be those of a release with one more migration."""

    def arrive():
        shutil.copytree(schema.MIGRATIONS, tmp_path / "migrations")
        (tmp_path / "migrations/versions/0002_more.py").write_text(NEXT, encoding="utf-8")
        monkeypatch.setattr(schema, "MIGRATIONS", tmp_path / "migrations")
        monkeypatch.setattr(schema, "HEAD", "0002")

    return arrive


@pytest.fixture
def before(empty_database):
    """A database that this release has left behind: a job whose run goes on, one that is to be tried again."""
    SqlStore(Database(empty_database.engine(), empty_database.prefix)).upgrade()
    old = {"due": at(1), "count": 1, "attempt": 1, "trigger": "schedule", "server": "web", "claimed": at(1)}
    add(
        empty_database,
        "scheduler_job",
        name="a.b",
        schedule=every_minute().fingerprint,
        cursor_at=at(1),
        paused=False,
        lease=RUNNING_RUNS,
        leased_at=at(1),
    )
    add(
        empty_database,
        "scheduler_run",
        id=RUNNING_RUNS,
        job="a.b",
        status="running",
        process=process().id,
        **old,
    )
    add(
        empty_database,
        "scheduler_run",
        **old | {"id": "0" * 32, "job": "a.b", "status": "interrupted", "claimed": at(0)},
        finished=at(0),
        retry_at=at(0),
    )
    add(empty_database, "scheduler_process", **asdict(process()), heartbeat=3, seen=at(1))
    return empty_database


RUNNING_RUNS = f"{1:0>32}"


def at(minute):
    return to_sql(NOON + minute * MINUTE)


def add(world, table, **row):
    """Insert a row into a table as it is, and not as this release has it."""
    with world.engine().begin() as connection:
        found = Table(f"{world.prefix}{table}", MetaData(), autoload_with=connection)
        connection.execute(found.insert(), row)


def test_an_upgrade_from_the_release_before_keeps_what_is_there(before, next_release):
    next_release()
    store = before.store()
    assert "more" in tables(before)["scheduler_run"]
    assert store.register_jobs([every_minute()], NOON + 2 * MINUTE) == {"a.b": NOON + MINUTE}
    assert [record.status for record in before.records()] == ["interrupted", "running"]
    assert before.holders() == [RUNNING_RUNS]


def test_after_an_upgrade_everything_goes_on_also_on_the_servers_of_before(before, next_release):
    """A migration only adds, and each new column has a default."""
    stores = [before.store()]
    next_release()
    stores.insert(0, before.store())
    for store, name, minute in zip(stores, ("two", "one"), (2, 3), strict=True):
        store.register(process(f"{name} more"), NOON)
        assert claim(store, every_minute(), NOON + minute * MINUTE).run is None  # the run of before goes on
    (heartbeat,) = [each for each in store.poll(NOON).heartbeats if each.beat == 3]
    (found,) = store.reap(heartbeat.process, 3, {"a.b": every_minute()}, NOON + 2 * MINUTE)
    assert found.run == RUNNING_RUNS
    assert claim_retry(store, every_minute(), NOON + 2 * MINUTE).run.attempt == 2
    assert not store.count_success("a.b", AlertPolicy())
    assert store.pause("a.b", NOON, "alice@example.com")


@pytest.mark.parametrize("lost", ["tables", "indexes"])
def test_an_upgrade_that_was_cut_off_is_finished_by_the_next_one(empty_database, lost):
    """MySQL keeps what was added before the end."""
    empty_database.store()
    prefix, whole = empty_database.prefix, tables(empty_database)
    with empty_database.engine().begin() as connection:
        connection.execute(text(f"DROP TABLE {prefix}scheduler_version"))
        if lost == "tables":
            for name in ("lock", "counter", "event"):
                connection.execute(text(f"DROP TABLE {prefix}scheduler_{name}"))
        else:
            on = f" ON {prefix}scheduler_run" if empty_database.kind == "mariadb" else ""
            connection.execute(text(f"DROP INDEX {prefix}scheduler_run_status_id{on}"))
    empty_database.store()
    assert tables(empty_database) == whole
    indexes = {
        each["name"] for each in inspect(empty_database.engine()).get_indexes(f"{prefix}scheduler_run")
    }
    assert f"{prefix}scheduler_run_status_id" in indexes


@pytest.fixture(params=["utf8mb4_general_ci", "latin1_swedish_ci", "utf8mb3_general_ci"])
def collated(request, mariadb):
    """A MariaDB whose tables have the character set of its administrator, unless they say otherwise."""
    charset = request.param.partition("_")[0]
    with mariadb.engine().begin() as connection:
        before = connection.execute(
            text("SELECT @@character_set_database, @@collation_database, DATABASE()")
        ).one()
        connection.execute(
            text(f"ALTER DATABASE {before[2]} CHARACTER SET {charset} COLLATE {request.param}")
        )
    yield mariadb
    with mariadb.engine().begin() as connection:
        connection.execute(text(f"ALTER DATABASE {before[2]} CHARACTER SET {before[0]} COLLATE {before[1]}"))


def collations(world):
    """Return the collations of the texts of each of our tables."""
    query = text(
        "SELECT table_name, collation_name FROM information_schema.columns"
        " WHERE table_schema = DATABASE() AND collation_name IS NOT NULL"
    )
    found = {}
    with world.engine().begin() as connection:
        for table, collation in connection.execute(query):
            if table.startswith(world.prefix) and not table.endswith("version"):
                found.setdefault(table, set()).add(collation)
    return found


def test_names_are_compared_character_by_character_whatever_the_database_prefers(collated):
    store = collated.store()
    assert {each for found in collations(collated).values() for each in found} == {"utf8mb4_nopad_bin"}
    named = [every_minute(name) for name in ("f\xfcr a", "f\xfcr A", "fur a", "f\xfcr a ", "\U0001f600")]
    store.register_jobs(named, NOON)
    assert [record.name for record in store.jobs()] == sorted(job.name for job in named)


@pytest.mark.parametrize(
    ("server", "chosen"),
    [
        (["utf8mb4_bin", "utf8mb4_nopad_bin"], "utf8mb4_nopad_bin"),
        (["utf8mb4_0900_bin", "utf8mb4_bin"], "utf8mb4_0900_bin"),
        (["latin1_bin", "utf8mb4_bin"], "utf8mb4_bin"),
    ],
    ids=["MariaDB", "MySQL 8", "MySQL 5.7"],
)
def test_each_server_compares_names_as_exactly_as_it_can(server, chosen):
    (path,) = (schema.MIGRATIONS / "versions").glob("0001*.py")
    chosen_by = runpy.run_path(str(path))["_collation"]
    connection = Mock()
    connection.execute.return_value.scalars.return_value = server
    assert chosen_by(connection) == chosen


def test_the_newest_migration_is_the_revision_that_this_release_needs():
    newest = max(path.name for path in (schema.MIGRATIONS / "versions").glob("[0-9]*.py"))
    assert newest.partition("_")[0] == schema.HEAD


def test_processes_that_ended_long_ago_are_forgotten(empty_database):
    store = empty_database.store()
    now = datetime(2026, 3, 1, tzinfo=timezone.utc)
    store.register(Process(id="1" * 32, server="web", host_id="here", pid=1, started_ticks="1"), now)
    store.reap(Process(id="1" * 32, server="web", host_id="here", pid=1, started_ticks="1"), None, {}, now)
    store.prune(now + timedelta(days=1), 10)
    with empty_database.engine().begin() as connection:
        found = connection.execute(text(f"SELECT count(*) FROM {empty_database.prefix}scheduler_process"))
        assert found.scalar() == 0
