"""What docassemble's Package Management and pip read of the package."""

import inspect
import pydoc
import re
import subprocess
import sys
from keyword import iskeyword
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from docassemble import Scheduler
from docassemble.Scheduler import __version__
from docassemble.Scheduler.config.keys import JOB_KEYS, Group
from docassemble.Scheduler.management.client import SchedulerClient
from docassemble.Scheduler.management.drafts.job_options import JobOptions
from docassemble.Scheduler.management.session_actions import SessionScheduler

ROOT = Path(__file__).parents[2]
SETUP = (ROOT / "setup.py").read_text(encoding="utf-8").splitlines()


def test_docassemble_finds_the_name_on_a_line_of_its_own():
    assert "    name='docassemble.Scheduler'," in SETUP


def test_no_other_line_of_the_setup_looks_like_a_name():
    assert sum(bool(re.match(r"\s*name\s*=", line, re.IGNORECASE)) for line in SETUP) == 1


def test_the_only_new_dependency_is_cronsim():
    assert '    install_requires=["cronsim>=2.7"],' in SETUP


def test_the_namespace_is_native():
    assert not (ROOT / "docassemble" / "__init__.py").exists()
    assert not any("namespace_packages=" in line and "find_" not in line for line in SETUP)


def test_the_version_is_the_one_in_the_changelog():
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[0] == __version__


def test_no_two_modules_of_tests_have_the_same_name():
    tests = Path(__file__).parents[1]
    modules = [each.name for room in ("unit", "contract") for each in (tests / room).rglob("test_*.py")]
    assert {name for name in modules if modules.count(name) > 1} == set()


def test_no_room_has_more_than_fourteen_modules():
    package = ROOT / "docassemble" / "Scheduler"
    rooms = {module.parent for module in package.rglob("*.py")}
    modules = {room: [each for each in room.glob("*.py") if each.name != "__init__.py"] for room in rooms}
    assert {str(room): len(found) for room, found in modules.items() if len(found) > 14} == {}


def test_the_root_has_only_names_that_stand_in_files_of_operators():
    files = {path.name for path in (ROOT / "docassemble" / "Scheduler").iterdir() if path.is_file()}
    entry_points = {"__init__.py", "__main__.py", "boot.py", "celery_task.py", "py.typed"}
    names_of_0_2 = {"job_data.py", "scheduler_error_handler.py", "scheduler_logger.py"}
    assert files == entry_points | names_of_0_2


def test_no_name_that_programs_import_is_that_of_a_module():
    """Importing a module puts it in the place of what else the package has under its name."""
    folder = ROOT / "docassemble" / "Scheduler"
    modules = {path.stem for path in folder.iterdir() if path.suffix == ".py" or path.is_dir()}
    assert modules & {*Scheduler.__all__, *NAMES_OF_INTERVIEWS} == set()


#: what an interview is likely to have itself, or has of docassemble
NAMES_OF_INTERVIEWS = {"backfill", "cancel", "history", "jobs", "log", "pause", "resume", "Status", "Trigger"}
FUNCTIONS = {
    *("cancel", "current_run", "history", "jobs", "log", "pause", "pause_all", "resume", "resume_all"),
    *("backfill", "due_times_without_success"),
    *("run_now", "schedule_at", "schedule_cron", "schedule_every", "schedule_in"),
    *("cancel_action", "schedule_action", "scheduled_actions"),
}
#: those that are about the session of an interview
IN_SESSIONS = {"cancel_action", "schedule_action", "scheduled_actions"}


def python(code):
    """Return what a fresh Python prints."""
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_a_star_import_gives_what_an_interview_can_live_with():
    code = "names = {}; exec('from docassemble.Scheduler import *', names); print(*names)"
    given = set(python(code).split())
    assert {"schedule_in", "run_now", "current_run", "SchedulerError"} <= given
    assert given & NAMES_OF_INTERVIEWS == set()


def test_dir_has_every_name_that_programs_import_and_nothing_else():
    shown = python("import docassemble.Scheduler as s; print(*dir(s))").split()
    assert {name for name in shown if not name.startswith("_")} == {*Scheduler.__all__, *NAMES_OF_INTERVIEWS}
    assert python("import docassemble.Scheduler as s; print(all(getattr(s, n) for n in dir(s)))") == "True\n"


def test_help_has_every_function():
    text = pydoc.plain(pydoc.render_doc(Scheduler))
    assert {name for name in FUNCTIONS if not re.search(rf"\b{name}\(", text)} == set()
    assert "**options: 'Unpack[JobOptions]'" in text


@pytest.mark.parametrize("name", sorted(FUNCTIONS - {"log", "current_run", "jobs", "history"}))
def test_help_of_a_function_has_an_example_that_names_it(name):
    documented = inspect.getdoc(getattr(Scheduler, name))
    example = documented.partition("Example:\n")[2]
    assert example.strip().startswith(f"{name}(")
    compile(example.strip(), name, "exec")


@pytest.mark.parametrize("name", sorted(FUNCTIONS - {"log", "current_run"}))
def test_a_function_takes_what_the_method_of_the_client_takes(name):
    ours = inspect.signature(getattr(Scheduler, name)).parameters
    client = SessionScheduler if name in IN_SESSIONS else SchedulerClient
    theirs = [*inspect.signature(getattr(client, name)).parameters.values()][1:]
    assert [(each.name, each.kind, each.default) for each in ours.values()] == [
        (each.name, each.kind, each.default) for each in theirs
    ]


def test_the_options_that_are_typed_are_the_keys_of_a_job():
    given_otherwise = {"args", "kwargs", "type"}
    keys = {
        f"{key.field}_" if iskeyword(key.field) else key.field  # `except_`
        for key in JOB_KEYS.values()
        if key.group in {Group.FIELD, Group.BOUNDS} and key.field not in given_otherwise
    }
    assert set(JobOptions.__annotations__) == keys


def test_the_extra_of_the_command_line_asks_for_nothing_that_docassemble_has_not():
    extra = re.search(r'^        "cli": \[(.+)\],$', "\n".join(SETUP), re.MULTILINE)
    assert extra is not None
    pins = [
        Requirement(line.split("#")[0])
        for line in (ROOT / "requirements/docassemble.txt").read_text(encoding="utf-8").splitlines()
        if "==" in line
    ]
    for wanted in map(Requirement, re.findall(r'"([^"]+)"', extra[1])):
        found = [pin for pin in pins if canonicalize_name(pin.name) == canonicalize_name(wanted.name)]
        assert found != [], wanted
        assert {each.operator for each in wanted.specifier} == {">="}
        assert all(wanted.specifier.contains(str(pin.specifier).lstrip("=")) for pin in found)


@pytest.mark.parametrize(
    "name",
    re.findall(
        r"`([A-Z]\w+)`", (ROOT / "docs/python.md").read_text(encoding="utf-8").partition("## Errors")[2]
    )
    + re.findall(
        r"`docassemble\.Scheduler\.([A-Z]\w+)`", (ROOT / "docs/jobs.md").read_text(encoding="utf-8")
    ),
)
def test_programs_need_not_know_which_module_has_what_the_pages_name(name):
    assert name in dir(Scheduler)
    assert getattr(Scheduler, name).__name__ == name
