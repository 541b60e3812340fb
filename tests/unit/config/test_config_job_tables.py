"""Jobs from a table: which blocks of `jobs from` can be used, and what rows mean."""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from docassemble.Scheduler.config import Configuration, parse
from docassemble.Scheduler.config.job_tables import definitions
from docassemble.Scheduler.core.job import Job, Missed
from docassemble.Scheduler.core.problem import Problem, Severity
from docassemble.Scheduler.core.settings import JobTable
from docassemble.Scheduler.schedules.apscheduler import from_trigger

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
COLUMNS = {"name": "name", "crontab": "cron", "args": "command", "missed": "merge_missed"}
BLOCK = {"database": "data db", "table": "action", "columns": COLUMNS, "function": "a.say"}
TABLE = JobTable(name="data db: action", database="data db", table="action", columns=COLUMNS)
EACH_MINUTE = "* * * * *"


def read(block: object, *, environ: dict[str, str] | None = None, **settings: Any) -> Configuration:
    whole = {**settings, "jobs from": block}
    return parse(whole, zone="UTC", environ=environ or {}, now=NOON, trigger_schedule=from_trigger)


def names(configuration: Configuration) -> list[str]:
    return [table.name for table in configuration.settings.jobs_from]


def errors(problems: tuple[Problem, ...] | list[Problem]) -> list[tuple[str, str]]:
    return [(each.code, " ".join(each.path)) for each in problems if each.severity is Severity.ERROR]


def defined(**cells: object) -> dict[str, object]:
    """Return the definition of the job that a row with some cells is."""
    found, problems = definitions(TABLE, [{"name": "a", **cells}])
    assert problems == []
    return found["a"]


def job_of(block: object, row: dict[str, object], **settings: Any) -> tuple[Job | None, list[Problem]]:
    """Return the job of a row, which has a name, of the only block."""
    configuration = read(block, **settings)
    (table,) = configuration.settings.jobs_from
    found, problems = definitions(table, [row])
    assert problems == []
    return configuration.read_row(table.name, str(row["name"]), found[str(row["name"])], NOON)


def test_a_block_says_where_the_rows_are_and_how_often_they_are_read() -> None:
    configuration = read({**BLOCK, "every": "1 minute"})
    assert configuration.problems == ()
    (table,) = configuration.settings.jobs_from
    assert (table.name, table.database, table.table, table.query) == (
        "data db: action",
        "data db",
        "action",
        None,
    )
    assert (table.columns, table.every) == (COLUMNS, timedelta(minutes=1))
    assert read(BLOCK).settings.jobs_from[0].every == timedelta(seconds=15)


def test_there_may_be_several_blocks_also_of_one_table() -> None:
    query = {**{key: BLOCK[key] for key in ("database", "columns", "function")}, "query": "SELECT 1"}
    expected = ["data db: action", "data db: query", "data db: action 2", "data db: query 2"]
    assert names(read([BLOCK, query, BLOCK, query])) == expected


@pytest.mark.parametrize(
    ("block", "code", "path"),
    [
        ("action", "wrong-type", "jobs from"),
        ({**BLOCK, "database": None}, "blank-value", "jobs from database"),
        ({key: BLOCK[key] for key in ("table", "columns", "function")}, "bad-table", "jobs from"),
        ({**BLOCK, "query": "SELECT 1"}, "bad-table", "jobs from"),
        ({key: BLOCK[key] for key in ("database", "columns", "function")}, "bad-table", "jobs from"),
        ({**BLOCK, "columns": {"crontab": "cron"}}, "bad-table", "jobs from"),
        ({**BLOCK, "columns": {**COLUMNS, "lock": 5}}, "wrong-type", "jobs from columns lock"),
        ({key: BLOCK[key] for key in ("database", "table", "columns")}, "bad-table", "jobs from"),
        ({**BLOCK, "every": "0 seconds"}, "bad-duration", "jobs from every"),
        ({**BLOCK, "retries": "many"}, "bad-number", "jobs from retries"),
        ([BLOCK, {**BLOCK, "retries": "many"}], "bad-number", "jobs from 2 retries"),
    ],
)
def test_a_block_with_an_error_is_left_out_and_others_are_not(block: object, code: str, path: str) -> None:
    configuration = read(block)
    assert errors(configuration.problems) == [(code, f"scheduler {path}")]
    assert names(configuration) == (["data db: action"] if isinstance(block, list) else [])


