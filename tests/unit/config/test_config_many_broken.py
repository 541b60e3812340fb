"""Forty broken jobs among five good ones."""

from __future__ import annotations

import pytest
from blocks import read

from docassemble.Scheduler.config import Configuration, SourceFindings
from docassemble.Scheduler.core.problem import Severity

BROKEN = [
    "",
    "[]",
    "text",
    "5",
    "{minute: '*/x'}",
    "{minute: '*/0'}",
    "{minute: 99}",
    "{minute: [1, 99]}",
    "{minute: {a: 1}}",
    "{minute: ''}",
    "{minute: on}",
    "{minute: 1.5}",
    "{minute: 12:30}",
    "{minute: 2026-01-01}",
    "{month: -13}",
    "{minutes: -5}",
    "{minutes: 0}",
    "{seconds: 0}",
    "{seconds: 0.5}",
    "{minutes: null}",
    "{minutes: [5]}",
    "{minutes: 1e400}",
    "{minuts: 5}",
    "{type: intervall, minutes: 5}",
    "{type: [cron], minute: 5}",
    "{type: interval, minute: 5}",
    "{minutes: 5, hour: 5}",
    "{day: 31, month: 4, hour: 0, minute: 0}",
    "{crontab: 0 0 30 2 *}",
    "{crontab: '* * *'}",
    "{crontab: 5 5 5 5 5 5 5}",
    "{minutes: 5, time zone: Europe/Nowhere}",
    "{minutes: 5, args: 5}",
    "{minutes: 5, kwargs: [5]}",
    "{minutes: 5, contextmanager: Class}",
    "{minutes: 5, enabled: perhaps}",
    "{run at: '2026-13-01'}",
    "{run at: '2026-02-30'}",
    "{minutes: 5, start: 2027-02-01, end: 2027-01-01}",
    "{minutes: '${NOWHERE}'}",
]
GOOD = {
    "test.good 1": "{minutes: 5}",
    "test.good 2": "{type: cron, minute: '*/5'}",
    "test.good 3": "{crontab: '@daily'}",
    "test.good 4": "{every: 90 seconds, args: [1]}",
    "test.good 5": "{run at: 2027-01-01}",
}


@pytest.fixture(scope="module")
def configuration() -> Configuration:
    blocks = {f"test.broken_{number}": block for number, block in enumerate(BROKEN)}
    doubled = SourceFindings(doubled=(("scheduler", "test.good 1"),))
    lines = [f"{name}: {block}" for name, block in {**blocks, **GOOD, "nodot": "{minutes: 5}"}.items()]
    return read("\n".join(lines), source=doubled)


def test_there_are_forty_of_them() -> None:
    assert len(BROKEN) == 40


def test_the_good_ones_survive(configuration: Configuration) -> None:
    assert [job.name for job in configuration.jobs] == list(GOOD)


@pytest.mark.parametrize("number", range(len(BROKEN)))
def test_each_broken_one_has_its_own_error_with_path_sentence_and_hint(
    configuration: Configuration, number: int
) -> None:
    errors = [
        problem
        for problem in configuration.problems
        if problem.path[1] == f"test.broken_{number}" and problem.severity is Severity.ERROR
    ]
    assert errors
    assert all(problem.sentence and problem.hint for problem in errors)


def test_a_name_that_stands_twice_in_the_file_is_told(configuration: Configuration) -> None:
    (problem,) = (each for each in configuration.problems if each.code == "doubled-key")
    assert problem.path == ("scheduler", "test.good 1")
    assert problem.hint == "Tell them apart by a word after a space: `test.good 1 2`."
