"""Arguments are JSON, and what is not is refused by name."""

import json
from datetime import datetime, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docassemble.Scheduler.core.errors import ArgumentError
from docassemble.Scheduler.execution.arguments import MAX_ARGUMENTS, MAX_DEPTH, bound_to, pack, parse_typed
from docassemble.Scheduler.schedules.simple import SHORTEST, Interval
from docassemble.Scheduler.testing import job
from tests.profiles import examples

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)


@examples(50)
@given(st.lists(JSON, max_size=3), st.dictionaries(st.text(), JSON, max_size=3))
def test_what_is_json_comes_back_as_it_was(args, kwargs):
    a_job = job("a.b", Interval(SHORTEST), args=("own",)).with_arguments(pack(args, kwargs))
    assert (list(a_job.args), a_job.kwargs) == (args, kwargs)


def test_without_arguments_a_job_keeps_its_own():
    a_job = job("a.b", Interval(SHORTEST), args=("own",))
    assert a_job.with_arguments(None) is a_job


class DAList:
    """Called like docassemble's."""


@pytest.mark.parametrize(
    ("args", "kwargs", "said", "hint"),
    [
        ([1, datetime(2026, 3, 1, tzinfo=timezone.utc)], {}, "args[1] is a datetime", ".isoformat()"),
        ([], {"user": {"mails": [b""]}}, "kwargs['user']['mails'][0] is a bytes", "pass text"),
        ([], {"users": DAList()}, "kwargs['users'] is a DAList", ".elements"),
        ([Decimal(1)], {}, "args[0] is a Decimal", "as str"),
        ([{1}], {}, "args[0] is a set", "a list"),
        ([float("nan")], {}, "args[0] is nan", "None"),
        ([], {"by number": {1: "one"}}, "kwargs['by number'] has the key 1, which is not a text", "texts"),
        ("text", {}, "args is not a list", "args=[...]"),
        ([], ["a"], "kwargs is not a dictionary", "kwargs={"),
        (["x" * MAX_ARGUMENTS], {}, "more than 1,000,000 characters", "pass"),
    ],
)
def test_what_is_not_json_is_refused_by_name(args, kwargs, said, hint):
    with pytest.raises(ArgumentError, match=r"^(?:args|kwargs)") as refused:
        pack(args, kwargs)
    assert said in str(refused.value)
    assert hint in refused.value.hint


def test_a_job_whose_arguments_are_fixed_keeps_its_own():
    fixed = job("a.b", Interval(SHORTEST), args=("own",), fixed_arguments=True)
    assert fixed.with_arguments(pack(["other"])) is fixed


def test_bound_arguments_stay_with_the_function_and_user_they_were_given_for():
    given_for = job("a.b", Interval(SHORTEST))
    bound = bound_to(given_for, pack([1], {"x": 2}))
    later = job("os.system", Interval(SHORTEST), run_as="admin@example.com", args=("true",), retries=2)
    called = later.with_arguments(bound)
    assert (called.function, called.run_as, called.args, called.kwargs) == ("a.b", None, (1,), {"x": 2})
    assert called.retries == 2


def test_what_is_nested_too_deeply_is_refused():
    deep: list[object] = []
    for _ in range(MAX_DEPTH - 1):
        deep = [deep]
    pack([deep])
    with pytest.raises(ArgumentError, match="nested too deeply"):
        pack([[deep]])


def test_what_contains_itself_is_refused():
    endless = []
    endless.append(endless)
    with pytest.raises(ArgumentError, match="contains itself"):
        pack([endless])


def test_tuples_become_lists():
    assert json.loads(pack(((1, 2),), {"a": (3,)})) == {"args": [[1, 2]], "kwargs": {"a": [3]}}


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("[1, 2]", ([1, 2], {})),
        ('{"args": [1], "kwargs": {"a": 2}}', ([1], {"a": 2})),
        ('{"kwargs": {"a": 2}}', ([], {"a": 2})),
        ("{}", ([], {})),
    ],
)
def test_arguments_are_typed_as_a_list_or_as_an_object(text, given):
    assert parse_typed(text) == given


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("secret", "are not JSON"),
        ("[" * 100_000, "are not JSON"),
        ('"secret"', "are neither"),
        ('{"arg": ["secret"]}', "are neither"),
        ('{"args": {"secret": 1}}', "are neither"),
        ('{"args": [], "kwargs": ["secret"]}', "are neither"),
        (f"[{' ' * MAX_ARGUMENTS}]", "are more than 1,000,000 characters"),
    ],
)
def test_what_is_typed_and_is_no_arguments_is_refused_and_not_repeated(text, said):
    with pytest.raises(ArgumentError, match=said) as raised:
        parse_typed(text)
    assert "secret" not in raised.value.explanation
