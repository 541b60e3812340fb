"""Forty broken jobs among five good ones: docassemble boots, the five run, each of the forty is told about."""

import html
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from devserver.logs import whole_log
from devserver.server import DevServer
from tests.integration.notes import TOP_LEVEL


class Broken(NamedTuple):
    """A broken job as it stands in the file, and the problem that it must have."""

    #: what follows the name of the job in the file
    text: str
    #: the key that the problem names, if it names one
    key: str
    code: str


EVERY_MINUTE = "\n    minutes: 1"

BROKEN: dict[str, Broken] = {
    "test.blank_job": Broken("", "", "blank-job"),
    "test.blank_value": Broken("\n    minutes:", "minutes", "blank-value"),
    "test.step_of_x": Broken('\n    minute: "*/x"', "minute", "bad-field"),
    "test.step_of_0": Broken('\n    minute: "*/0"', "minute", "bad-field"),
    "test.minute_99": Broken("\n    minute: 99", "minute", "bad-field"),
    "test.hour_24": Broken("\n    hour: 24\n    minute: 0", "hour", "bad-field"),
    "test.month_by_a_wrong_name": Broken("\n    month: Janury\n    minute: 0", "month", "bad-field"),
    "test.blank_field": Broken('\n    minute: ""', "minute", "bad-field"),
    "test.fraction": Broken("\n    minute: 1.5", "minute", "bad-field"),
    "test.time_of_day": Broken("\n    hour: 12:30", "hour", "bad-field"),
    "test.switched": Broken("\n    minute: on", "minute", "bad-field"),
    "test.negative_interval": Broken("\n    minutes: -5", "minutes", "bad-number"),
    "test.no_seconds": Broken("\n    seconds: 0", "seconds", "interval-too-short"),
    "test.half_a_second": Broken("\n    seconds: 0.5", "seconds", "bad-number"),
    "test.words_for_a_number": Broken("\n    minutes: five", "minutes", "bad-number"),
    "test.list_for_a_number": Broken("\n    minutes: [5]", "minutes", "bad-number"),
    "test.no_duration": Broken("\n    every: now and then", "every", "bad-duration"),
    "test.unknown_type": Broken("\n    type: intervall\n    minutes: 1", "type", "bad-choice"),
    "test.type_of_a_list": Broken("\n    type: [cron]\n    minute: 5", "type", "bad-choice"),
    "test.wrong_type": Broken("\n    type: interval\n    minute: 5", "minute", "key-of-another-type"),
    "test.list_for_a_mapping": Broken("\n    - minutes: 1", "", "not-a-job"),
    "test.text_for_a_mapping": Broken(" every five minutes", "", "not-a-job"),
    "test.unknown_key": Broken("\n    minuts: 5", "minuts", "unknown-key"),
    "test.no_schedule": Broken("\n    description: when?", "", "no-schedule"),
    "test.two_schedules": Broken("\n    minutes: 5\n    hour: 5", "", "contradictory-schedule"),
    "test.impossible_date": Broken("\n    month: 4\n    day: 31\n    minute: 0", "*", "impossible-schedule"),
    "test.impossible_crontab": Broken('\n    crontab: "0 0 30 2 *"', "crontab", "bad-crontab"),
    "test.short_crontab": Broken('\n    crontab: "* * *"', "crontab", "bad-crontab"),
    "test.no_such_day": Broken('\n    run at: "2027-02-30"', "run at", "bad-time"),
    "test.long_past": Broken("\n    run at: 2001-01-01", "*", "never-fires-again"),
    "test.bad_zone": Broken(f"{EVERY_MINUTE}\n    time zone: Europe/Nowhere", "time zone", "bad-time-zone"),
    "test.args_of_a_text": Broken(f"{EVERY_MINUTE}\n    args: five", "args", "bad-arguments"),
    "test.kwargs_of_a_list": Broken(f"{EVERY_MINUTE}\n    kwargs: [5]", "kwargs", "bad-arguments"),
    "test.perhaps": Broken(f"{EVERY_MINUTE}\n    enabled: perhaps", "enabled", "bad-boolean"),
    "test.context_without_a_dot": Broken(
        f"{EVERY_MINUTE}\n    contextmanager: Class", "contextmanager", "bad-name"
    ),
    "test.unset_variable": Broken('\n    minutes: "${SURELY_NOT_SET}"', "minutes", "undefined-variable"),
    "no_dot": Broken(EVERY_MINUTE, "", "bad-name"),
    "nowhere.to_be.found": Broken(EVERY_MINUTE, "", "function-not-found"),
    "test.heartbeet": Broken(EVERY_MINUTE, "", "function-not-found"),
    "talkative.WORDS": Broken(EVERY_MINUTE, "", "function-not-found"),
}

