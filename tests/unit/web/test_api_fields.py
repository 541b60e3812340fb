"""What a call is given is read field by field; what is wrong is said with its name."""

from datetime import datetime, timedelta, timezone

import pytest

from docassemble.Scheduler.core.errors import BadRequest
from docassemble.Scheduler.web.api import fields
from docassemble.Scheduler.web.api.fields import read_all, read_body

ID = "0123456789abcdef" * 2
FIELDS = (
    fields.text("job", "a job"),
    fields.identifier("run", "a run"),
    fields.whole("count", "how many", most=500, default=50),
    fields.choice("status", "how it ended", ["failed", "timed out"]),
    fields.choices("statuses", "how they ended", ["failed", "timed out"]),
    fields.instant("until", "the end"),
    fields.mapping("kwargs", "arguments"),
    fields.array("args", "arguments"),
)


@pytest.mark.parametrize(
    ("name", "given", "read"),
    [
        ("job", " any/thing <b> ü 🎉 ", " any/thing <b> ü 🎉 "),
        ("run", ID, ID),
        ("count", "500", 500),
        ("status", "timed out", "timed out"),
        ("statuses", "timed out,failed", ["timed out", "failed"]),
        ("until", "2026-03-01T12:00:00Z", datetime(2026, 3, 1, 12, tzinfo=timezone.utc)),
        (
            "until",
            "2026-03-01T12:00:00+02:00",
            datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=2))),
        ),
        ("kwargs", {"a": [1, None, "\\u0000"]}, {"a": [1, None, "\\u0000"]}),
        ("args", [], []),
    ],
)
def test_what_is_right_is_read(name, given, read):
    assert read_all(FIELDS, {name: given})[name] == read


@pytest.mark.parametrize(
    ("name", "given", "told"),
    [
        ("job", "", "is not a text of 1 to 1,000"),
        ("job", "x" * 1001, "is not a text of 1 to 1,000"),
        ("job", 5, "is not a text"),
        ("job", "a\0b", "NUL"),
        ("job", "\ud800", "half of a character"),
        ("run", ID.upper(), "is not an identifier"),
        ("run", ID + "\n", "is not an identifier"),
        ("run", None, "is not an identifier"),
        ("count", "0", "from 1 to 500"),
        ("count", "501", "from 1 to 500"),
        ("count", "\u0661", "from 1 to 500"),
        ("count", "9" * 5000, "from 1 to 500"),
        ("status", "lost", "is not one of its values"),
        ("statuses", "failed,lost", "has others than its values"),
        ("statuses", "", "has others than its values"),
        ("statuses", ["failed"], "has others than its values"),
        ("until", "2026-03-01T12:00:00", "has no time zone"),
        ("until", "2026-03-01T12:00:00 02:00", "is not an instant"),
        ("until", "soon", "is not an instant"),
        ("kwargs", [], "is not a JSON object"),
        ("kwargs", {"a": [{"b\0": 1}]}, "NUL"),
        ("args", {}, "is not a JSON array"),
        ("args", [["\udfff"]], "half of a character"),
        ("nonsense", "1", "there is no field 'nonsense'"),
    ],
)
def test_what_is_wrong_is_refused_by_name(name, given, told):
    with pytest.raises(BadRequest, match=told) as caught:
        read_all(FIELDS, {name: given})
    assert name in str(caught.value)


def test_what_is_missing_is_its_default_or_refused():
    read = read_all(FIELDS, {})
    assert (read["job"], read["count"]) == (None, 50)
    with pytest.raises(BadRequest, match="name is missing"):
        read_all((fields.text("name", "the name of a job", required=True),), {})


@pytest.mark.parametrize(("data", "body"), [(b"", {}), (b" \n", {}), ('{"ü": 1}'.encode(), {"ü": 1})])
def test_a_body_is_a_json_object(data, body):
    assert read_body(data) == body


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"{", "is not JSON"),
        (b"\xff", "is not JSON"),
        (b'{"a": NaN}', "is not JSON"),
        (b'{"a": ' + b"9" * 5000 + b"}", "is not JSON"),
        (b"[" * 50_000, "is not JSON"),
        (b"5", "is not a JSON object"),
        (b'["key"]', "is not a JSON object"),
        (b"null", "is not a JSON object"),
        (b'{"key": 5}', "has a `key`"),
    ],
)
def test_a_body_that_is_something_else_is_refused(data, told):
    with pytest.raises(BadRequest, match=told):
        read_body(data)
