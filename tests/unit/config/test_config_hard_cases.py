"""Values that once went wrong, each with its kind: the rows C1 to C7 of the hard cases."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from blocks import NOW, codes, only_problem, read_job

from docassemble.Scheduler.config import Configuration, parse
from docassemble.Scheduler.config.keys import JOB_KEYS, NOTIFY_KEYS, SETTING_KEYS
from docassemble.Scheduler.config.values.times import moment
from docassemble.Scheduler.core.problem import Severity
from docassemble.Scheduler.host.files.config_file import read_findings


def read_file(tmp_path: Path, text: str) -> Configuration:
    """Read a file as docassemble and we do, findings of its text included."""
    file = tmp_path / "config.yml"
    file.write_text(text, encoding="utf-8")
    block = yaml.load(text, Loader=yaml.FullLoader)["scheduler"]
    return parse(block, zone="UTC", environ={}, now=NOW, source=read_findings(file))


# --- C1: zeros in front of a number ---------------------------------------------------------------


@pytest.mark.parametrize(
    "keys",
    [
        *("minute: 05", "minute: 00", "hour: 07, minute: 00", "minute: [00, 05, 07]", "day: 01, minute: -05"),
        *("minutes: 05", "every: 0_7", "minutes: 5, retries: 01"),
    ],
)
def test_c1_a_number_that_is_what_is_written_is_no_surprise(tmp_path: Path, keys: str) -> None:
    keys = keys if "minute" in keys or "every" in keys else f"minute: 5, {keys}"
    assert read_file(tmp_path, f"scheduler:\n  a.b: {{{keys}}}\n").problems == ()


@pytest.mark.parametrize(
    "keys",
    ["minute: 010", "minute: [05, 017]", "minutes: 5, kwargs: {pin: 0007}", "minutes: 5, description: 007"],
)
def test_c1_a_number_that_is_not_what_is_written_still_is_one(tmp_path: Path, keys: str) -> None:
    assert codes(read_file(tmp_path, f"scheduler:\n  a.b: {{{keys}}}\n")) == ["yaml-surprise"]


# --- C2: dates as texts and as timestamps of YAML -------------------------------------------------

STAMPS = [
    *("2099-12-31 4:30:00", "2099-1-1 4:30:00", "2099-12-31T04:30:00.5Z", "2099-12-31 04:30:00 +2"),
    *(
        "2099-12-31t4:30:00.123456789 -3:30",
        "2099-12-31  04:30:00.",
        "2099-12-31 04:30:00 +05:45",
        "2099-12-31",
    ),
]


@pytest.mark.parametrize("written", STAMPS)
def test_c2_a_text_is_the_same_moment_as_the_timestamp_that_yaml_makes_of_it(written: str) -> None:
    loaded = yaml.load(written, Loader=yaml.FullLoader)
    assert not isinstance(loaded, str)
    assert moment(written) == moment(loaded)


@pytest.mark.parametrize(
    ("written", "local"),
    [
        ("2099-12-31 4:30", "2099-12-31 04:30:00"),
        ("2099-12-31 4:30 PM", "2099-12-31 16:30:00"),
        ("2099-12-31 12:05 a.m.", "2099-12-31 00:05:00"),
        ("2099-12-31 12pm", "2099-12-31 12:00:00"),
        ("2099-1-2", "2099-01-02 00:00:00"),
        ("2099-12-31 4:30 UTC", "2099-12-31 04:30:00+00:00"),
    ],
)
@pytest.mark.parametrize("key", ["run at: {}", "minutes: 5\nstart: {}", "minutes: 5\nend: {}"])
def test_c2_a_time_is_taken_as_people_write_it(key: str, written: str, local: str) -> None:
    configuration = read_job(key.format(written))
    assert configuration.problems == ()
    assert str(moment(written)) == local


@pytest.mark.parametrize(
    ("written", "problem", "hint"),
    [
        ("2099-12-31 16:30 PM", "that exists", "`2027-03-28 14:30`"),
        ("2099-13-31 4:30", "that exists", "`2027-03-28 14:30`"),
        ("2099-12-31 4:30 Europe/Berlin", "is not a date", "into `time zone`"),
        ("2099-12-31 4:30 CET", "is not a date", "`2027-03-28 14:30 +01:00`"),
        ("31.12.2099 4:30", "is not a date", "`2027-03-28 14:30`"),
        ("2099-12-31 4", "is not a date", "`2027-03-28 14:30`"),
    ],
)
def test_c2_a_time_that_is_not_taken_says_how_to_write_it(written: str, problem: str, hint: str) -> None:
    found = only_problem(read_job(f"run at: {written}"))
    assert found.code == "bad-time"
    assert problem in found.sentence
    assert hint in found.hint


# --- C3: sizes ------------------------------------------------------------------------------------


def laughs() -> list[object]:
    found: list[object] = ["ha"]
    for _ in range(12):
        found = [found] * 10
    return found


def huge_values() -> dict[str, Any]:
    loop: list[object] = []
    loop.append(loop)
    return {
        "aliases": laughs(),
        "a loop": loop,
        "aliases below keys": {"a": laughs(), "b": [{"c": laughs()}]},
        "a number of 5,000 digits": 10**5000,
        "a list of one": [1, 10**5000],
        "1 MB": "x" * 1_000_000,
        "1 MB of words": "5 minutes " * 100_000,
        "1 MB of numbers": "1," * 500_000,
        "1 MB of variables": "${A" * 250_000,
        "1 MB of defaults": "}" + "${A:-" * 200_000,
        "1 MB of bytes": b"x" * 1_000_000,
        "a long list": ["1"] * 300_000,
    }


@pytest.mark.parametrize("value", huge_values())
@pytest.mark.parametrize("key", [*JOB_KEYS, "a stranger"])
def test_c3_a_huge_value_of_any_key_is_a_short_problem_soon(key: str, value: str) -> None:
    job = {**({} if key in {"minutes", "every"} else {"every": 300}), key: huge_values()[value]}
    began = time.process_time()
    configuration = parse(
        {"test.job": job, "good.job": {"every": 5}}, zone="UTC", environ={"A": "1"}, now=NOW
    )
    assert time.process_time() - began < 1
    assert configuration.jobs[-1].name == "good.job"
    assert configuration.problems or key in {"args", "kwargs", "params"}
    for problem in configuration.problems:
        assert len(str(problem)) < 1_500


@pytest.mark.parametrize("value", huge_values())
@pytest.mark.parametrize("key", ["minute", "hour", "crontab", "run at", "trigger", "type", "function"])
def test_c3_a_huge_value_that_says_when_is_an_error(key: str, value: str) -> None:
    configuration = parse({"test.job": {key: huge_values()[value]}}, zone="UTC", environ={"A": "1"}, now=NOW)
    assert configuration.jobs == ()
    assert Severity.ERROR in {problem.severity for problem in configuration.problems}


@pytest.mark.parametrize("value", huge_values())
@pytest.mark.parametrize("key", [*SETTING_KEYS, *(f"notify {key}" for key in NOTIFY_KEYS)])
def test_c3_a_huge_value_of_a_setting_is_a_short_problem(key: str, value: str) -> None:
    first, _, second = key.partition(" ")
    huge = huge_values()[value]
    block = {first: {second: huge}} if first == "notify" and second else {key: huge}
    configuration = parse(block, zone="UTC", environ={"A": "1"}, now=NOW)
    assert configuration.problems or isinstance(huge, dict)
    assert all(len(str(problem)) < 1_500 for problem in configuration.problems)


@pytest.mark.parametrize("key", ["x" * 1_000_000, "a." * 500_000, 10**5000, (10**5000,)], ids=range(4))
def test_c3_a_huge_key_is_a_short_problem(key: object) -> None:
    block: dict[object, object] = {
        key: {"every": 5, key: 1},
        "a.b": {"every": 5, key: 1},
        "c.d": {"every": 5},
    }
    problems = parse(block, zone="UTC", environ={}, now=NOW).problems
    assert problems
    assert all(len(str(problem)) < 2_500 for problem in problems)


def test_c3_thousands_of_unknown_keys_are_a_few_problems_soon() -> None:
    began = time.process_time()
    block = {"a.b": {"every": 5, **{f"evry{number}": 1 for number in range(50_000)}}}
    configuration = parse(block, zone="UTC", environ={}, now=NOW)
    assert time.process_time() - began < 2
    assert len(configuration.problems) == 21
    assert configuration.problems[-1].sentence == "49980 more keys have no meaning here."
    assert configuration.problems[0].hint == "Did you mean `every`?"


def test_c3_a_text_that_the_environment_makes_huge_is_a_problem() -> None:
    keys = {"every": 5, "lock": "${A}" * 20_000, "args": ["${A}" * 50_000]}
    configuration = parse({"a.b": keys}, zone="UTC", environ={"A": "s3cret" * 20_000}, now=NOW)
    assert codes(configuration) == ["too-large", "too-large"]
    assert "s3cret" not in "".join(map(str, configuration.problems))


@pytest.mark.parametrize(
    "written",
    ["0" + "7" * 6_000, "0x" + "f" * 6_000, ":".join(["1"] + ["30"] * 3_000), "7" * 4_000],
    ids=["octal", "hexadecimal", "like a clock", "decimal"],
)
def test_c3_a_number_of_thousands_of_digits_in_the_file_does_no_harm(tmp_path: Path, written: str) -> None:
    text = f"scheduler:\n  a.b: {{minute: {written}, ? {written} : 1}}\n  ? {written}\n  : 1\n  c.d: {{minute: 5}}\n"
    configuration = read_file(tmp_path, text)
    assert [job.name for job in configuration.jobs] == ["c.d"]
    assert all(len(str(problem)) < 1_500 for problem in configuration.problems)


# --- C6: steps that do not divide their range -----------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "hint"),
    [
        (
            "crontab: '*/40 * * * *'",
            "Write `every: 40 minutes` for an even rhythm. Write `0,40` if that is meant.",
        ),
        (
            "crontab: '*/90 * * * *'",
            "Write `every: 90 minutes` for an even rhythm. Write `0` if that is meant.",
        ),
        (
            "crontab: '0 */36 * * *'",
            "Write `every: 36 hours` for an even rhythm. Write `0` if that is meant.",
        ),
        (
            "crontab: '*/45 * * * * *'",
            "Write `every: 45 seconds` for an even rhythm. Write `0,45` if that is meant.",
        ),
        ("crontab: '0 0 * * */4'", "Write `every: 4 days` for an even rhythm. Write `0,4` if that is meant."),
        ("crontab: '0 0 1 */5 *'", "Write `1,6,11` if that is meant."),
        ("crontab: '*/40 9-17 * * *'", "Write `0,40` if that is meant."),
        ("crontab: '30 */5 * * *'", "Write `0,5,10,15,20` if that is meant."),
        ("crontab: '5/40 * * * *'", "Write `5,45` if that is meant."),
        ("crontab: '0 0 */20 * 1'", ""),
        ("minute: -40", "Write `every: 40 minutes` for an even rhythm. Write `0,40` if that is meant."),
        ("minute: '*/90'", "Write `every: 90 minutes` for an even rhythm. Write `0` if that is meant."),
        ("hour: -36\nminute: 0", "Write `every: 36 hours` for an even rhythm. Write `0` if that is meant."),
        ("day: -20\nhour: 3\nminute: 0", "Write `20` if that is meant."),
        ("crontab: '*/999999999 * * * *'", "Write `0` if that is meant."),
    ],
)
def test_c6_a_step_that_does_not_divide_its_range_is_a_warning(keys: str, hint: str) -> None:
    problem = only_problem(read_job(keys))
    assert (problem.code, problem.severity, problem.hint) == ("uneven-step", Severity.WARNING, hint)


@pytest.mark.parametrize(
    "keys",
    [
        *(
            "crontab: '*/15 * * * *'",
            "crontab: '0 */8 * * *'",
            "crontab: '5-59/9 * * * *'",
            "crontab: '@hourly'",
        ),
        *(
            "crontab: '*/60 * * * *'",
            "minute: -60",
            "minute: '*/12'",
            "crontab: '0 0 1 */4 *'",
            "minute: [0, 40]",
        ),
        "hour: -24\nminute: 5",
    ],
)
def test_c6_a_step_that_divides_its_range_and_a_range_that_is_written_out_are_no_problem(keys: str) -> None:
    assert read_job(keys).problems == ()


def test_c6_defaults_are_warned_of_once_and_variables_are_not_shown() -> None:
    block = {
        "defaults": {"crontab": "*/40 * * * *"},
        "a.b": {},
        "c.d": {"description": "x"},
        "e.f": {"minute": "${M}"},
    }
    problems = parse(block, zone="UTC", environ={"M": "*/49"}, now=NOW).problems
    assert [problem.code for problem in problems] == ["uneven-step", "uneven-step"]
    assert "49" not in "".join(map(str, problems))


# --- C7: characters that cannot be seen -----------------------------------------------------------


@pytest.mark.parametrize("character", ["\u034f", "\u200b", "\u2060", "\ufeff", "\u00ad", "\u3164"])
@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("crontab", "{}*/5 * * * *"), ("crontab", "*/5{} * * * *"), ("crontab", "{}@daily")),
        *(("minute", "5{}"), ("minute", ["1", "5{}"]), ("every", "5{} minutes"), ("every", "5 min{}utes")),
        *(("type", "cron{}"), ("run at", "2099-01-01{} 12:00"), ("trigger", "cr{}on"), ("minutes", "{}5")),
        *(("function", "a.b{}"), ("time zone", "Europe/Ber{}lin"), ("overlap", "{}skip"), ("retries", "1{}")),
        *(("lock", "a{}"), ("servers", "web{}"), ("servers", ["web", "sql{}"]), ("run as", "a{}@b.c")),
    ],
)
def test_c7_an_invisible_character_is_named(character: str, key: str, value: Any) -> None:
    filled = (
        [each.format(character) for each in value] if isinstance(value, list) else value.format(character)
    )
    job = {**({} if key in {"minutes", "every"} else {"every": 300}), key: filled}
    problems = parse({"a.b": job if key not in {"crontab", "minute", "run at", "trigger"} else {key: filled}},
                     zone="UTC", environ={}, now=NOW, trigger_schedule=no_trigger).problems  # fmt: skip
    named = [problem for problem in problems if f"U+{ord(character):04X} (" in problem.hint]
    assert len(named) == 1
    assert character not in str(named[0])


def no_trigger(*_: object) -> Any:
    raise ValueError("no such trigger")


@pytest.mark.parametrize(
    ("keys", "named"),
    [
        ("crontab: '0 9\u201317 * * *'", "U+2013 (EN DASH), by `-`"),
        ("crontab: '\u2217/5 * * * *'", "U+2217 (ASTERISK OPERATOR), by `*`"),
        ("minute: '\uff15'", "U+FF15 (FULLWIDTH DIGIT FIVE), by `5`"),
        ("minute: '1\u00a0000'", "U+00A0 (NO-BREAK SPACE) by a plain space"),
        ("\u200bminute: 5", "U+200B (ZERO WIDTH SPACE). Did you mean `minute`?"),
    ],
)
def test_c7_what_only_looks_like_another_character_is_named(keys: str, named: str) -> None:
    assert named in only_problem(read_job(keys)).hint


def test_c7_the_name_of_a_job_is_looked_through_too() -> None:
    for name in ("test.job\u200b", "test.job\u034f", "test.job a\u200bb"):
        problem = only_problem(parse({name: {"every": 5}}, zone="UTC", environ={}, now=NOW))
        assert "U+200B (ZERO WIDTH SPACE)" in problem.hint or "U+034F" in problem.hint
        assert "test.job<U+" in str(problem) or "a<U+200B>b" in str(problem)


@pytest.mark.parametrize("keys", ["crontab: '*/5\u00a0* * * *'", "every: 5\u00a0minutes"])
def test_c7_a_space_that_is_read_as_one_is_no_problem(keys: str) -> None:
    assert read_job(keys).problems == ()


@pytest.mark.parametrize("keys", ["lock: Bericht \u2013 A", "lock: '❤\ufe0f'", "description: a\u200bb"])
def test_c7_a_name_that_can_be_seen_is_no_problem(keys: str) -> None:
    assert read_job(f"minutes: 5\n{keys}").problems == ()
