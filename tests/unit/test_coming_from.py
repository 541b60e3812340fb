"""The page for people who come from elsewhere: its rows are proven, its snippets work, its examples are faithful."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.date import DateTrigger
from test_docs import DOCS, FENCED, NOW, PYTHON, ROOT

import docassemble.Scheduler
from docassemble.Scheduler.config import Configuration, EnvFile, parse
from docassemble.Scheduler.config.keys import JOB_KEYS, SETTING_KEYS, Group
from docassemble.Scheduler.core.job import Job, Missed, RunOn, Schedule
from docassemble.Scheduler.host.files.env_file import read_env_file
from docassemble.Scheduler.schedules.apscheduler import from_trigger

PAGE = DOCS / "coming-from.md"
#: has the same tables, with the tests that prove a row in the place of what one writes
PROOFS = Path(__file__).with_name("coming_from.md")
SYSTEMS = [
    "docassemble.Scheduler 0.2.x",
    "docassemble's scheduled tasks",
    "System cron",
    "APScheduler",
    "Celery beat",
    "job-processor",
    "Action Scheduler",
    "rq-scheduler",
    "Clock files",
]
SCHEDULES = {Group.INTERVAL, Group.CRON, Group.DATE, Group.APSCHEDULER, Group.AFTER_END, Group.AT_START}


@cache
def sections(page: Path) -> dict[str, str]:
    _, *parts = re.split(r"^## (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def table(page: Path, system: str) -> dict[str, str]:
    """Return the two cells of each row of a system."""
    lines = re.findall(r"^\| (.+) \|$", sections(page)[system], re.MULTILINE)
    pairs = [line.split(" | ") for line in lines if line != "you had | you write"]
    rows = {had: cell for had, cell in pairs}  # noqa: C416 - two cells, or it fails
    assert len(rows) == len(pairs), "no two rows are about the same"
    return rows


def block(text: str, environ: Mapping[str, str], zone: str = "Europe/Berlin") -> Configuration:
    loaded = yaml.load(text, Loader=yaml.FullLoader)["scheduler"]
    return parse(loaded, zone=zone, environ=environ, now=NOW, trigger_schedule=from_trigger)


def example(system: str, environ: Mapping[str, str] | None = None, **options: Any) -> dict[str, Job]:
    """Return the jobs of what a section says one writes, by name."""
    texts = [found[4] for found in FENCED.finditer(sections(PAGE)[system])]
    configurations = [block(text, environ or {}, **options) for text in texts if "scheduler:" in text]
    return {job.name: job for configuration in configurations[::-1] for job in configuration.jobs}


def snippets(cell: str) -> Iterator[str]:
    """Yield the YAML in a cell; pieces that are only parted by a line break belong together."""
    for group in re.findall(r"`[^`]+`(?:<br>`[^`]+`)*", cell):
        lines = group.strip("`").split("`<br>`")
        if re.match(r"[a-z][a-z -]*: ", lines[0]):
            yield "\n".join(lines)


def only(snippet: str, environ: Mapping[str, str]) -> Job:
    """Return the one job that has a snippet as its keys, or as settings, and what it needs to be whole."""
    given = yaml.load(snippet, Loader=yaml.FullLoader)
    settings = given if given.keys() & (SETTING_KEYS.keys() - JOB_KEYS.keys()) else {}
    keys = {} if settings else given
    scheduled = any(name in JOB_KEYS and JOB_KEYS[name].group in SCHEDULES for name in keys)
    scheduled = scheduled or keys.get("type") == Group.MANUAL.value
    whole = {**settings, "test.heartbeat": keys if scheduled else {**keys, "every": "1 hour"}}
    configuration = block(yaml.dump({"scheduler": whole}), environ)
    assert configuration.problems == ()
    (job,) = configuration.jobs
    return job


def job_of(system: str, had: str, number: int = 0) -> Job:
    """Return a job with the keys of a snippet of a row."""
    return only(list(snippets(table(PAGE, system)[had]))[number], {})


def dues(schedule: Schedule | BaseTrigger, after: datetime, count: int) -> list[datetime]:
    found: list[datetime] = []
    instant: datetime | None = after
    while instant is not None and len(found) < count:
        if isinstance(schedule, BaseTrigger):
            previous = found[-1] if found else None
            instant = schedule.get_next_fire_time(previous, instant + timedelta(microseconds=1))
        else:
            instant = schedule.next_after(instant)
        found += [] if instant is None else [instant.astimezone(timezone.utc)]
    return found


def test_there_is_a_table_for_each_system() -> None:
    assert list(sections(PAGE)) == SYSTEMS
    assert all(len(table(PAGE, system)) > 10 for system in SYSTEMS)
    assert len(SNIPPETS) > 40


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_row_has_its_proofs_and_every_proof_its_row(system: str) -> None:
    assert list(table(PROOFS, system)) == list(table(PAGE, system))


@cache
def functions_of(name: str) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse((ROOT / "tests" / name).read_text(encoding="utf-8"))
    return {each.name: each for each in tree.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize(
    "proof",
    sorted(
        {proof for system in SYSTEMS for cell in table(PROOFS, system).values() for proof in cell.split()}
    ),
)
def test_every_proof_is_a_test_that_tests_something(proof: str) -> None:
    name, _, function = proof.partition("::")
    assert function.startswith("test_")
    test = functions_of(name)[function]
    assert not re.search(r"\b(skip|xfail)\b", " ".join(map(ast.unparse, test.decorator_list)))
    assert any(
        isinstance(node, ast.Assert)
        or (isinstance(node, ast.Call) and re.search(r"raises|wait_for|until", ast.unparse(node.func)))
        for node in ast.walk(test)
    )


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_row_says_what_to_write(system: str) -> None:
    assert [had for had, written in table(PAGE, system).items() if not written] == []


SNIPPETS = [
    snippet for system in SYSTEMS for written in table(PAGE, system).values() for snippet in snippets(written)
]


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_a_snippet_of_a_table_has_no_problem(snippet: str) -> None:
    assert only(snippet, {})


@pytest.mark.parametrize("system", SYSTEMS)
def test_what_is_called_in_a_table_is_there(system: str) -> None:
    codes = {code for written in table(PAGE, system).values() for code in re.findall(r"`([^`]+)`", written)}
    called = {found[1] for code in codes if (found := re.match(r"(\w+)\(", code))}
    assert called <= set(dir(docassemble.Scheduler))


def test_what_the_examples_import_is_there() -> None:
    names = re.findall(
        r"^from docassemble\.Scheduler import (.+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert names
    for name in ", ".join(names).split(", "):
        assert hasattr(docassemble.Scheduler, name)


def test_functions_that_the_examples_name_are_defined_beside_them() -> None:
    for system in ("job-processor", "Action Scheduler", "Clock files"):
        defined = re.findall(
            r"^(?:async )?def (\w+)\(", "\n".join(PYTHON.findall(sections(PAGE)[system])), re.M
        )
        for job in example(system).values():
            named = [job.function, job.only_if, job.on_exit]
            own = [name for name in named if name and name.startswith("docassemble.MyPackage.")]
            assert {name.rpartition(".")[2] for name in own} <= set(defined)


def test_each_option_of_a_cron_arrives() -> None:
    (job,) = example("job-processor").values()
    assert job.name == "Send the reminders"
    assert dues(job.schedule, NOW, 1) == [datetime(2026, 11, 23, 8, 0, tzinfo=timezone.utc)]
    assert job.on_exit == "docassemble.MyPackage.jobs.exited"
    assert job.resumable
    assert job.check_in_margin == timedelta(minutes=5)
    assert job.max_runtime == timedelta(minutes=10)
    assert job.servers == {"main"}


def test_the_tag_in_the_environment_of_a_container_says_which_jobs_it_runs() -> None:
    text = "scheduler:\n  test.heartbeat:\n    every: 60\n    servers: runner-1"
    servers = [block(text, {"DA_SCHEDULER_TAGS": f"runner-{slot}"}) for slot in (1, 2)]
    assert [server.jobs[0].is_for(server.settings.server_tags) for server in servers] == [True, False]


def test_actions_are_due_when_the_readme_of_action_scheduler_says() -> None:
    """The sample actions of its quick start: the same commands at the same times."""
    moscow = ZoneInfo("Europe/Moscow")
    begin, end = (datetime(2023, 6, 17, 23, *time, tzinfo=moscow) for time in ((18, 30), (20, 30)))
    jobs = [job for job in example("Action Scheduler", zone="Europe/Moscow").values() if job.name[-1] in "12"]
    printed = sorted(
        (due, job.args[-1]) for job in jobs for due in dues(job.schedule, begin, 10) if due <= end
    )
    assert [f"{due.astimezone(moscow):%H:%M:%S} | {command}" for due, command in printed] == [
        "23:18:40 | command2",
        "23:19:00 | command1",
        "23:19:00 | command2",
        "23:19:20 | command2",
        "23:19:40 | command2",
        "23:20:00 | command1",
        "23:20:00 | command2",
        "23:20:20 | command2",
    ]


def test_an_action_has_the_defaults_that_it_leaves_out() -> None:
    plain, own = (example("Action Scheduler")[name] for name in ("action1", "action2"))
    assert (plain.function, own.function) == ("docassemble.MyPackage.callbacks.say",) * 2
    assert (plain.missed, plain.misfire_grace_time) == (Missed.ONCE, timedelta(minutes=10))
    assert (own.missed, own.misfire_grace_time) == (Missed.ALL, None)


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("after", [NOW, datetime(2050, 5, 4, 21, 58, 50, tzinfo=timezone.utc)])
def test_both_ways_to_write_a_cron_of_apscheduler_are_due_when_apscheduler_is(
    number: int, after: datetime
) -> None:
    schedule = job_of("Action Scheduler", "`cron` in the format of APScheduler", number).schedule
    peer = CronTrigger(second="*/20", end_date="2050-05-05", timezone="Europe/Berlin")
    assert dues(schedule, after, 10) == dues(peer, after, 10) != []


def test_a_variable_of_the_environment_wins_over_an_env_file_and_that_over_the_file(tmp_path: Path) -> None:
    cell = table(PAGE, "Action Scheduler")["Variables of the environment win over the file"]
    ((variable, _),) = re.findall(r"`(DA_SCHEDULER__\w+)=(\d+)`", cell)
    (tmp_path / ".env").write_text(f"{variable}=700\nACTUALITY_TIME=900\n", encoding="utf-8")

    def grace(keys: Mapping[str, object], environ: Mapping[str, str], env_file: EnvFile) -> float:
        loaded = {"defaults": keys, "test.heartbeat": {"minutes": 1}}
        (job,) = parse(loaded, zone="UTC", environ=environ, env_file=env_file, now=NOW).jobs
        assert job.misfire_grace_time is not None
        return job.misfire_grace_time.total_seconds()

    none, some = EnvFile(), read_env_file(tmp_path / "config.yml")
    written = {"misfire grace time": 500}
    assert [grace(written, {}, none), grace(written, {}, some)] == [500, 700]
    assert grace(written, {variable: "600"}, some) == 600
    (snippet,) = snippets(cell)
    assert only(snippet, {}).misfire_grace_time == timedelta(minutes=10)
    assert (
        grace(yaml.safe_load(snippet), {}, EnvFile(lines={"ACTUALITY_TIME": some.lines["ACTUALITY_TIME"]}))
        == 900
    )


def test_the_interval_is_that_of_the_environment() -> None:
    every, enabled = snippets(table(PAGE, "rq-scheduler")["The interval can be set in the environment"])
    environ = {"BREAKING_NEWS_SECONDS": "60", "BREAKING_NEWS": "false"}
    seconds = [dues(only(every, given).schedule, NOW, 1)[0] - NOW for given in ({}, environ)]
    assert seconds == [timedelta(seconds=10), timedelta(seconds=60)]
    assert [only(enabled, given).enabled for given in ({}, environ)] == [True, False]


def test_the_address_of_a_request_is_that_of_the_environment() -> None:
    (args,) = snippets(table(PAGE, "rq-scheduler")["`cfg.API_BASE_URL`"])
    environ = {"API_BASE_URL": "https://backend.example.com"}
    assert only(args, environ).args == ("https://backend.example.com/v1/jobs/breaking-news",)
    assert only(args, {}).args == ("http://localhost:8000/v1/jobs/breaking-news",)


def test_a_negative_interval_is_not_scheduled() -> None:
    configuration = block("scheduler:\n  test.heartbeat:\n    every: ${SECONDS}", {"SECONDS": "-1"})
    assert configuration.jobs == ()
    assert [problem.code for problem in configuration.problems] == ["bad-duration"]
    assert not job_of("rq-scheduler", "A negative interval means: do not schedule").enabled


def test_a_time_in_utc_is_exact_and_one_without_an_offset_is_local() -> None:
    in_utc = job_of("rq-scheduler", "`execution_time` in UTC, always").schedule
    local = job_of("rq-scheduler", "`schedule_at()` with `execution_time`").schedule
    assert example("rq-scheduler")["docassemble.MyPackage.jobs.my_function once"].schedule == in_utc
    assert dues(in_utc, NOW, 2) == [datetime(2030, 10, 1, 12, tzinfo=timezone.utc)]
    assert dues(local, NOW, 2) == [datetime(2030, 10, 1, 10, tzinfo=timezone.utc)]


@pytest.mark.parametrize("number", [0, 1])
def test_both_ways_to_write_six_in_the_morning_are_due_when_apscheduler_is(number: int) -> None:
    schedule = job_of("Clock files", "`scheduler.add_job(..., 'cron', day='*', hour='6')`", number).schedule
    peer = CronTrigger(day="*", hour="6", timezone="Europe/Berlin")
    assert dues(schedule, NOW, 365) == dues(peer, NOW, 365)
    (example_job,) = example("Clock files").values()
    assert dues(example_job.schedule, NOW, 1) == dues(peer, NOW, 1)


def test_what_docassembles_cron_did_each_day_is_run_by_the_shipped_job() -> None:
    (job,) = example("docassemble's scheduled tasks").values()
    assert (job.function, job.run_as) == ("interviews.run_action", "admin@example.com")
    assert job.args == ("docassemble.MyPackage:data/questions/case.yml", "cron_daily")
    assert dues(job.schedule, NOW, 1) == [datetime(2026, 11, 23, 7, 30, tzinfo=timezone.utc)]


def test_each_part_of_a_line_of_cron_arrives() -> None:
    (job,) = example("System cron", zone="UTC").values()
    assert job.function == "docassemble.MyPackage.reports.weekly"
    assert dues(job.schedule, NOW, 1) == [datetime(2026, 11, 23, 7, 0, tzinfo=timezone.utc)]
    assert (job.max_runtime, job.args) == (timedelta(minutes=10), ("manager@example.com",))
    assert job.notify == {"to": ("clerk@example.com",)}


def test_a_day_of_the_month_and_a_weekday_match_as_in_cron() -> None:
    schedule = job_of("System cron", "Day of month and weekday: either may match").schedule
    days = [due.astimezone(ZoneInfo("Europe/Berlin")) for due in dues(schedule, NOW, 60)]
    assert all(day.day == 13 or day.weekday() == 4 for day in days)
    assert any(day.day == 13 and day.weekday() != 4 for day in days)
    assert any(day.day != 13 and day.weekday() == 4 for day in days)


@pytest.mark.parametrize(
    ("nickname", "expression"),
    [
        ("@hourly", "0 * * * *"),
        ("@daily", "0 0 * * *"),
        ("@weekly", "0 0 * * 0"),
        ("@monthly", "0 0 1 * *"),
        ("@yearly", "0 0 1 1 *"),
    ],
)
def test_nicknames_of_cron_are_its_expressions(nickname: str, expression: str) -> None:
    assert f"`{nickname}`" in "".join(table(PAGE, "System cron"))
    short, long = (only(f'crontab: "{text}"', {}).schedule for text in (nickname, expression))
    assert dues(short, NOW, 10) == dues(long, NOW, 10)


def test_a_job_that_is_not_enabled_is_read_and_not_run() -> None:
    assert not job_of("System cron", "A line that is commented out").enabled


def test_working_days_at_eight_are_due_when_apscheduler_is() -> None:
    schedule = job_of("APScheduler", "`add_job(fn, 'cron', day_of_week='mon-fri', hour=8)`").schedule
    peer = CronTrigger(day_of_week="mon-fri", hour=8, timezone="Europe/Berlin")
    (example_job,) = example("APScheduler").values()
    assert dues(schedule, NOW, 300) == dues(peer, NOW, 300) == dues(example_job.schedule, NOW, 300)


def test_a_date_is_due_when_apscheduler_is() -> None:
    schedule = job_of("APScheduler", "`add_job(fn, 'date', run_date='2030-01-01 08:00:00')`").schedule
    peer = DateTrigger("2030-01-01 08:00:00", timezone="Europe/Berlin")
    assert dues(schedule, NOW, 2) == dues(peer, NOW, 2) == [datetime(2030, 1, 1, 7, tzinfo=timezone.utc)]


def test_a_weekday_of_apschedulers_crontab_is_one_later() -> None:
    schedule = job_of("APScheduler", "`CronTrigger.from_crontab('0 8 * * 1')`, which is Tuesday").schedule
    peer = CronTrigger.from_crontab("0 8 * * 1", timezone="Europe/Berlin")
    assert dues(schedule, NOW, 60) == dues(peer, NOW, 60)


def test_half_past_seven_on_mondays_is_that_of_celery() -> None:
    """Celery counts weekdays from Sunday, which is 0."""
    schedule = job_of("Celery beat", "`crontab(hour=7, minute=30, day_of_week=1)`").schedule
    local = [due.astimezone(ZoneInfo("Europe/Berlin")) for due in dues(schedule, NOW, 60)]
    assert {(day.weekday(), day.hour, day.minute) for day in local} == {(0, 7, 30)}
    assert [after - day for day, after in pairwise(local)] == [timedelta(days=7)] * 59


def test_each_option_of_an_entry_of_beat_arrives() -> None:
    (job,) = example("Celery beat", zone="UTC").values()
    assert dues(job.schedule, NOW, 1) == [datetime(2026, 11, 23, 6, 30, tzinfo=timezone.utc)]
    assert (job.args, job.misfire_grace_time) == (("manager@example.com",), timedelta(minutes=10))
    assert job.run_on is RunOn.CELERY
