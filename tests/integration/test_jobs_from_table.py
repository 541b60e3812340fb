"""Jobs from a table: that of Action Scheduler, in a PostgreSQL and in a MariaDB, beside one real server."""

import json
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from devserver.mariadb import URL as MARIADB
from devserver.server import DevServer
from devserver.waiting import until
from tests.integration.conftest import StartDevServer
from tests.integration.json_client import JsonClient
from tests.integration.measuring import FIGURES
from tests.integration.notes import PYTHONPATH, Note, Notes

POSTGRESQL = os.environ.get("TEST_POSTGRESQL", "postgresql+psycopg2://postgres:@127.0.0.1:5432/")
#: a change is followed within it (seconds)
EVERY = 15
#: what Action Scheduler makes; MariaDB's JSON is a text, its BOOLEAN a number
TABLE = (
    "CREATE TABLE {name} (id INTEGER PRIMARY KEY, name VARCHAR(100) NOT NULL, command VARCHAR(100) NOT NULL,"
    " cron JSON NOT NULL, merge_missed BOOLEAN, actuality_time INTEGER)"
)
EACH_MINUTE = {"format": "unix", "params": {"value": "* * * * *"}}
EACH_TWENTY_SECONDS = {"format": "apscheduler", "params": {"second": "*/20", "end_date": "2050-05-05"}}
EACH_FIVE_SECONDS = {"format": "apscheduler", "params": {"second": "*/5"}}
EACH_SECOND = {"format": "apscheduler", "params": {"second": "*"}}
#: name, command, cron, merge_missed, actuality_time: both actions of the README, and what the tests do something to
ACTIONS: list[tuple[str, str, dict[str, Any], str, str]] = [
    ("Action1", "command1", EACH_MINUTE, "NULL", "NULL"),
    ("Action2", "command2", EACH_TWENTY_SECONDS, "NULL", "NULL"),
    ("edited", "before", EACH_SECOND, "NULL", "NULL"),
    ("deleted", "deleted", EACH_SECOND, "NULL", "NULL"),
    ("merged", "merged", EACH_FIVE_SECONDS, "TRUE", "-1"),
    ("not merged", "not merged", EACH_FIVE_SECONDS, "FALSE", "600"),
    ("not up to date", "not up to date", EACH_FIVE_SECONDS, "FALSE", "1"),
    ("broken", "broken", {"format": "unix", "params": {"value": "99 * * * *"}}, "NULL", "NULL"),
]


@dataclass(kw_only=True)
class Database:
    """A database with the table of Action Scheduler."""

    kind: str
    url: str
    #: what the names of its jobs begin with, so that those of two tables differ
    prefix: str
    notes: Notes = field(init=False)

    @property
    def table(self) -> str:
        """How the name of its table ends."""
        return "data db: query" if self.kind == "mariadb" else f"{make_url(self.url).database}: action"

    def execute(self, *statements: str) -> None:
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement, execution_options={"no_parameters": True})

    def make_table(self) -> None:
        """Make the table with all its rows, in one step."""
        rows = [
            f"({number}, '{name}', '{command}', '{json.dumps(cron)}', {merge_missed}, {actuality_time})"
            for number, (name, command, cron, merge_missed, actuality_time) in enumerate(ACTIONS, 1)
        ]
        new = "new_action"
        self.execute(
            TABLE.format(name=new),
            f"INSERT INTO {new} VALUES {', '.join(rows)}",
            f"ALTER TABLE {new} RENAME TO action",
        )

    def name(self, action: str) -> str:
        """The name of the job of an action."""
        return f"{self.prefix}{action}"

    def said(self, action: str, command: str | None = None) -> list[Note]:
        """What the job of an action has said, by its due times."""
        notes = self.notes.read("said", self.name(action))
        found = [note for note in notes if command in (None, note.facts["command"])]
        return sorted(found, key=lambda note: note.due)

    def wait_for(self, action: str, command: str | None = None, *, after: float, timeout: float = 40) -> Note:
        """Wait until the job of an action says something after an instant; return the first of it."""
        return until(
            lambda: next((note for note in self.said(action, command) if note.at > after), None),
            f"{self.name(action)} after {after}",
            timeout,
        )


@contextmanager
def database(kind: str, server: str, first: str, prefix: str) -> Iterator[Database]:
    """Make a database, and drop it in the end."""
    name = f"actions_{secrets.token_hex(4)}"
    host = Database(kind=kind, url=f"{server}{first}", prefix="")
    try:
        host.execute(f"CREATE DATABASE {name}")
    except OperationalError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no database server at {server.rpartition('@')[2]}: {error.orig}")
    try:
        yield Database(kind=kind, url=f"{server}{name}", prefix=prefix)
    finally:
        host.execute(f"DROP DATABASE {name}" + (" WITH (FORCE)" if kind == "postgresql" else ""))


