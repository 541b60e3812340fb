"""The rows of another program's table, in PostgreSQL and MariaDB: read only, within limits of time and size."""

import logging
import secrets
import time
from dataclasses import replace

import pytest
from sqlalchemy import create_engine, make_url
from sqlalchemy.pool import NullPool

from docassemble.Scheduler.core.clock import SystemClock
from docassemble.Scheduler.core.errors import TableUnreadable
from docassemble.Scheduler.core.settings import JobTable
from docassemble.Scheduler.store.sql import job_rows
from docassemble.Scheduler.store.sql.engine import StatementLog, Timeouts
from docassemble.Scheduler.store.sql.job_rows import RowReader

COLUMNS = {"name": "name", "crontab": "cron", "args": "command"}
PASSWORD = "a secret word"


class Actions:
    """A table in a database of a kind; its name is one that must be quoted."""

    def __init__(self, kind, url):
        self.kind = kind
        self.url = url
        self.name = f"order {secrets.token_hex(3)}"
        self.quoted = f"`{self.name}`" if kind == "mariadb" else f'"{self.name}"'
        self.user = f"reader_{secrets.token_hex(3)}"
        self.execute(
            f"CREATE TABLE {self.quoted} (name VARCHAR(50), cron JSON, command TEXT, merge_missed BOOLEAN)"
        )

    @property
    def table(self):
        return JobTable(name="t", database=self.url, table=self.name, columns=COLUMNS)

    def connect(self):
        return create_engine(self.url, isolation_level="AUTOCOMMIT", poolclass=NullPool).connect()

    def execute(self, *statements):
        with self.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement, execution_options={"no_parameters": True})

    def reader(self):
        """Make a user who may only read the table; return an address of the database with that user."""
        create = f"CREATE USER {self.user} "
        create += f"IDENTIFIED BY '{PASSWORD}'" if self.kind == "mariadb" else f"PASSWORD '{PASSWORD}'"
        self.execute(create, f"GRANT SELECT ON {self.quoted} TO {self.user}")
        return make_url(self.url).set(username=self.user, password=PASSWORD)

    def drop(self):
        self.execute(f"DROP TABLE {self.quoted}", f"DROP USER IF EXISTS {self.user}")


@pytest.fixture(params=["postgresql", "mariadb"])
def actions(request, url_of):
    made = Actions(request.param, url_of(request.param))
    yield made
    made.drop()


def read(table, section=None):
    return RowReader({"data db": section}.get)(table)


def section_of(url):
    parts = make_url(url)
    given = {"user": parts.username, "password": parts.password, "host": parts.host, "port": parts.port}
    return {"prefix": f"{parts.drivername}://", "name": parts.database, **given}


def test_the_rows_come_by_the_keys_that_their_columns_give(actions):
    actions.execute(f"INSERT INTO {actions.quoted} VALUES ('a', '{{\"x\": 1}}', 'it''s 100%', TRUE)")
    (row,) = read(actions.table)
    assert (row["name"], row["args"]) == ("a", "it's 100%")
    assert row["crontab"] in ({"x": 1}, '{"x": 1}')
    assert list(row) == list(COLUMNS)


def test_one_column_may_give_several_keys(actions):
    actions.execute(f"INSERT INTO {actions.quoted} VALUES ('a', NULL, 'b', NULL)")
    table = replace(actions.table, columns={"name": "name", "description": "name"})
    assert read(table) == [{"name": "a", "description": "a"}]


def test_a_query_is_sent_as_it_is(actions):
    actions.execute(f"INSERT INTO {actions.quoted} VALUES ('a:b', NULL, '5%', NULL), ('c', NULL, 'd', NULL)")
    query = f"SELECT name, command AS cron, 7 AS command FROM {actions.quoted} WHERE name LIKE '%:b'"
    assert read(replace(actions.table, table=None, query=query)) == [
        {"name": "a:b", "crontab": "5%", "args": 7}
    ]


def test_with_log_sql_the_log_has_what_is_asked_but_not_a_query_which_may_have_secrets_in_it(actions, caplog):
    reader = RowReader({}.get, StatementLog(logging.getLogger("test.rows"), SystemClock()))
    caplog.set_level(logging.DEBUG, "test.rows")
    reader(actions.table)
    assert any("SELECT name, " in each and f"FROM {actions.quoted}" in each for each in caplog.messages)
    caplog.clear()
    reader(replace(actions.table, table=None, query=f"SELECT name, cron, command FROM {actions.quoted}"))
    assert caplog.messages == []


