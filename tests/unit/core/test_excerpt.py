"""Excerpts: any value in one visible line, with a limit of size and of work (C3, C7)."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from docassemble.Scheduler.core.texts.excerpt import ITEM, SHORT, excerpt, invisible_in, is_within, naming

LAUGHS: list[object] = ["ha"]
for _ in range(30):
    LAUGHS = [LAUGHS] * 10
LOOP: list[object] = []
LOOP.append(LOOP)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("5 minutes", "5 minutes"),
        ("two\nlines", "two lines"),
        ("*/5\u200b", "*/5<U+200B>"),
        ("a\u00a0b", "a<U+00A0>b"),
        ("\x1b[31m", "<U+001B>[31m"),
        ("\udc80", "<U+DC80>"),
        ("Bericht für 木", "Bericht für 木"),
        ("❤\ufe0f", "❤\ufe0f"),
        ("5\ufe0f", "5<U+FE0F>"),
        (True, "True"),
        ([1, "a"], "[1, 'a']"),
        (10**5000, "(a huge number)"),
        ({"a": [10**5000]}, "{'a': [(a huge number)]}"),
        (object(), "(object)"),
        ("x" * 1_000_000, "x" * (SHORT - 3) + "..."),
    ],
    ids=range(15),
)
def test_a_value_is_shown_in_one_visible_line(value: object, shown: str) -> None:
    assert excerpt(value) == shown


HUGE = {"aliases": [LAUGHS, {"a": LAUGHS}], "a loop": {1: LOOP}, "bytes": b"x" * 10**6}


@pytest.mark.parametrize("value", HUGE.values(), ids=HUGE)
def test_c3_no_value_is_shown_or_walked_without_a_limit(value: object) -> None:
    assert len(excerpt(value)) <= SHORT
    assert not is_within(value, 100_000)


def test_items_and_characters_are_counted_as_often_as_they_stand_there() -> None:
    part = ["ab"]
    size = 5 * ITEM + 2 + 2 * (1 + 2)
    assert is_within([part, part], size)
    assert not is_within([part, part], size - 1)


@given(st.text(max_size=300))
@example("\u2028\u200c")
@example("é\u200c\ufe0f a\u200c")
def test_whatever_is_shown_can_be_seen(text: str) -> None:
    assert invisible_in(excerpt(text)) == []
    assert "\n" not in excerpt(text)
    excerpt(text).encode()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("* * * * *", ""),
        ("für 木 ❤\ufe0f", ""),
        ("\u034f*", "U+034F (COMBINING GRAPHEME JOINER)."),
        ("5\u00a0", "U+00A0 (NO-BREAK SPACE) by a plain space."),
        ("9\u201317", "U+2013 (EN DASH), by `-`."),
        ("\uff15", "U+FF15 (FULLWIDTH DIGIT FIVE), by `5`."),
        ("\u2217", "U+2217 (ASTERISK OPERATOR), by `*`."),
        ("a\x00", "U+0000 (a control character)."),
    ],
)
def test_c7_a_character_that_is_not_what_it_looks_like_is_named(text: str, named: str) -> None:
    assert naming(text).endswith(named)
    assert bool(naming(text)) is bool(named)