def test_a_key_or_column_without_a_meaning_is_a_warning_with_a_guess() -> None:
    configuration = read({**BLOCK, "retires": 3, "columns": {**COLUMNS, "descripton": "text"}})
    assert [(each.code, each.path[-1]) for each in configuration.problems] == [
        ("unknown-key", "retires"),
        ("unknown-key", "descripton"),
    ]
    assert len(names(configuration)) == 1


def test_the_function_may_be_that_of_all_jobs_or_that_of_each_row() -> None:
    without = {key: BLOCK[key] for key in ("database", "table", "columns")}
    job, _ = job_of(without, {"name": "a", "crontab": EACH_MINUTE}, defaults={"function": "b.all"})
    assert job is not None
    assert job.function == "b.all"
    each = {**without, "columns": {**COLUMNS, "function": "callback"}}
    job, _ = job_of(each, {"name": "a", "crontab": EACH_MINUTE, "function": "c.own"})
    assert job is not None
    assert job.function == "c.own"


def test_no_name_of_a_row_says_which_function_is_called() -> None:
    each = {**BLOCK, "columns": {**COLUMNS, "function": "callback"}}
    del each["function"]
    job, problems = job_of(each, {"name": "os.abort", "crontab": EACH_MINUTE, "function": None})
    assert job is None
    assert errors(problems) == [("bad-row", "jobs from data db: action os.abort")]


@pytest.mark.parametrize(
    "database",
    ["mysql+pymysql://me:secret@db.example.com:3306/actions?password=secret", "postgresql://me:secret@["],
)
def test_no_password_is_in_the_name_of_a_table_or_in_a_problem(database: str) -> None:
    for block in ({**BLOCK, "database": database}, {**BLOCK, "database": "${URL}", "retries": "${URL}"}):
        configuration = read(block, environ={"URL": database})
        assert "secret" not in f"{names(configuration)} {configuration.settings} {configuration.problems}"
    assert names(read({**BLOCK, "database": "${URL}"}, environ={"URL": database})) == ["${URL}: action"]


def test_a_variable_overrides_a_key_of_the_only_block() -> None:
    configuration = read(BLOCK, environ={"DA_SCHEDULER__JOBS_FROM__EVERY": "1 minute"})
    assert configuration.problems == ()
    assert configuration.settings.jobs_from[0].every == timedelta(minutes=1)
    several = read([BLOCK, BLOCK], environ={"DA_SCHEDULER__JOBS_FROM__EVERY": "1 minute"})
    assert [each.code for each in several.problems] == ["unknown-variable"]


def test_a_row_has_the_keys_of_its_block_and_of_the_defaults_unless_it_has_its_own() -> None:
    block = {**BLOCK, "retries": 2, "crontab": "0 0 * * *", "kwargs": {"token": "${TOKEN}"}}
    settings = {"defaults": {"retries": 5, "resumable": True, "every": "1 hour"}, "environ": {"TOKEN": "t"}}
    job, problems = job_of(block, {"name": "a", "args": "${TOKEN}"}, **settings)
    assert problems == []
    assert job is not None
    assert (job.retries, job.resumable, job.kwargs, job.args) == (2, True, {"token": "t"}, ("${TOKEN}",))
    assert job.schedule.next_after(NOON) == datetime(2026, 3, 2, tzinfo=timezone.utc)
    job, _ = job_of(block, {"name": "a", "crontab": EACH_MINUTE}, **settings)
    assert job is not None
    assert job.schedule.next_after(NOON) == NOON + timedelta(minutes=1)


def test_a_row_of_a_table_that_is_none_of_jobs_from_is_no_job() -> None:
    assert read(BLOCK).read_row("other", "a", {"every": 5}, NOON) == (None, [])


