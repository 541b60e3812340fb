"""The page of all runs in a Flask of its own: what it shows, its links, its file, and what it says to bad input."""

import csv
import io
import logging
import re
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from docassemble.Scheduler.config import parse
from docassemble.Scheduler.core.errors import StoreUnavailable
from docassemble.Scheduler.core.run import Outcome, Status
from docassemble.Scheduler.execution.functions import Functions
from docassemble.Scheduler.management import search
from docassemble.Scheduler.management.manager import SchedulerManager
from docassemble.Scheduler.management.registry import JobRegistry
from docassemble.Scheduler.store.base import ClaimRequest, Process
from docassemble.Scheduler.store.records import RunQuery
from docassemble.Scheduler.testing import ManualClock, MemoryStore
from docassemble.Scheduler.web.concurrency_limit import ConcurrencyLimit
from docassemble.Scheduler.web.dashboard.runs.run_filter import PAGE
from docassemble.Scheduler.web.dashboard.views import Dashboard
from tests.unit.web.test_dashboard_views import HARM, NOON, Access, app_of

MINUTE = timedelta(minutes=1)
BLOCK = {"one.job": {"type": "manual"}, "two.job": {"type": "manual"}}


@dataclass
class Site:
    app: Flask
    store: MemoryStore
    registry: JobRegistry

    def ran(self, name, minute, status=Status.SUCCEEDED, **fields):
        """Record a run of a job in a minute before noon; return its identifier."""
        at = NOON - minute * MINUTE
        request = ClaimRequest(self.registry.find(name), run_request=self.store.request_run(name, at, "me"))
        (claim,) = self.store.claim([request], at)
        self.store.finish(claim.run, Outcome(status=status, started=at, finished=at, **fields))
        return claim.run.id

    def answer(self, address="/scheduler/runs", **parameters):
        return self.app.test_client().get(address, query_string=parameters or None)

    def get(self, address="/scheduler/runs", **parameters):
        answer = self.answer(address, **parameters)
        assert answer.status_code == 200
        return answer.text

    def shown(self, **parameters):
        """Return the jobs whose runs are on the page, newest first."""
        return re.findall(r'data-label="Job"><a href="[^"]*">([^<]*)<', self.get(**parameters))


@pytest.fixture
def site():
    clock, store, access = ManualClock(NOON), MemoryStore(), Access()
    configuration = parse(BLOCK, zone="UTC", environ={}, now=NOON)
    registry = JobRegistry(configuration, store=store, clock=clock, logger=logging.getLogger("tests.runs"))
    store.register(Process(id="1", server="web-1", host_id="", pid=1, started_ticks=""), NOON)
    store.register_jobs(configuration.jobs, NOON - timedelta(days=1))
    manager = SchedulerManager(registry=registry, store=store, functions=Functions(), clock=clock)
    return Site(app_of(Dashboard(lambda: manager, access, clock, ConcurrencyLimit(4))), store, registry)


@pytest.fixture
def full(site):
    site.ran("one.job", 50)
    site.ran("two.job", 40, Status.FAILED, error=ValueError(f"no case 17 {HARM}"))
    site.ran("two.job", 30, Status.FAILED, error=ValueError(f"no case 18 {HARM}"))
    site.ran("one.job", 20, Status.STOPPED, reason="it was stopped by hand")
    return site


def link(text, words):
    """Return the address behind words."""
    (address,) = re.findall(rf'<a[^>]* href="([^"]*)"[^>]*>{words}</a>', text)
    return unescape(address)


def test_a_site_without_runs_says_so(site):
    assert "No job has run yet." in site.get()


def test_the_runs_of_all_jobs_are_shown_newest_first(full):
    assert full.shown() == ["one.job", "two.job", "two.job", "one.job"]
    assert 'class="sch-badge sch-quiet">stopped' in full.get()


@pytest.mark.parametrize(
    ("parameters", "jobs"),
    [
        ({"job": "two.job"}, ["two.job", "two.job"]),
        ({"status": ["failed", "stopped"]}, ["one.job", "two.job", "two.job"]),
        ({"q": "NO CASE 17"}, ["two.job"]),
        ({"since": "2026-03-02T12:35"}, ["one.job"]),
        ({"until": "2026-03-02T12:15"}, ["one.job"]),
        ({"server": "web-1", "trigger": "manual", "job": "one.job"}, ["one.job", "one.job"]),
        ({"server": "web-9"}, []),
        ({"error": "ValueError: no case # <"}, ["two.job", "two.job"]),
    ],
)
def test_runs_are_narrowed_down(full, parameters, jobs):
    assert full.shown(**parameters) == jobs
    assert ("No runs match." in full.get(**parameters)) is (not jobs)