@pytest.fixture(scope="module")
def databases() -> Iterator[list[Database]]:
    with ExitStack() as made:
        opened = [
            made.enter_context(database("postgresql", POSTGRESQL, "postgres", "")),
            made.enter_context(database("mariadb", MARIADB, "mysql", "in MariaDB, ")),
        ]
        for each in opened:
            each.make_table()
        yield opened


@dataclass(frozen=True, kw_only=True)
class Site:
    server: DevServer
    databases: list[Database]
    #: when it had started
    up: float

    def log_lines(self, *words: str) -> list[str]:
        """The lines of the log that have all of these words."""
        lines = self.server.read_log().splitlines()
        return [line for line in lines if all(word in line for word in words)]

    def wait_for_event(self, job: str, what: str) -> list[dict[str, Any]]:
        """Wait until something was done to a job, for as long as a change may take; return each time."""
        api = JsonClient(server=self.server)
        return until(
            lambda: [each for each in api.get("/events", job=job)["events"] if each["what"] == what],
            f"{what} of {job}",
            EVERY + 5,
        )


def borrowed(folder: Path, *packages: str) -> Path:
    """Return a folder with what docassemble leaves to whoever operates it, and the tests have."""
    for package in packages:
        found = distribution(package)
        for path in {Path(str(file)).parts[0] for file in found.files or ()} - {".."}:
            (folder / path).symlink_to(str(found.locate_file(path)))
    return folder


def section(url: str) -> dict[str, Any]:
    """Return an address as a section of docassemble's configuration has it."""
    parts = make_url(url)
    given = {"user": parts.username, "password": parts.password, "host": parts.host, "port": parts.port}
    return {
        "prefix": f"{parts.drivername}://",
        "name": parts.database,
        **{k: v for k, v in given.items() if v},
    }


@pytest.fixture(scope="module")
def site(
    start_devserver: StartDevServer, tmp_path_factory: pytest.TempPathFactory, databases: list[Database]
) -> Site:
    folder = tmp_path_factory.mktemp("jobs-from-table")
    notes = Notes(folder / "notes")
    postgresql, mariadb = databases
    postgresql.notes = mariadb.notes = notes
    columns = {
        "name": "name",
        "crontab": "cron",
        "args": "command",
        "missed": "merge_missed",
        "misfire grace time": "actuality_time",
    }
    rows = {"columns": columns, "function": "site_jobs.noting.say"}
    named = f"SELECT CONCAT('{mariadb.prefix}', name) AS name, cron, command, merge_missed, actuality_time FROM action"
    scheduler = {
        "time zone": "UTC",
        "defaults": {"missed": "once", "misfire grace time": 600},
        "jobs from": [
            {"database": postgresql.url, "table": "action", **rows},
            {"database": "data db", "query": named, **rows},
        ],
    }
    config = {"notes": str(notes), "data db": section(mariadb.url), "scheduler": scheduler}
    packages = folder / "packages"
    packages.mkdir()
    pythonpath = [PYTHONPATH, borrowed(packages, "pymysql", "apscheduler")]
    server = start_devserver(config, pythonpath=pythonpath)
    return Site(server=server, databases=databases, up=time.time())


@pytest.fixture(params=["postgresql", "mariadb"])
def actions(request: pytest.FixtureRequest, site: Site) -> Database:
    return next(each for each in site.databases if each.kind == request.param)


def test_its_rows_are_jobs_that_show_where_they_come_from(site: Site, actions: Database) -> None:
    actions.wait_for("edited", after=0, timeout=60)
    api = JsonClient(server=site.server)
    job = api.get("/job", name=actions.name("Action2"))
    assert job["added"]["by"].startswith("jobs from ")
    assert job["function"] == "site_jobs.noting.say"


def test_a_bad_row_is_a_problem_of_that_row(site: Site, actions: Database) -> None:
    actions.wait_for("edited", after=0)
    assert len(site.log_lines("ERROR", f"-> {actions.name('broken')} -> crontab: ", "[bad-crontab]")) == 1
    problems = JsonClient(server=site.server).get("/problems")["problems"]
    assert [each["code"] for each in problems if actions.name("broken") in each["path"]] == ["bad-crontab"]


def test_a_row_that_changes_is_followed(site: Site) -> None:
    for actions in site.databases:
        actions.wait_for("edited", "before", after=0)
    changed = time.time()
    for actions in site.databases:
        actions.execute("UPDATE action SET command = 'after' WHERE name = 'edited'")
    for actions in site.databases:
        first = actions.wait_for("edited", "after", after=changed)
        FIGURES.info("a changed row was followed after %.1f s", first.at - changed)
        assert first.at - changed < EVERY + 2
        assert actions.said("edited", "before")[-1].due < first.due
        dues = [note.due for note in actions.said("edited")]
        assert dues == [dues[0] + count for count in range(len(dues))], (
            "other arguments, and no due time is lost"
        )


