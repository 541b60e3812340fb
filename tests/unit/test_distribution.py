"""What goes to PyPI: the sdist has the tests and the pages too, the wheel has the package alone."""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest

from docassemble.Scheduler import __version__
from website.repository import REPOSITORY

ROOT = Path(__file__).parents[2]
#: what is in a checkout and in no distribution
LEFT_OUT = shutil.ignore_patterns(
    ".git",
    ".venv*",
    ".coverage*",
    ".devserver",
    ".*_cache",
    ".hypothesis",
    "site",
    "dist",
    "build",
    "__pycache__",
)
STEM = f"docassemble_scheduler-{__version__}"
BUILD = "from setuptools.build_meta import build_{0}; build_{0}('..')"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the sdist of a copy of the checkout, and the wheel of that sdist; return the folder with both."""
    folder = tmp_path_factory.mktemp("distributions")
    shutil.copytree(ROOT, folder / "checkout", symlinks=True, ignore=LEFT_OUT)
    build(folder / "checkout", "sdist")
    with tarfile.open(folder / f"{STEM}.tar.gz") as sdist:
        sdist.extractall(folder, filter="data")
    build(folder / STEM, "wheel")
    return folder


def build(source: Path, kind: str) -> None:
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", BUILD.format(kind)],
        cwd=source,
        check=True,
        capture_output=True,
    )


@pytest.fixture(scope="module")
def metadata(built: Path) -> Message:
    with zipfile.ZipFile(built / f"{STEM}-py3-none-any.whl") as wheel:
        return Parser().parsestr(wheel.read(f"{STEM}.dist-info/METADATA").decode())


def files(folder: Path, *under: str) -> set[str]:
    """Return the files below some folders, as paths from the first one."""
    found = (path for name in under for path in (folder / name).rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix() for path in found if "egg-info" not in str(path)}


def test_the_sdist_has_all_folders_of_the_checkout(built: Path) -> None:
    folders = [path.name for path in (built / "checkout").iterdir() if path.is_dir()]
    assert {"docassemble", "docs", "tests"} <= set(folders)
    assert files(built / STEM, *folders) == files(built / "checkout", *folders)


def test_the_sdist_has_the_files_of_the_root(built: Path) -> None:
    made = {"PKG-INFO", "setup.cfg"}
    there = {path.name for path in (built / STEM).iterdir() if path.is_file()} - made
    assert there == {path.name for path in (built / "checkout").iterdir() if path.is_file()} - {".gitignore"}


def test_the_wheel_has_the_package_and_nothing_else(built: Path) -> None:
    with zipfile.ZipFile(built / f"{STEM}-py3-none-any.whl") as wheel:
        names = {name for name in wheel.namelist() if not name.startswith(f"{STEM}.dist-info/")}
    assert names == files(built / "checkout", "docassemble")


def test_the_licence_is_an_spdx_expression_and_no_classifier_says_it_again(metadata: Message) -> None:
    assert metadata["License-Expression"] == "MIT"
    assert [each for each in metadata.get_all("Classifier") or () if each.startswith("License ::")] == []


def test_each_address_of_the_project_is_one_of_the_repository(metadata: Message) -> None:
    addresses = dict(each.split(", ") for each in metadata.get_all("Project-URL") or ())
    assert addresses.keys() == {"Changelog", "Documentation", "Issues", "Source"}
    assert all(each.startswith(REPOSITORY) for each in addresses.values())
    for name in ("Changelog", "Documentation"):
        assert (ROOT / addresses[name].removeprefix(f"{REPOSITORY}/blob/main/")).is_file()


def test_the_description_is_the_readme(metadata: Message) -> None:
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert metadata.get_payload() == (ROOT / "README.md").read_text(encoding="utf-8")
