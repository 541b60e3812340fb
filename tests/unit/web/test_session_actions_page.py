"""The page of the actions in sessions, and their line on the overview."""

from datetime import timedelta

import pytest

from docassemble.Scheduler.core.session_action import AHEAD
from docassemble.Scheduler.management.session_actions import NearActions
from docassemble.Scheduler.testing import ManualClock
from docassemble.Scheduler.web.dashboard import session_actions
from tests.unit.management.managers import NOON
from tests.unit.management.waiting import ANN, INTERVIEW, SESSION, let_wait
from tests.unit.web.test_dashboard_views import HARM, site  # noqa: F401 - a fixture

HOUR = timedelta(hours=1)


def test_without_any_there_is_no_line_on_the_overview(site):  # noqa: F811
    assert "Actions in sessions" not in site.get("/scheduler")
    assert "No action waits in a session of an interview." in site.get("/scheduler/actions")


def test_however_many_wait_the_overview_has_one_line(site):  # noqa: F811
    let_wait(site.store)
    assert "1 action waits in a session of an interview" in site.get("/scheduler")
    for number in range(300):
        let_wait(site.store, f"number {number}")
    text = site.get("/scheduler")
    assert "301 actions wait in sessions of interviews" in text
    assert "/scheduler/actions" in text
    assert "number 7" not in text


def test_those_that_have_become_jobs_are_not_on_the_overview_but_have_a_page(site):  # noqa: F811
    action = let_wait(site.store, due=NOON + AHEAD)
    assert NearActions(site.store, ManualClock(NOON)).make_jobs()
    assert action.job not in site.get("/scheduler")
    assert "remind in a session" in site.get("/scheduler/job", name=action.job)


def test_the_page_lists_what_waits_but_not_in_which_session_and_whose(site):  # noqa: F811
    let_wait(site.store, HARM)
    text = site.get("/scheduler/actions")
    assert INTERVIEW in text
    assert "remind" in text
    assert HARM not in text
    assert SESSION not in text
    assert ANN not in text


def test_the_page_goes_on_with_the_next_and_narrows_to_an_interview(site, monkeypatch):  # noqa: F811
    monkeypatch.setattr(session_actions, "PAGE", 2)
    for number in range(3):
        let_wait(site.store, f"number {number}", due=NOON + number * HOUR)
    let_wait(site.store, "other", interview="other.yml", due=NOON + 9 * HOUR)
    first = site.get("/scheduler/actions")
    assert "number 1" in first
    assert "number 2" not in first
    assert "Pages of actions" in first
    (last,) = site.manager.session_actions(limit=2)[1:]
    second = site.get("/scheduler/actions", **session_actions.address(last, None))
    assert "number 1" not in second
    assert "number 2" in second
    narrow = site.get("/scheduler/actions", interview="other.yml")
    assert "other" in narrow
    assert "number" not in narrow.partition("<table")[2]


@pytest.mark.parametrize("due", ["", "x", "2026-01-01", "2026-13-01T00:00:00+00:00"])
def test_an_address_that_makes_no_sense_shows_the_first_page(site, due):  # noqa: F811
    let_wait(site.store)
    assert "first" in site.get("/scheduler/actions", due=due, job="x")
