"""Variables of the environment in values, and what must not be seen of them."""

from __future__ import annotations

from typing import Any

import pytest
from blocks import codes, only_problem, read, read_job

from docassemble.Scheduler.core.problem import Severity

ENVIRON = {"MINUTES": "7", "EMPTY": "", "TAG": "blue", "S": "s3cret", "FIELD": "*/7", "OFF": "off"}


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("${MINUTES}", 420),
        ("${MINUTES:-5}", 420),
        ("${NOWHERE:-5}", 300),
        ("${EMPTY:-5}", 300),
        ("1${MINUTES}", 1020),
        ("${NOWHERE:-}${MINUTES}", 420),
    ],
)
def test_a_variable_gives_a_number(written: str, seconds: int) -> None:
    (job,) = read_job(f"minutes: {written}", environ=ENVIRON).jobs
    assert job.params == {"seconds": seconds}


def test_a_variable_gives_any_kind_of_value() -> None:
    keys = "minute: ${FIELD}\nenabled: ${OFF}\nservers: ['${TAG}']\nlock: a-${TAG}-${TAG}"
    (job,) = read_job(keys, environ=ENVIRON).jobs
    assert (job.params["minute"], job.enabled, job.servers, job.lock) == (-7, False, {"blue"}, "a-blue-blue")


def test_a_variable_in_arguments_is_put_in_wherever_it_stands() -> None:
    keys = "minutes: 5\nargs: [1, {a: ['${TAG}']}]\nkwargs: {b: 'x ${TAG}'}"
    (job,) = read_job(keys, environ=ENVIRON).jobs
    assert (job.args, job.kwargs) == ((1, {"a": ["blue"]}), {"b": "x blue"})


def test_what_the_configuration_holds_is_not_changed_by_a_job_that_changes_its_arguments() -> None:
    block: dict[str, Any] = {"a.b": {"minutes": 5, "args": [[1]]}}
    (job,) = read(str(block)).jobs
    job.args[0].append(2)
    assert block["a.b"]["args"] == [[1]]


def test_an_undefined_variable_in_arguments_stays_as_it_is_written() -> None:
    configuration = read_job("minutes: 5\nargs: ['${NOWHERE} ${TAG}']", environ=ENVIRON)
    assert configuration.jobs[0].args == ("${NOWHERE} blue",)
    assert codes(configuration, Severity.WARNING) == ["undefined-variable"]


@pytest.mark.parametrize("written", ["$MINUTES", "${}", "${1A}", "${A B}", "$${", "${A"])
def test_what_is_no_variable_is_left_alone(written: str) -> None:
    (job,) = read_job(f"minutes: 5\nlock: '{written}'").jobs
    assert job.lock == written


def test_a_variable_in_a_setting_is_put_in() -> None:
    assert (
        read("concurrency: ${MINUTES}\nnotify: {after: '${MINUTES}'}", environ=ENVIRON).settings.concurrency
        == 7
    )


@pytest.mark.parametrize(
    "keys",
    [
        *("minutes: ${S}", "every: ${S}", "every: 5 ${S}", "crontab: ${S} * * * *", "hour: ${S}"),
        *("minute: 5${S}", "day: '31'\nmonth: ${S}", "type: ${S}", "time zone: ${S}", "run at: ${S}"),
        *("start: ${S}\nminutes: 5", "enabled: ${S}\nminutes: 5", "overlap: ${S}\nminutes: 5"),
        *("function: ${S}\nminutes: 5", "run as: ${S}\nminutes: 5", "trigger: ${S}", "${S}: 5"),
        *("trigger: date\nparams: {run_date: '${S}'}", "monitor: ${S}\nminutes: 5", "args: ${S}\nminutes: 5"),
    ],
)
def test_what_the_environment_holds_is_never_shown(keys: str) -> None:
    def trigger_schedule(trigger: str, params: object, _zone: object) -> object:
        raise ValueError(f"{trigger} {params}")

    problems = read_job(keys, environ=ENVIRON, trigger_schedule=trigger_schedule).problems
    assert problems
    assert "s3cret" not in "".join(str(problem) for problem in problems)


def test_a_day_that_the_environment_made_impossible_is_not_shown() -> None:
    problem = only_problem(read_job("day: ${D}\nmonth: 2\nhour: 0\nminute: 0", environ={"D": "31"}))
    assert problem.code == "impossible-schedule"
    assert "31" not in str(problem)


def test_a_problem_names_the_variable_to_look_at() -> None:
    problem = only_problem(read_job("minutes: ${S}", environ=ENVIRON))
    assert problem.sentence == "`${S}` cannot be used, as the environment has it."
    assert problem.hint == "See what S is set to."


@pytest.mark.parametrize(
    "keys",
    [
        *(
            "args: hunter2",
            "args: {a: hunter2}",
            "kwargs: hunter2",
            "kwargs: {5: hunter2}",
            "kwarg: {a: hunter2}",
        ),
        *("args: ['${X} hunter2']", "kwargs: {a: '${X} hunter2'}", "monitor: hunter2", "password: hunter2"),
        *("monitor: 'ftp://hunter2.example'", "Args: [hunter2]\nargs: [hunter2]", "args: &a [*a, hunter2]"),
    ],
)
def test_what_may_be_a_secret_is_never_shown(keys: str) -> None:
    problems = read_job(f"minutes: 5\n{keys}").problems
    assert problems
    assert "hunter2" not in "".join(str(problem) for problem in problems)


@pytest.mark.parametrize(
    "block", ["test.job: [hunter2]", "test.job: hunter2", "defaults: {kwargs: [hunter2]}"]
)
def test_what_may_be_a_secret_is_not_shown_in_a_broken_block_either(block: str) -> None:
    problems = read(block).problems
    assert problems
    assert "hunter2" not in "".join(str(problem) for problem in problems)
