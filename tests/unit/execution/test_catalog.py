"""The functions that a job may name, without importing any."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from docassemble.Scheduler.execution.catalog import TASKS, Catalog


@pytest.fixture
def namespace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A namespace of docassemble that has nothing in it."""
    module = ModuleType("docassemble")
    module.__path__ = [str(tmp_path)]
    monkeypatch.setitem(sys.modules, "docassemble", module)
    return tmp_path


def put(folder: Path, text: str) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text(text)


WORK = '''raise SystemExit("never to be imported")

def work(cases, *, limit=10):
    """Look at the cases.

    All of them.
    """

def _hidden():
    pass

class Thing:
    def method(self):
        pass

async def later(): ...
'''


@pytest.mark.parametrize("name", TASKS)
def test_each_shipped_task_is_known_with_its_docstring(name):
    found = Catalog().signature(name)
    assert found is not None
    assert found.docstring


def test_a_function_is_described_by_the_text_of_its_module(namespace):
    put(namespace / "MyPackage" / "cases.py", WORK)
    found = Catalog().signature("docassemble.MyPackage.cases.work")
    assert found.parameters == "cases, *, limit=10"
    assert found.docstring == "Look at the cases.\n\nAll of them."


def test_packages_are_listed_but_docassemble_itself_and_playgrounds_are_not(namespace):
    for name in ("MyPackage", "base", "webapp", "playground1"):
        put(namespace / name / "cases.py", WORK)
    assert Catalog().packages() == ["docassemble.MyPackage.cases.work", "docassemble.MyPackage.cases.later"]


def test_the_playground_is_that_of_the_user_with_all_its_projects(namespace):
    for name in ("playground1", "playground1Project", "playground12", "playground2"):
        put(namespace / name / "cases.py", "def work(): ...")
    assert Catalog().playground(1) == [
        "docassemble.playground1.cases.work",
        "docassemble.playground1Project.cases.work",
    ]


def test_a_file_is_read_again_when_it_has_changed(namespace):
    put(namespace / "MyPackage" / "cases.py", "def one(): ...")
    catalog = Catalog()
    assert catalog.packages() == ["docassemble.MyPackage.cases.one"]
    put(namespace / "MyPackage" / "cases.py", "def another(): ...")
    assert catalog.packages() == ["docassemble.MyPackage.cases.another"]


@pytest.mark.parametrize(
    "text",
    ["def (", "\0", "x = " + "(" * 5_000, "# " + "x" * 600_000, "é".encode("latin-1").decode("latin-1")],
)
def test_a_module_that_cannot_be_read_has_no_functions(namespace, text):
    put(namespace / "MyPackage" / "cases.py", text)
    assert Catalog().packages() == []


@pytest.mark.parametrize(
    "name",
    [
        "",
        "x",
        "a.b",
        "..",
        "../../etc.passwd",
        "docassemble.MyPackage/../x.y",
        "sys.exit",
        "os.nope",
        "no.such.module.at_all",
    ],
)
def test_a_name_that_leads_nowhere_has_no_signature(name):
    assert Catalog().signature(name) is None
