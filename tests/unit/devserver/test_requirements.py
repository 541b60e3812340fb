"""Nothing is installed whose version is not locked."""

import ast
import re
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from devserver.locks import FOLDER, locked
from devserver.releases import RELEASES
from devserver.service import CHECKOUT
from devserver.update import LOCKS, origin

UPDATE = "run `make update`"
INSTALLS = re.compile(r"\bpip3? .*\b(install|sync)\b|\buv (add|sync|tool|run)\b|\b(uvx|pipx)\b")


def requirements(path: Path) -> list[Requirement]:
    lines = (line.partition("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [Requirement(line) for line in lines if line]


def holds(requirement: Requirement) -> bool:
    return requirement.marker is None or requirement.marker.evaluate()


def test_what_is_asked_for_is_locked_and_nothing_else_is_there() -> None:
    files = {f"{name}.{end}" for name in LOCKS for end in ("in", "txt")} | {"docassemble.txt"}
    assert {path.name for path in FOLDER.iterdir()} == files


@pytest.mark.parametrize("name", [*LOCKS, "docassemble"])
def test_every_line_of_a_lock_is_one_version(name: str) -> None:
    for each in requirements(locked(name)):
        assert [specifier.operator for specifier in each.specifier] == ["=="], each
        assert "*" not in str(each.specifier), each


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_has_what_is_asked_for(name: str) -> None:
    versions = {canonicalize_name(each.name): each for each in requirements(locked(name)) if holds(each)}
    for asked in requirements(FOLDER / f"{name}.in"):
        (version,) = (str(each).lstrip("=") for each in versions[canonicalize_name(asked.name)].specifier)
        assert asked.specifier.contains(version), f"{asked}: {UPDATE}"


@pytest.mark.parametrize("name", LOCKS)
@pytest.mark.parametrize("python", ["3.10", "3.11", "3.12", "3.13", "3.14"])
def test_a_lock_has_one_version_for_each_python(name: str, python: str) -> None:
    here = {"python_version": python, "python_full_version": f"{python}.9"}
    names = [
        canonicalize_name(each.name)
        for each in requirements(locked(name))
        if each.marker is None or each.marker.evaluate(here)
    ]
    assert sorted(names) == sorted(set(names))


def test_the_tests_run_with_what_is_locked_and_with_nothing_else() -> None:
    installed = {canonicalize_name(each.name): each.version for each in metadata.distributions()}
    wanted = {
        canonicalize_name(each.name): str(each.specifier).removeprefix("==")
        for each in requirements(locked("dev"))
        if holds(each)
    }
    assert installed == wanted, "`make` makes an environment from requirements/dev.txt: .venv"


def test_what_docassemble_has_too_is_docassembles() -> None:
    pins = {
        canonicalize_name(each.name): each.specifier
        for each in requirements(locked("docassemble"))
        if holds(each)
    }
    for each in requirements(locked("dev")):
        if holds(each):
            assert each.specifier == pins.get(canonicalize_name(each.name), each.specifier), each


def test_docassembles_pins_are_those_of_the_table_of_releases() -> None:
    first, _, _ = locked("docassemble").read_text(encoding="utf-8").partition("\n")
    assert first == origin(RELEASES), UPDATE


@pytest.mark.parametrize(("path", "times"), [("Makefile", 3), (".ci/run", 0)])
def test_a_recipe_installs_what_is_locked_only(path: str, times: int) -> None:
    lines = (CHECKOUT / path).read_text(encoding="utf-8").splitlines()
    installs = [line for line in lines if INSTALLS.search(line)]
    assert all(re.search(r"requirements/(dev|docs)\.txt", line) for line in installs), installs
    assert len(installs) == times


@pytest.mark.parametrize("folder", ["devserver", "benchmarks"])
def test_a_program_installs_what_is_locked_only(folder: str) -> None:
    """Only environment.py runs pip and uv, and always with the lock. The others call it."""
    found = [
        (path.name, function.name, "LOCK" in names_in(function))
        for path in sorted((CHECKOUT / folder).rglob("*.py"))
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef) and {"install", "sync"} & texts_in(function)
    ]
    assert [each for each in found if each[0] != "debian.py"] == (  # which installs Debian's packages
        [("environment.py", "_make_tools", True), ("environment.py", "pip_install", True)]
        if folder == "devserver"
        else []
    )


def names_in(function: ast.FunctionDef) -> set[str]:
    return {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}


def texts_in(function: ast.FunctionDef) -> set[object]:
    return {node.value for node in ast.walk(function) if isinstance(node, ast.Constant)}
