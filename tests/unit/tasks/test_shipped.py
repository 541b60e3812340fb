"""Every job that we ship stands in docs/tasks.md, with all its arguments and an example."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from docassemble.Scheduler.execution.functions import TASKS

PAGE = (Path(__file__).parents[3] / "docs" / "tasks.md").read_text(encoding="utf-8")
FOLDER = Path(__file__).parents[3] / "docassemble" / "Scheduler" / "tasks"
#: what jobs are made of
PARTS = {
    "__init__",
    "arguments",
    "backup_files",
    "http_call",
    "interruption",
    "test_context",
}
#: functions of job modules that are no jobs
HELPERS = {
    "interviews.read_choice",
    "kafka.read_record",
    "postgres_db_backup.back_up",
    "postgres_db_backup.dump_command",
    "postgres_db_backup.read_database",
    "postgres_db_backup.read_keep",
}


def shipped() -> dict[str, Callable[..., Any]]:
    found = {}
    for name in sorted({path.stem for path in FOLDER.glob("*.py")} - PARTS):
        module = importlib.import_module(f"{TASKS}.{name}")
        for function in vars(module).values():
            if inspect.isfunction(function) and function.__module__ == module.__name__:
                found[f"{name}.{function.__name__}"] = function
    return {name: job for name, job in found.items() if "._" not in name and name not in HELPERS}


JOBS = shipped()


def test_the_jobs_are_found() -> None:
    assert {"http.request", "interviews.start", "kafka.send", "postgres_db_backup.run"} < set(JOBS)


@pytest.mark.parametrize("name", sorted(JOBS))
def test_a_job_has_a_section_with_an_example_and_all_its_arguments(name: str) -> None:
    section = PAGE.partition(f"\n### `{name}`\n")[2].partition("\n### ")[0]
    assert re.search(rf"```yaml\nscheduler:\n  {re.escape(name)}\b", section)
    parameters = inspect.signature(JOBS[name]).parameters.values()
    named = [each.name for each in parameters if each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)]
    assert [each for each in named if f"| `{each}` |" not in section] == []


@pytest.mark.parametrize("name", sorted(JOBS))
def test_a_job_says_in_one_line_what_it_does(name: str) -> None:
    first = (JOBS[name].__doc__ or "").partition("\n")[0]
    assert 10 < len(first) < 100
