"""The table of docassemble's releases."""

import pytest

from devserver.errors import DevServerError
from devserver.releases import NEWEST, RELEASES, VERSIONS, Override, Release, release


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


def test_the_series_of_a_release_are_the_first_two_numbers():
    assert Release(version="1.10.14", pythons=((3, 12),)).series == "1.10"


def test_what_an_override_explains_is_no_complaint():
    override = Override(requirement="a==1.post1", reason="withdrawn", complaint="but you have a 1.post1.")
    row = Release(version="1.0", pythons=((3, 12),), overrides=(override,))
    said = (
        "base 1.0 has requirement a==1, but you have a 1.post1.\nbase 1.0 requires b, which is not installed."
    )
    assert row.unexpected(said) == ["base 1.0 requires b, which is not installed."]
    assert Release(version="1.0", pythons=((3, 12),)).unexpected("b is missing") == ["b is missing"]


@pytest.mark.parametrize("each", RELEASES, ids=lambda each: each.version)
def test_an_override_replaces_what_pip_check_complains_of(each: Release):
    for override in each.overrides:
        name, _, version = override.requirement.partition("==")
        assert f"{name} {version}" in override.complaint
        assert override.reason
