"""Blocks that somebody has typed."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import yaml

from docassemble.Scheduler.core.errors import BadRequest
from docassemble.Scheduler.core.problem import Problem
from docassemble.Scheduler.host.files.block_text import MAX_TEXT, block_in, read_block, read_keys
from docassemble.Scheduler.management.drafts.blocks import BlockText


@pytest.fixture(autouse=True, params=[True, False], ids=["libyaml", "Python"])
def _reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param and not yaml.__with_libyaml__:
        pytest.skip("PyYAML has no libyaml here")
    monkeypatch.setattr(yaml, "__with_libyaml__", request.param)


def block_of(text: str) -> object:
    read = read_block(text)
    assert isinstance(read, BlockText)
    return read.block


def problem_of(text: str) -> Problem:
    read = read_block(text)
    assert isinstance(read, Problem)
    return read


@pytest.mark.parametrize(
    "text",
    [
        "a.b: {hours: 1}",
        "scheduler: {a.b: {hours: 1}}",
        "db: {name: x}\nscheduler:\n  a.b:\n    hours: 1\n",
        "  a.b:\n    hours: 1\n",
        "a.b:\r\n  hours: 1\r\n",
    ],
)
def test_a_block_is_read_with_its_key_or_without_or_in_a_whole_configuration(text: str) -> None:
    assert block_of(text) == {"a.b": {"hours": 1}}


def test_the_zone_is_that_of_the_configuration() -> None:
    read = read_block("timezone: Europe/Berlin\nscheduler: {}")
    assert isinstance(read, BlockText)
    assert read.zone == "Europe/Berlin"


def test_nothing_at_all_is_an_empty_block() -> None:
    assert block_of("") == block_of("# only a comment") == {}


def test_what_is_no_yaml_is_a_problem_with_its_line_and_the_way_out() -> None:
    problem = problem_of("a.b:\n  crontab: */5 * * * *\n")
    assert (problem.code, problem.line) == ("not-yaml", 2)
    assert 'crontab: "*/5 * * * *"' in problem.hint


LAUGHS = "".join(f"b{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}\n" for n in range(1, 12))
HOSTILE = {
    "merges": "a: &a0 {x: 1, y: 2}\n" + LAUGHS,
    "brackets": "[" * MAX_TEXT,
    "braces": "{a: " * 20_000,
    "a number": f"a.b: {{minutes: {'9' * 90_000}}}",
    "a time": "a: " + "1:" * 40_000 + "1",
    "code": "!!python/object/apply:os.system ['true']",
    "a name": "!!python/name:os.system",
    "too long": "x" * (MAX_TEXT + 1),
    "controls": "a: \0",
    "surrogates": "a: \ud800",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_a_short_problem_soon(text: str) -> None:
    start = time.perf_counter()
    problem = problem_of(text)
    assert time.perf_counter() - start < 20
    assert problem.hint
    assert len(problem.sentence) < 300


@pytest.mark.parametrize(
    "text",
    [
        "&a {<<: *a, b: *a}",
        "&a [*a]",
        "a: &a0 [x]\n" + "".join(f"b{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60)),
    ],
)
def test_what_refers_to_itself_or_many_times_is_read(text: str) -> None:
    assert isinstance(read_block(text), BlockText)


def test_keys_of_a_job_are_yaml_or_json() -> None:
    assert read_keys("lock: reports\nrun at: 2027-01-01 12:00:00\n") == {
        "lock": "reports",
        "run at": "2027-01-01T12:00:00",
    }
    assert read_keys('{"lock": "reports", "servers": ["a"]}') == {"lock": "reports", "servers": ["a"]}
    assert read_keys("") == {}


@pytest.mark.parametrize("text", ["- a", "lock", "lock: *", "x" * 200_000])
def test_what_are_no_keys_is_refused(text: str) -> None:
    with pytest.raises(BadRequest) as error:
        read_keys(text)
    assert error.value.hint


@pytest.mark.parametrize(
    ("text", "block"),
    [
        (
            "a: 1\nscheduler:\n  # why\n  a.b: {hours: 1}\n\nb: {scheduler: 1}\n",
            "scheduler:\n  # why\n  a.b: {hours: 1}\n",
        ),
        ("scheduler:\n  a.b:\n    - x: [1]\n    - y\n", "scheduler:\n  a.b:\n    - x: [1]\n    - y\n"),
        ("scheduler: {a: 1}\nscheduler: {b: 1}\n", "scheduler: {b: 1}\n"),
        ("a: [1]\nb: scheduler\n", ""),
        ("a: *", ""),
        ("", ""),
    ],
)
def test_the_block_of_a_file_is_shown_as_it_stands_there(tmp_path: Path, text: str, block: str) -> None:
    file = tmp_path / "config.yml"
    file.write_text(text)
    assert block_in(file) == block
