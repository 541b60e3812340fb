"""The pages that edit, in a Flask of its own."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from functools import partial

import pytest
import yaml
from flask import Flask
from test_dashboard_views import Access, app_of

from docassemble.Scheduler.config import EnvFile, parse
from docassemble.Scheduler.execution.catalog import Catalog
from docassemble.Scheduler.execution.functions import Functions
from docassemble.Scheduler.host.files.block_text import read_block, read_keys
from docassemble.Scheduler.host.files.line_map import job_line, located
from docassemble.Scheduler.management.drafts.blocks import BlockChecker, CheckContext
from docassemble.Scheduler.management.drafts.editing import Editing
from docassemble.Scheduler.management.manager import SchedulerManager
from docassemble.Scheduler.management.permissions import Caller, Switch
from docassemble.Scheduler.management.registry import JobRegistry
from docassemble.Scheduler.testing import ManualClock, MemoryStore
from docassemble.Scheduler.web.concurrency_limit import ConcurrencyLimit
from docassemble.Scheduler.web.dashboard.views import Dashboard
from docassemble.Scheduler.web.dashboard.welcome import Welcome

NOON = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)
HARM = "<script>alert(1)</script>"
ADMIN = Caller(
    name="admin@example.com",
    privileges=frozenset({"admin"}),
    switches=frozenset({Switch.PLAYGROUND, Switch.CONFIGURATION}),
)
LIMITED = Caller(name="dev@example.com", privileges=frozenset({"developer"}))
FILE = "scheduler:\n  a job: {function: test.heartbeat, every: 1 hour}\n  b.job:\n    minuts: 5\n"
ADDED = {"name": "another", "function": "test.heartbeat", "way": "every", "every": "5 minutes", "do": "add"}


@dataclass
class Site:
    app: Flask
    access: Access
    manager: SchedulerManager

    def get(self, path: str, **args: str) -> str:
        answer = self.app.test_client().get(path, query_string=args or None)
        assert answer.status_code == 200
        return answer.text

    def post(self, path: str, status: int = 200, **form: str) -> str:
        answer = self.app.test_client().post(path, data=form)
        assert answer.status_code == status
        return answer.text

    def names(self) -> list[str]:
        return [state.name for state in self.manager.jobs()]


def editing_of(clock: ManualClock) -> Editing:
    around = CheckContext(zone="Europe/Berlin", environ={}, env_file=EnvFile())
    return Editing(
        checker=BlockChecker(read=read_block, context=lambda: around, clock=clock),
        read_keys=read_keys,
        read_block=lambda: "scheduler:\n  of.file: {hours: 1}\n",
        line_in=job_line,
        line_of=partial(job_line, f"timezone: UTC\n{FILE}"),
        zone=lambda: "Europe/Berlin",
        catalog=Catalog(),
    )


@pytest.fixture
def site() -> Site:
    clock, store, access = ManualClock(NOON), MemoryStore(), Access()
    access.caller = ADMIN
    configuration = parse(yaml.safe_load(FILE)["scheduler"], zone="UTC", environ={}, now=NOON)
    configuration = replace(configuration, locate=partial(located, text=FILE))
    registry = JobRegistry(configuration, store=store, clock=clock, logger=logging.getLogger("tests.pages"))
    store.register_jobs(configuration.jobs, NOON)
    manager = SchedulerManager(registry=registry, store=store, functions=Functions(), clock=clock)
    dashboard = Dashboard(lambda: manager, access, clock, ConcurrencyLimit(4), editing_of(clock))
    return Site(app_of(dashboard), access, manager)


def wrong(text: str, field: str) -> str:
    found = re.search(rf'data-error-of="{field}">(.*?)</div>', text)
    assert found
    return found[1]


def test_problems_have_their_lines_on_the_first_page(site):
    assert "line 4" in site.get("/scheduler")


# --- Check a block -------------------------------------------------------------------------------


def test_a_block_is_checked_with_lines_words_and_due_times(site):
    text = site.post("/scheduler/check", block="test.heartbeat:\n  crontab: 30 4 * * *\nx.y:\n  minuts: 5\n")
    assert 'data-line="4"' in text
    assert "Did you mean <code>minutes</code>?" in text
    assert "at 04:30 every day" in text
    assert "Mar 3, 2026, 04:30:00 CET" in text


def test_the_page_of_a_job_leads_to_its_line_in_the_block_and_names_that_of_the_configuration(site):
    text = site.get("/scheduler/job", name="a job")
    assert "Change it in the Configuration, line 3" in text
    (link,) = re.findall(r'href="([^"]*/check[?][^"]*)"', text)
    text = site.get("/scheduler/check", job="of.file")
    assert link == "/scheduler/check?job=a+job"
    assert "of.file stands in line 2 of the block" in text
    assert 'data-line="2" id="sch-lead"' in text
    assert "of.file: {hours: 1}" in text
    assert "does not stand in the block" in site.get("/scheduler/check", job=HARM)
    assert HARM not in site.get("/scheduler/check", job=HARM)


def test_only_who_edits_the_configuration_is_led_to_its_lines(site):
    site.access.caller = LIMITED
    assert "/check?job" not in site.get("/scheduler/job", name="a job")
    refused = site.app.test_client().get("/scheduler/check", query_string={"job": "of.file"})
    assert refused.status_code == 409
    assert "hours" not in refused.text


def test_what_is_typed_stays_in_the_form_and_stays_text(site):
    text = site.post("/scheduler/check", block=f"{HARM}: {{minuts: '{HARM}'}}\n</textarea>{HARM}")
    assert HARM not in text
    text = site.post("/scheduler/check", block=f"{HARM}: {{minuts: '{HARM}'}}\n")
    assert HARM not in text
    assert "&lt;script&gt;" in text


def test_the_first_empty_line_of_a_block_stays_where_lines_are_counted(site):
    text = site.post("/scheduler/check", block="\n\nx.y: {}\n")
    assert 'wrap="off">\n\n\nx.y' in text.replace("\r", "")


def test_the_block_of_the_configuration_is_loaded_for_those_who_may_edit_it(site):
    assert "of.file" in site.post("/scheduler/check", do="load")
    site.access.caller = LIMITED
    assert "Load the block" not in site.get("/scheduler/check")
    assert "of.file" not in site.post("/scheduler/check", 409, do="load")


def test_somebody_limited_is_told_what_was_not_looked_for(site):
    site.access.caller = LIMITED
    text = site.post("/scheduler/check", block="no.such: {hours: 1}")
    assert "so the functions were not looked for" in text
    assert "No problem found" in text


# --- Explain a crontab ---------------------------------------------------------------------------


def test_a_crontab_is_explained_at_an_address_of_its_own(site):
    text = site.get("/scheduler/explain", crontab="*/40 * * * *", zone="America/New_York")
    assert "EST" in text
    assert "the step does not divide an hour evenly" in text


@pytest.mark.parametrize(
    "given", [{"crontab": f"{HARM}"}, {"crontab": "x" * 5_000}, {"crontab": "* * * * *", "zone": HARM}]
)
def test_what_is_no_crontab_is_told(site, given):
    text = site.get("/scheduler/explain", **given)
    assert '<p class="alert alert-danger">' in text
    assert HARM not in text


def test_a_part_of_a_page_can_be_had_alone(site):
    assert "<html" not in site.get("/scheduler/explain", crontab="@daily", part="live")
    assert "<html" not in site.post("/scheduler/add?part=live", **{**ADDED, "do": ""})


# --- Add a job -----------------------------------------------------------------------------------


def test_a_job_is_added_and_its_page_is_shown_next(site):
    answer = site.app.test_client().post("/scheduler/add", data=ADDED)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/scheduler/job?name=another")
    assert site.names() == ["a job", "another"]


def test_who_added_it_is_on_record(site):
    site.post("/scheduler/add", 303, **ADDED)
    (event,) = site.manager.events("another")
    assert event.actor == "admin@example.com"


def test_a_preview_adds_nothing_and_shows_what_would_be(site):
    text = site.post("/scheduler/add", **{**ADDED, "do": "preview"})
    assert site.names() == ["a job"]
    assert "every 5 minutes" in text
    assert text.count("Mar 2, 2026, 12:") == 5
    assert "heartbeat()" in text


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"name": ""}, "name", "Give the job a name"),
        ({"name": "a job"}, "name", "the configuration has a job"),
        ({"function": "test.heartbeet"}, "function", "did you mean"),
        ({"function": ""}, "function", "dotted name"),
        ({"every": "5 minuts"}, "every", "minutes"),
        ({"every": ""}, "every", "when the job is due"),
        ({"way": "crontab", "crontab": "* *"}, "crontab", "2 fields"),
        ({"way": "fields", "minute": "99"}, "minute", "99"),
        ({"way": "once", "run_at": "tomorrow"}, "run at", "date"),
        ({"time_zone": "Mars"}, "time zone", "Mars"),
        ({"args": "{"}, "args", "JSON"),
        ({"retries": "-1"}, "retries", "whole number"),
        ({"more": "locks: x"}, "more", "lock"),
    ],
)
def test_a_mistake_is_told_at_its_field_and_what_was_typed_stays(site, change, field, words):
    text = site.post("/scheduler/add", **{**ADDED, **change})
    assert words.lower() in wrong(text, field).lower()
    assert site.names() == ["a job"]
    assert 'value="test.heartbeat"' in text or "function" in change


def test_a_job_is_changed_in_a_form_that_has_what_it_is(site):
    site.post("/scheduler/add", 303, **ADDED, args='["x"]')
    text = site.get("/scheduler/add", job="another")
    assert 'value="5 minutes"' in text
    assert "[&#34;x&#34;]" in text
    site.post("/scheduler/add", 303, **{**ADDED, "job": "another", "every": "1 hour", "name": "ignored"})
    assert site.names() == ["a job", "another"]
    assert site.manager.definition("another", ADMIN)["every"] == "1 hour"


def test_no_added_job_is_replaced_by_accident(site):
    site.post("/scheduler/add", 303, **ADDED)
    assert "already" in wrong(site.post("/scheduler/add", **ADDED), "name")


def test_a_job_of_the_configuration_or_none_at_all_is_not_changed(site):
    client = site.app.test_client()
    assert client.get("/scheduler/add?job=a+job").status_code == 409
    assert client.get("/scheduler/add?job=nope").status_code == 404


def test_somebody_limited_names_only_what_administrators_have_written(site):
    site.access.caller = LIMITED
    text = site.post("/scheduler/add", **{**ADDED, "function": "test.test_long_running"})
    assert "you may not name" in wrong(text, "function")
    assert "test_long_running(" not in text
    site.post("/scheduler/add", 303, **ADDED)
    assert site.manager.definition("another", LIMITED)["run as"] == "dev@example.com"


def test_nobody_limited_sees_the_arguments_of_others(site):
    site.post("/scheduler/add", 303, **ADDED, args='["s3cret"]')
    site.access.caller = LIMITED
    answer = site.app.test_client().get("/scheduler/add?job=another")
    assert answer.status_code == 409
    assert "s3cret" not in answer.text
    assert site.app.test_client().post("/scheduler/add", data={**ADDED, "job": "another"}).status_code == 200
    assert site.manager.definition("another", ADMIN)["args"] == ["s3cret"]


def test_pages_that_edit_have_no_script_or_style_of_their_own_in_them(site):
    for path in ("/scheduler/add", "/scheduler/check", "/scheduler/explain?crontab=@daily"):
        text = site.get(path)
        assert re.findall(r"<script(?![^>]*\bsrc=)", text) == []
        assert re.findall(r"<style|\sstyle=|\son\w+=", text) == []


def test_each_rule_of_the_style_sheet_ends(site):
    with site.app.test_client().get("/scheduler/static/scheduler.css") as answer:
        assert answer.text.count("{") == answer.text.count("}")


@pytest.mark.parametrize("path", ["/scheduler/add", "/scheduler/check", "/scheduler/explain"])
def test_others_are_sent_away_and_posts_need_a_token(site, path):
    site.app.config["WTF_CSRF_ENABLED"] = True
    assert site.app.test_client().post(path, data=ADDED).status_code == 400
    site.access.are_staff = False
    assert site.app.test_client().get(path).status_code == 302


# --- before there is a block ---------------------------------------------------------------------


@pytest.fixture
def empty() -> Site:
    clock, access = ManualClock(NOON), Access()
    access.caller = ADMIN
    return Site(app_of(Welcome(access, clock, ConcurrencyLimit(4), editing_of(clock))), access, None)


def test_the_first_page_says_what_to_write_where(empty):
    text = empty.get("/scheduler")
    assert "at its left margin" in text
    assert 'href="/config"' in text
    assert "Check a block" in text
    assert "Add a job" not in text


def test_what_the_first_page_shows_is_a_block_without_problems(empty):
    shown = re.search(r'<pre[^>]*id="sch-example">(.*?)</pre>', empty.get("/scheduler"), re.DOTALL)
    block = yaml.safe_load(shown[1].replace("&#34;", '"').replace("&quot;", '"'))["scheduler"]
    found = parse(block, zone="UTC", environ={}, now=NOON)
    assert len(found.jobs) == 2
    assert found.problems == ()


def test_a_block_can_be_checked_before_there_is_one(empty):
    assert "every hour" in empty.post("/scheduler/check", block="test.heartbeat: {hours: 1}")


def test_a_developer_finds_no_link_to_a_page_that_is_not_for_them(empty):
    empty.access.caller = LIMITED
    assert "/config" not in empty.get("/scheduler")
