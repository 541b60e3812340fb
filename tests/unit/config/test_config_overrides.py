"""Variables that set values: the environment wins over `.env`, and that over the file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from blocks import NOW, codes, only_problem, read
from hypothesis import given
from hypothesis import strategies as st

from docassemble.Scheduler.config import Configuration, EnvFile, Line, SourceFindings, YamlPitfall, parse
from docassemble.Scheduler.config.keys import JOB_KEYS, NOTIFY_KEYS, SETTING_KEYS
from docassemble.Scheduler.core.problem import Severity

P = "DA_SCHEDULER__"
JOB = "test.job: {minutes: 5}"


def env_file(**variables: str) -> EnvFile:
    """Return a `.env` with one variable a line."""
    lines = enumerate(variables.items(), start=1)
    return EnvFile(lines={name: Line(text, number) for number, (name, text) in lines})


def with_variable(name: str, value: str, block: str = JOB, **options: Any) -> Configuration:
    return read(block, environ={P + name: value}, **options)


def told(configuration: Configuration) -> list[str]:
    return list(map(str, configuration.overrides))


# what wins


@pytest.mark.parametrize(
    ("environ", "file", "block", "level", "why"),
    [
        ({}, {}, "log level: error", "ERROR", []),
        ({}, {f"{P}LOG_LEVEL": "debug"}, "", "DEBUG", ["line 1 of .env"]),
        (
            {},
            {"OTHER": "1", f"{P}LOG_LEVEL": "debug"},
            "Log-Level: error",
            "DEBUG",
            ["line 2 of .env, not by the file"],
        ),
        (
            {f"{P}LOG_LEVEL": "warning"},
            {f"{P}LOG_LEVEL": "debug"},
            "log level: error",
            "WARNING",
            ["the environment, not by line 1 of .env or the file"],
        ),
        ({f"{P}LOG_LEVEL": ""}, {}, "log level: error", "ERROR", []),
        ({f"{P}LOG_LEVEL": ""}, {f"{P}LOG_LEVEL": "debug"}, "", "DEBUG", ["line 1 of .env"]),
    ],
)
def test_the_environment_wins_over_the_env_file_and_that_over_the_file(
    environ: Mapping[str, str], file: Mapping[str, str], block: str, level: str, why: list[str]
) -> None:
    configuration = read(block, environ=environ, env_file=env_file(**file))
    assert configuration.settings.log_level == level
    assert told(configuration) == [f"scheduler -> log level: set by {P}LOG_LEVEL in {each}" for each in why]
    assert configuration.problems == ()


def test_of_two_spellings_that_of_the_environment_wins() -> None:
    file = env_file(**{f"{P}TIME_ZONE": "Asia/Tokyo"})
    configuration = with_variable("TIMEZONE", "Europe/Paris", "time zone: UTC", env_file=file)
    assert configuration.settings.time_zone == "Europe/Paris"
    (line,) = told(configuration)
    assert line.endswith(f"{P}TIMEZONE in the environment, not by {P}TIME_ZONE (line 1 of .env)")


# what can be set


@pytest.mark.parametrize(
    ("name", "value", "field", "expected"),
    [
        ("CONCURRENCY", "3", "concurrency", 3),
        ("DASHBOARD", "off", "dashboard", False),
        ("SERVER_TAGS", "blue, green", "server_tags", {"blue", "green"}),
        ("SERVER_TAGS", '["blue", "green"]', "server_tags", {"blue", "green"}),
        ("API_FUNCTIONS", '["a.b", "c.*"]', "api_functions", ("a.b", "c.*")),
        ("LOG_LEVEL", '"debug"', "log_level", "DEBUG"),
        ("KEEP_HISTORY", "2 days", "keep_history", timedelta(days=2)),
    ],
)
def test_a_setting(name: str, value: str, field: str, expected: object) -> None:
    assert getattr(with_variable(name, value).settings, field) == expected


def test_keys_of_notify_and_defaults() -> None:
    configuration = with_variable("NOTIFY__EMAIL", "a@example.com", f"{JOB}\nNotify: {{after: 3}}")
    assert configuration.settings.notify.email == ("a@example.com",)
    assert configuration.settings.notify.after == 3
    assert with_variable("DEFAULTS__RETRIES", "3").jobs[0].retries == 3


@pytest.mark.parametrize(
    ("name", "value", "field", "expected"),
    [
        ("RETRIES", "3", "retries", 3),
        ("ENABLED", "false", "enabled", False),
        ("ARGS", '[1, "${HOME}", {"a": null}]', "args", (1, "${HOME}", {"a": None})),
        ("KWARGS", '{"Name": "x"}', "kwargs", {"Name": "x"}),
        ("DESCRIPTION", "at 12:30, ${HOME} stays", "description", "at 12:30, ${HOME} stays"),
        ("SECONDS", "10", "params", {"seconds": 310}),
    ],
)
def test_a_key_of_a_job(name: str, value: str, field: str, expected: object) -> None:
    configuration = with_variable(f"JOBS__TEST_JOB__{name}", value)
    assert getattr(configuration.jobs[0], field) == expected
    assert configuration.problems == ()


@pytest.mark.parametrize(
    ("job", "written"),
    [
        ("test.heartbeat 2", "TEST_HEARTBEAT_2"),
        ("docassemble.MyPackage.jobs.say__it", "DOCASSEMBLE_MYPACKAGE_JOBS_SAY_IT"),
        ("  (Nightly) - backup!", "NIGHTLY_BACKUP"),
        ("Резервная копия", "РЕЗЕРВНАЯ_КОПИЯ"),
    ],
)
def test_a_name_is_written_in_capitals_with_one_underscore_for_all_between_its_words(
    job: str, written: str
) -> None:
    block = f"'{job}': {{function: a.b, minutes: 5}}\nother.job: {{minutes: 5}}"
    jobs = with_variable(f"JOBS__{written}__MINUTES", "7", block).jobs
    assert [each.params["seconds"] for each in jobs] == [420, 300]


def test_a_job_with_nothing_below_its_name_has_what_variables_give_it() -> None:
    (job,) = with_variable("JOBS__TEST_JOB__EVERY", "7 minutes", "test.job:").jobs
    assert job.params == {"seconds": 420}


@pytest.mark.parametrize(
    ("table", "prefix", "block"),
    [
        (SETTING_KEYS, "", "test.job: {minutes: 5}"),
        (NOTIFY_KEYS, "NOTIFY__", "notify: {}"),
        (JOB_KEYS, "DEFAULTS__", ""),
        (JOB_KEYS, "JOBS__TEST_JOB__", "test.job: {minutes: 5}"),
    ],
)
def test_every_key_can_be_set(table: Mapping[str, Any], prefix: str, block: str) -> None:
    for name, key in table.items():
        if not key.section:
            configuration = with_variable(f"{prefix}{name.upper().replace(' ', '_')}", "x", block)
            assert [each.path[-1] for each in configuration.overrides] == [key.name]


# what is wrong


@pytest.mark.parametrize(
    ("name", "sentence", "hint"),
    [
        ("DA_SCHEDULER__LOG_LEVL", "names no setting: `LOG_LEVL`", "Did you mean `LOG_LEVEL`?"),
        ("DA_SCHEDULER__NOTHING_LIKE_IT", "names no setting", "Two underscores are a level"),
        ("DA_SCHEDULER__DEFAULTS__RETRY", "names no key: `RETRY`", "Did you mean `RETRIES`?"),
        ("DA_SCHEDULER__NOTIFY__EMIAL", "names no key: `EMIAL`", "Did you mean `EMAIL`?"),
        ("DA_SCHEDULER__DEFAULTS", "ends before the key", "Add `__` and the key."),
        ("DA_SCHEDULER__", "ends before the key", "Add `__` and the key."),
        ("DA_SCHEDULER__JOBS", "names no job", "makes none"),
        ("DA_SCHEDULER__JOBS__TEST_JOB", "ends before the key", "Add `__` and the key."),
        ("DA_SCHEDULER__JOBS__TEST_JBO__EVERY", "names no job: `TEST_JBO`", "Did you mean `TEST_JOB`?"),
        ("DA_SCHEDULER__JOBS__TEST_JOB__EVRY", "names no key: `EVRY`", "Did you mean `EVERY`?"),
        ("DA_SCHEDULER__JOBS__TEST_JOB__KWARGS__A", "names no key", "Did you mean `KWARGS`?"),
        ("DA_SCHEDULER__JOBS__TEST_JOB__RETRY__DELAY", "names no key", "`RETRY_DELAY`"),
        ("DA_SCHEDULER__JOBS__A_B__EVERY", "names more than one job: `a b` and `A-b`", "Rename"),
        ("DA_SCHEDULER__JOBS__LIST__EVERY", "is for `list`, which is no mapping", ""),
        ("DA_SCHEDULER__LOG_LEVEL__DEBUG", "goes on below `LOG_LEVEL`", "JSON"),
        ("DA_SCHEDULER_LOG_LEVEL", "is written like", "Begin it with `DA_SCHEDULER__`"),
        ("da_scheduler__log_level", "is written like", "capitals"),
        ("DA_SCHEDULER__Log_Level", "is written like", "capitals"),
    ],
)
def test_a_variable_that_names_nothing_is_a_problem_and_changes_nothing(
    name: str, sentence: str, hint: str
) -> None:
    block = f"{JOB}\na b: {{function: a.b, minutes: 5}}\nA-b: {{function: a.b, minutes: 5}}\nlist: []"
    plain, configuration = read(block), read(block, environ={name: "s3cret"})
    (problem,) = [each for each in configuration.problems if each.code == "unknown-variable"]
    assert (problem.path, problem.severity) == (("environment", name), Severity.WARNING)
    assert f"This variable {sentence}" in problem.sentence
    assert hint in problem.hint
    assert "s3cret" not in str(problem)
    assert (configuration.jobs, configuration.settings) == (plain.jobs, plain.settings)


def test_a_problem_of_the_env_file_names_the_line() -> None:
    problem = only_problem(read(JOB, env_file=env_file(OTHER="1", DA_SCHEDULER__X="1")))
    assert problem.path == ("line 2 of .env", "DA_SCHEDULER__X")


def test_of_many_variables_that_name_nothing_some_are_told_one_by_one() -> None:
    problems = read("", environ={f"{P}X{number}": "1" for number in range(500)}).problems
    assert len(problems) == 21
    assert "480 more" in problems[-1].sentence


@pytest.mark.parametrize("value", ["[", "{a: 1}", "[a, b]", '"', "[" * 100_000, f"[{'9' * 5000}]"])
def test_what_begins_like_json_and_is_none_is_an_error_and_the_file_counts(value: str) -> None:
    configuration = with_variable("JOBS__TEST_JOB__ARGS", value, "test.job: {minutes: 5, args: [1]}")
    assert codes(configuration, Severity.ERROR) == ["bad-json"]
    assert configuration.jobs[0].args == (1,)


@pytest.mark.parametrize(
    ("environ", "file", "place"),
    [
        ({f"{P}JOBS__TEST_JOB__MINUTES": "s3cret"}, {}, f"{P}JOBS__TEST_JOB__MINUTES"),
        ({}, {f"{P}JOBS__TEST_JOB__MINUTES": "s3cret"}, f"{P}JOBS__TEST_JOB__MINUTES (line 1 of .env)"),
        (
            {},
            {f"{P}JOBS__TEST_JOB__RETRIES": "[]", f"{P}JOBS__TEST_JOB__MONITOR": "s3cret"},
            "MONITOR (line 2",
        ),
    ],
)
def test_a_value_that_is_refused_is_not_shown_but_where_it_stands(
    environ: Mapping[str, str], file: Mapping[str, str], place: str
) -> None:
    configuration = read(JOB, environ=environ, env_file=env_file(**file))
    assert configuration.jobs == ()
    text = " ".join(map(str, configuration.problems))
    assert place in text
    assert "s3cret" not in text


def test_a_text_that_a_variable_has_set_is_shown_as_its_name() -> None:
    (job,) = with_variable("JOBS__TEST_JOB__LOCK", "s3cret").jobs
    assert (job.lock, job.shown("lock")) == ("s3cret", f"${{{P}JOBS__TEST_JOB__LOCK}}")


def test_what_yaml_made_of_a_value_that_has_no_effect_is_no_problem() -> None:
    pitfall = YamlPitfall(path=("scheduler", "test.job", "Minutes"), written="010", value=8)
    source = SourceFindings(pitfalls=(pitfall,))
    block = "test.job: {Minutes: 8}"
    assert codes(read(block, source=source)) == ["yaml-surprise"]
    assert codes(with_variable("JOBS__TEST_JOB__MINUTES", "7", block, source=source)) == []


def test_a_variable_of_the_env_file_is_put_in_and_one_of_the_environment_wins() -> None:
    block, file = "test.job: {minutes: '${MINUTES}'}", env_file(MINUTES="7")
    assert read(block, env_file=file).jobs[0].params == {"seconds": 420}
    assert read(block, env_file=file, environ={"MINUTES": "8"}).jobs[0].params == {"seconds": 480}
    problem = only_problem(read(block, env_file=env_file(MINUTES="s3cret")))
    assert problem.hint == "See what MINUTES (line 1 of .env) is set to."


def test_of_the_env_file_only_what_is_named_or_ours_has_an_effect() -> None:
    file = env_file(CONTAINERROLE="celery", LOG_LEVEL="debug", DA_SCHEDULER_TAGS="blue")
    assert read(JOB, env_file=file).settings.server_tags == {"blue"}
    plain, other = read(JOB), read(JOB, env_file=env_file(CONTAINERROLE="celery", LOG_LEVEL="debug"))
    assert (other.settings, other.problems) == (plain.settings, ())


def test_the_block_that_docassemble_has_is_left_alone() -> None:
    block: dict[str, Any] = {"defaults": {"retries": 1}, "test.job": {"minutes": 5}}
    environ = {f"{P}DEFAULTS__RETRIES": "3", f"{P}JOBS__TEST_JOB__MINUTES": "7", f"{P}LOG_LEVEL": "debug"}
    read_block(block, environ)
    assert block == {"defaults": {"retries": 1}, "test.job": {"minutes": 5}}


NAMES = st.lists(
    st.sampled_from(
        ["JOBS", "TEST_JOB", "DEFAULTS", "NOTIFY", "EVERY", "ARGS", "LOG_LEVEL", "", "_", "\ud800"]
    )
    | st.text(max_size=5),
    max_size=5,
)
BLOCKS = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["defaults", "notify", "test.job", "every"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(levels=NAMES, value=st.text(max_size=20), block=BLOCKS)
def test_no_variable_and_no_block_make_it_raise(levels: list[str], value: str, block: object) -> None:
    read_block(block, {P + "__".join(levels): value})


def read_block(block: object, environ: Mapping[str, str]) -> Configuration:
    return parse(block, zone="UTC", environ=environ, now=NOW)
