"""What pip says of an environment."""

from pathlib import Path

import pytest

from devserver.environment import check
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
