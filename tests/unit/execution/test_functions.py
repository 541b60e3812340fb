"""Dotted names lead to functions, or to an error that says what is wrong."""

import importlib
import sys

import pytest

import docassemble
from docassemble.Scheduler.core.errors import FunctionError, GeneratorError
from docassemble.Scheduler.execution.functions import Functions


@pytest.fixture
def modules(tmp_path, monkeypatch):
    """Write modules that can be imported during the test, and forget them after it."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(tmp_path)

    def write(name: str, text: str) -> None:
        path = tmp_path.joinpath(*name.split(".")).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        importlib.invalidate_caches()

    yield write
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_a_full_name_finds_a_function_of_a_package(modules):
    modules("some_package.some_module", "def work(): return 42")
    assert Functions().find("some_package.some_module.work")() == 42


def test_a_file_and_a_function_find_a_shipped_task():
    found = Functions().find("test.heartbeat")
    assert found.__module__ == "docassemble.Scheduler.tasks.test"


def test_a_shipped_task_is_found_by_its_full_name_too():
    functions = Functions()
    assert functions.find("docassemble.Scheduler.tasks.test.heartbeat") is functions.find("test.heartbeat")


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("test.heartbeat", "docassemble.Scheduler.tasks.test.heartbeat"),
        ("http.*", "docassemble.Scheduler.tasks.http.*"),
        # of the standard library: the shipped file is no package
        ("http.client.*", "http.client.*"),
        ("package.module.work", "package.module.work"),
    ],
)
def test_the_full_name_of_a_shipped_task_has_the_package(name, full):
    assert Functions().full_name(name) == full


def test_the_home_of_a_function_is_where_it_is_defined(modules):
    modules(
        "house",
        "from os import path, system; from functools import partial; half = partial(system)\ndef work(): ...",
    )
    homes = {name: Functions().home(f"house.{name}") for name in ("work", "system", "half", "__class__")}
    assert homes == {"work": "house", "system": "posix", "half": "functools", "__class__": "builtins"}


@pytest.mark.parametrize("name", ["test.heartbeat", "docassemble.Scheduler.tasks.test.heartbeat"])
def test_a_function_says_what_it_is_for(name):
    assert Functions().first_line(name) == "Log the time."


def test_a_name_without_a_dot_says_nothing():
    assert Functions().first_line("heartbeat") is None


def test_a_top_level_module_that_is_no_task_is_found(modules):
    modules("lonely", "def work(): return 1")
    assert Functions().find("lonely.work")() == 1


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("nodots", "has no dot", "file.function"),
        ("no_such_package.module.work", "there is no module 'no_such_package.module'", "installed"),
        ("broken.work", "cannot be imported: ZeroDivisionError", ""),
        ("needy.work", "cannot be imported: No module named 'not_installed_anywhere'", ""),
        ("ends.work", "cannot be imported: SystemExit: 3", "must not end the process"),
        ("cancelled.work", "cannot be imported: CancelledError", ""),
        ("lazy.work", "cannot be imported: SystemExit: later", ""),
        ("ending.inner.work", "cannot be imported: SystemExit", ""),
        ("fine.wrok", "has no 'wrok'", "did you mean 'work'?"),
        ("fine.zzz", "has no 'zzz'", "in the module itself"),
        ("fine.number", "is not callable", "in the module itself"),
    ],
)
def test_a_name_that_leads_nowhere_is_an_error_with_a_way_out(modules, name, message, hint):
    """Also row I1: a module that ends the process."""
    modules("broken", "1 / 0")
    modules("needy", "import not_installed_anywhere")
    modules("ends", "import sys; sys.exit(3)")
    modules("cancelled", "import asyncio; raise asyncio.CancelledError")
    modules("lazy", "def __getattr__(name): raise SystemExit('later')")
    modules("ending.__init__", "raise SystemExit")
    modules("fine", "number = 1\ndef work(): pass")
    with pytest.raises(FunctionError) as caught:
        Functions().find(name)
    assert message in str(caught.value)
    assert hint in caught.value.hint


@pytest.fixture
def playground(tmp_path, monkeypatch):
    """Let docassemble have a folder more; afterwards its path is again the object that follows Python's own."""
    monkeypatch.setattr(docassemble, "__path__", [*docassemble.__path__, str(tmp_path / "docassemble")])


def test_a_playground_module_is_imported_again_when_its_file_has_changed(modules, playground):
    functions = Functions()
    modules("docassemble.playground1Test.jobs", "def work(): return 'before'")
    assert functions.find("docassemble.playground1Test.jobs.work")() == "before"
    modules("docassemble.playground1Test.jobs", "def work(): return 'and after'")
    assert functions.find("docassemble.playground1Test.jobs.work")() == "and after"


def test_a_playground_module_that_is_being_rewritten_is_waited_for(modules, playground, tmp_path):
    pauses = []

    def write_meanwhile(seconds: float) -> None:
        pauses.append(seconds)
        modules("docassemble.playground2.jobs", "def work(): return 'here'")

    tmp_path.joinpath("docassemble", "playground2").mkdir(parents=True)
    assert Functions(sleep=write_meanwhile).find("docassemble.playground2.jobs.work")() == "here"
    assert len(pauses) == 1


def test_a_playground_module_that_is_not_there_is_an_error_in_the_end():
    pauses = []
    with pytest.raises(FunctionError, match="there is no module"):
        Functions(sleep=pauses.append).find("docassemble.playground3.jobs.work")
    assert 1 < sum(pauses) < 5


def test_i1_ctrl_c_while_a_module_is_imported_is_not_swallowed(modules):
    modules("interrupted", "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        Functions().find("interrupted.work")


def test_i1_a_package_that_ends_says_nothing_of_its_functions(modules):
    modules("ending2.__init__", "raise SystemExit")
    assert Functions().first_line("ending2.inner.work") is None


def test_r1_a_generator_function_is_found_but_not_for_its_work(modules):
    modules("yielding", "def work(): yield\nasync def other(): yield\ndef fine(): pass")
    assert Functions().find("yielding.work")
    for name in ("yielding.work", "yielding.other"):
        with pytest.raises(GeneratorError, match="generator function"):
            Functions().find_work(name)
    assert Functions().find_work("yielding.fine")
