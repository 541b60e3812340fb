"""What pip says of an environment."""

from pathlib import Path

import pytest

from devserver.environment import check, copy_sources, package_version, source_hash
from devserver.errors import DevServerError
from devserver.releases import Override, Release

OVERRIDE = Override(requirement="a==1.post1", reason="withdrawn", complaint="but you have a 1.post1.")
RELEASE = Release(version="1.0", pythons=((3, 12),), overrides=(OVERRIDE,))
EXPECTED = "base 1.0 has requirement a==1, but you have a 1.post1."


def environment(folder: Path, says: str, *, on: str = "1", status: int = 1) -> Path:
    """An environment whose pip prints a line on a stream and ends."""
    python = folder / "bin/python"
    python.parent.mkdir()
    python.write_text(f"#!/bin/sh\necho '{says}' >&{on}\nexit {status}\n", encoding="utf-8")
    python.chmod(0o755)
    return folder


def test_what_the_row_of_a_release_explains_is_accepted(tmp_path: Path) -> None:
    check(environment(tmp_path, EXPECTED), RELEASE)


@pytest.mark.parametrize("on", ["1", "2"], ids=["a version that clashes", "pip itself fails"])
def test_anything_else_is_told(tmp_path: Path, on: str) -> None:
    with pytest.raises(DevServerError, match="b is missing"):
        check(environment(tmp_path, "b is missing", on=on), RELEASE)


def checkout(folder: Path, version: str = "1.0") -> Path:
    """A checkout of our package, with one module, and a folder that is not part of it."""
    package = folder / "docassemble/Scheduler"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(f'__version__ = "{version}"\n', encoding="utf-8")
    (folder / ".venv").mkdir()
    return folder


def test_the_version_is_that_of_the_checkout(tmp_path: Path) -> None:
    assert package_version(checkout(tmp_path, "0.2.2")) == "0.2.2"


def test_a_checkout_without_a_version_is_refused(tmp_path: Path) -> None:
    (checkout(tmp_path) / "docassemble/Scheduler/__init__.py").write_text("", encoding="utf-8")
    with pytest.raises(DevServerError, match="no __version__"):
        package_version(tmp_path)


def test_two_checkouts_with_the_same_sources_are_the_same_package(tmp_path: Path) -> None:
    one, same, other = checkout(tmp_path / "a"), checkout(tmp_path / "b"), checkout(tmp_path / "c", "1.1")
    assert source_hash(one) == source_hash(same) != source_hash(other)


def test_only_what_the_package_is_built_from_is_copied(tmp_path: Path) -> None:
    copy_sources(checkout(tmp_path / "checkout"), tmp_path / "copy")
    assert [path.name for path in (tmp_path / "copy").iterdir()] == ["docassemble"]
