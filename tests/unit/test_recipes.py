"""The page of recipes shows the files of the example package, letter by letter, and none is left out."""

import ast
import json
import os
import re
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path

import pytest
import yaml

from docassemble.Scheduler.config import Configuration, parse
from docassemble.Scheduler.core.job import Job

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
PROJECT = ROOT / "examples" / "docassemble.SchedulerRecipes"
PACKAGE = PROJECT / "docassemble" / "SchedulerRecipes"
#: a fenced block, and the line before it, which names its file
BLOCK = re.compile(r"^([^\n]*)\n\n```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = dict(BLOCK.findall(PAGE))
NAMES = sorted(
    str(path.relative_to(PACKAGE))
    for path in (*PACKAGE.glob("*.py"), *PACKAGE.glob("data/*/*.yml"))
    if path.name != "__init__.py"
)
CONFIGURED = [name for name in NAMES if name.startswith("data/sources/")]


def content(name: str) -> str:
    return (PACKAGE / name).read_text(encoding="utf-8")


def configuration(name: str) -> Configuration:
    block = yaml.load(content(name), Loader=yaml.FullLoader)["scheduler"]
    now = datetime(2026, 11, 21, tzinfo=timezone.utc)
    return parse(block, zone="Europe/Berlin", environ={}, now=now)


def jobs() -> list[Job]:
    return [job for name in CONFIGURED for job in configuration(name).jobs]


def test_each_block_is_the_text_of_the_file_that_is_named_above_it_and_no_file_is_left_out():
    assert len(re.findall(r"^```", PAGE, re.MULTILINE)) == 2 * len(BLOCKS)
    assert {f"`{name}`:": content(name) for name in NAMES} == BLOCKS


@pytest.mark.parametrize("name", CONFIGURED)
def test_a_block_of_jobs_has_no_problem(name):
    found = configuration(name)
    assert [str(problem) for problem in found.problems] == []
    assert found.jobs != ()


def test_all_blocks_pass_check_on_a_machine_without_docassemble(tmp_path):
    blocks = [yaml.load(content(name), Loader=yaml.FullLoader)["scheduler"] for name in CONFIGURED]
    together = {name: job for block in blocks for name, job in block.items()}
    assert len(together) == sum(map(len, blocks)), "one configuration can have all of them"
    file = tmp_path / "config.yml"
    file.write_text(yaml.dump({"scheduler": together}), encoding="utf-8")
    command = [sys.executable, "-m", "docassemble.Scheduler", "check", str(file), "--json"]
    environ = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{PROJECT}"}
    said = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert (said.returncode, json.loads(said.stdout)["problems"]) == (0, [])


def test_the_function_of_each_job_is_in_the_package_and_takes_what_the_job_gives():
    for job in jobs():
        module, _, name = job.function.rpartition(".")
        tree = ast.parse(content(f"{module.removeprefix('docassemble.SchedulerRecipes.')}.py"))
        (function,) = [each for each in tree.body if isinstance(each, ast.FunctionDef) and each.name == name]
        parameters = [each.arg for each in function.args.args]
        given = [*parameters[: len(job.args)], *job.kwargs]
        required = parameters[: len(parameters) - len(function.args.defaults)]
        assert set(required) <= set(given) <= set(parameters), job.name
        assert len(job.args) <= len(parameters)


def test_every_recipe_is_in_the_table_of_contents():
    recipes = re.findall(r"^## (.+)$", PAGE, re.MULTILINE)
    listed = re.findall(r"^\| \[(.+?)\]\(#", PAGE, re.MULTILINE)
    assert listed == [each for each in recipes if each != "Before you begin"]


def ignored(program: str) -> set[str]:
    """Return the functions that a program calls without a look at what they return."""
    statements = [each.value for each in ast.walk(ast.parse(program)) if isinstance(each, ast.Expr)]
    return {getattr(each.func, "id", "") for each in statements if isinstance(each, ast.Call)}


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))], ids=lambda page: page.name
)
def test_no_page_ignores_whether_a_mail_was_sent(page):
    """`send_email()` returns False when it fails, and raises nothing."""
    text = page.read_text(encoding="utf-8")
    for program in re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        assert ignored(program) & {"send_email", "send_sms"} == set()


def test_docassemble_finds_the_name_of_the_package_where_it_looks():
    assert not (PROJECT / "setup.py").exists(), "it would win over that of our own package in a ZIP"
    assert '\nname = "docassemble.SchedulerRecipes"\n' in (PROJECT / "pyproject.toml").read_text("utf-8")
    assert not (PROJECT / "docassemble" / "__init__.py").exists()