GOOD = """\
  test.heartbeat 1:
    seconds: 1
  test.heartbeat 2:
    type: cron
    second: "*/2"
  test.heartbeat 3:
    crontab: "* * * * * *"
  test.heartbeat 4:
    every: 2 seconds
  talkative.speak:
    type: interval
    seconds: 2
"""

#: YAML keeps the last; the first is what the doubled key of the README was
DOUBLED = """\
  test.heartbeat 2:
    minutes: 1
"""

GOOD_NAMES = (
    "test.heartbeat 1",
    "test.heartbeat 2",
    "test.heartbeat 3",
    "test.heartbeat 4",
    "talkative.speak",
)


def text_of_block() -> str:
    """The file: broken ones first, in between and last."""
    broken = [f"  {name}:{each.text}\n" for name, each in BROKEN.items()]
    return "".join(["scheduler:\n", DOUBLED, *broken[:20], GOOD, *broken[20:]])


@pytest.fixture(scope="module")
def site(start_devserver: Callable[..., DevServer], tmp_path_factory: pytest.TempPathFactory) -> DevServer:
    config = tmp_path_factory.mktemp("config") / "config.yml"
    config.write_text(text_of_block(), encoding="utf-8")
    return start_devserver(config, pythonpath=[TOP_LEVEL])


def test_there_are_forty_broken_jobs() -> None:
    assert len(BROKEN) == 40


@pytest.mark.parametrize("name", GOOD_NAMES)
def test_the_good_jobs_run(site: DevServer, name: str) -> None:
    site.wait_for_log(rf"\[{re.escape(name)}\] ENDED", 60)


def test_without_a_log_level_details_are_left_out(site: DevServer) -> None:
    site.wait_for_log(r"INFO \[talkative.speak\] ENDED", 60)
    assert "DEBUG" not in site.read_log()
    assert "whispered" not in site.read_log()


def test_the_log_is_one_line_of_ascii_for_each_record(site: DevServer) -> None:
    site.wait_for_log(r"INFO \[talkative.speak\] ENDED", 60)
    content = whole_log(site.scheduler_log)
    assert content.isascii()
    assert not re.search(rb"[^\n\x20-\x7e]", content)
    form = rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} [A-Z]+ .+"
    assert all(re.fullmatch(form, line) for line in content.splitlines())


@pytest.fixture(scope="module")
def problems(site: DevServer) -> list[str]:
    """The lines of the log that tell a problem; complete once the first job ran."""
    site.wait_for_log(r"\[test.heartbeat 1\] ENDED", 60)
    return re.findall(r"(?:ERROR|WARNING) (scheduler -> .*)$", site.read_log(), re.MULTILINE)


@pytest.mark.parametrize("name", BROKEN)
def test_each_broken_job_has_its_problem_in_the_log_with_path_and_hint(
    problems: list[str], name: str
) -> None:
    broken = BROKEN[name]
    key = {"": "", "*": r"(?: -> [\w ]+)?"}.get(broken.key, f" -> {re.escape(broken.key)}")
    start = rf"scheduler -> {re.escape(name)}{key}: "
    assert any(re.fullmatch(rf"{start}.* Hint: .* \[{broken.code}\]", problem) for problem in problems), [
        problem for problem in problems if name in problem
    ]


def test_the_doubled_key_is_told(problems: list[str]) -> None:
    told = [problem for problem in problems if problem.endswith("[doubled-key]")]
    assert [problem.partition(":")[0] for problem in told] == ["scheduler -> test.heartbeat 2"]


def test_a_good_job_has_no_problem_of_its_own(problems: list[str]) -> None:
    named = {problem.partition(": ")[0] for problem in problems if not problem.endswith("[doubled-key]")}
    assert not {f"scheduler -> {name}" for name in GOOD_NAMES} & named


def test_every_problem_of_the_log_stands_on_the_configuration_page(
    site: DevServer, problems: list[str]
) -> None:
    page = site.client().get("/config")
    assert page.status_code == 200
    shown = html.unescape(page.text)
    assert [problem for problem in problems if f"Scheduler: {problem}" not in shown] == []


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (
            "\n  - test.heartbeat\n  - minutes: 1",
            r"ERROR scheduler: The block is a list .* Hint: .* \[bad-block\]",
        ),
        ("", r"INFO Scheduler \S+: 0 jobs"),
    ],
    ids=["a list", "empty"],
)
def test_a_block_that_is_no_mapping_starts_nothing_and_the_reason_is_in_the_log(
    site: DevServer, tmp_path: Path, block: str, expected: str
) -> None:
    config = tmp_path / "config.yml"
    config.write_text(f"scheduler:{block}\n", encoding="utf-8")
    site.configure(config)
    before = len(site.read_log())
    site.reload()
    site.wait_for_log(expected, 60, start=before)
    site.wait_for_log(r"INFO Scheduler \S+: 0 jobs", 60, start=before)
    started = site.read_log()[before:].partition(": 0 jobs")[2]
    assert "STARTED" not in started
    assert site.client().get("/config").status_code == 200
