"""Values that are huge, deep or endless, and triggers that raise: reading them gives a configuration."""

from __future__ import annotations

from typing import Any

import pytest
from blocks import NOW

from docassemble.Scheduler.config import parse
from docassemble.Scheduler.config.keys import JOB_KEYS

OPTIONS: dict[str, Any] = {"zone": "UTC", "environ": {}, "now": NOW}


def failing_trigger(*_: object) -> object:
    raise AttributeError("a trigger of somebody else")


def test_a_trigger_of_somebody_else_may_raise_anything() -> None:
    block = {"good.job": {"minutes": 5}, "test.job": {"trigger": "theirs"}}
    configuration = parse(block, **OPTIONS, trigger_schedule=failing_trigger)
    assert [job.name for job in configuration.jobs] == ["good.job"]
    assert [problem.code for problem in configuration.problems] == ["bad-trigger"]


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