def test_the_form_keeps_what_was_asked_for(full):
    text = full.get(
        job="two.job", status="failed", trigger="schedule", q='"x"', since="2026-03-01T10:00", server="gone"
    )
    assert 'value="two.job" list' in text
    assert re.search(r'value="failed" checked', text)
    assert '<option value="schedule" selected>' in text
    assert 'value="&#34;x&#34;"' in text
    assert 'value="2026-03-01T10:00"' in text
    assert "<option selected>gone</option>" in text
    assert '<input type="hidden" name="zone" value="Europe/Berlin">' in text


def test_failures_are_grouped_and_a_group_leads_to_its_runs(full):
    text = full.get(group="error")
    assert HARM not in text
    assert 'data-label="Runs">2<' in text
    (address,) = re.findall(r'<th scope="row"><a href="([^"]*)"', text)
    parameters = parse_qs(urlsplit(unescape(address)).query)
    assert parameters["error"] == [f"ValueError: no case # {HARM.replace('1', '#')}"]
    assert full.shown(**parameters) == ["two.job", "two.job"]


def test_pages_go_on_with_older_runs(site):
    for minute in range(PAGE + 1):
        site.ran("one.job", PAGE + 10 - minute)
    text = site.get(job="one.job")
    assert len(site.shown(job="one.job")) == PAGE
    older = link(text, "Older")
    assert len(re.findall("data-key=", site.app.test_client().get(older).text)) == 1
    assert link(site.app.test_client().get(older).text, "Newest") == "/scheduler/runs?job=one.job"


def test_the_file_has_the_same_runs(full):
    address = link(full.get(status="failed", job="two.job"), "Download as CSV")
    answer = full.app.test_client().get(address)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="runs 2026-03-02 13.00.csv"'
    lines = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))
    assert [line["error"] for line in lines] == [
        f"ValueError: no case 18 {HARM}",
        f"ValueError: no case 17 {HARM}",
    ]


def test_what_cannot_be_read_is_told_and_nothing_is_shown(full):
    answer = full.answer(status="lost", since=HARM, zone="x")
    assert answer.status_code == 400
    assert HARM not in answer.text
    assert "There is no status &#39;lost&#39;" in answer.text
    assert "is not a date and time" in answer.text
    assert "data-key" not in answer.text
    redirected = full.answer("/scheduler/runs.csv", status="lost")
    assert (redirected.status_code, redirected.headers["Location"]) == (302, "/scheduler/runs?status=lost")


def test_a_search_that_the_database_gives_up_has_a_way_out(full, monkeypatch):
    def give_up(query, window):
        raise StoreUnavailable("canceling statement due to statement timeout")

    monkeypatch.setattr(full.store, "page", give_up)
    assert "Choose a job, a status or a shorter time" in full.get(q="x")
    assert full.answer().status_code == 503


def test_a_search_that_was_stopped_says_how_far_it_came(full, monkeypatch):
    page = full.store.page(RunQuery(text="nowhere"), 2)
    monkeypatch.setattr(full.store, "page", lambda query, window: page)
    monkeypatch.setattr(search, "SEARCH_TIMEOUT", 0)
    text = full.get(q="nowhere", job="one.job")
    assert "Looked at the runs since Mar 2, 2026, 12:30:00" in text
    assert link(text, "Search on") == f"/scheduler/runs?job=one.job&q=nowhere&before={page.before}"


def test_pages_have_no_script_or_style_of_their_own_in_them(full):
    for parameters in ({}, {"group": "error"}, {"q": "x"}, {"status": "lost"}):
        text = full.answer(**parameters).text
        assert re.findall(r"<script(?![^>]*\bsrc=)", text) == []
        assert re.findall(r"<style|\sstyle=|\son\w+=", text) == []


def test_only_what_is_newest_and_quickly_found_is_brought_up_to_date(full):
    assert 'id="scheduler-live"' in full.get(status="failed")
    assert 'id="scheduler-live"' not in full.get(q="x")
    part = full.get(part="live")
    assert "one.job" in part
    assert "<html" not in part


def test_others_are_sent_away(site):
    access = Access()
    access.are_staff = False
    app = app_of(Dashboard(lambda: None, access, ManualClock(NOON), ConcurrencyLimit(4)))
    for address in ("/scheduler/runs", "/scheduler/runs.csv"):
        assert app.test_client().get(address).status_code == 302