def test_a_section_of_docassembles_configuration_says_where_the_table_is(actions):
    table = replace(actions.table, database="data db")
    assert read(table, section_of(actions.url)) == []
    with pytest.raises(TableUnreadable, match="the `port` of the section `data db` is no number"):
        read(table, {**section_of(actions.url), "port": "x"})
    for nothing in (None, {}, "db"):
        with pytest.raises(TableUnreadable, match="has no section `data db` with the `name` of a database"):
            read(table, nothing)


def test_no_right_but_to_read_is_needed(actions):
    table = replace(actions.table, database=str(actions.reader().render_as_string(hide_password=False)))
    assert read(table) == []


def test_nothing_can_be_written(actions):
    written = {
        "postgresql": f"SELECT name, cron, command FROM {actions.quoted} FOR UPDATE",
        "mariadb": f"INSERT INTO {actions.quoted} (name) VALUES ('a')",
    }
    with pytest.raises(TableUnreadable, match=r"(?i)read.only"):
        read(replace(actions.table, table=None, query=written[actions.kind]))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"table": "nowhere"}, "nowhere"),
        ({"columns": {"name": "nothing"}}, "nothing"),
        ({"table": None, "query": "SELECT 1 AS one"}, "there is no column `name`"),
        ({"table": None, "query": "no SQL"}, "(?i)syntax"),
        ({"database": "postgresql://me:secret@127.0.0.1:1/x"}, "(?i)connect"),
        ({"database": "mysql+pymysql://me:secret@127.0.0.1:1/x"}, "(?i)connect"),
        ({"database": "oracle://me:secret@127.0.0.1:1/x"}, "`oracle` is neither `postgresql` nor"),
        ({"database": "mysql+mysqlconnector://me:secret@127.0.0.1:1/x"}, "its driver is missing"),
        ({"database": "postgresql://me:secret@127.0.0.1:port/x"}, "no URL of SQLAlchemy"),
        ({"database": "://secret"}, "no URL of SQLAlchemy"),
    ],
)
def test_what_cannot_be_read_is_told_in_a_line_without_secrets(actions, change, said):
    with pytest.raises(TableUnreadable, match=said) as error:
        read(replace(actions.table, **change))
    assert "secret" not in f"{error.value} {error.value.hint} {error.value.__cause__}"
    assert "\n" not in str(error.value)


def test_a_password_is_in_no_message(actions):
    url = make_url(actions.url).set(username="nobody", password="wrong and secret")
    with pytest.raises(TableUnreadable) as error:
        read(replace(actions.table, database=url.render_as_string(hide_password=False)))
    assert "secret" not in str(error.value)


def test_there_are_no_more_rows_and_characters_than_anybody_can_mean(actions, monkeypatch):
    actions.execute(f"INSERT INTO {actions.quoted} VALUES ('a', NULL, 'x', NULL), ('b', NULL, 'x', NULL)")
    monkeypatch.setattr(job_rows, "MAX_ROWS", 2)
    assert len(read(actions.table)) == 2
    monkeypatch.setattr(job_rows, "MAX_ROWS", 1)
    with pytest.raises(TableUnreadable, match="more than 1 rows"):
        read(actions.table)
    monkeypatch.setattr(job_rows, "MAX_ROWS", 2)
    monkeypatch.setattr(job_rows, "MAX_CHARACTERS", 5)
    with pytest.raises(TableUnreadable, match="5 characters"):
        read(actions.table)


def test_a_table_that_somebody_has_locked_and_a_query_without_end_are_waited_for_only_so_long(
    actions, monkeypatch
):
    monkeypatch.setattr(job_rows, "READING", Timeouts(connect=1, statement=1))
    endless = "SELECT SLEEP(60) AS name" if actions.kind == "mariadb" else "SELECT pg_sleep(60) AS name"
    columns = {"name": "name"}
    began = time.monotonic()
    with pytest.raises(TableUnreadable):
        read(replace(actions.table, table=None, query=endless, columns=columns))
    with create_engine(actions.url, poolclass=NullPool).connect() as connection:
        lock = "LOCK TABLES {} WRITE" if actions.kind == "mariadb" else "LOCK TABLE {}"
        connection.exec_driver_sql(lock.format(actions.quoted))
        with pytest.raises(TableUnreadable):
            read(actions.table)
        connection.exec_driver_sql("UNLOCK TABLES" if actions.kind == "mariadb" else "ROLLBACK")
    assert time.monotonic() - began < 10
    with actions.connect() as connection:
        running = (
            "SELECT info FROM information_schema.processlist"
            if actions.kind == "mariadb"
            else "SELECT query FROM pg_stat_activity WHERE state = 'active'"
        )
        assert endless not in connection.exec_driver_sql(running).scalars().all()