def test_a_row_that_is_deleted_is_followed(site: Site) -> None:
    for actions in site.databases:
        actions.wait_for("deleted", after=0)
        actions.execute("DELETE FROM action WHERE name = 'deleted'")
    deleted = time.time()
    for actions in site.databases:
        (event,) = site.wait_for_event(actions.name("deleted"), "cancel")
        taken = datetime.fromisoformat(event["at"]).timestamp()
        FIGURES.info("a deleted row was followed after %.1f s", taken - deleted)
        assert taken - deleted < EVERY + 2
        actions.wait_for("edited", after=taken + 3)
        assert [note for note in actions.said("deleted") if note.due > taken + 1] == []


def test_while_a_table_is_gone_its_jobs_go_on(site: Site) -> None:
    tables = {actions.table: actions for actions in site.databases}

    def warned() -> bool:
        return all(site.log_lines("WARNING", table, "[table-unreadable]") for table in tables)

    def is_back() -> bool:
        return all(site.log_lines("INFO", table, "can be read again") for table in tables)

    for actions in tables.values():
        actions.execute("DROP TABLE action")
    until(warned, "a warning of each", EVERY + 5)
    told = time.time()
    for actions in tables.values():
        actions.wait_for("edited", after=told + EVERY + 2)
    problems = JsonClient(server=site.server).get("/problems")["problems"]
    unreadable = [each["path"][1] for each in problems if each["code"] == "table-unreadable"]
    assert len(unreadable) == len(tables)
    assert not is_back()
    for actions in tables.values():
        actions.make_table()
    back = time.time()
    until(is_back, "line of each when it is back", EVERY + 5)
    for table, actions in tables.items():
        actions.wait_for("edited", "before", after=back)
        actions.wait_for("deleted", after=back)
        assert len(site.log_lines("WARNING", table, "[table-unreadable]")) == 1
        assert len(site.log_lines(table, "can be read again")) == 1


@dataclass(frozen=True, kw_only=True)
class Downtime:
    begin: float
    end: float


@pytest.fixture(scope="module")
def downtime(site: Site) -> Downtime:
    """The server is killed and started again."""
    for each in site.databases:
        each.wait_for("merged", after=0)
    site.server.kill_master()
    begin = time.time()
    end = begin + 12
    until(lambda: time.time() > end, "two due times", 15)
    site.server.restart()
    for each in site.databases:
        each.wait_for("merged", after=end, timeout=60)
        each.wait_for("not up to date", after=end)
    return Downtime(
        begin=begin,
        end=min(note.at for each in site.databases for note in each.said("merged") if note.at > end),
    )


def missed(actions: Database, action: str, downtime: Downtime) -> list[float]:
    """The due times while no server was up, long enough before it was, that were run after all."""
    return [note.due for note in actions.said(action) if downtime.begin < note.due < downtime.end - 2]


def test_what_was_missed_in_a_restart_is_merged_or_not_as_its_row_says(
    actions: Database, downtime: Downtime
) -> None:
    dues = [due for due in range(int(downtime.begin) + 1, int(downtime.end - 2) + 1) if due % 5 == 0]
    assert len(dues) > 1
    until(lambda: len(missed(actions, "not merged", downtime)) >= len(dues), "all that was missed", 30)
    assert missed(actions, "not merged", downtime) == dues
    assert len(missed(actions, "merged", downtime)) <= 1
    assert missed(actions, "not up to date", downtime) == []


def test_both_actions_of_the_readme_run_at_its_times(site: Site, actions: Database) -> None:
    """Across all that was done to the table and to the server."""
    minutes = until(lambda: found if len(found := actions.said("Action1")) > 2 else [], "three minutes", 200)
    twenties = actions.said("Action2")
    assert {note.due % 60 for note in minutes} == {0}
    assert {note.due % 60 for note in twenties} == {0, 20, 40}
    assert {note.facts["command"] for note in minutes} == {"command1"}
    assert {note.facts["command"] for note in twenties} == {"command2"}
    assert len({note.due for note in twenties}) == len(twenties)
    on_time = [note for note in twenties if note.lateness < 1]
    FIGURES.info("%d of %d runs of Action2 were on time", len(on_time), len(twenties))
    assert len(on_time) >= len(twenties) - 1, "but for one in the restart"
    first = datetime.fromtimestamp(twenties[0].due, timezone.utc)
    assert first.timestamp() < site.up + 40
