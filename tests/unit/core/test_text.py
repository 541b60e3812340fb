"""Rows R3 and R4: text of foreign objects, within limits of size and of work, whatever they do."""

import builtins
import sys
import time
from collections import Counter, OrderedDict, deque
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docassemble.Scheduler.core.texts.error_text import MAX_MESSAGE, MAX_TRACEBACK, ErrorText, summary
from docassemble.Scheduler.core.texts.text import cut, repr_of, text_of
from tests.unit import hostile

#: far more than it takes, and far less than it would take without a limit (seconds)
SOON = 1.0
HUGE = "M" * 50_000_000


@dataclass
class Parcel:
    size: int
    content: object


class Chatty:
    def __repr__(self):
        raise KeyboardInterrupt


@pytest.mark.parametrize("name", hostile.ERRORS)
def test_r3_every_error_has_a_text_with_its_name(name):
    error = hostile.ERRORS[name]()
    told = ErrorText.of(error)
    assert told.name.rpartition(".")[2] == name
    assert told.name in told.traceback
    assert len(told.message) <= MAX_MESSAGE
    assert summary(error)


def test_r3_the_name_is_known_though_the_metaclass_hides_it():
    assert ErrorText.of(hostile.Unnamed("x")).line == "tests.unit.hostile.Unnamed: x"


@pytest.mark.parametrize("name", hostile.ERRORS)
def test_r3_a_hostile_error_is_told_as_the_cause_of_another(name):
    try:
        try:
            raise hostile.ERRORS[name]()
        except BaseException:
            raise ValueError("what came of it")  # noqa: B904 - its context is what matters
    except ValueError as second:
        told = ErrorText.of(second)
    assert name in told.traceback
    assert "what came of it" in told.traceback


@pytest.mark.skipif(sys.version_info < (3, 11), reason="there are no groups")
def test_r3_members_of_a_group_are_told_and_not_more_than_some():
    members = [hostile.Unnamed("x"), hostile.Exploding("x"), *(ValueError(n) for n in range(100_000))]
    group = builtins.ExceptionGroup("many", members)
    started = time.process_time()
    told = ErrorText.of(group)
    assert time.process_time() - started < SOON
    assert "hostile.Unnamed: x" in told.traceback
    assert "(100002 sub-exceptions)" in told.traceback
    assert "ValueError: 99" not in told.traceback


def test_r4_a_chain_without_end_is_read_only_so_far():
    error = ValueError("outermost")
    innermost = error
    for number in range(100_000):
        innermost.__cause__ = ValueError(number)
        innermost = innermost.__cause__
    innermost.__cause__ = error
    started = time.process_time()
    told = ErrorText.of(error)
    assert time.process_time() - started < SOON
    assert "too many exceptions" in told.traceback
    while error is not None:  # a chain this long must not be freed by recursion
        error.__cause__, error = None, error.__cause__


@pytest.mark.parametrize(
    "error",
    [
        ValueError(HUGE),
        ValueError(HUGE, HUGE),
        KeyError(HUGE),
        ValueError([HUGE] * 3),
        ValueError(Parcel(1, HUGE)),
    ],
    ids=["text", "two texts", "key", "list", "dataclass"],
)
def test_r4_a_huge_message_is_cut_before_it_costs_anything(error):
    started = time.process_time()
    told = ErrorText.of(error)
    assert time.process_time() - started < SOON
    assert len(told.message) <= MAX_MESSAGE
    assert len(told.traceback) <= MAX_TRACEBACK
    assert "MMM" in told.message


def test_an_error_is_asked_for_its_text_once():
    class Counted(Exception):
        asked = 0

        def __str__(self):
            self.asked += 1
            return "no such case"

    error = Counted()
    told = ErrorText.of(error)
    assert (told.message, error.asked) == ("no such case", 1)
    assert "Counted: no such case" in told.traceback


def test_the_message_of_an_error_of_syntax_is_cut_too():
    error = SyntaxError("S" * MAX_MESSAGE, ("jobs.py", 1, 1, "a b c"))
    assert len(ErrorText.of(error).message) <= MAX_MESSAGE


def test_a_traceback_is_what_python_prints():
    def fail():
        raise LookupError("a\nb")

    try:
        fail()
    except LookupError as error:
        told = ErrorText.of(error)
    assert told.traceback.startswith("Traceback (most recent call last):\n  File ")
    assert told.traceback.endswith("LookupError: a\nb\n")
    assert 'raise LookupError("a\\nb")' in told.traceback


def test_an_error_of_syntax_shows_where_it_is():
    with pytest.raises(SyntaxError) as caught:
        compile("a b c\n", "jobs.py", "exec")
    told = ErrorText.of(caught.value)
    assert 'File "jobs.py", line 1\n    a b c\n' in told.traceback
    assert told.traceback.endswith("SyntaxError: invalid syntax\n")


def test_a_recursion_is_told():
    def down():
        down()

    with pytest.raises(RecursionError) as caught:
        down()
    assert "more times]" in ErrorText.of(caught.value).traceback


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text() | st.binary() | st.floats(),
        lambda inner: (
            st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner) | st.just(set())
        ),
    )
)
def test_repr_is_that_of_python_when_it_is_short(value):
    assert repr_of(value, 10_000) == cut_at_the_end(repr(value), 10_000)


def cut_at_the_end(text, limit):
    return text if len(text) <= limit else text[: limit - 3] + "..."


@pytest.mark.parametrize(
    "value",
    [
        (1,),
        frozenset({1}),
        {"a": [1, {2}]},
        deque([1, 2]),
        OrderedDict(a=1),
        Parcel(1, "x"),
        Counter("aab"),
        range(3),
    ],
    ids=repr,
)
def test_repr_of_other_things_is_that_of_python(value):
    assert repr_of(value, 1_000) == repr(value)


@pytest.mark.parametrize(
    "value",
    [
        [HUGE] * 9,
        {HUGE: HUGE},
        list(range(10**6)),
        Counter(range(10**6)),
        10**100_000,
        HUGE.encode(),
        [[[HUGE]]],
    ],
    ids=["texts", "keys", "list", "counter", "integer", "bytes", "nested"],
)
def test_r4_huge_values_are_not_written_out(value):
    started = time.process_time()
    assert len(repr_of(value, 2_000)) <= 2_000
    assert len(text_of(value, 2_000)) <= 2_000
    assert time.process_time() - started < SOON


def test_a_list_that_contains_itself_ends():
    endless = []
    endless.append(endless)
    assert repr_of(endless, 1_000).startswith("[[[")


@pytest.mark.parametrize("value", [Chatty(), [Chatty()], {"key": Chatty()}, Parcel(1, Chatty())], ids=type)
def test_r3_an_object_that_cannot_say_what_it_is_is_named(value, monkeypatch):
    monkeypatch.setattr("docassemble.Scheduler.core.texts.text.is_interruption", lambda _error: False)
    assert "<Chatty, whose repr() raised KeyboardInterrupt>" in repr_of(value, 1_000)


def test_a_long_text_loses_its_middle():
    assert cut("abcdefghijklmnopqrstuvwxyz", 13) == "abc [...] xyz"
    assert cut("short", 5) == "short"