@pytest.mark.parametrize(
    ("key", "cell", "expected"),
    [
        ("crontab", EACH_MINUTE, {"crontab": EACH_MINUTE}),
        ("crontab", {"format": "unix", "params": {"value": EACH_MINUTE}}, {"crontab": EACH_MINUTE}),
        ("crontab", '{"format": "unix", "params": {"value": "* * * * *"}}', {"crontab": EACH_MINUTE}),
        ("crontab", '"* * * * *"', {"crontab": EACH_MINUTE}),
        (
            "crontab",
            '{"format": "apscheduler", "params": {"second": "*/20"}}',
            {"trigger": "cron", "params": {"second": "*/20"}},
        ),
        ("args", "command1", {"args": ["command1"]}),
        ("args", '{"topic": "a"}', {"args": ['{"topic": "a"}']}),
        ("args", ["a", 1], {"args": ["a", 1]}),
        ("args", {"topic": "a"}, {"args": [{"topic": "a"}]}),
        ("args", 7, {"args": [7]}),
        ("args", Decimal("7.00"), {"args": [7]}),
        ("args", Decimal("7.5"), {"args": [7.5]}),
        ("args", Decimal("NaN"), {"args": ["NaN"]}),
        ("args", datetime(2026, 1, 2, 3, 4, tzinfo=timezone.utc), {"args": ["2026-01-02T03:04:00+00:00"]}),
        ("args", uuid.UUID(int=1), {"args": [str(uuid.UUID(int=1))]}),
        ("args", b"caf\xc3\xa9", {"args": ["café"]}),
        ("args", [Decimal(1), timedelta(seconds=5)], {"args": [1, 5.0]}),
        ("kwargs", '{"command": "a"}', {"kwargs": {"command": "a"}}),
        ("missed", True, {"missed": "once"}),
        ("missed", False, {"missed": "all"}),
        ("missed", 1, {"missed": "once"}),
        ("missed", 0, {"missed": "all"}),
        ("missed", "all", {"missed": "all"}),
        ("misfire grace time", 600, {"misfire grace time": 600}),
        ("misfire grace time", -7, {"misfire grace time": -1}),
        ("misfire grace time", timedelta(minutes=1), {"misfire grace time": 60.0}),
        ("enabled", 0, {"enabled": False}),
        ("enabled", "off", {"enabled": "off"}),
        ("retries", 1, {"retries": 1}),
        ("run at", datetime(2027, 1, 1, tzinfo=timezone.utc), {"run at": "2027-01-01T00:00:00+00:00"}),
        ("description", None, {}),
    ],
)
def test_what_a_cell_gives(key: str, cell: object, expected: dict[str, object]) -> None:
    assert defined(**{key: cell}) == expected


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("{not json", "wrong-type"),
        ('{"format": "quartz", "params": {}}', "bad-choice"),
        ('{"a": ' * 100_000, "wrong-type"),
    ],
)
def test_a_cell_that_is_nothing_is_a_problem_of_its_row_and_of_no_other(cell: str, code: str) -> None:
    found, problems = definitions(TABLE, [{"name": "bad", "crontab": cell}, {"name": "good", "retries": 1}])
    assert errors(problems) == [(code, "jobs from data db: action bad crontab")]
    assert found == {"good": {"retries": 1}}


@pytest.mark.parametrize("name", [None, "", "  ", " a", "a\nb", "x" * 191, "a\0", True, ["a"]])
def test_a_row_without_a_name_that_can_be_kept_is_a_problem(name: object) -> None:
    found, (problem,) = definitions(TABLE, [{"name": "good"}, {"name": name}])
    assert problem.code == "bad-row"
    assert problem.hint
    assert list(found) == ["good"]


def test_a_number_is_a_name() -> None:
    found, problems = definitions(TABLE, [{"name": 5}, {"name": Decimal(6)}])
    assert (list(found), problems) == (["5", "6"], [])


def test_rows_with_one_name_are_one_problem_and_no_job_whatever_their_order() -> None:
    rows: list[dict[str, object]] = [{"name": "a", "retries": 1}, {"name": "b"}, {"name": "a", "retries": 2}]
    for each in (rows, rows[::-1]):
        found, problems = definitions(TABLE, each)
        assert errors(problems) == [("bad-row", "jobs from data db: action a")]
        assert list(found) == ["b"]


def test_the_rows_of_action_scheduler_are_its_actions() -> None:
    block = {**BLOCK, "columns": {**COLUMNS, "misfire grace time": "actuality_time"}}
    unix = json.dumps({"format": "unix", "params": {"value": EACH_MINUTE}})
    cron = {"format": "apscheduler", "params": {"second": "*/20", "end_date": "2050-05-05"}}
    settings = {"defaults": {"missed": "once", "misfire grace time": 600}}
    one, _ = job_of(
        block, {"name": "Action1", "crontab": unix, "args": "command1", "missed": None}, **settings
    )
    two, _ = job_of(
        block,
        {"name": "Action2", "crontab": cron, "args": "command2", "missed": False, "misfire grace time": -1},
        **settings,
    )
    assert one is not None
    assert two is not None
    assert (one.args, one.missed, one.misfire_grace_time) == (
        ("command1",),
        Missed.ONCE,
        timedelta(minutes=10),
    )
    assert (two.args, two.missed, two.misfire_grace_time) == (("command2",), Missed.ALL, None)
    assert one.schedule.next_after(NOON) == NOON + timedelta(minutes=1)
    assert two.schedule.next_after(NOON) == NOON + timedelta(seconds=20)
    assert two.schedule.next_after(datetime(2050, 5, 6, tzinfo=timezone.utc)) is None
