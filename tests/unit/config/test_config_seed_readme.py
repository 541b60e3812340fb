"""The configurations that version 0.2.x documents, unchanged."""

from __future__ import annotations

import pytest
from blocks import codes, read

from docassemble.Scheduler.core.problem import Severity
from tests.readme_of_0_2 import CONTEXT, FIRST, HANDLER, PACKAGE, SAME_FUNCTION


@pytest.mark.parametrize("block", [FIRST, PACKAGE, SAME_FUNCTION, HANDLER, CONTEXT])
def test_a_documented_block_has_no_problem(block: str) -> None:
    assert codes(read(block)) == []


def test_the_first_example_gives_its_three_jobs() -> None:
    configuration = read(FIRST)
    assert configuration.settings.log_level == "DEBUG"
    assert [(job.name, job.type, job.params) for job in configuration.jobs] == [
        ("test.heartbeat", "cron", {"minute": 1, "hour": 0, "day": 1, "month": -1, "weekday": -1}),
        ("test.test_arbitrary_params", "interval", {"seconds": 60}),
        (
            "docassemble.playground1.test_py_file.function_name",
            "cron",
            {"minute": -5, "hour": -1, "day": -1, "month": -1, "weekday": -1},
        ),
    ]


def test_arguments_are_handed_on() -> None:
    job = read(FIRST).jobs[1]
    assert job.args == ("positional_value_1", "positional_value_2")
    assert job.kwargs == {"optional_param": "optional_value"}


def test_a_word_after_a_space_tells_two_uses_of_a_function_apart() -> None:
    jobs = read(SAME_FUNCTION).jobs
    assert [(job.name, job.function) for job in jobs] == [
        ("postgres_db_backup.run 1", "postgres_db_backup.run"),
        ("postgres_db_backup.run 2", "postgres_db_backup.run"),
    ]


def test_the_handler_for_all_jobs_overrides_that_of_the_job() -> None:
    assert read(HANDLER).jobs[0].error_handler == "some.error.handler"


def test_the_context_manager_is_carried_as_it_is_named() -> None:
    assert read(CONTEXT).jobs[0].contextmanager == "test_context.SchedulerContext"


@pytest.mark.parametrize(
    ("value", "number"), [("'*'", -1), ("'*/5'", -5), ("-5", -5), ("'-5'", -5), ("'7'", 7), ("0", 0)]
)
def test_a_field_is_uwsgis_number_for_error_handlers(value: str, number: int) -> None:
    assert read(f"a.b: {{type: cron, minute: {value}}}").jobs[0].params["minute"] == number


def test_a_field_that_uwsgi_has_no_number_for_stays_text() -> None:
    assert read("a.b: {type: cron, minute: '1,5-7'}").jobs[0].params["minute"] == "1,5-7"


@pytest.mark.parametrize(
    "block",
    [
        "a.b: {type: cron}",
        "a.b: {type: interval, minutes: '5', hours: 0}",
        "a.b: {type: interval, minutes: 5, name: x, hour: 3}",
        "a.b: {type: cron, minute: 5, seconds: x, timeout: 3}",
        "a.b: {type: interval, minutes: 5, args: , kwargs: , contextmanager: , error handler: }",
        "a.b: {type: interval, minutes: 5, args: [], kwargs: {}, contextmanager: '', error handler: ''}",
        "a.b: {type: interval, minutes: 5, args: ['${NOT_MEANT}']}",
        "a.b: {type: cron, minute: 5.0, hour: '05', day: ' 1 '}",
        "log level: Warn\na.b: {type: interval, minutes: 5}",
    ],
)
def test_what_0_2_took_is_still_scheduled(block: str) -> None:
    configuration = read(block)
    assert [job.name for job in configuration.jobs] == ["a.b"]
    assert codes(configuration, Severity.ERROR) == []
