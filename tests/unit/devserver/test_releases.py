"""The table of docassemble's releases."""

import pytest

from devserver.errors import DevServerError
from devserver.releases import NEWEST, RELEASES, VERSIONS, Release, release


def number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def test_the_newest_release_is_the_first():
    assert sorted(VERSIONS, key=number, reverse=True) == list(VERSIONS)
    assert NEWEST.version == VERSIONS[0]


def test_a_release_is_found_by_its_version():
    assert [release(version) for version in VERSIONS] == list(RELEASES)


def test_an_unknown_version_is_refused_with_those_that_are_there():
    with pytest.raises(DevServerError, match=f"docassemble 0.1 is not in the table.*{NEWEST.version}"):
        release("0.1")


def test_the_pythons_of_a_release_are_listed_newest_first():
    row = Release(version="1.10.14", pythons=((3, 12), (3, 14)))
    assert row.minors == [(3, 14), (3, 13), (3, 12)]
    assert row.series == "1.10"


@pytest.mark.parametrize("each", RELEASES, ids=lambda each: each.version)
def test_an_override_replaces_what_pip_check_complains_of(each: Release):
    for override in each.overrides:
        name, _, version = override.requirement.partition("==")
        assert f"{name} {version}" in override.complaint
        assert override.reason
