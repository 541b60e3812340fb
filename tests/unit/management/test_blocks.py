"""A block that somebody has typed, checked."""

from __future__ import annotations

import sys
from datetime import datetime, timezone
from pathlib import Path

import pytest

from docassemble.Scheduler.config import EnvFile
from docassemble.Scheduler.core.problem import Severity
from docassemble.Scheduler.host.files.block_text import read_block
from docassemble.Scheduler.management.drafts.blocks import BlockChecker, CheckContext, CheckedBlock
from docassemble.Scheduler.management.permissions import Caller, Switch
from docassemble.Scheduler.testing import ManualClock

NOON = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)
DEVELOPER = frozenset({"developer"})
LIMITED = Caller(name="dev@example.com", privileges=DEVELOPER)
FREE = Caller(name="dev@example.com", privileges=DEVELOPER, switches=frozenset({Switch.PLAYGROUND}))


def checked(text: str, by: Caller = FREE, **environ: str) -> CheckedBlock:
    around = CheckContext(zone="Europe/Berlin", environ=environ, env_file=EnvFile())
    checker = BlockChecker(read=read_block, context=lambda: around, clock=ManualClock(NOON))
    return checker.check(text, by)


FIVE_MISTAKES = """\
timezone: UTC
scheduler:
  test.heartbeat:
    every: 5 minuts
  test.heartbeat 2:
    crontab: 99 * * * *
  test.nope:
    hours: 1
    retrys: 3
  test.heartbeat 3: 5
"""


def test_problems_have_the_lines_of_the_text_in_their_order():
    found = checked(FIVE_MISTAKES)
    assert [(each.line, each.code) for each in found.problems] == [
        (4, "bad-duration"),
        (6, "bad-crontab"),
        (7, "function-not-found"),
        (9, "unknown-key"),
        (10, "not-a-job"),
    ]
    assert found.problem_count == 5


def test_jobs_have_their_line_and_their_next_due_times():
    (found,) = checked("\ntest.heartbeat:\n  crontab: 30 4 * * *\n").jobs
    assert (found.job.name, found.line) == ("test.heartbeat", 2)
    assert found.due[0].isoformat() == "2026-03-03T04:30:00+01:00"
    assert len(found.due) == 5


@pytest.fixture
def telltale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module that would be noticed if it was imported."""
    (tmp_path / "telltale_of_a_block.py").write_text("def work():\n    pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    return "telltale_of_a_block"


def test_nothing_is_imported_for_somebody_whom_docassemble_lets_run_no_code(telltale):
    keys = f"only if: {telltale}.work, on exit: {telltale}.work, error handler: {telltale}.work"
    found = checked(f"{telltale}.work: {{hours: 1, {keys}}}\n{telltale}.nope: {{hours: 1}}", LIMITED)
    assert telltale not in sys.modules
    assert not found.has_functions
    assert found.problems == ()


def test_functions_are_looked_for_where_docassemble_lets_somebody_run_code(telltale):
    found = checked(f"{telltale}.work: {{hours: 1}}\n{telltale}.nope: {{hours: 1}}")
    assert telltale in sys.modules
    assert [each.code for each in found.problems] == ["function-not-found"]
    assert found.has_functions


def test_c4_no_variable_is_read_for_somebody_whom_docassemble_lets_run_no_code():
    text = "test.heartbeat: {every: '${SECONDS_OF_ALL}', description: '${SECRET}'}"
    found = checked(text, LIMITED, SECONDS_OF_ALL="4711", SECRET="s3cret", DA_SCHEDULER__LOG_LEVEL="nonsense")
    assert found.jobs == ()
    assert {each.severity for each in found.problems} == {Severity.WARNING}
    assert "4711" not in str(found)
    assert "nonsense" not in str(found)
    assert not found.has_variables


def test_c4_what_a_variable_holds_is_not_shown_to_others_either():
    found = checked(
        "test.heartbeat: {every: '${A}', description: '${B}', lock: '${C}'}",
        A="5 minutes",
        B="s3cret",
        C="x" * 500,
    )
    assert "s3cret" not in str(found.problems)
    assert all(each.job.shown("description") == "${B}" for each in found.jobs)


def test_a_default_stands_for_a_variable_that_is_not_read():
    (found,) = checked("test.heartbeat: {every: '${A:-1 hour}'}", LIMITED, A="5 minutes").jobs
    assert found.due[0] == datetime(2026, 3, 2, 13, tzinfo=timezone.utc)


def test_of_many_jobs_and_problems_the_first_are_shown_and_all_are_counted():
    found = checked("".join(f"test.heartbeat {n}: {{hours: 1}}\n" for n in range(150)), LIMITED)
    assert (len(found.jobs), found.job_count) == (100, 150)
    found = checked("".join(f"test.heartbeat {n}: {{minuts: 1}}\n" for n in range(250)), LIMITED)
    assert (len(found.problems), found.problem_count) == (200, 250)


def test_no_table_is_read():
    table = "database: 'postgresql://nowhere/x', table: t, columns: {name: n, crontab: c}"
    found = checked(f"jobs from: {{{table}, function: test.heartbeat, every: 1 hour}}")
    assert found.has_tables
    assert found.jobs == ()


@pytest.mark.parametrize("name", ["docassemble.playground1.nope", "docassemble.playground1.nope.x"])
def test_nobody_waits_for_a_playground(name):
    found = checked("".join(f"j{n}: {{function: {name}{n}, hours: 1}}\n" for n in range(50)))
    assert len(found.problems) == 50
