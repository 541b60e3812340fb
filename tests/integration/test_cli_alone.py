"""The command line where docassemble is not: in CI, or on somebody's own machine."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from devserver.service import CHECKOUT
from docassemble.Scheduler import __version__

GOOD = "scheduler:\n  docassemble.MyPackage.reports.weekly:\n    crontab: '0 8 * * mon'\n"
BAD = "scheduler:\n  docassemble.MyPackage.reports.weekly:\n    minuts: 5\n"


class Alone:
    """An environment without docassemble."""

    def __init__(self, folder: Path, wheel: Path, extra: str) -> None:
        self.folder = folder
        uv = Path(sys.executable).with_name("uv")
        call([str(uv), "venv", "--quiet", "--python", sys.executable, str(folder / "venv")])
        python = str(folder / "venv/bin/python")
        call([str(uv), "pip", "install", "--quiet", "--python", python, f"{wheel}{extra}"])

    def type(self, *arguments: str, status: int = 0) -> "subprocess.CompletedProcess[str]":
        script = self.folder / "venv/bin/docassemble-scheduler"
        return self.call(str(script), *arguments, status=status)

    def python(self, *arguments: str, status: int = 0) -> "subprocess.CompletedProcess[str]":
        return self.call(str(self.folder / "venv/bin/python"), *arguments, status=status)

    def call(self, *command: str, status: int) -> "subprocess.CompletedProcess[str]":
        environ = {"PATH": "/usr/bin:/bin", "HOME": str(self.folder), "LANG": "C.UTF-8"}
        done = subprocess.run(command, cwd=self.folder, env=environ, capture_output=True, text=True)
        assert done.returncode == status, done.stdout + done.stderr
        return done


def call(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that would be published, built from a copy: the build leaves things behind."""
    copy = tmp_path_factory.mktemp("wheel") / "checkout"
    shutil.copytree(
        CHECKOUT / "docassemble", copy / "docassemble", ignore=shutil.ignore_patterns("__pycache__")
    )
    for name in ("setup.py", "pyproject.toml", "MANIFEST.in", "README.md", "CHANGELOG.md", "LICENSE"):
        shutil.copy(CHECKOUT / name, copy)
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(copy.parent)]
    call([sys.executable, "-m", "pip", "wheel", *options, str(copy)])
    (built,) = copy.parent.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def alone(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Alone:
    return Alone(tmp_path_factory.mktemp("alone"), wheel, "[cli]")


def test_without_the_extra_one_sentence_says_what_to_install(
    wheel: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    bare = Alone(tmp_path_factory.mktemp("bare"), wheel, "")
    for done in (
        bare.type(status=2),
        bare.type("--help", status=2),
        bare.type("check", "some.yml", status=2),
        bare.python("-m", "docassemble.Scheduler", "--help", status=2),
    ):
        assert (done.stdout, done.stderr.count("\n")) == ("", 1)
        assert 'pip install "docassemble.Scheduler[cli]"' in done.stderr


def test_with_the_extra_there_is_help_and_the_version(alone: Alone) -> None:
    assert "Check a configuration" in alone.type("--help").stdout
    assert __version__ in alone.type("--version").stdout
    assert alone.python("-m", "docassemble.Scheduler", "jobs", "--help").stdout


def test_a_file_is_checked_without_docassemble(alone: Alone) -> None:
    (alone.folder / "good.yml").write_text(GOOD, encoding="utf-8")
    (alone.folder / ".env").write_text("OTHER=1\n", encoding="utf-8")
    good = alone.type("check", "good.yml").stdout
    assert "08:00:00" in good
    assert "not checked" in good
    (alone.folder / "bad.yml").write_text(BAD, encoding="utf-8")
    assert "Did you mean `minutes`?" in alone.type("check", "bad.yml", status=1).stdout


def test_a_crontab_is_explained_without_docassemble(alone: Alone) -> None:
    assert "at 08:00" in alone.type("explain", "0 8 * * mon").stdout


def test_what_needs_docassemble_says_so(alone: Alone) -> None:
    for command in (["jobs"], ["check"], ["run", "some job"]):
        done = alone.type(*command, status=2)
        assert (done.stdout, done.stderr.count("\n")) == ("", 1)
        assert "docassemble" in done.stderr
        assert "Traceback" not in done.stderr


def test_the_extra_brings_no_more_than_it_needs(alone: Alone) -> None:
    script = "import importlib.util as u; print([n for n in ('sqlalchemy', 'flask') if u.find_spec(n)])"
    assert alone.python("-c", script).stdout == "[]\n"
