"""Lines of scheduler.log: ASCII as the Logs page needs it, as text or as JSON."""

from __future__ import annotations

import json
import logging
import sys
from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docassemble.Scheduler.core.settings import LogFormat
from docassemble.Scheduler.execution.log.logger import make_harmless
from docassemble.Scheduler.host.files.log_format import JsonFormatter, LineFormatter, line_formatter

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 2, 1, 12, tzinfo=BERLIN)
KEYS = ["time", "level", "job", "event", "message", "run", "due", "duration", "server", "exception", "source"]


def record(message: str, at: datetime = NOON, **attributes: Any) -> logging.LogRecord:
    made = logging.makeLogRecord({"msg": message, "levelname": "INFO", **attributes})
    made.created = at.timestamp()
    return made


def as_json(made: logging.LogRecord) -> dict[str, Any]:
    line = JsonFormatter(BERLIN, "server1").format(made)
    assert line.isascii()
    assert line.isprintable()
    read: dict[str, Any] = json.loads(line)
    return read


# --- text


@pytest.mark.parametrize(
    ("attributes", "line"),
    [
        ({}, "2026-02-01 12:00:00.123 INFO hello"),
        ({"job": "test.heartbeat 2"}, "2026-02-01 12:00:00.123 INFO [test.heartbeat 2] hello"),
        ({"levelname": "CRITICAL"}, "2026-02-01 12:00:00.123 CRITICAL hello"),
        ({"msg": "%s of %d", "args": ("one", 2)}, "2026-02-01 12:00:00.123 INFO one of 2"),
        ({"msg": "a\r\nb\tc\x1b[1m\x7f"}, r"2026-02-01 12:00:00.123 INFO a\r\nb\tc\x1b[1m\x7f"),
        (
            {"msg": "caf\xe9 \u2019 \U0001f600 \udc80"},
            r"2026-02-01 12:00:00.123 INFO caf\xe9 \u2019 \U0001f600 \udc80",
        ),
        ({"job": "na\xefve\njob"}, r"2026-02-01 12:00:00.123 INFO [na\xefve\njob] hello"),
        ({"msg": r"C:\temp"}, r"2026-02-01 12:00:00.123 INFO C:\temp"),
    ],
)
def test_a_record_becomes_one_line_in_the_given_zone(attributes: dict[str, Any], line: str) -> None:
    made = record("hello", NOON + timedelta(microseconds=123_999), **attributes)
    assert LineFormatter(BERLIN).format(made) == line


def test_the_traceback_stands_in_the_same_line() -> None:
    try:
        raise ValueError("b\xe4d\nvalue")
    except ValueError:
        line = LineFormatter(BERLIN).format(record("went wrong", exc_info=sys.exc_info()))
    assert r"INFO went wrong\nTraceback (most recent call last):\n" in line
    assert line.endswith(r"ValueError: b\xe4d\nvalue")
    assert "\n" not in line


@given(message=st.text(), job=st.text())
def test_a_line_is_printable_ascii_whatever_is_logged(message: str, job: str) -> None:
    line = LineFormatter(timezone.utc).format(record(message.replace("%", "%%"), job=job))
    assert line.isascii()
    assert line.isprintable()


# --- JSON


def test_a_record_becomes_one_json_object() -> None:
    due = "2026-02-01T11:59:59+01:00"
    about = {"job": "a.b", "event": "succeeded", "run": "0" * 32, "due": due, "duration": 1.5}
    assert as_json(record("ENDED after 1.500 s", NOON + timedelta(microseconds=123_999), **about)) == {
        "time": "2026-02-01T12:00:00.123+01:00",
        "level": "INFO",
        "message": "ENDED after 1.500 s",
        "server": "server1",
        "exception": None,
        "source": None,
        **about,
    }


def test_each_object_has_the_same_keys_in_the_same_order() -> None:
    assert list(as_json(record("Scheduler 1.0.0: 5 jobs"))) == KEYS
    assert list(as_json(record("hello", job="a.b", event="started", strange="attribute"))) == KEYS


def test_the_traceback_is_a_text_of_its_own() -> None:
    try:
        raise ValueError("b\xe4d\nvalue")
    except ValueError:
        made = record("went wrong", exc_info=sys.exc_info())
    for each in (made, record("went wrong", exc_info=made.exc_info)):
        read = as_json(each)
        assert read["message"] == "went wrong"
        assert read["exception"].startswith("Traceback (most recent call last):\n")
        assert read["exception"].endswith("ValueError: b\xe4d\nvalue")
        make_harmless(made)


@given(message=st.text(), job=st.text())
def test_a_parser_reads_what_was_logged(message: str, job: str) -> None:
    read = as_json(record(message.replace("%", "%%") % (), job=job))
    assert (read["message"], read["job"]) == (message, job)


def test_half_of_a_surrogate_pair_is_escaped_because_not_every_parser_takes_it() -> None:
    read = as_json(record("\udc80 \U0001f600", job="\ud83d"))
    assert read["message"] == "\\udc80 \U0001f600"
    assert read["job"] == "\\ud83d"


@pytest.mark.parametrize(("form", "made"), [(LogFormat.TEXT, LineFormatter), (LogFormat.JSON, JsonFormatter)])
def test_the_setting_says_which_form_a_line_has(form: LogFormat, made: type) -> None:
    assert type(line_formatter(form, timezone.utc, "server1")) is made
