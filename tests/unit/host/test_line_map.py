"""The lines where problems stand."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import yaml

from docassemble.Scheduler.core.problem import Problem
from docassemble.Scheduler.host.files import line_map
from docassemble.Scheduler.host.files.line_map import JobLines, Locator, lines_in, located

S = "scheduler"


@pytest.fixture(autouse=True, params=[True, False], ids=["libyaml", "Python"])
def _reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param and not yaml.__with_libyaml__:
        pytest.skip("PyYAML has no libyaml here")
    monkeypatch.setattr(yaml, "__with_libyaml__", request.param)


def problem(*path: str) -> Problem:
    return Problem(code="x", path=path, sentence="It is wrong.")


def line_of(text: str, *path: str, is_block: bool = False) -> int | None:
    return located([problem(*path)], text, is_block=is_block)[0].line


FILE = """\
# a comment
other: {a.b: {minutes: 1}}
scheduler:

  notify:
    email: nobody

  a.b:
    # why
    minutes: x
    args:
      - 1
      - {x: 1,
         y: 2}
  "c.d 2": {hours: 1, "minutes": 2}
  on: {every: 1 hour}
  010: {every: 1 hour}
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ((S,), 3),
        ((S, "notify"), 5),
        ((S, "notify", "email"), 6),
        ((S, "a.b"), 8),
        ((S, "a.b", "minutes"), 10),
        ((S, "a.b", "args"), 11),
        ((S, "a.b", "args", "1", "y"), 14),
        ((S, "c.d 2", "minutes"), 15),
        ((S, "True"), 16),
        ((S, "8", "every"), 17),
    ],
)
def test_a_key_of_the_block_has_the_line_where_it_stands(path: tuple[str, ...], line: int) -> None:
    assert line_of(FILE, *path) == line


def test_what_stands_elsewhere_has_none() -> None:
    for path in [("timezone",), ("added jobs", "a.b"), ("environment", "X"), ("other", "a.b")]:
        assert line_of(FILE, *path) is None


def test_a_key_that_is_missing_has_the_line_of_its_job() -> None:
    assert line_of(FILE, S, "a.b", "function") == 8
    assert line_of(FILE, S, "no.such", "function") is None


def test_of_keys_that_stand_twice_the_last_one_counts() -> None:
    text = "scheduler:\n  a.b:\n    minutes: 1\n  a.b:\n    minutes: 2\n    minutes: 3\n"
    assert line_of(text, S, "a.b") == 4
    assert line_of(text, S, "a.b", "minutes") == 6
    assert line_of("scheduler: {}\n" + text, S, "a.b") == 5


def test_a_key_that_is_merged_in_stands_where_its_job_or_its_mapping_stands() -> None:
    text = "x: &x {minutes: 1}\nscheduler:\n  a.b:\n    <<: *x\n    hours: 1\n  c.d:\n    <<: {minutes: 3}\n"
    assert line_of(text, S, "a.b", "minutes") == 3
    assert line_of(text, S, "a.b", "hours") == 5
    assert line_of(text, S, "c.d", "minutes") == 7


def test_a_key_of_its_own_counts_more_than_one_that_is_merged_in() -> None:
    text = "scheduler:\n  a.b:\n    minutes: 1\n    <<: {minutes: 3}\n"
    assert line_of(text, S, "a.b", "minutes") == 3


def test_a_block_alone_has_no_key_of_its_own() -> None:
    assert line_of("\na.b:\n  minutes: x\n", S, "a.b", "minutes", is_block=True) == 3
    assert line_of("\n- a.b\n", S, is_block=True) == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "- a\n- scheduler",
        "scheduler:\n  a.b: {minutes: 1}\n  c: *nowhere\n",
        "scheduler:\n  a.b: {minutes: 1}\n  c: * *\n",
        "scheduler: &s {a.b: *s}\n",
        "scheduler: {[a, {b: c}]: {d: e}, ? {f: g} : h}\n",
        "scheduler: " + "[" * 1_000,
        "scheduler: {" + "9" * 100_000 + ": 1}",
        "!!python/object:os.system {scheduler: 1}",
        "scheduler: {!!int x: 1, !!timestamp y: 2, 2026-99-99: 3}",
    ],
)
def test_nothing_that_stands_in_a_file_makes_it_fail(text: str) -> None:
    lines_in(text, {(S, "a.b")})
    lines_in(text, {(S, "a.b")}, is_block=True)


def test_laughs_are_not_followed() -> None:
    laughs = "a: &a0 {x: 1}\n" + "".join(
        f"b{n}: &a{n} {{{', '.join(f'k{m}: *a{n - 1}' for m in range(9))}}}\n" for n in range(1, 40)
    )
    start = time.perf_counter()
    assert line_of(f"{laughs}scheduler: {{a.b: *a39}}\n", S, "a.b", "k1", "k1") == 41
    assert time.perf_counter() - start < 10


def test_a_file_that_has_changed_since_it_was_read_gives_no_lines(tmp_path: Path) -> None:
    file = tmp_path / "config.yml"
    file.write_text(FILE)
    locate = Locator.of(file)
    assert [each.line for each in locate([problem(S, "a.b")])] == [8]
    file.write_text("\n" + FILE)
    assert [each.line for each in locate([problem(S, "a.b")])] == [None]


def test_a_file_that_is_not_there_gives_no_lines(tmp_path: Path) -> None:
    assert [each.line for each in Locator.of(tmp_path / "no.yml")([problem(S, "a.b")])] == [None]


def test_the_line_of_a_job_is_that_of_the_file_as_it_is_now(tmp_path: Path) -> None:
    file = tmp_path / "config.yml"
    line_of = JobLines(file)
    assert line_of("a job") is None
    file.write_text("scheduler:\n  a job:\n    minutes: 5\n")
    assert (line_of("a job"), line_of("another")) == (2, None)
    file.write_text("timezone: UTC\nscheduler:\n  another: {}\n  a job:\n    minutes: 5\n")
    assert (line_of("a job"), line_of("another")) == (4, 3)
    file.write_bytes(b"scheduler:\n  a job: \xff")
    assert line_of("a job") is None


def test_a_file_that_stays_as_it_is_is_read_once_for_each_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, asked = tmp_path / "config.yml", list[str]()
    file.write_text("scheduler:\n  a job:\n    minutes: 5\n")

    def look(_text: str, job: str) -> int:
        asked.append(job)
        return 2

    monkeypatch.setattr(line_map, "job_line", look)
    line_of = JobLines(file)
    assert [line_of(job) for job in ("a job", "a job", "b", "a job")] == [2] * 4
    assert asked == ["a job", "b"]
