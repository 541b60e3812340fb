"""README.md names the releases of docassemble that are in the table."""

import pytest

from devserver.errors import DevServerError
from devserver.mentions import box, mentioned
from devserver.releases import Release
from devserver.service import CHECKOUT

README = (CHECKOUT / "README.md").read_text(encoding="utf-8")
NEW, MIDDLE, OLD = (Release(version=version, pythons=((3, 12),)) for version in ("3.0.7", "2.2.15", "2.1.3"))


def test_readme_names_the_releases_that_are_tested() -> None:
    assert mentioned(README) == README, "run `make update`"


@pytest.mark.parametrize(
    ("releases", "series", "versions"),
    [
        ([NEW, MIDDLE, OLD], "2.1, 2.2 or 3.0", "2.1.3, 2.2.15 and 3.0.7"),
        ([MIDDLE, OLD], "2.1 or 2.2", "2.1.3 and 2.2.15"),
        ([NEW], "3.0", "3.0.7"),
    ],
)
def test_each_place_names_them(releases: list[Release], series: str, versions: str) -> None:
    text = mentioned(README, releases)
    assert f"Needed: docassemble {series} (tested with {versions}) with" in text
    assert f"```text\n{box(releases[0])}\n```" in text
    assert mentioned(text) == README


def test_the_box_is_that_of_the_newest_release() -> None:
    assert "|  docassemble 3.0.7 with docassemble.Scheduler " in box(NEW)
    assert "|  Command line    .devserver/3.0.7/docassemble-scheduler jobs  |" in box(NEW)


def test_a_sentence_that_is_gone_is_missed() -> None:
    with pytest.raises(DevServerError, match="0 times"):
        mentioned(README.replace("tested with", "tried with"))
