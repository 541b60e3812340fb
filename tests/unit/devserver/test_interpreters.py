"""Which Python runs a release of docassemble."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from devserver.errors import DevServerError
from devserver.interpreters import Interpreter, candidates, find, newest, probe, running
from devserver.releases import NEWEST, RELEASES, Release

OLD = Release(version="1.0", pythons=((3, 10), (3, 11)))
NEW = Release(version="2.0", pythons=((3, 12), (3, 13)))


def python(name: str, *, has_header: bool = True) -> Interpreter:
    major, minor, micro = map(int, name.split("."))
    return Interpreter(
        path=Path(f"/usr/bin/python{name}"), version=(major, minor, micro), has_header=has_header
    )


def machine(*installed: Interpreter) -> dict[str, Callable[..., object]]:
    """What a machine with these Pythons answers."""
    by_path = {each.path: each for each in installed}
    return {"others": lambda minors: iter(by_path), "ask": by_path.get}


def test_the_running_python_is_taken_when_it_fits():
    own = python("3.11.2")
    assert find(OLD, first=own, **machine(python("3.10.1"))) == own


def test_another_one_is_taken_when_the_running_one_does_not_fit():
    there = (python("3.10.1"), python("3.13.0"))
    assert find(NEW, first=python("3.11.2"), **machine(*there)) == there[1]


def test_a_python_for_which_nothing_can_be_compiled_is_passed_over():
    there = (python("3.13.0", has_header=False), python("3.12.4"))
    assert find(NEW, first=python("3.11.2"), **machine(*there)) == there[1]


def test_without_one_the_error_says_which_and_how_to_install_it():
    with pytest.raises(DevServerError) as caught:
        find(NEW, first=python("3.11.2"), **machine(python("3.10.1")))
    for words in ("docassemble 2.0 needs Python 3.12 or 3.13", "this is 3.11.2", "pyenv install 3.12"):
        assert words in str(caught.value)


def test_a_program_that_is_no_python_is_none(tmp_path: Path):
    shim = tmp_path / "python3.12"
    shim.write_text(
        "#!/bin/sh\necho 'pyenv: python3.12: command not found' >&2; exit 127\n", encoding="utf-8"
    )
    shim.chmod(0o755)
    assert probe(shim) is None
    assert probe(tmp_path / "missing") is None


def test_a_python_says_which_one_it_is():
    found = probe(Path(sys.executable))
    assert found is not None
    assert found.version == running().version


def test_pyenvs_folder_is_looked_into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    own = tmp_path / "versions" / "3.12.1" / "bin" / "python3.12"
    own.parent.mkdir(parents=True)
    own.touch()
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.setenv("PATH", "")
    assert list(candidates([(3, 13), (3, 12)])) == [own]


def test_the_newest_release_that_can_run_is_chosen():
    assert newest(lambda release: running()) == (NEWEST, "")


def test_an_older_release_is_chosen_with_the_reason():
    def finds(release: Release) -> Interpreter:
        if release is NEWEST:
            raise DevServerError("it needs another Python")
        return running()

    assert newest(finds) == (RELEASES[1], "it needs another Python")
