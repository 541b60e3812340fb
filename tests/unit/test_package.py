"""What docassemble's Package Management and pip read of the package."""

import re
from pathlib import Path

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
