"""docs/security.md: each statement names the tests that show it, and its numbers are those of the program."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from test_coming_from import functions_of
from test_docs import page_text

from docassemble.Scheduler.config import section
from docassemble.Scheduler.core.texts import error_text, excerpt, storable
from docassemble.Scheduler.execution import arguments, results
from docassemble.Scheduler.execution.log import run_log
from docassemble.Scheduler.execution.log.event_log import MAX_TEXT
from docassemble.Scheduler.notifications import delivery, email, healthchecks, http_client
from docassemble.Scheduler.store.sql.engine import REQUESTS
from docassemble.Scheduler.tasks import http
from docassemble.Scheduler.web.api.fields import MAX_BODY
from docassemble.Scheduler.web.dashboard import views
from docassemble.Scheduler.web.dashboard.jobs import overview
from docassemble.Scheduler.web.dashboard.runs import csv_file, run_filter

PAGE = page_text("security.md")
#: what says how a table is made, and the row before it
RULE = re.compile(r"^.*\n\|(?:---\|)+\n", re.MULTILINE)
NAMED = re.compile(r"`(?:tests/([\w/]+\.py))?::(test_\w+)`")


def statements() -> list[str]:
    return re.findall(r"^\|.*\|$", RULE.sub("", PAGE), re.MULTILINE)


def named_in(statement: str) -> Iterator[tuple[str, str]]:
    """Yield the tests in the last cell of a row: file below `tests`, and function."""
    file = ""
    for path, name in NAMED.findall(statement.rstrip("|").rpartition("|")[2]):
        file = path or file
        yield file, name


def first_cell(statement: str) -> str:
    return statement.split("|")[1].strip()


def test_all_that_the_page_states_is_in_a_row():
    body = PAGE[PAGE.index("\n## ") :]
    others = [line for line in body.splitlines() if not line.startswith(("|", "## "))]
    assert {*others} == {""}
    assert len(statements()) > 50


@pytest.mark.parametrize("statement", statements(), ids=first_cell)
def test_each_statement_names_tests_that_exist(statement):
    tests = list(named_in(statement))
    assert tests != []
    assert [(file, name) for file, name in tests if name not in functions_of(file)] == []
    # nothing else is in that cell
    assert NAMED.sub("", statement.rstrip("|").rpartition("|")[2]).strip(" ,") == ""


@pytest.mark.parametrize(
    ("what", "numbers"),
    [
        ("message of `log()` or of an exception", [error_text.MAX_MESSAGE]),
        (
            "traceback",
            [
                error_text.MAX_TRACEBACK,
                error_text.MAX_FRAMES,
                error_text.MAX_EXCEPTIONS,
                error_text.MAX_MEMBERS,
            ],
        ),
        ("`ERROR` line", [error_text.MAX_LINE]),
        ("result", [results.MAX_RESULT, MAX_TEXT]),
        ("log beside a run's record", [run_log.MAX_RECORDS, run_log.MAX_CHARACTERS, run_log.MAX_RECORD]),
        ("mail", [email.LIMIT, delivery.MAX_WAITING]),
        ("name of a job, lock, server", [storable.MAX_NAME]),
        ("value in the configuration", [section.ORDINARY, section.PAYLOAD, excerpt.SHORT]),
        ("body of a call of the API", [MAX_BODY]),
        ("arguments of a run request", [arguments.MAX_ARGUMENTS, arguments.MAX_DEPTH]),
        ("page and answer", [overview.PAGE, views.PAGE, run_filter.PAGE, 500]),
        ("search among runs", [run_filter.MAX_TEXT, csv_file.MAX_ROWS, views.FILE_TIMEOUT]),
        ("wait of a page for the database", [REQUESTS.statement]),
        ("`http.request`", [http.REDIRECTS, http_client.MAX_RECEIVED // 1_000_000]),
        ("ping of a monitor", [int(healthchecks.PING_TIMEOUT)]),
    ],
)
def test_a_limit_is_that_of_the_program(what, numbers):
    limits = PAGE.partition("\n## Limits\n")[2]
    (statement,) = (row for row in statements() if first_cell(row) == what and row in limits)
    told = re.findall(r"\d[\d,]*\d|\d", statement.split("|")[2])
    assert [int(each.replace(",", "")) for each in told] == numbers
