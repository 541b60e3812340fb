"""Which texts are kept as they are, which are refused as names, and how all others are made fit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docassemble.Scheduler.core.problem import Problem
from docassemble.Scheduler.core.texts.storable import MAX_NAME, flaw, is_fit, storable

LONG = "x" * MAX_NAME


@pytest.mark.parametrize("name", ["a", LONG, "\U0001f600" * MAX_NAME, "a\n", "caf\xe9 ", "\u200d", ""])
def test_a_name_that_every_database_keeps_has_no_flaw(name):
    assert flaw(name) is None


@pytest.mark.parametrize(
    ("name", "reason", "hint"),
    [
        (LONG + "x", "191 characters", "Use at most 190"),
        ("a\0b", "a NUL", "Remove character 2"),
        ("\ud800", "half of a surrogate pair", "Remove character 1"),
        (LONG + "\udfff", "half of a surrogate pair", "Remove character 191"),
    ],
)
def test_a_flaw_says_what_is_wrong_and_the_way_out(name, reason, hint):
    found = flaw(name)
    assert reason in found.reason
    assert hint in found.hint


def test_a_text_of_any_length_is_a_parameter():
    assert is_fit(LONG * 10, None)
    assert not is_fit("a", "a\0")


@given(st.text(st.characters()), st.integers(1, 30), st.sampled_from(["utf-8", "ascii", "latin-1"]))
def test_whatever_is_made_storable_is_kept(text, longest, encoding):
    for made in (storable(text, longest, encoding), storable(text, longest, encoding, end=True)):
        assert len(made) <= longest
        assert "\0" not in made
        made.encode(encoding)
        assert flaw(made) is None


def test_of_a_long_text_the_beginning_stays_or_the_end():
    assert storable("12345", 3) == "123"
    assert storable("12345", 3, end=True) == "345"
    assert storable("a\0\udc80", 20) == r"a\0\udc80"


def test_a_problem_can_be_shown_whatever_it_is_about():
    odd = "a\0\ud800" + "x" * 1_000_000
    problem = Problem(code="x", path=("scheduler", odd), sentence=odd, hint=odd)
    text = str(problem)
    assert len(text) < 10_000
    assert text.isprintable()
    text.encode()
