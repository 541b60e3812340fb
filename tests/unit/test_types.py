"""What a type checker says of programs that call the package: right ones pass, wrong ones do not."""

import re
import textwrap
from pathlib import Path

import pytest
from mypy import api

ROOT = Path(__file__).parents[2]
#: a page's examples call functions of their readers
OPTIONS = [
    *("--config-file=", "--no-error-summary", "--no-color-output"),
    *("--namespace-packages", "--explicit-package-bases", "--ignore-missing-imports"),
    *("--check-untyped-defs", "--disable-error-code=name-defined"),
]
PYTHON = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLES = [
    block
    for name in ("jobs.md", "python.md")
    for block in PYTHON.findall((ROOT / "docs" / name).read_text(encoding="utf-8"))
    if "docassemble.Scheduler" in block
]
WRONG = {
    'schedule_in("3 days", print, retry=3)': "retry",
    'schedule_at("2027-03-28", print, retries="three")': "retries",
    'schedule_every("x", "1 day", print, overlap="sometimes")': "overlap",
    'schedule_cron("x", "* * * * *", print, args=5)': "args",
    "current_run().should_stop()": "None",
}


def complaints(folder, programs):
    """Return what mypy says of each program, by its number."""
    for number, program in enumerate(programs):
        (folder / f"program{number}.py").write_text(program, encoding="utf-8")
    files = [str(folder / f"program{number}.py") for number in range(len(programs))]
    said, trouble, _ = api.run([*OPTIONS, *files])
    assert trouble == ""
    return [
        [line for line in said.splitlines() if f"program{number}.py" in line and "error:" in line]
        for number in range(len(programs))
    ]


@pytest.fixture
def _in_the_checkout(monkeypatch):
    monkeypatch.chdir(ROOT)


@pytest.mark.usefixtures("_in_the_checkout")
def test_the_examples_of_the_pages_pass_and_wrong_programs_do_not(tmp_path):
    imports = "from docassemble.Scheduler import *\n"
    wrong = [f"{imports}{textwrap.dedent(each)}\n" for each in WRONG]
    found = complaints(tmp_path, [*EXAMPLES, *wrong])
    assert found[: len(EXAMPLES)] == [[]] * len(EXAMPLES)
    for each, word in zip(found[len(EXAMPLES) :], WRONG.values(), strict=True):
        assert len(each) == 1, each
        assert word in each[0]
