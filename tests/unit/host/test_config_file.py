"""The findings of a configuration file."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import pytest
import yaml

from docassemble.Scheduler.config import SourceFindings, YamlPitfall, parse
from docassemble.Scheduler.core.errors import HostError
from docassemble.Scheduler.host.files.config_file import read_file, read_findings

S = "scheduler"


@pytest.fixture(autouse=True, params=[True, False], ids=["libyaml", "Python"])
def _reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """PyYAML may have been installed without libyaml."""
    if request.param and not yaml.__with_libyaml__:
        pytest.skip("PyYAML has no libyaml here")
    monkeypatch.setattr(yaml, "__with_libyaml__", request.param)


def findings_of(tmp_path: Path, text: str) -> SourceFindings:
    file = tmp_path / "config.yml"
    file.write_text(text, encoding="utf-8")
    return read_findings(file)


def test_an_ordinary_block_has_no_facts(tmp_path: Path) -> None:
    text = "other: on\nscheduler:\n  a.b: {minutes: 10, enabled: true, x: 0, y: 0x10, z: 1_000, f: 1.5}\n"
    assert findings_of(tmp_path, text) == SourceFindings()


@pytest.mark.parametrize(
    ("text", "doubled"),
    [
        ("scheduler:\n  a.b: {minutes: 1}\n  a.b: {minutes: 2}\n", [(S, "a.b")]),
        ("scheduler:\n  a.b: {minutes: 1}\n  a.b: {minutes: 2}\n  'a.b': {}\n", [(S, "a.b")]),
        ("scheduler:\n  a.b: {minutes: 1, minutes: 2}\n", [(S, "a.b", "minutes")]),
        ("scheduler:\n  a.b: {args: [{x: 1, x: 2}]}\n", [(S, "a.b", "args", "0", "x")]),
        ("scheduler: {x: 1, x: 2}\nscheduler: {y: 1, y: 2}\n", [(S,), (S, "y")]),
        ("other: {x: 1, x: 2}\nscheduler: {}\n", []),
        ("scheduler: {a: &a {x: 1}, b: {<<: *a, x: 2}}\n", []),
        ("scheduler: {[1]: 1}\n", []),
    ],
)
def test_a_key_that_stands_twice_is_told(tmp_path: Path, text: str, doubled: list[tuple[str, ...]]) -> None:
    assert list(findings_of(tmp_path, text).doubled) == doubled


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("010", 8),
        ("-010", -8),
        ("0_17", 15),
        ("12:30", 750),
        ("23:59:59", 86399),
        ("1:30.5", 90.5),
        ("1.10", 1.1),
        ("on", True),
        ("Off", False),
        ("yes", True),
        ("NO", False),
    ],
)
def test_a_value_that_yaml_mangles_is_told(tmp_path: Path, written: str, value: float) -> None:
    found = findings_of(tmp_path, f"scheduler:\n  a.b:\n    minute: {written}\n")
    assert found.pitfalls == (YamlPitfall(path=(S, "a.b", "minute"), written=written, value=value),)


@pytest.mark.parametrize(
    "written", ["'010'", '"12:30"', "|\n      on", "08", "2026-01-01", "0", "00:30", "!x on"]
)
def test_a_value_that_stays_what_it_is_is_not_told(tmp_path: Path, written: str) -> None:
    assert findings_of(tmp_path, f"scheduler:\n  a.b:\n    minute: {written}\n") == SourceFindings()


def test_a_key_that_yaml_mangles_is_told_by_the_name_that_it_gets(tmp_path: Path) -> None:
    found = findings_of(tmp_path, "scheduler: {a.b: {on: 1}}\n").pitfalls
    assert found == (YamlPitfall(path=(S, "a.b", "True"), written="on", value=True, is_key=True),)


def test_what_is_merged_in_is_told_where_it_ends_up(tmp_path: Path) -> None:
    text = "base: &base {minute: 010}\nscheduler: {a.b: {<<: *base}}\n"
    assert [each.path for each in findings_of(tmp_path, text).pitfalls] == [(S, "a.b", "minute")]


def test_what_several_jobs_share_is_told_once(tmp_path: Path) -> None:
    text = "scheduler:\n  a.b: &x {minute: 010}\n  c.d: *x\n  e.f: {<<: *x}\n"
    assert [each.path for each in findings_of(tmp_path, text).pitfalls] == [(S, "a.b", "minute")]


def test_a_block_that_contains_itself_is_walked_once(tmp_path: Path) -> None:
    assert findings_of(tmp_path, "scheduler: &s {a: *s, b: 010}\n").pitfalls[0].path == (S, "b")


@pytest.mark.parametrize("text", ["", "[]", "text", "other: {}", "scheduler: on", "scheduler:\n"])
def test_a_file_without_a_block_is_read(tmp_path: Path, text: str) -> None:
    assert findings_of(tmp_path, text).unread == ""


@pytest.mark.parametrize(
    "text", ["a: [", "a: b: c", "--- 1\n--- 2", "scheduler: {a: 2026-02-30}", "\t", "*a"]
)
def test_a_file_that_is_no_yaml_says_why(tmp_path: Path, text: str) -> None:
    found = findings_of(tmp_path, text)
    assert found.unread
    assert (found.doubled, found.pitfalls) == ((), ())


@pytest.mark.parametrize("value", ["!!timestamp 1950-01-01 00:00:00+02:59:54", "!!bool perhaps"])
def test_a_value_that_pyyaml_trips_over_says_why(tmp_path: Path, value: str) -> None:
    text = f"scheduler: {{a.b: {{minute: {value}}}}}"
    assert findings_of(tmp_path, text).unread
    with pytest.raises(HostError, match="is not YAML"):
        read_file(tmp_path / "config.yml")


def test_a_file_that_nests_without_end_says_why(tmp_path: Path) -> None:
    assert findings_of(tmp_path, f"scheduler: {'[' * 20_000}").unread


def test_what_the_file_tells_explains_what_the_block_lacks(tmp_path: Path) -> None:
    file = tmp_path / "config.yml"
    file.write_text(
        "scheduler:\n  a.b: {minute: 0530}\n  c.d: {hours: 1}\n  c.d: {hours: 2}\n", encoding="utf-8"
    )
    block = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.FullLoader)["scheduler"]
    now = datetime(2026, 11, 21, tzinfo=timezone.utc)
    problems = parse(block, zone="UTC", environ={}, now=now, source=read_findings(file)).problems
    assert [(problem.code, problem.path) for problem in problems] == [
        ("bad-field", (S, "a.b", "minute")),
        ("doubled-key", (S, "c.d")),
    ]
    assert problems[0].hint.startswith("`0530` without quotes is 344 in YAML 1.1: quote it.")


def test_a_file_that_is_not_there_says_why(tmp_path: Path) -> None:
    assert "FileNotFoundError" in read_findings(tmp_path / "missing.yml").unread


def test_a_file_that_is_no_text_says_why(tmp_path: Path) -> None:
    (tmp_path / "config.yml").write_bytes(b"\xff\xfe\xff")
    assert "UnicodeDecodeError" in read_findings(tmp_path / "config.yml").unread


def test_nothing_that_the_file_asks_for_is_constructed(tmp_path: Path) -> None:
    target = tmp_path / "made"
    text = f"scheduler: {{a.b: !!python/object/apply:os.mkdir [{target}]}}\n"
    findings_of(tmp_path, text)
    assert not target.exists()
