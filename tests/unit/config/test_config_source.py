"""What the text of the file adds."""

from __future__ import annotations

import pytest
from blocks import only_problem, read_job

from docassemble.Scheduler.config import SourceFindings, YamlPitfall
from docassemble.Scheduler.core.problem import Severity


def pitfall(*path: str, written: str, value: float, is_key: bool = False) -> SourceFindings:
    found = YamlPitfall(path=("scheduler", "test.job", *path), written=written, value=value, is_key=is_key)
    return SourceFindings(pitfalls=(found,))


def test_a_surprise_is_the_hint_of_the_problem_at_its_place() -> None:
    source = pitfall("minute", written="12:30", value=750)
    problem = only_problem(read_job("minute: 12:30", source=source))
    assert problem.hint == "`12:30` without quotes is 750 in YAML 1.1: quote it."


def test_a_surprise_stands_before_another_hint() -> None:
    source = pitfall("minute", written="0100", value=64)
    problem = only_problem(read_job("minute: 64", source=source))
    assert problem.hint.startswith("`0100` without quotes is 64 in YAML 1.1: quote it. It may be 0-59")


@pytest.mark.parametrize(
    ("path", "written", "value"),
    [
        (("minutes",), "010", 8),
        (("every",), "1:30", 90),
        (("lock",), "on", True),
        (("kwargs", "a"), "010", 8),
        (("every",), "1:30.5", 90.5),
    ],
)
def test_a_value_that_is_taken_but_not_as_written_is_a_warning(
    path: tuple[str, ...], written: str, value: float
) -> None:
    problem = only_problem(read_job("minutes: 8", source=pitfall(*path, written=written, value=value)))
    assert (problem.code, problem.severity) == ("yaml-surprise", Severity.WARNING)
    assert problem.path == ("scheduler", "test.job", *path)


@pytest.mark.parametrize(
    ("path", "written", "value"),
    [
        (("enabled",), "on", True),
        (("Resumable",), "no", False),
        (("args", "0"), "yes", True),
        (("every",), "1.50", 1.5),
    ],
)
def test_true_and_false_where_they_are_meant_are_no_surprise(
    path: tuple[str, ...], written: str, value: float
) -> None:
    source = pitfall(*path, written=written, value=value)
    assert read_job("minutes: 8", source=source).problems == ()


def test_a_surprising_key_says_how_it_was_written() -> None:
    source = pitfall("True", written="on", value=True, is_key=True)
    problem = only_problem(read_job("minutes: 5\non: celery", source=source))
    assert problem.code == "unknown-key"
    assert problem.hint.startswith("`on` without quotes is true")


def test_the_text_of_an_argument_is_not_shown() -> None:
    source = pitfall("kwargs", "pin", written="0123", value=83)
    problem = only_problem(read_job("minutes: 5\nkwargs: {pin: 0123}", source=source))
    assert "123" not in str(problem)
    assert "83" not in str(problem)


def test_a_key_that_stands_twice_is_a_warning() -> None:
    source = SourceFindings(doubled=(("scheduler", "test.job", "minutes"),))
    problem = only_problem(read_job("minutes: 5", source=source))
    assert (problem.code, problem.severity) == ("doubled-key", Severity.WARNING)
    assert problem.hint == "Keep one of them."


def test_a_block_that_stands_twice_is_a_warning() -> None:
    problem = only_problem(read_job("minutes: 5", source=SourceFindings(doubled=(("scheduler",),))))
    assert problem.path == ("scheduler",)
    assert problem.hint == "Keep one of them."


def test_a_file_that_was_not_read_is_no_problem_of_the_block() -> None:
    assert read_job("minutes: 5", source=SourceFindings(unread="No such file")).problems == ()
