from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from docassemble.Scheduler.tasks.arguments import InvalidArgument
from docassemble.Scheduler.tasks.interviews import Choice, read_choice


@pytest.mark.parametrize(
    ("sessions", "choice"),
    [
        ("all", Choice()),
        ("All", Choice()),
        ("45BrppwmAxQRRhdCYCs4rVJ4iYtfleDm", Choice(ids=("45BrppwmAxQRRhdCYCs4rVJ4iYtfleDm",))),
        (["b", "a", "b"], Choice(ids=("b", "a"))),
        ([], Choice(ids=())),
        ({"tag": "urgent"}, Choice(tag="urgent")),
        (
            {"Modified-within": "7 days", "idle_for": 3600},
            Choice(modified_within=timedelta(days=7), idle_for=timedelta(hours=1)),
        ),
    ],
)
def test_sessions_are_all_or_certain_ones_or_those_with_what_is_asked_for(
    sessions: Any, choice: Choice
) -> None:
    assert read_choice(sessions) == choice


@pytest.mark.parametrize(
    ("sessions", "message"),
    [
        (None, "`sessions` must be `all`, a list of session IDs, or a mapping of filters"),
        ([1], "`sessions` must be `all`, a list of session IDs, or a mapping of filters"),
        ("", "`sessions` must be a text; quote a number"),
        ({}, "`sessions` has no filter: filters are tag, modified within, idle for"),
        (
            {"tag": "a", "tags": "b"},
            "`sessions` has ['tags']: filters are tag, modified within, idle for",
        ),
        ({"tag": 5}, "`tag` must be a text; quote a number"),
        ({"idle for": "long"}, "`idle for` is not a duration. Write a number of seconds"),
    ],
)
def test_a_choice_that_makes_no_sense_is_named(sessions: Any, message: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        read_choice(sessions)
    assert str(caught.value).startswith(message)


def test_a_tag_must_be_among_those_of_the_session() -> None:
    assert [Choice(tag="a").has_tag(tags) for tags in ({"a", "b"}, {"ab"}, set())] == [True, False, False]
    assert Choice().has_tag(set())
