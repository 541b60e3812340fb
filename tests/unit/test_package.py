"""What docassemble's Package Management and pip read of the package."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from docassemble import Scheduler
from docassemble.Scheduler import __version__

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


def test_the_root_has_only_names_that_stand_in_files_of_operators():
    files = {path.name for path in (ROOT / "docassemble" / "Scheduler").iterdir() if path.is_file()}
    entry_points = {"__init__.py", "__main__.py", "boot.py", "celery_task.py", "py.typed"}
    names_of_0_2 = {"job_data.py", "scheduler_error_handler.py", "scheduler_logger.py"}
    assert files == entry_points | names_of_0_2


def test_no_name_that_programs_import_is_that_of_a_module():
    """Importing a module puts it in the place of what else the package has under its name."""
    folder = ROOT / "docassemble" / "Scheduler"
    modules = {path.stem for path in folder.iterdir() if path.suffix == ".py" or path.is_dir()}
    assert modules & set(Scheduler.__all__) == set()


def test_every_name_that_programs_import_is_there():
    imported = subprocess.run(
        [sys.executable, "-c", "from docassemble.Scheduler import *; print(callable(schedule_in))"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert imported.stdout == "True\n"


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
    assert name in Scheduler.__all__
    assert getattr(Scheduler, name).__name__ == name
