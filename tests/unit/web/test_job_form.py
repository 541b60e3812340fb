"""The form of a job: what is typed, the keys of a job, and mistakes at their fields."""

from __future__ import annotations

import pytest

from docassemble.Scheduler.core.errors import ArgumentError, NotPermitted, StoreUnavailable
from docassemble.Scheduler.host.files.block_text import read_keys
from docassemble.Scheduler.web.dashboard.job_form import FieldsError, JobForm, errors_of

TYPED = {"name": "a job", "function": "test.heartbeat"}


def keys(**typed: str) -> dict[str, object]:
    return JobForm.typed({**TYPED, **typed}).definition(read_keys)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ({"every": " 5 minutes "}, {"every": "5 minutes"}),
        ({"way": "crontab", "crontab": "* * * * *", "every": "1 hour"}, {"crontab": "* * * * *"}),
        ({"way": "fields", "minute": "0", "weekday": "MON"}, {"minute": 0, "weekday": "MON"}),
        ({"way": "once", "run_at": "2027-03-28 14:30"}, {"run at": "2027-03-28 14:30"}),
        ({"way": "other", "more": "weeks: 2"}, {"weeks": 2}),
        ({"args": '["a", 1]', "every": "60"}, {"every": 60, "args": ["a", 1]}),
        ({"args": '{"kwargs": {"a": 1}}'}, {"kwargs": {"a": 1}}),
        (
            {"retries": "3", "max_runtime": "1 hour", "time_zone": "UTC"},
            {"retries": 3, "max runtime": "1 hour", "time zone": "UTC"},
        ),
    ],
)
def test_what_is_typed_becomes_the_keys_of_a_job(typed, expected):
    assert keys(**typed) == {"function": "test.heartbeat", **expected}


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": ""}, "name"),
        ({"args": "[1"}, "args"),
        ({"args": "5"}, "args"),
        ({"more": "- a"}, "more"),
        ({"more": "lock: *"}, "more"),
        ({"retries": "3", "more": "retries: 4"}, "more"),
        ({"time_zone": "UTC", "more": "timezone: UTC"}, "more"),
    ],
)
def test_what_cannot_be_read_is_told_at_its_field(typed, field):
    with pytest.raises(FieldsError) as error:
        keys(**typed)
    assert list(errors_of(error.value, "every")) == [field]


DEFINITIONS = [
    {"function": "a.b", "every": "5 minutes", "time zone": "UTC"},
    {"function": "a.b", "crontab": "0 8 * * *", "args": ["ü", {"x": None}], "retries": 3},
    {"function": "a.b", "minute": "*/5", "hour": 3, "kwargs": {"a": [1]}},
    {"function": "a.b", "run at": "2027-03-28T14:30:00+00:00", "description": "about\nit"},
    {"job": "on demand", "run at": "2027-03-28"},
    {"function": "a.b", "weeks": 2, "servers": ["x"], "fixed arguments": True, "run as": "dev@example.com"},
    {"function": "a.b", "second": 5, "minute": 5},
    {"function": "a.b", "trigger": "interval", "params": {"hours": 1}},
    {"function": "a.b", "every": "1 hour", "start": "2027-01-01", "lock": "a: b # c"},
]


@pytest.mark.parametrize("definition", DEFINITIONS)
def test_a_job_that_was_added_comes_out_of_its_form_as_it_was(definition):
    form = JobForm.of("a job", definition)
    typed = {name.replace(" ", "_"): text for name, text in form.values.items()}
    again = JobForm.typed({**typed, "way": form.way}).definition(read_keys)
    if "description" in definition:
        # a line break cannot be typed into a field of one line
        again["description"] = definition["description"]
    assert again == definition


def test_a_spelling_of_a_key_is_found_too():
    form = JobForm.of("a job", {"function": "a.b", "Run-At": "2027-01-01", "timezone": "UTC"})
    assert (form.way, form.value("run at"), form.value("time zone")) == ("once", "2027-01-01", "UTC")


@pytest.mark.parametrize(
    ("error", "field"),
    [
        (ArgumentError("args[0]", "is a set"), "args"),
        (ArgumentError("lock", "is a set"), "more"),
        (
            NotPermitted("docassemble does not let you run code of your own, so you may not name `a.b`"),
            "function",
        ),
        (
            NotPermitted(
                "docassemble does not let you run code of your own, so `on exit` may not name `a.b`"
            ),
            "more",
        ),
        (StoreUnavailable("away"), ""),
    ],
)
def test_what_is_refused_is_told_at_the_field_that_is_to_blame(error, field):
    assert list(errors_of(error, "every")) == [field]
