"""Settings, and the defaults of all jobs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from blocks import codes, only_problem, read

from docassemble.Scheduler.config import Settings
from docassemble.Scheduler.core.alerts import AlertPolicy
from docassemble.Scheduler.core.job import Overlap
from docassemble.Scheduler.core.problem import Severity
from docassemble.Scheduler.core.settings import LogFormat
from docassemble.Scheduler.schedules.simple import Interval

#: a server that says nothing about itself is one that does everything
ROLES = frozenset(["all", "celery", "cron", "log", "mail", "rabbitmq", "redis", "sql", "web"])
DEFAULTS = Settings(time_zone="Europe/Berlin", server_tags=ROLES)

ALL = """
log level: Debug
log format: JSON
log handlers: [docassemble.MyPackage.logs.handler, logging.StreamHandler]
log sql: true
error handler: module.handler
time zone: Asia/Tokyo
concurrency: 3
misfire grace time: -1
keep history: 1 week
server tags: [blue, green]
notify: {email: [a@b.c, d@e.f], after: 3 failures, every: 2 hours, on recovery: false, variables: true}
defaults: {retries: 2}
dashboard: false
api: false
api functions: [docassemble.MyPackage.reports.weekly, "docassemble.MyPackage.mails.*", lonely.*]
"""


def test_every_setting_is_carried() -> None:
    assert read(ALL).settings == Settings(
        log_level="DEBUG",
        log_format=LogFormat.JSON,
        log_handlers=("docassemble.MyPackage.logs.handler", "logging.StreamHandler"),
        log_sql=True,
        error_handler="module.handler",
        time_zone="Asia/Tokyo",
        concurrency=3,
        misfire_grace_time=None,
        keep_history=timedelta(days=7),
        server_tags=frozenset({"blue", "green"}),
        notify=AlertPolicy(
            email=("a@b.c", "d@e.f"), after=3, every=timedelta(hours=2), on_recovery=False, variables=True
        ),
        defaults={"retries": 2},
        dashboard=False,
        api=False,
        api_functions=(
            "docassemble.MyPackage.reports.weekly",
            "docassemble.MyPackage.mails.*",
            "lonely.*",
        ),
    )


@pytest.mark.parametrize("block", ["", "{}"])
def test_without_a_block_there_are_the_defaults_and_no_problem(block: str) -> None:
    configuration = read(block)
    assert configuration.settings == DEFAULTS
    assert (configuration.jobs, configuration.problems) == ((), ())


@pytest.mark.parametrize(
    "bad",
    [
        "log level: loud",
        "log format: xml",
        "log handlers: [handler]",
        "log sql: loud",
        "concurrency: many",
        "misfire grace time: never",
        "keep history: -1",
        "dashboard: 3",
        "time zone: Mars",
        "server tags: {}",
        "notify: {every: x}",
        "defaults: []",
        "error handler: x",
        "api: sometimes",
        "api functions: '*'",
        "api functions: ['os.path.*', work]",
    ],
)
def test_a_bad_setting_falls_back_to_its_default(bad: str) -> None:
    configuration = read(f"{bad}\ntest.job: {{minutes: 5}}")
    assert configuration.settings == DEFAULTS
    assert [job.name for job in configuration.jobs] == ["test.job"]


def test_a_zone_of_docassemble_that_is_none_becomes_utc() -> None:
    configuration = read("test.job: {minutes: 5}", zone="Middle/Earth")
    assert configuration.settings.time_zone == "UTC"
    assert only_problem(configuration).path == ("timezone",)


@pytest.mark.parametrize(
    ("environ", "tags"),
    [
        ({}, ROLES),
        ({"CONTAINERROLE": ":all:east:"}, {*ROLES, "east"}),
        ({"CONTAINERROLE": ":web:celery:"}, {"web", "celery"}),
        ({"CONTAINERROLE": "all", "DA_SCHEDULER_TAGS": "blue, green"}, {"blue", "green"}),
    ],
)
def test_without_a_setting_the_environment_tells_the_tags(environ: dict[str, str], tags: set[str]) -> None:
    assert read("", environ=environ).settings.server_tags == tags


@pytest.mark.parametrize(
    ("variable", "seconds"), [("", 10), ("2", 2), ("0", 10), ("often", 10), ("-1", 10), ("9" * 5000, 10)]
)
def test_only_the_environment_changes_the_heartbeat(variable: str, seconds: int) -> None:
    variables = {"DA_SCHEDULER_HEARTBEAT": variable} if variable else {}
    assert read("", environ=variables).settings.heartbeat == timedelta(seconds=seconds)


def test_the_grace_time_of_a_job_is_that_of_the_settings() -> None:
    (job,) = read("misfire grace time: 1 hour\ntest.job: {minutes: 5}").jobs
    assert job.misfire_grace_time == timedelta(hours=1)


def test_one_function_needs_no_list() -> None:
    assert read("api functions: docassemble.MyPackage.*").settings.api_functions == (
        "docassemble.MyPackage.*",
    )


def test_one_address_needs_no_list() -> None:
    assert read("notify: {email: a@b.c, after: 2}").settings.notify == AlertPolicy(email=("a@b.c",), after=2)


def test_defaults_are_for_all_jobs_and_the_job_wins() -> None:
    block = (
        "defaults: {overlap: queue, lock: x, error handler: a.b}\na.b: {minutes: 5}\nc.d: {hours: 1, lock: y}"
    )
    jobs = read(block).jobs
    assert [(job.overlap, job.lock, job.error_handler) for job in jobs] == [
        (Overlap.QUEUE, "x", "a.b"),
        (Overlap.QUEUE, "y", "a.b"),
    ]


def test_the_schedule_of_defaults_is_for_jobs_without_one() -> None:
    block = "defaults: {type: interval, minutes: 5}\na.b: {description: x}\nc.d: {hour: 3, minute: 0}"
    configuration = read(block)
    assert [(job.name, job.type) for job in configuration.jobs] == [("a.b", "interval"), ("c.d", "cron")]
    assert configuration.problems == ()


def test_a_zone_of_defaults_holds_for_the_schedules_of_the_jobs() -> None:
    (job,) = read("defaults: {time zone: Asia/Tokyo}\na.b: {hour: 3, minute: 0}").jobs
    assert job.time_zone == "Asia/Tokyo"


@pytest.mark.parametrize(
    ("defaults", "path"),
    [
        ("retries: x", ("retries",)),
        ("hour: 3", ("hour",)),
        ("foo: 3", ("foo",)),
        ("time zone: Mars", ("time zone",)),
    ],
)
def test_a_problem_of_defaults_is_one_problem(defaults: str, path: tuple[str, ...]) -> None:
    configuration = read(f"defaults: {{{defaults}}}\na.b: {{minutes: 5}}\nc.d: {{minutes: 5}}")
    assert only_problem(configuration).path == ("scheduler", "defaults", *path)
    assert len(configuration.jobs) == 2


@pytest.mark.parametrize(
    ("defaults", "code", "key"),
    [
        ("end: 2027-01-01", "impossible-schedule", "end"),
        ("max runtime: 2 hours", "sure-to-overlap", "max runtime"),
    ],
)
def test_a_default_that_does_not_fit_one_job_is_a_problem_of_that_job(
    defaults: str, code: str, key: str
) -> None:
    block = f"defaults: {{{defaults}}}\na.b: {{hours: 1, start: 2028-01-01}}\nc.d: {{weeks: 1}}"
    (problem,) = (each for each in read(block).problems if each.code == code)
    assert problem.path == ("scheduler", "a.b", key)


def test_a_bad_default_is_the_default_of_the_default() -> None:
    (job,) = read("defaults: {retries: x}\na.b: {minutes: 5}").jobs
    assert job.retries == 0


def test_a_job_that_relies_on_a_bad_schedule_of_defaults_says_so() -> None:
    configuration = read("defaults: {minutes: x}\na.b: {description: y}\nc.d: {hours: 1}")
    assert [job.schedule for job in configuration.jobs] == [Interval(timedelta(hours=1))]
    assert codes(configuration, Severity.ERROR) == ["bad-number", "bad-defaults"]
