"""What functions say of themselves is read from the text of their modules."""

import os
import sys

import pytest

from docassemble.Scheduler.execution.functions import Functions

TEXT = '''
from elsewhere import foreign

def plain():
    """Sends the reminders.

    To everybody.
    """

async def waiting():
    """
    Waits   for the court.
    """

class Callable:
    """Is called."""

@foreign
def decorated():
    """Has a decorator."""

def silent():
    return 1

def empty():
    """ """

raise RuntimeError("imported")
'''


@pytest.fixture
def module(tmp_path, monkeypatch):
    """A module that can be found, and says so when it is imported."""
    monkeypatch.syspath_prepend(tmp_path)
    path = tmp_path / "that_speaks.py"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("function", "line"),
    [
        ("plain", "Sends the reminders."),
        ("waiting", "Waits   for the court."),
        ("Callable", "Is called."),
        ("decorated", "Has a decorator."),
        ("silent", None),
        ("empty", None),
        ("foreign", None),
        ("not_there", None),
    ],
)
def test_the_first_line_is_told_and_nothing_is_imported(module, function, line):
    assert Functions().first_line(f"that_speaks.{function}") == line
    assert "that_speaks" not in sys.modules


def test_a_file_that_changes_is_read_again(module):
    functions = Functions()
    functions.first_line("that_speaks.plain")
    module.write_text("def plain(): 'Does something else.'", encoding="utf-8")
    assert functions.first_line("that_speaks.plain") == "Does something else."


def test_a_file_that_stays_is_not_read_again(module):
    functions = Functions()
    functions.first_line("that_speaks.plain")
    state = module.stat()
    module.write_bytes(b"#" * state.st_size)
    os.utime(module, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert functions.first_line("that_speaks.plain") == "Sends the reminders."


@pytest.mark.parametrize(
    "name", ["not_there_at_all", "not_there.either", "sys", "", "..", "broken_package.module", "wrong"]
)
def test_what_has_no_text_or_a_wrong_one_has_no_line(tmp_path, monkeypatch, name):
    monkeypatch.syspath_prepend(tmp_path)
    tmp_path.joinpath("wrong.py").write_text("def work(:", encoding="utf-8")
    package = tmp_path / "broken_package"
    package.mkdir()
    package.joinpath("__init__.py").write_text("1 / 0", encoding="utf-8")
    package.joinpath("module.py").write_text("def work(): 'Works.'", encoding="utf-8")
    assert Functions().first_line(f"{name}.work") is None


def test_a_file_that_was_moved_away_has_no_line_and_one_that_came_has(module):
    functions = Functions()
    functions.first_line("that_speaks.plain")
    module.unlink()
    assert functions.first_line("that_speaks.plain") is None
    module.write_text("def plain(): 'Is back.'", encoding="utf-8")
    assert functions.first_line("that_speaks.plain") == "Is back."
