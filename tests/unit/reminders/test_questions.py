"""The interviews that we ship: they are YAML, have the actions that the code names, and their example is good."""

import re
from pathlib import Path

import pytest
import yaml

import docassemble.Scheduler
from docassemble.Scheduler.reminders import in_session, stop_link
from docassemble.Scheduler.reminders.reading import read_reminders

ROOT = Path(docassemble.Scheduler.__file__).parent
QUESTIONS = ROOT / "data" / "questions"
FILES = sorted(QUESTIONS.glob("*.yml"))
PAGE = ROOT.parents[1] / "docs" / "reminders.md"


def blocks(text: str) -> list[dict]:
    return [block for block in yaml.safe_load_all(text) if block]


def read(name: str) -> list[dict]:
    return blocks((QUESTIONS / name).read_text(encoding="utf-8"))


def reminders_of(found: list[dict]) -> list[dict]:
    return [block["data"] for block in found if block.get("variable name") == "reminders"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_block_is_a_mapping_with_code_that_python_reads(path):
    found = read(path.name)
    assert len(found) > 5
    for block in found:
        compile(block.get("code", "") if isinstance(block.get("code"), str) else "", path.name, "exec")


def test_the_actions_that_the_code_names_are_events_of_the_include():
    events = {block["event"] for block in read("reminders.yml") if "event" in block}
    assert events == {in_session.ACTION, stop_link.STOP, stop_link.RESTART}


@pytest.mark.parametrize(
    ("file", "module"), [("reminders.yml", in_session), ("stop_reminders.yml", stop_link)], ids=["it", "link"]
)
def test_whatever_the_interview_gets_from_the_module_it_uses(file, module):
    text = (QUESTIONS / file).read_text(encoding="utf-8")
    assert {name for name in module.__all__ if not re.search(rf"\b{name}\(", text)} == set()


def test_the_link_leads_to_an_interview_that_is_there():
    assert (QUESTIONS / stop_link.INTERVIEW.rpartition("/")[2]).is_file()


def test_the_reminders_of_the_demo_the_include_and_the_page_can_be_read():
    examples = re.findall(r"^```text\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    comment = read("reminders.yml")[0]["comment"]
    indented = re.search(r"^    include:.*?sms template: \w+$", comment, re.MULTILINE | re.DOTALL)
    assert indented is not None
    shown = re.sub(r"^    ", "", indented[0], flags=re.MULTILINE)
    found = [reminders_of(each) for each in (read("demo.yml"), blocks(shown), blocks(examples[0]))]
    assert [len(read_reminders(reminders)) for (reminders,) in found] == [2, 1, 1]


def test_each_block_that_the_page_says_can_be_replaced_is_there():
    rows = re.findall(
        r"^\| .* \|$", PAGE.read_text(encoding="utf-8").partition("## Other words")[2], re.MULTILINE
    )
    templates = {name for row in rows for name in re.findall(r"a template `(\w+)`", row)}
    assert templates == {block["template"] for block in read("reminders.yml") if "template" in block}
