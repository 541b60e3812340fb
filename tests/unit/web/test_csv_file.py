"""Records as a CSV file: what spreadsheets make of it, and how it ends."""

import csv
import io
from datetime import timedelta

import pytest

from docassemble.Scheduler.core.errors import StoreUnavailable
from docassemble.Scheduler.core.run import Status, Trigger
from docassemble.Scheduler.store.records import RunPage, RunRecord
from docassemble.Scheduler.web.dashboard.runs.csv_file import BOM, CHUNK, MAX_ROWS, harmless, rows
from tests.unit.web.views import NOON, VIEWER

SECOND = timedelta(seconds=1)


def record(**fields):
    given = {
        "id": "1" * 32,
        "job": "a.job",
        "due": NOON,
        "attempt": 1,
        "status": Status.FAILED,
        "trigger": Trigger.SCHEDULE,
        "claimed": NOON,
        "started": NOON + SECOND,
        "finished": NOON + 3 * SECOND,
    }
    return RunRecord(**given | fields)


def never():
    return False


def unasked(before, limit):
    raise AssertionError


def read(first, following=unasked, time_is_up=never):
    text = "".join(rows(first, following, VIEWER, time_is_up))
    assert text.startswith(BOM)
    heading, *lines = csv.reader(io.StringIO(text.removeprefix(BOM), newline=""))
    return heading, lines


def test_a_record_is_a_line_with_its_times_in_the_zone_of_who_looks():
    text = 'first "line"\nsecond, ü'
    heading, (line,) = read(RunPage(runs=[record(error=text, server="web-1")]))
    cells = dict(zip(heading, line, strict=True))
    assert cells["job"] == "a.job"
    assert cells["due (Europe/Berlin)"] == "2026-03-02 13:00:00.000"
    assert (cells["seconds late"], cells["seconds taken"]) == ("1.000", "2.000")
    assert (cells["error"], cells["server"], cells["reason"]) == (text, "web-1", "")


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_no_cell_is_a_formula(formula):
    assert harmless(formula) == f"'{formula}"
    _, (line,) = read(RunPage(runs=[record(job=formula, error=formula, reason=formula, result=formula)]))
    assert line.count(f"'{formula}") == 4
    assert not any(cell.startswith(tuple("=+-@\t\r\n")) for cell in line)


def test_all_pages_follow_one_another():
    asked = []

    def following(before, limit):
        asked.append((before, limit))
        return RunPage(runs=[record(job=before)], before={"a": "b"}.get(before))

    _, lines = read(RunPage(runs=[], before="a"), following)
    assert [line[1] for line in lines] == ["a", "b"]
    assert asked == [("a", CHUNK), ("b", CHUNK)]


def test_a_file_has_so_many_rows_at_most_and_says_that_there_are_more():
    def following(before, limit):
        return RunPage(runs=[record()] * limit, before="x")

    _, lines = read(following("x", CHUNK), following)
    assert len(lines) == MAX_ROWS + 1
    assert "There are more" in lines[-1][0]


def test_a_search_that_takes_too_long_says_so():
    _, lines = read(RunPage(runs=[record()], before="x"), time_is_up=lambda: True)
    assert "took too long" in lines[-1][0]


def test_a_database_that_goes_away_meanwhile_is_told_in_the_last_line():
    def following(before, limit):
        raise StoreUnavailable("gone")

    _, lines = read(RunPage(runs=[record()], before="x"), following)
    assert len(lines) == 2
    assert "did not answer" in lines[-1][0]
