"""What `make update` makes of the table of releases."""

from __future__ import annotations

import pytest

from devserver.releases import Minor, Release
from devserver.update import newest_for, origin, read_pins, restricted, with_markers

P10, P11, P12, P13 = (3, 10), (3, 11), (3, 12), (3, 13)
NEW = Release(version="2.1.3", pythons=(P12, P13))
MIDDLE = Release(version="2.0.5", pythons=(P12, P11, P10, P13))
OLD = Release(version="1.9.9", pythons=(P12, P11, P10))


def test_each_python_has_the_newest_release_that_runs_with_it() -> None:
    assert newest_for([NEW, MIDDLE, OLD]) == {P10: MIDDLE, P11: MIDDLE, P12: NEW, P13: NEW}


def test_a_release_that_no_python_takes_makes_no_difference() -> None:
    assert newest_for([NEW, MIDDLE]) == newest_for([NEW, MIDDLE, OLD])
    assert origin([NEW, MIDDLE]) == origin([NEW, MIDDLE, OLD])


def test_the_constraints_say_which_releases_they_are_of() -> None:
    assert "2.0.5 for Python 3.10 and 3.11; 2.1.3 for Python 3.12 and 3.13." in origin([NEW, MIDDLE, OLD])


def test_pins_are_read_without_comments_and_markers() -> None:
    text = (
        "# by uv\na==1\nb-c==2.0.post1 ; python_version < '3.12'  # via a\nredis[hiredis]==3\n    # via b\n"
    )
    assert read_pins(text) == {"a": "1", "b-c": "2.0.post1", "redis": "3"}


@pytest.mark.parametrize(
    ("versions", "lines"),
    [
        (["1", "1", "1", "1"], ["a==1"]),
        (["1", "1", "2", "2"], ["a==1 ; python_version < '3.12'", "a==2 ; python_version >= '3.12'"]),
        (["1", None, None, None], ["a==1 ; python_version < '3.11'"]),
        ([None, None, None, "1"], ["a==1 ; python_version >= '3.13'"]),
        ([None, "1", "1", None], ["a==1 ; python_version >= '3.11' and python_version < '3.13'"]),
        (
            ["1", "2", "1", "1"],
            [
                "a==1 ; python_version < '3.11'",
                "a==2 ; python_version >= '3.11' and python_version < '3.12'",
                "a==1 ; python_version >= '3.12'",
            ],
        ),
    ],
)
def test_a_pin_has_the_pythons_that_it_holds_for(versions: list[str | None], lines: list[str]) -> None:
    pins: dict[Minor, dict[str, str]] = {
        minor: {"a": version} if version else {}
        for minor, version in zip([P10, P11, P12, P13], versions, strict=True)
    }
    assert with_markers(pins) == lines


def test_names_are_in_order() -> None:
    assert with_markers({P10: {"b": "1", "a": "2"}, P11: {"c": "3", "b": "1", "a": "2"}}) == [
        "a==2",
        "b==1",
        "c==3 ; python_version >= '3.11'",
    ]


def test_what_the_tests_do_not_have_is_left_out() -> None:
    lines = ["a==1 ; python_version < '3.12'", "a==2 ; python_version >= '3.12'", "ab==3"]
    assert restricted(lines, {"a", "b"}) == lines[:2]
