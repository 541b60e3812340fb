"""Row R2: what a function returned is kept as JSON where it is JSON, up to the documented length."""

import time
from dataclasses import dataclass
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docassemble.Scheduler.execution.results import MAX_RESULT, result_text, result_value

JSON = st.recursive(
    st.booleans()
    | st.integers(-(2**900), 2**900)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner | st.none()) | st.dictionaries(st.text(), inner | st.none()),
)


@given(JSON)
def test_r2_what_json_can_hold_comes_back_as_it_was(value):
    text = result_text(value)
    assert result_value(text) == value or len(text) == MAX_RESULT


@pytest.mark.parametrize(
    "value",
    [
        {"sent": 1, "failed": 2, "skipped": 3, "bounced": 4, "total": 10, "left": 11},
        list(range(10)),
        {"deep": [[[[[[[["here"]]]]]]]]},
        "done",
        True,
        0,
    ],
    ids=repr,
)
def test_r2_no_key_and_no_item_is_lost(value):
    assert result_value(result_text(value)) == value


@dataclass
class Looks:
    text: str

    def __repr__(self):
        return self.text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ((1, 2), "(1, 2)"),
        ({1: "a"}, "{1: 'a'}"),
        (float("nan"), "nan"),
        ({"when": date(2026, 3, 1)}, "{'when': datetime.date(2026, 3, 1)}"),
        (Looks("<a thing>"), "<a thing>"),
        (Looks("[1, 2]"), "[1, 2]"),
        (Looks('"quoted"'), '"quoted"'),
        (Looks("42"), "42"),
        (Looks("NaN"), "NaN"),
        ({1, 2}, "{1, 2}"),
        (b"x", "b'x'"),
    ],
    ids=repr,
)
def test_r2_anything_else_is_a_text_also_where_it_looks_like_json(value, text):
    assert result_value(result_text(value)) == text


@pytest.mark.parametrize(
    "value",
    [
        "x" * 10**7,
        list(range(10**6)),
        {str(n): n for n in range(10**5)},
        10**3000,
        [["x" * 5000]],
        (1,) * 10**6,
    ],
    ids=["text", "list", "dict", "integer", "nested", "tuple"],
)
def test_r2_what_is_too_long_is_cut_and_is_a_text(value):
    started = time.process_time()
    text = result_text(value)
    assert time.process_time() - started < 1
    assert len(text) <= MAX_RESULT
    assert result_value(text) == text


@pytest.mark.parametrize("text", ["'done'", "True", "{'a': 1}", "Infinity", "", "[" * 100_000])
def test_texts_of_older_records_stay_texts(text):
    assert result_value(text) == text


def test_nothing_is_nothing():
    assert result_text(None) is None
    assert result_value(None) is None
