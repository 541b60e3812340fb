"""The dashboard in a Flask of its own: who is let in, what is shown, what the buttons do."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from functools import wraps
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask import Flask, redirect
from flask_wtf.csrf import CSRFProtect

from docassemble.Scheduler.config import parse
from docassemble.Scheduler.core.errors import NotPermitted, StoreUnavailable
from docassemble.Scheduler.core.problem import Problem
from docassemble.Scheduler.core.run import Outcome, Status
from docassemble.Scheduler.execution.functions import Functions
from docassemble.Scheduler.management.manager import SchedulerManager
from docassemble.Scheduler.management.permissions import Caller, Switch
from docassemble.Scheduler.management.registry import JobRegistry
from docassemble.Scheduler.schedules.simple import Interval
from docassemble.Scheduler.store.base import ClaimRequest
from docassemble.Scheduler.testing import ManualClock, MemoryStore, job
from docassemble.Scheduler.web.concurrency_limit import ConcurrencyLimit
from docassemble.Scheduler.web.dashboard import views
from docassemble.Scheduler.web.dashboard.jobs import overview_page
from docassemble.Scheduler.web.dashboard.views import Dashboard

NOON = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)
HARM = "<script>alert(1)</script>"
#: docassemble lets them run any code
FREE = Caller(
    name="dev@example.com", privileges=frozenset({"developer"}), switches=frozenset({Switch.PLAYGROUND})
)
TEMPLATES = Path(__file__).parent / "templates"


class Access:
    """Somebody of whom it can be said who they are."""

    def __init__(self):
        self.caller = Caller(name="admin@example.com", privileges=frozenset({"admin"}))
        self.user = 1
        self.zone = ZoneInfo("Europe/Berlin")
        self.locale = "en"
        self.are_staff = True

    def staff_only(self, view: Callable[..., object]) -> Callable[..., object]:
        @wraps(view)
        def guarded() -> object:
            return view() if self.are_staff else redirect("/user/sign-in")

        return guarded

    def word(self, text: str) -> str:
        return text


@dataclass
class Site:
    app: Flask
    store: MemoryStore
    manager: SchedulerManager
    access: Access

    def get(self, path: str, **args: str) -> str:
        answer = self.app.test_client().get(path, query_string=args or None)
        assert answer.status_code == 200
        return answer.text

    def press(self, action: str, target: str, *, confirmed: bool = True, **form: str):
        form = {"action": action, "target": target, "job": "a.job", **form}
        if confirmed:
            form["confirmed"] = "yes"
        return self.app.test_client().post("/scheduler/act", data=form, follow_redirects=True)

    def events(self) -> list[tuple[str, str, str]]:
        return [(event.actor, event.action, event.job) for event in self.store.events()]


def app_of(dashboard: Dashboard) -> Flask:
    app = Flask("site", template_folder=str(TEMPLATES))
    app.config.update(SECRET_KEY="x", TESTING=True, WTF_CSRF_ENABLED=False)
    CSRFProtect(app)
    app.context_processor(lambda: {"word": lambda text: text})
    app.register_blueprint(dashboard.blueprint())
    return app


BLOCK = {
    "a.job": {"every": "1 hour", "description": f"About {HARM}"},
    f"harm {HARM}": {"function": "a.job", "every": "1 hour"},
    "off.job": {"every": "1 hour", "enabled": False},
    "fixed.job": {"every": "1 hour", "fixed arguments": True},
    f"bad.{HARM}": {"minutes": HARM},
}


@pytest.fixture
def site() -> Site:
    clock, store, access = ManualClock(NOON), MemoryStore(), Access()
    configuration = parse(BLOCK, zone="UTC", environ={}, now=NOON)
    registry = JobRegistry(configuration, store=store, clock=clock, logger=logging.getLogger("tests.pages"))
    store.register_jobs(configuration.jobs, NOON)
    manager = SchedulerManager(registry=registry, store=store, functions=Functions(), clock=clock)
    return Site(
        app_of(Dashboard(lambda: manager, access, clock, ConcurrencyLimit(4))), store, manager, access
    )


def test_the_overview_shows_all_jobs_and_problems(site):
    text = site.get("/scheduler")
    assert "a.job" in text
    assert "every hour" in text
    assert "Problems in the configuration" in text
    assert "Europe/Berlin" in text


@pytest.mark.parametrize(
    "path", ["/scheduler", "/scheduler/job?name=a.job", "/scheduler/job?name=harm+" + HARM]
)
def test_what_others_wrote_stays_text(site, path):
    text = site.get(path)
    assert HARM not in text
    assert "&lt;script&gt;" in text


def test_pages_have_no_script_or_style_of_their_own_in_them(site):
    for path in ("/scheduler", "/scheduler/job?name=a.job"):
        text = site.get(path)
        assert re.findall(r"<script(?![^>]*\bsrc=)", text) == []
        assert re.findall(r"<style|\sstyle=|\son\w+=", text) == []


def test_what_changes_can_be_had_alone(site):
    text = site.get("/scheduler", part="live")
    assert "a.job" in text
    assert "<html" not in text


def test_a_refresh_of_what_is_the_same_is_empty(site):
    client = site.app.test_client()
    first = client.get("/scheduler?part=live")
    same = client.get("/scheduler?part=live", headers={"If-None-Match": first.headers["ETag"]})
    assert (same.status_code, same.data) == (304, b"")
    site.press("pause", "a.job")
    other = client.get("/scheduler?part=live", headers={"If-None-Match": first.headers["ETag"]})
    assert other.status_code == 200
    assert "a.job" in other.text


def test_a_refresh_sends_only_rows_that_have_changed(site):
    client = site.app.test_client()
    whole = client.get("/scheduler").text
    known = {"X-Scheduler-Rows": ",".join(re.findall(r'data-digest="(\w+)"', whole))}
    assert client.get("/scheduler?part=live", headers=known).text.count("data-same") == 5
    site.press("pause", "fixed.job")
    assert client.get("/scheduler?part=live", headers=known).text.count("data-same") == 4


@pytest.mark.parametrize("path", ["/scheduler", "/scheduler/job?name=a.job", "/scheduler/runs"])
def test_the_banner_of_the_general_pause_comes_and_goes_with_a_refresh(site, path):
    client = site.app.test_client()

    def asked(tag):
        parts = {"part": "live", "name": "a.job"} if "job?" in path else {"part": "live"}
        return client.get(path.partition("?")[0], query_string=parts, headers={"If-None-Match": tag})

    before = asked("")
    assert 'data-place="scheduler-paused"></div>' in before.text
    assert "Pause all jobs" in before.text
    site.press("pause_all", "", job="", note="The database moves")
    paused = asked(before.headers["ETag"])
    banner = paused.text.partition('data-place="scheduler-paused">')[2]
    assert "Everything is paused" in banner
    assert "The database moves" in banner
    assert "Pause all jobs" not in banner
    assert asked(paused.headers["ETag"]).status_code == 304
    site.press("resume_all", "", job="")
    assert 'data-place="scheduler-paused"></div>' in asked(paused.headers["ETag"]).text
    assert "data-place" not in client.get(path).text


def test_assets_carry_the_version_because_they_are_kept_for_a_year(site):
    links = re.findall(r'(?:href|src)="(/scheduler/static/[^"]+)"', site.get("/scheduler"))
    assert len(links) == 4
    assert all("?v=" in link for link in links)
    for link in links:
        with site.app.test_client().get(link) as answer:
            assert answer.status_code == 200


def test_nothing_is_kept_by_the_browser(site):
    answer = site.app.test_client().get("/scheduler")
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/scheduler", "/scheduler/job?name=a.job", "/scheduler/run?id=1"])
def test_no_other_site_shows_a_page_in_a_frame(site, path):
    headers = site.app.test_client().get(path).headers
    assert headers["X-Frame-Options"] == "SAMEORIGIN"
    assert headers["Content-Security-Policy"] == "frame-ancestors 'self'"


@pytest.mark.parametrize("path", ["/scheduler", "/scheduler/job?name=a.job", "/scheduler/run?id=1"])
def test_others_are_sent_away(site, path):
    site.access.are_staff = False
    assert site.app.test_client().get(path).status_code == 302
    assert site.app.test_client().post("/scheduler/act").status_code == 302


def test_buttons_do_what_they_say_and_who_pressed_them_is_on_record(site):
    assert "is paused" in site.press("pause", "a.job").text
    assert "paused already" in site.press("pause", "a.job").text
    assert "is resumed" in site.press("resume", "a.job").text
    assert "ordered to run" in site.press("run", "a.job").text
    expected = [("admin@example.com", what, "a.job") for what in ("pause", "resume", "run")]
    assert sorted(site.events()) == expected
    assert "admin@example.com" in site.get("/scheduler/job", name="a.job")


@pytest.mark.parametrize(
    ("typed", "packed"),
    [
        ('[1, "two"]', {"args": [1, "two"], "kwargs": {}}),
        ('{"kwargs": {"a": 1}}', {"args": [], "kwargs": {"a": 1}}),
        (" ", None),
    ],
)
def test_a_job_is_run_with_the_arguments_that_somebody_types(site, typed, packed):
    site.access.caller = FREE
    assert "ordered to run" in site.press("run", "a.job", arguments=typed).text
    (run_request,) = site.store.run_requests()
    assert (run_request.arguments and json.loads(run_request.arguments)) == packed


@pytest.mark.parametrize("typed", [HARM, '"text"', "[NaN]", "[" * 10_000, '{"arg": []}'])
def test_what_is_typed_and_is_no_arguments_is_told_and_not_repeated(site, typed):
    site.access.caller = FREE
    text = site.press("run", "a.job", arguments=typed).text
    assert re.search("The arguments are |Args.0. is nan", text)
    assert typed not in text
    assert site.events() == []


def test_somebody_whom_docassemble_lets_do_nothing_cannot_give_arguments(site):
    assert "so you may not give arguments" in site.press("run", "a.job", arguments="[1]").text
    assert site.events() == []


def test_only_a_job_that_takes_arguments_asks_for_them(site):
    assert "Run with other arguments" in site.get("/scheduler/job", name="a.job")
    for name in ("off.job", "fixed.job"):
        assert "Run with other arguments" not in site.get("/scheduler/job", name=name)


def test_somebody_whom_docassemble_lets_do_nothing_can_run_jobs_as_they_are(site):
    site.access.caller = Caller(name="bob@example.com", privileges=frozenset({"developer"}))
    assert "ordered to run" in site.press("run", "a.job").text
    assert site.events() == [("bob@example.com", "run", "a.job")]


def test_what_somebody_may_not_do_is_told_on_the_page(site, monkeypatch):
    def refuse(_manager, _job, _by):
        raise NotPermitted("docassemble does not let you do that", hint="ask an administrator")

    monkeypatch.setattr(SchedulerManager, "run_now", refuse)
    answer = site.press("run", "a.job")
    assert answer.status_code == 200
    assert "Docassemble does not let you do that. Ask an administrator." in answer.text


@pytest.mark.parametrize("action", ["cancel", "stop"])
def test_what_hurts_is_asked_first(site, action):
    answer = site.press(action, "a.job", confirmed=False)
    assert "Are you sure?" in answer.text
    assert site.events() == []


@pytest.mark.parametrize(
    ("action", "target", "said"),
    [
        ("run", "no.job", "There is no job"),
        ("run", HARM, "&lt;script&gt;"),
        ("run", "off.job", "is disabled"),
        ("stop", "0" * 32, "There is no run"),
        ("retry", HARM, "&lt;script&gt;"),
        ("explode", "a.job", "There is no button"),
    ],
)
def test_what_is_not_possible_is_told_as_text(site, action, target, said):
    answer = site.press(action, target)
    assert answer.status_code == 200
    assert said in answer.text
    assert HARM not in answer.text
    assert site.events() == []


def test_a_post_without_a_token_is_refused(site):
    site.app.config["WTF_CSRF_ENABLED"] = True
    assert site.press("run", "a.job").status_code == 400
    assert site.events() == []


def test_whatever_changes_something_is_a_post(site):
    changing = {"/scheduler/act", "/scheduler/act-on-jobs"}
    rules = [rule for rule in site.app.url_map.iter_rules() if rule.endpoint.startswith(views.NAME)]
    assert {rule.rule for rule in rules if rule.methods - {"GET", "HEAD", "OPTIONS"}} >= changing
    assert all(rule.methods <= {"POST", "OPTIONS"} for rule in rules if rule.rule in changing)
    form = {"action": "pause", "target": "a.job", "one": "pause a.job", "confirmed": "yes"}
    for path in changing:
        assert site.app.test_client().get(path, query_string=form).status_code == 405
    assert site.events() == []


@pytest.mark.parametrize("job", ["//evil.example.com", "https://evil.example.com", "/user", "a.job"])
def test_a_button_leads_back_to_a_page_of_ours(site, job):
    form = {"action": "resume", "target": "a.job", "job": job}
    location = site.app.test_client().post("/scheduler/act", data=form).headers["Location"]
    assert location.startswith("/scheduler/job?name=")


def act(site, *jobs, path="/scheduler/act-on-jobs", **form):
    data = {"job": list(jobs), **form}
    return site.app.test_client().post(path, data=data, follow_redirects=True)


def test_several_jobs_are_paused_at_once_and_the_result_is_told(site):
    text = act(site, "a.job", "fixed.job", "a.job", all="pause").text
    assert "2 jobs are paused." in text
    assert sorted(job for _, _, job in site.events()) == ["a.job", "fixed.job"]
    text = act(site, "a.job", "off.job", f"harm {HARM}", "no.job", all="pause").text
    assert "2 of 4 jobs are paused." in text
    assert "a.job: It was paused already." in text
    assert "no.job: There is no job" in text
    assert HARM not in text


def test_a_button_in_a_row_is_for_its_job_whatever_is_ticked(site):
    assert "a.job is paused." in act(site, "fixed.job", one="pause a.job").text
    assert f"{HARM}" not in act(site, one=f"pause harm {HARM}").text
    assert {job for _, _, job in site.events()} == {f"harm {HARM}", "a.job"}


def test_after_a_button_of_the_list_it_is_shown_as_before(site):
    path = "/scheduler/act-on-jobs?q=a&sort=-name&page=1&evil=//x"
    answer = site.app.test_client().post(path, data={"one": "pause a.job"})
    assert answer.headers["Location"] == "/scheduler?q=a&sort=-name"


def test_many_are_asked_about_before_they_run_or_stop(site):
    text = act(site, "a.job", "fixed.job", all="run").text
    assert "Run these 2 jobs now?" in text
    assert site.events() == []
    assert "2 jobs will run now." in act(site, "a.job", "fixed.job", all="run", confirmed="yes").text
    assert "a.job will run now." in act(site, one="run a.job").text
    asked = act(site, one=f"stop harm {HARM}").text
    assert "Stop harm &lt;script&gt;" in asked
    assert HARM not in asked


@pytest.mark.parametrize(
    ("jobs", "form", "said"),
    [
        ((), {"all": "pause"}, "No job is selected"),
        (("a.job",), {"all": "explode"}, "There is no button"),
        (("a.job",), {}, "There is no button"),
        ([f"a{number}" for number in range(201)], {"all": "pause"}, "More than 200 jobs are selected"),
        (("off.job",), {"all": "run"}, "is disabled"),
        (("a.job",), {"all": "stop", "confirmed": "yes"}, "It is not running"),
    ],
)
def test_what_no_button_does_is_told(site, jobs, form, said):
    assert said in act(site, *jobs, **form).text
    assert site.events() == []


def test_each_job_is_asked_for_permission(site, monkeypatch):
    run_now = SchedulerManager.run_now

    def refuse(manager, name, by):
        if name == "a.job":
            raise NotPermitted("docassemble does not let you do that", hint="ask an administrator")
        return run_now(manager, name, by)

    monkeypatch.setattr(SchedulerManager, "run_now", refuse)
    text = act(site, "a.job", "fixed.job", all="run", confirmed="yes").text
    assert "1 of 2 jobs will run now." in text
    assert "a.job: Docassemble does not let you do that." in text


def test_a_button_for_several_needs_a_token(site):
    site.app.config["WTF_CSRF_ENABLED"] = True
    assert act(site, "a.job", all="pause").status_code == 400
    assert site.events() == []


@pytest.mark.parametrize("view", ["jobs", "timeline", "servers"])
def test_each_view_of_the_jobs_is_refreshed(site, view):
    client = site.app.test_client()
    first = client.get("/scheduler", query_string={"view": view, "part": "live"})
    assert "<html" not in first.text
    again = client.get(
        "/scheduler",
        query_string={"view": view, "part": "live"},
        headers={"If-None-Match": first.headers["ETag"]},
    )
    assert (again.status_code, again.data) == (304, b"")


def test_a_refresh_of_what_is_the_same_is_not_put_together(site, monkeypatch):
    client = site.app.test_client()
    etag = client.get("/scheduler?part=live").headers["ETag"]
    monkeypatch.setattr(overview_page, "render", None)
    assert client.get("/scheduler?part=live", headers={"If-None-Match": etag}).status_code == 304


@pytest.mark.parametrize(
    "path", ["/scheduler/job?name=" + HARM, "/scheduler/job", "/scheduler/run?id=" + HARM]
)
def test_what_there_is_not_is_said_to_be_missing(site, path):
    answer = site.app.test_client().get(path)
    assert answer.status_code == 404
    assert HARM not in answer.text


@pytest.mark.parametrize(
    "args",
    [
        {"page": "-1"},
        {"page": "9" * 30},
        {"state": HARM},
        {"q": HARM},
        {"state": "ok", "q": "a", "page": "2"},
    ],
)
def test_any_filter_of_jobs_is_borne(site, args):
    assert HARM not in site.get("/scheduler", **args)


@pytest.mark.parametrize("args", [{"status": HARM}, {"trigger": "x"}, {"server": HARM}, {"before": HARM}])
def test_any_filter_of_runs_is_borne(site, args):
    assert HARM not in site.get("/scheduler/job", name="a.job", **args)


def test_without_the_database_the_page_says_so():
    def away() -> SchedulerManager:
        raise StoreUnavailable("no route to the database", hint="Start it.")

    site = app_of(Dashboard(away, Access(), ManualClock(NOON), ConcurrencyLimit(4)))
    answer = site.test_client().get("/scheduler")
    assert answer.status_code == 503
    assert "No route to the database. Start it." in answer.text


def test_a_page_that_would_wait_for_the_database_beside_too_many_others_says_so_at_once():
    def asked() -> SchedulerManager:
        raise AssertionError("nobody must ask")

    limit = ConcurrencyLimit(1, timeout=0)
    site = app_of(Dashboard(asked, Access(), ManualClock(NOON), limit))
    with limit.turn():
        answer = site.test_client().get("/scheduler")
    assert answer.status_code == 503
    assert "As many requests as may be at once (1) are being answered, and slowly." in answer.text


def a_run_of(site):
    (claim,) = site.store.claim([ClaimRequest(job("a.job", Interval(timedelta(hours=1))))], NOON + HOUR)
    return claim.run.id


def test_an_administrator_asks_a_run_where_it_is_and_is_back_on_its_page(site):
    run = a_run_of(site)
    answer = site.press("where", run)
    assert answer.request.path == "/scheduler/run"
    assert "Asked at Mar 2, 2026, 13:00:00." in answer.text
    assert site.store.stack_requests([run]) == {run}


def test_nobody_else_does(site):
    run, site.access.caller = a_run_of(site), FREE
    assert "Where is it now?" not in site.get("/scheduler/run", id=run)
    site.press("where", run)
    assert site.store.stack_requests([run]) == set()


def test_the_page_of_a_run_says_how_long_its_job_usually_takes(site):
    a_job = job("a.job", Interval(timedelta(hours=1)))
    for number, seconds in enumerate([10, 40, 90], 1):
        (claim,) = site.store.claim([ClaimRequest(a_job)], NOON + number * HOUR)
        begun = NOON + number * HOUR
        ended = begun + timedelta(seconds=seconds)
        site.store.finish(claim.run, Outcome(status=Status.SUCCEEDED, started=begun, finished=ended))
    (claim,) = site.store.claim([ClaimRequest(a_job)], NOON + 4 * HOUR)
    assert "<dt>Usually takes</dt><dd>40 s</dd>" in site.get("/scheduler/run", id=claim.run.id)


# --- pauses, added jobs, past due times -----------------------------------------------------------


def test_a_pause_has_a_note_that_the_page_shows_with_who_and_since_when(site):
    site.press("pause", "a.job", note=f"The mail server moves {HARM}")
    text = site.get("/scheduler/job", name="a.job")
    assert "Paused by admin@example.com" in text
    assert "The mail server moves &lt;script&gt;" in text
    assert 'value="resume"' in text


def test_everything_is_paused_and_resumed_and_each_page_says_so_in_large_letters(site):
    assert "Pause all jobs" in site.get("/scheduler")
    site.press("pause_all", "", job="", note="The database moves")
    for path in ("/scheduler", "/scheduler/job?name=a.job", "/scheduler/backfill?name=a.job"):
        text = site.get(path)
        assert "Everything is paused" in text
        assert "The database moves" in text
        assert "Pause all jobs" not in text
    job = site.get("/scheduler/job", name="a.job")
    assert "Paused with all other jobs by admin@example.com" in job
    assert 'value="resume"' not in job
    assert "everything is paused" in site.press("resume", "a.job").text.lower()
    site.press("resume_all", "", job="")
    assert "Resume everything" not in site.get("/scheduler")
    assert {what for _, what, _ in site.events()} == {"resume all", "pause all"}


def test_an_added_job_is_cancelled_after_a_question_and_then_found_with_its_definition(site):
    site.access.caller = FREE
    site.manager.add("mine", {"function": "builtins.print", "every": "1 hour", "args": ["x"]}, FREE)
    assert 'value="cancel"' in site.get("/scheduler/job", name="mine")
    assert "Are you sure?" in site.press("cancel", "mine", job="mine", confirmed=False).text
    text = site.press("cancel", "mine", job="mine").text
    assert "The job is cancelled." in text
    assert "was added by dev@example.com and is over" in text
    assert "builtins.print" in text
    site.access.caller = replace(FREE, name="other@example.com", switches=frozenset())
    assert "builtins.print" not in site.get("/scheduler/job", name="mine")


def test_a_job_of_which_nothing_is_known_is_not_found(site):
    answer = site.app.test_client().get("/scheduler/job?name=a.jbo")
    assert answer.status_code == 404
    assert "Did you mean" in answer.text


def test_a_job_that_left_the_configuration_is_found_as_long_as_it_has_records(site):
    request = site.store.request_run("gone.job", NOON - timedelta(days=3), "somebody")
    assert request.job == "gone.job"
    assert "no longer in the configuration" in site.get("/scheduler/job", name="gone.job")


def test_past_due_times_are_shown_and_then_run(site):
    text = site.get("/scheduler/backfill", name="a.job", since="2026-03-02T08:30", until="2026-03-02T11:30")
    assert "3 due times without a success" in text
    assert "Mar 2, 2026, 09:00:00" in text
    form = dict(re.findall(r'name="(since|until)" value="([^"]+\+00:00)"', text))
    assert "run now, one after the other" in site.press("backfill", "a.job", **form).text
    requests = site.store.run_requests()
    assert [each.due.hour for each in requests] == [8, 9, 10]
    assert {(each.at, each.by) for each in requests} == {(NOON, "admin@example.com")}


def test_more_due_times_than_can_be_requested_have_the_command_to_copy(site):
    text = site.get("/scheduler/backfill", name="a.job", since="2026-02-01T00:00")
    assert "docassemble-scheduler backfill a.job --from &#39;2026-01-31 23:00:00&#39;" in text
    form = {"since": "2026-02-01T00:00+00:00", "until": NOON.isoformat()}
    assert "100 can be run from here" in site.press("backfill", "a.job", **form).text
    assert list(site.store.run_requests()) == []


@pytest.mark.parametrize("since", ["yesterday", HARM, "9999-12-31T23:59", "0001-01-01T00:00"])
def test_what_is_no_time_is_told(site, since):
    answer = site.app.test_client().get("/scheduler/backfill", query_string={"name": "a.job", "since": since})
    assert answer.status_code in {200, 409}
    assert HARM not in answer.text
    assert "no time" in site.press("backfill", "a.job", since=since, until="").text


def test_a_job_that_cannot_run_says_why_on_its_page(site):
    problem = Problem(
        code="function-not-found", path=("scheduler", "a.job"), sentence="It is gone.", hint=HARM
    )
    site.store.note_problems(["a.job"], {"a.job": problem}, NOON)
    text = site.get("/scheduler/job", name="a.job")
    assert "It is gone." in text
    assert "problems.md#function-not-found" in text
    assert '<span class="sch-badge sch-bad">problem</span>' in text
