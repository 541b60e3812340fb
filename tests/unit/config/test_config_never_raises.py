"""Whatever YAML can hold, reading it gives a configuration, and the good jobs in it survive."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from blocks import NOW
from hypothesis import given
from hypothesis import strategies as st

from docassemble.Scheduler.config import parse
from docassemble.Scheduler.config.keys import JOB_KEYS, NOTIFY_KEYS, SETTING_KEYS
from docassemble.Scheduler.problem import Severity
from tests.profiles import examples

WORDS = [
    *("5 minutes", "*/5", "-1", "mon", "1-5", "@daily", "* * * * *", "${A}", "${B:-x}", "interval", "cron"),
    *("date", "apscheduler", "Europe/Berlin", "2027-01-01", "test.job", "a@b.c", "http://a/b", "yes", ""),
]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-100, 100_000),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(WORDS),
    st.dates(),
    st.datetimes(),
    st.datetimes(timezones=st.timezones()),
    st.binary(max_size=5),
)
KEYS = st.one_of(
    st.sampled_from([*JOB_KEYS, *NOTIFY_KEYS, *SETTING_KEYS]),
    st.text(max_size=12),
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.dates(),
    st.tuples(st.integers(), st.text(max_size=3)),
)
VALUES = st.recursive(
    SCALARS,
    lambda below: st.one_of(st.lists(below, max_size=4), st.dictionaries(KEYS, below, max_size=6)),
    max_leaves=25,
)
JOBS = st.dictionaries(
    st.one_of(KEYS, st.sampled_from(["test.job", "test.other 2", "a.b.c"])),
    st.one_of(st.dictionaries(st.sampled_from(list(JOB_KEYS)), VALUES, max_size=6), VALUES),
    max_size=8,
)


OPTIONS: dict[str, Any] = {"zone": "UTC", "environ": {}, "now": NOW}


def failing_trigger(*_: object) -> object:
    raise AttributeError("a trigger of somebody else")


@examples(200)
@given(
    block=st.one_of(JOBS, VALUES), zone=st.sampled_from(["Europe/Berlin", "Africa/Casablanca", "nowhere", ""])
)
def test_reading_never_raises(block: object, zone: str) -> None:
    configuration = parse(block, zone=zone, environ={"A": "*/7"}, now=NOW, trigger_schedule=failing_trigger)
    assert all(str(problem) for problem in configuration.problems)
    names = [job.name for job in configuration.jobs]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("key", [*JOB_KEYS, pytest.param(10**5000, id="huge")])
def test_a_number_that_python_refuses_to_write_out_does_no_harm(key: object) -> None:
    job = {"type": "interval", "minutes": 5, key: 10**5000}
    configuration = parse({"good.job": {"minutes": 5}, "test.job": job, key: 10**5000}, **OPTIONS)
    assert configuration.jobs[0].name == "good.job"
    assert all(problem.sentence and problem.hint is not None for problem in configuration.problems)


def test_a_block_as_deep_as_yaml_can_hold_does_no_harm() -> None:
    deep: list[object] = []
    for _ in range(900):
        deep = [deep]
    problems = parse({"test.job": {"minutes": 5, "args": deep, "kwargs": {"a": deep}}}, **OPTIONS).problems
    assert [problem.code for problem in problems] == ["bad-arguments", "bad-arguments"]


def test_a_list_that_is_aliased_a_billion_times_takes_no_time() -> None:
    laughs: list[object] = ["ha"]
    for _ in range(30):
        laughs = [laughs] * 10
    problems = parse({"test.job": {"minutes": 5, "args": laughs}}, **OPTIONS).problems
    assert [problem.code for problem in problems] == ["bad-arguments"]


@examples(100)
@given(block=JOBS)
def test_good_jobs_survive_whatever_stands_beside_them(block: dict[object, object]) -> None:
    good: dict[object, object] = {
        "good.interval": {"minutes": 5, "args": [date(2026, 1, 1)]},
        "good.cron": {"crontab": "*/5 * * * *"},
        "good.date": {"run at": date(2027, 5, 5)},
    }
    beside = {key: value for key, value in block.items() if str(key)[:8].lower().strip() != "defaults"}
    jobs = parse({**beside, **good}, zone="UTC", environ={}, now=NOW).jobs
    assert {job.name for job in jobs} >= set(good)


@examples(100)
@given(keys=st.dictionaries(st.sampled_from(list(JOB_KEYS)), VALUES, max_size=6))
def test_a_job_is_either_there_or_has_an_error(keys: dict[str, object]) -> None:
    configuration = parse({"test.job": keys}, zone="UTC", environ={}, now=NOW)
    errors = [problem for problem in configuration.problems if problem.severity is Severity.ERROR]
    assert bool(configuration.jobs) is not bool(errors)
