"""Everything that depends on docassemble, on one site: a release with which this passes can be supported.

What other modules show of docassemble (mails, installation, restarts, Celery, isolation) has the mark there.
"""

import html
import json
import re
import subprocess
import tarfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from devserver.client import Client
from devserver.logs import whole_log
from devserver.server import DevServer
from devserver.settings import ADMIN_EMAIL
from devserver.waiting import until
from tests.integration.browser import chromium, sign_in
from tests.integration.conftest import StartDevServer
from tests.integration.interviews import PLAYGROUND, Session, put_into_playground
from tests.integration.json_client import API, NEVER, JsonClient, refused
from tests.integration.notes import PYTHONPATH, TOP_LEVEL, Notes
from tests.integration.records import Tables
from tests.integration.shell import Shell

pytestmark = pytest.mark.every_release

EMAIL, PASSWORD = "user@example.com", "an ordinary user"
CASES = f"{PLAYGROUND}:cases.yml"
#: the sessions that jobs run actions in
CASES_YML = """\
metadata:
  title: Cases
---
mandatory: True
code: |
  if url_args.get('open'):
    multi_user = True
  if url_args.get('tag'):
    session_tags().add(url_args['tag'])
---
mandatory: True
question: A case
subquestion: |
  [visits=${ visits }] [visitor=${ visitor }]
buttons:
  - Exit: exit
---
code: |
  visits = 0
---
code: |
  visitor = 'nobody'
---
code: |
  broken = False
---
event: visit
code: |
  if broken:
    raise Exception("this case is broken")
  visits += action_argument('by')
  visitor = user_info().email
---
event: greet
code: |
  visitor = action_argument('name')
"""
#: the session that schedules functions
PLANNING_YML = """\
modules:
  - site_jobs.planning
  - .planned
---
imports:
  - docassemble.Scheduler
---
mandatory: True
question: Planning
buttons:
  - Exit: exit
---
event: call
code: |
  json_response(perform(action_argument('what'), action_argument('args'), action_argument('kwargs')))
---
event: from_code
code: |
  json_response(docassemble.Scheduler.schedule_in(2, note, args=['from code'], kwargs={'number': 7}))
---
event: from_module
code: |
  json_response(plan())
---
event: a_lambda
code: |
  json_response(perform('schedule_in', [1, lambda: None], {}))
---
event: own_function
code: |
  def own():
    return 1
  json_response(perform('schedule_in', [1, own], {}))
"""
NOTE = "site_jobs.planning.note"
#: a module of the Playground; `says` says something else after each change
PLANNED_PY = """\
# do not pre-load
from site_jobs.planning import note
from docassemble.Scheduler import schedule_at
from docassemble.Scheduler.scheduler_logger import log
from docassemble.base.util import current_datetime
from datetime import timedelta

__all__ = ['plan', 'from_playground']

def from_playground(text):
    note(text)

def plan():
    local = (current_datetime() + timedelta(seconds=2)).replace(tzinfo=None)  # in docassemble's time zone
    return schedule_at(local, from_playground, args=['naive'])

def says():
    log("playground says WORD")
"""
FIRST_WORD = uuid.uuid4().hex
SAYS = f"{PLAYGROUND}.planned.says"
WHO = {"function": "site_jobs.around.who", "every": 5}
BROKEN = ("test.heartbeet", "test.unknown_key", "test.<b>")
JOBS: dict[str, Any] = {
    "talkative.speak": {"seconds": 2},
    "ticking": {"function": "site_jobs.shown.work", "every": "2 seconds"},
    "around": {"function": "site_jobs.surroundings.look", "every": 5},
    "as-admin": {**WHO, "run as": ADMIN_EMAIL},
    "as-cron": WHO,
    "as-nobody": {**WHO, "run as": "nobody@example.com"},
    f"{SAYS} fast": {"seconds": 2},
    f"{SAYS} slower": {"seconds": 3},
    "told": {"function": "site_jobs.commanded.tell", **NEVER, "args": ["own"]},
    "test.heartbeet": {"minutes": 1},
    "test.unknown_key": {"minuts": 5},
    "test.<b>": {"description": "when?"},
}


@dataclass(frozen=True, kw_only=True)
class Site:
    server: DevServer
    config: dict[str, Any]
    notes: Notes
    tables: Tables
    api: JsonClient
    shell: Shell
    backups: Path
    #: of the interview about cases, by what they are for
    sessions: dict[str, Session] = field(default_factory=dict)

    def end(self, job: str) -> str:
        """How the first run of a job ended: what it returned, or the error."""
        ended = rf'\[{job}\] (?:ENDED after \S+ s(?:, returned "(.*)")?|ERROR (.*?))(?:\\n.*)?$'
        found = self.server.wait_for_log(ended)
        return found[1] or found[2] or ""

    def act(self, action: str, job: str, **definition: Any) -> str:
        """Have a job run an action in sessions about cases; return how it ended."""
        self.api.run(job, function="interviews.run_action", args=[CASES, action], **definition)
        return self.end(job)

    def do(self, function: str, job: str, *args: object, **definition: Any) -> str:
        """Run a shipped job; return how it ended."""
        self.api.run(job, function=function, args=list(args), **definition)
        return self.end(job)


@pytest.fixture(scope="module")
def database() -> str:
    """Where docassemble has its tables. test_compat_mariadb.py has another."""
    return "postgresql"


@pytest.fixture(scope="module")
def site(start_devserver: StartDevServer, database: str, tmp_path_factory: pytest.TempPathFactory) -> Site:
    folder = tmp_path_factory.mktemp("compat")
    config = {
        "notes": str(folder / "notes"),
        "own directive": "of our own",
        "timezone": "America/New_York",
        "scheduler": {"log level": "debug", "concurrency": 4, **JOBS},
    }
    server = start_devserver(config, pythonpath=[PYTHONPATH, TOP_LEVEL], database=database)
    put_into_playground(server, "questions", "cases.yml", CASES_YML)
    put_into_playground(server, "questions", "planning.yml", PLANNING_YML)
    put_module(server, FIRST_WORD)
    sessions = {name: Session.begin(server, "cases.yml", open="1") for name in ("plain", "greeted", "broken")}
    sessions["tagged"] = Session.begin(server, "cases.yml", open="1", tag="urgent")
    sessions["closed"] = Session.begin(server, "cases.yml")
    sessions["broken"].set(broken=True)
    return Site(
        server=server,
        config=config,
        notes=Notes(folder / "notes"),
        tables=Tables(server.database_url),
        api=JsonClient(server=server),
        shell=Shell(server=server),
        backups=folder / "backups",
        sessions=sessions,
    )


def put_module(server: DevServer, word: str) -> None:
    """Save the module, and wait for docassemble's restart."""
    before = len(server.read_log())
    put_into_playground(server, "modules", "planned.py", PLANNED_PY.replace("WORD", word))
    server.wait_for_log(r"Scheduler \S+: \d+ jobs", 90, start=before)
    server.wait()


# --- the context of a job ------------------------------------------------------------------------


def test_a_job_has_the_identity_and_privileges_of_its_user(site: Site) -> None:
    admin = site.notes.wait("who", "as-admin")[0].facts
    assert (admin["email"], admin["known"]) == (ADMIN_EMAIL, ADMIN_EMAIL)
    assert (admin["logged_in"], admin["admin"], admin["cron"]) == (True, True, False)
    assert admin["signed_in"] == [ADMIN_EMAIL, True, True]
    assert isinstance(admin["sessions"], int)
    cron = site.notes.wait("who", "as-cron")[0].facts
    assert (cron["email"], cron["admin"], cron["cron"]) == ("cron@admin.com", False, True)
    # Flask-Login takes an inactive user, which the cron user is, for one that is not signed in
    assert cron["signed_in"] == ["cron@admin.com", False, False]


def test_a_user_that_does_not_exist_is_a_problem_and_a_failed_run_and_never_anonymous(site: Site) -> None:
    site.server.wait_for_log(r"scheduler -> as-nobody -> run as.*\[unknown-user\]")
    site.api.last_run("as-nobody", "failed")
    assert not site.notes.read("who", "as-nobody")


def test_a_job_has_the_language_the_configuration_and_the_redis_of_docassemble(site: Site) -> None:
    around = site.notes.wait("around", "around")[0].facts
    assert around["redis"] == {"kept": [1, 2]}
    assert around["language"] == "en"
    assert around["own"] == "of our own"
    assert around["secret"] > 10


def test_each_run_is_in_a_request_of_its_own_from_which_addresses_are_made(site: Site) -> None:
    for around in (each.facts for each in site.notes.wait("around", "around", count=2)):
        assert around["request"] == [f"{site.server.url}/interview", "GET", 1]
        assert around["link"].startswith(f"{site.server.url}/interview?i=docassemble.demo")


# --- the Logs page and the Configuration page ----------------------------------------------------


@pytest.fixture
def logs_page(site: Site) -> str:
    return read_logs_page(site)


def read_logs_page(site: Site) -> str:
    site.server.wait_for_log(r"DEBUG \[talkative.speak\] whispered")
    page = site.server.client().get("/logs", params={"file": "scheduler.log", "q": "[talkative.speak]"})
    assert page.status_code == 200
    assert "file you requested does not exist" not in page.text
    return page.text


@pytest.mark.parametrize(
    "expected",
    [
        r"Gr\xfc\xdfe, \u4f60\u597d, \U0001f600",
        r"first line\nsecond line\r\nthird line",
        r"<b>bold</b> & \x1b[31mred",
        "whispered",
        "STARTED due",
        "ENDED after",
    ],
)
def test_the_logs_page_shows_every_line(site: Site, expected: str) -> None:
    """It shows the end of the file, in which a line may be about to come or just gone."""
    line = f"[talkative.speak] {expected}"
    until(lambda: line in html.unescape(read_logs_page(site)), f"{line!r} on the Logs page", 60)


def test_the_logs_page_hides_what_a_browser_would_run(logs_page: str) -> None:
    assert "<b>bold</b>" not in logs_page


def test_the_logs_page_finds_the_lines_of_a_job(site: Site, logs_page: str) -> None:
    page = site.server.client().get("/logs", params={"file": "scheduler.log", "q": "third line"})
    shown = html.unescape(page.text)
    assert r"second line\r\nthird line" in shown
    assert "STARTED due" not in shown


def test_the_log_can_be_downloaded(site: Site, logs_page: str) -> None:
    answer = site.server.client().get("/logfile/scheduler.log")
    assert answer.content.isascii()
    assert "[talkative.speak] STARTED due" in answer.text


def test_the_problems_of_the_log_stand_on_the_configuration_page(site: Site) -> None:
    for name in (*BROKEN, "as-nobody"):
        site.server.wait_for_log(rf"(?:ERROR|WARNING) scheduler -> {re.escape(name)}")
    problems = set(re.findall(r"(?:ERROR|WARNING) (scheduler -> .*)$", site.server.read_log(), re.MULTILINE))
    page = site.server.client().get("/config")
    assert page.status_code == 200
    shown = html.unescape(page.text)
    missing = [problem for problem in problems if f"Scheduler: {problem}" not in shown]
    # the log remembers that the Playground had no module before the restart, the page does not
    assert [problem for problem in missing if SAYS not in problem] == []
    assert "test.<b>" not in page.text


# --- the dashboard -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser_page(site: Site) -> Iterator[Page]:
    """A browser in which the administrator has signed in."""
    with chromium() as browser:
        page = browser.new_context().new_page()
        sign_in(page, site.server.url)
        yield page


def test_an_administrator_finds_the_page_in_the_menu_and_sees_jobs_update(
    site: Site, browser_page: Page
) -> None:
    page = browser_page
    page.goto(f"{site.server.url}/user/profile")
    page.click("#navbarDropdown")
    page.get_by_role("link", name="Scheduler", exact=True).click()
    row = page.locator("tr[data-key='ticking']")
    expect(row.locator(".sch-badge").first).to_have_text("ok", timeout=30_000)
    expect(row).to_contain_text("every 2 seconds")
    expect(page.locator("tr").nth(1)).to_contain_text("test.unknown_key")
    expect(page.locator(".sch-problems")).to_contain_text("Did you mean minutes?")
    page.goto(f"{site.server.url}/scheduler?view=servers")
    expect(page.locator(".sch-server-table")).to_contain_text("alive")
    page.goto(f"{site.server.url}/scheduler")
    page.fill("#sch-q", "half a wor")
    page.evaluate("window.stayed = true")
    last = row.locator("time").first
    expect(last).not_to_have_attribute("datetime", last.get_attribute("datetime") or "", timeout=60_000)
    assert page.evaluate("window.stayed")
    assert page.input_value("#sch-q") == "half a wor"
    assert page.evaluate("document.activeElement.id") == "sch-q"


@pytest.fixture(scope="module")
def ordinary_user(site: Site) -> int:
    made = site.api.host("POST", "/api/user/new", json={"username": EMAIL, "password": PASSWORD})
    return int(made.json()["user_id"])


def test_an_ordinary_user_and_somebody_signed_out_are_refused(site: Site, ordinary_user: int) -> None:
    user, stranger = Client(site.server.url), Client(site.server.url)
    user.log_in(EMAIL, PASSWORD)
    for path in ("/scheduler", "/scheduler/job?name=ticking", "/scheduler?part=live"):
        answer = user.get(path)
        assert answer.url != user.url_of(path)
        assert "sch-" not in answer.text
        assert "/user/sign-in" in stranger.get(path).url
    assert ">Scheduler<" not in user.get("/user/profile").text
    form = {"action": "pause", "target": "ticking", "confirmed": "yes"}
    assert "sch-" not in user.post("/scheduler/act", data=form).text
    assert site.api.get("/job", name="ticking")["paused"] is False


def test_a_post_without_a_token_is_refused_and_one_with_it_is_not(site: Site) -> None:
    client = site.server.client()
    form = {"action": "pause", "target": "ticking", "confirmed": "yes"}
    answer = client.session.post(
        client.url_of("/scheduler/act"), data=form, allow_redirects=False, timeout=60
    )
    assert answer.status_code == 400
    assert site.api.get("/job", name="ticking")["paused"] is False
    client.post("/scheduler/act", data=form)
    assert site.api.get("/job", name="ticking")["paused"] is True
    site.api.post("/resume", job="ticking")


# --- the JSON API --------------------------------------------------------------------------------


def test_only_keys_of_administrators_without_limits_are_let_in(site: Site, ordinary_user: int) -> None:
    api = site.api
    assert refused(api.ask("GET", "/api/user_list", key="wrong"))
    for path in ("/jobs", "/metrics", "/openapi.json", "/nothing"):
        assert refused(api.ask("GET", API + path, key="wrong"))
        assert refused(api.ask("GET", API + path, headers={}))
    ordinary = api.host("POST", f"/api/user/{ordinary_user}/api", json={"name": "ordinary"}).json()
    assert refused(api.ask("GET", f"{API}/jobs", key=ordinary))
    limited = api.host("POST", "/api/user/api", json={"name": "limited"}).json()
    assert api.ask("GET", f"{API}/jobs", key=limited).status_code == 200
    limits = {"api_key": limited, "permissions": ["access_sessions"]}
    assert api.host("PATCH", "/api/user/api", json=limits).status_code == 204
    assert refused(api.ask("GET", f"{API}/jobs", key=limited))
    assert api.ask("GET", f"{API}/jobs", headers={"Authorization": f"Bearer {api.key}"}).status_code == 200
    assert api.ask("GET", f"{API}/jobs", headers={}, params={"key": api.key}).status_code == 200


def test_no_cookie_is_enough_and_none_comes_out(site: Site) -> None:
    api, client = site.api, site.server.client()
    assert client.get("/scheduler").status_code == 200
    assert refused(client.get(f"{API}/jobs"))
    body = {"job": "ticking"}
    assert refused(client.post(f"{API}/pause", json=body))
    assert refused(client.session.post(client.url_of(f"{API}/pause"), json=body, timeout=60))
    assert refused(api.ask("POST", f"{API}/pause", headers={}, cookies={"X-API-Key": api.key}, json=body))
    assert api.get("/job", name="ticking")["paused"] is False
    for answer in (api.ask("GET", f"{API}/jobs"), api.ask("POST", f"{API}/resume", json=body)):
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers
        profile = requests.get(f"{site.server.url}/user/profile", cookies=answer.cookies, timeout=60)
        assert "/user/sign-in" in profile.url


# --- interviews ----------------------------------------------------------------------------------


def test_an_action_runs_in_all_sessions_but_those_that_are_encrypted_and_one_that_fails_stops_no_other(
    site: Site,
) -> None:
    said = site.act("visit", "all", kwargs={"arguments": {"by": 3}}, **{"run as": ADMIN_EMAIL})
    assert re.search(
        r"visit failed in 1 of \d+ sessions \(skipped \d that cannot be opened: encrypted\): ", said
    )
    assert f"{site.sessions['broken'].id} (" in said
    assert "Exception: this case is broken" in said
    found = {name: site.sessions[name].variables() for name in ("plain", "greeted", "tagged", "broken")}
    visits = {name: found[name].get("visits", 0) for name in found}
    assert visits == {"plain": 3, "greeted": 3, "tagged": 3, "broken": 0}
    assert found["plain"]["visitor"] == ADMIN_EMAIL


def test_the_cron_user_can_run_actions_in_sessions_that_are_named_but_not_list_them(site: Site) -> None:
    named = {"sessions": [site.sessions["greeted"].id], "arguments": {"name": "Ada"}}
    assert site.act("greet", "one, as cron", kwargs=named) == "greet ran in 1 session"
    assert site.sessions["greeted"].variables()["visitor"] == "Ada"
    said = site.act("visit", "all, but as cron", kwargs={"arguments": {"by": 3}})
    assert "cannot be listed" in said
    assert "`run as`" in said


def test_sessions_are_chosen_by_their_tag_and_age(site: Site) -> None:
    urgent = {"sessions": {"tag": "urgent", "modified within": "1 hour"}, "arguments": {"name": "Bob"}}
    assert site.act("greet", "tagged", kwargs=urgent, **{"run as": ADMIN_EMAIL}) == "greet ran in 1 session"
    idle = {"sessions": {"idle for": "1 hour"}}
    assert site.act("greet", "idle", kwargs=idle, **{"run as": ADMIN_EMAIL}) == "greet ran in 0 sessions"


def test_a_session_or_action_that_does_not_exist_is_told(site: Site) -> None:
    gone = {"sessions": ["x" * 32, site.sessions["closed"].id]}
    assert "greet failed in 1 of 1 session (skipped 1 " in site.act("greet", "gone", kwargs=gone)
    assert "has no block that defines the action vist" in site.act("vist", "no action")


def test_a_session_is_started_and_everybody_with_the_link_can_open_it(site: Site) -> None:
    variables = {"multi_user": True, "visits": 41}
    link = site.do("interviews.start", "start", CASES, kwargs={"variables": variables})
    assert link.startswith(f"{site.server.url}/interview?i={CASES}&session=")
    assert "[visits=41]" in requests.get(link, timeout=60).text
    assert f"sessions of {CASES} are encrypted" in site.do("interviews.start", "start closed", CASES)


@pytest.fixture(scope="module")
def planning(site: Site) -> Session:
    return Session.begin(site.server, "planning.yml")


def test_an_interviews_code_has_a_function_called_after_a_delay_on_time_and_once(
    site: Site, planning: Session
) -> None:
    began = time.time()
    job = planning.do("from_code")
    (note,) = site.notes.wait("note", job)
    assert began + 2 <= note.due <= note.at
    assert (note.facts["text"], note.facts["number"]) == ("from code", 7)
    events = site.tables.query("SELECT actor, action FROM scheduler_event WHERE job = :job", job=job)
    assert [tuple(event) for event in events] == [(ADMIN_EMAIL, "add")]
    until(lambda: job not in planning.statuses(), "end of the job", 60)
    assert [(record.status, record.attempt) for record in site.tables.records(job)] == [("succeeded", 1)]
    assert len(site.notes.read("note", job)) == 1


def test_a_function_of_a_playground_module_is_given_as_itself_and_its_time_is_local(
    site: Site, planning: Session
) -> None:
    began = time.time()
    job = planning.do("from_module")
    assert job.startswith(f"{PLAYGROUND}.planned.from_playground ")
    (note,) = site.notes.wait("note", job)
    assert note.facts["text"] == "naive"
    assert began <= note.due <= note.at  # two seconds later, and not hours


def test_what_cannot_be_found_again_or_kept_is_refused_with_the_reason(planning: Session) -> None:
    assert "lambda" in planning.do("a_lambda")["error"]
    assert "stands in no module, but in the code of an interview" in planning.do("own_function")["error"]
    assert "has no 'nope'" in planning.call("schedule_in", 1, "site_jobs.planning.nope")["error"]
    assert "Did you mean `retries`" in planning.call("schedule_in", 1, NOTE, retires=3)["hint"]
    assert "did you mean 'ticking'?" in planning.call("pause", "tickin")["hint"]


# --- other jobs that are shipped -----------------------------------------------------------------


def test_a_page_is_requested_and_a_refusal_fails_the_run(site: Site) -> None:
    url = site.server.url
    assert site.do("http.request", "page", f"{url}/user/sign-in") == "200 OK"
    said = site.do("http.request", "refused", f"{url}/api/list?key=s3cret")
    assert f"GET {url}/... answered 403" in said
    assert "s3cret" not in site.server.read_log()


def test_a_package_that_is_missing_is_named(site: Site) -> None:
    assert "pip install confluent-kafka" in site.do("kafka.send", "message", "127.0.0.1:9092", "topic", "hi")


def test_docassembles_own_database_is_backed_up(site: Site) -> None:
    site.do("postgres_db_backup.run", "backup", "db", str(site.backups), kwargs={"keep": "14 days"})
    archives = until(lambda: sorted(site.backups.rglob("*.tar")), "backup", 60)
    with tarfile.open(archives[0]) as tar:
        tar.extract("docassemble", site.backups, filter="data")
    listed = subprocess.run(
        [site.server.site.postgres.programs / "pg_restore", "--list", site.backups / "docassemble"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "TABLE DATA public userdict" in listed.stdout


# --- the command line ----------------------------------------------------------------------------


def test_the_configuration_is_checked_and_its_jobs_are_listed(site: Site) -> None:
    found = site.shell.read("check", status=1)
    assert found["ok"] is False
    assert {problem["path"][1] for problem in found["problems"]} == set(BROKEN)
    good = [name for name in JOBS if name not in BROKEN]
    assert set(good) <= {job["name"] for job in found["jobs"]}
    shown = site.shell.type("jobs").stdout
    assert all(name in shown for name in good)


def test_a_job_is_run_here_in_docassembles_context_and_recorded(site: Site) -> None:
    done = site.shell.type("run", "told", "--args-file", "-", "--json", stdin='["from stdin"]')
    document = json.loads(done.stdout)
    assert "('from stdin',)" in document["result"]
    assert "secret key has" in done.stderr
    assert "INFO told by" in done.stderr
    assert [(each.status, each.trigger) for each in site.tables.records("told")] == [("succeeded", "manual")]
    log = site.api.get("/run", id=document["id"])["log"]
    assert "INFO told by" in log
    assert "INFO stdout: secret key has" in log
    assert done.stderr.count("secret key has") == 1


# --- restarts; last, because the others need the site as it is -----------------------------------


def test_a_playground_module_runs_and_runs_changed_after_it_was_changed(site: Site) -> None:
    jobs = [f"{SAYS} fast", f"{SAYS} slower"]
    for job in jobs:
        site.server.wait_for_log(rf"\[{re.escape(job)}\] playground says {FIRST_WORD}")
    second = uuid.uuid4().hex
    put_module(site.server, second)
    for job in jobs:
        site.server.wait_for_log(rf"\[{re.escape(job)}\] playground says {second}")
    after = site.server.read_log().rpartition(f"playground says {FIRST_WORD}")[2]
    assert len(re.findall(r"Scheduler \S+: \d+ jobs", after)) == 1, "docassemble restarted itself, once"


@pytest.fixture(scope="module")
def changed(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Logs elsewhere, in JSON, with SQL and by other handlers too, and no dashboard; the folder of the logs."""
    elsewhere = tmp_path_factory.mktemp("logs elsewhere")
    handlers = ["Noting", "Hanging", "nothing", "missing"]
    scheduler = {
        "dashboard": False,
        "log level": "debug",
        "log format": "json",
        "log sql": True,
        "log handlers": [f"site_jobs.handlers.{name}" for name in handlers],
        "talkative.speak": {"seconds": 1},
    }
    site.server.configure({**site.config, "scheduler": scheduler, "log": str(elsewhere)})
    site.server.reload()
    return elsewhere


def test_the_log_is_where_docassemble_keeps_its_logs(site: Site, changed: Path) -> None:
    log = changed / "scheduler.log"
    until(lambda: log.exists() and "ENDED" in log.read_text(encoding="ascii"), "run in the other folder", 60)
    page = site.server.client().get("/logs", params={"file": "scheduler.log"})
    assert '"job": "talkative.speak", "event": ' in html.unescape(page.text)


def json_lines(folder: Path, event: str | None = "any") -> list[dict[str, Any]]:
    """The complete lines of the log, read by a parser of JSON; of all events or one."""
    lines = whole_log(folder / "scheduler.log").rpartition(b"\n")[0].splitlines()
    return [line for line in map(json.loads, lines) if event in ("any", line["event"])]


def wait_for_lines(folder: Path, event: str, count: int = 1) -> list[dict[str, Any]]:
    """Wait until there are so many lines of an event; return all of them."""
    return until(
        lambda: found if len(found := json_lines(folder, event)) >= count else [], f"{event} lines", 120
    )


def moment(text: str) -> float:
    """Seconds since the epoch, as records and notes have them."""
    return datetime.fromisoformat(text).timestamp()


def test_each_line_of_the_log_is_a_json_object_with_the_same_keys(site: Site, changed: Path) -> None:
    ended = wait_for_lines(changed, "succeeded", 2)[0]
    lines = json_lines(changed)
    assert {tuple(each) for each in lines} == {tuple(ended)}
    (record,) = [each for each in site.tables.records("talkative.speak") if each.id == ended["run"]]
    assert (ended["job"], moment(ended["due"])) == ("talkative.speak", record.due)
    assert ended["message"] == f"ENDED after {ended['duration']:.3f} s"
    assert moment(ended["time"]) == pytest.approx(record.finished, abs=1)
    said = [each["message"] for each in lines if each["run"] == ended["run"] and not each["event"]]
    assert "first line\nsecond line\r\nthird line" in said
    assert "Gr\u00fc\u00dfe, \u4f60\u597d, \U0001f600" in said


def test_a_handler_of_the_log_that_hangs_delays_no_job(site: Site, changed: Path) -> None:
    """It hangs for a minute, and jobs begin each second."""
    hung = site.notes.wait("hangs")[0]
    started = wait_for_lines(changed, "started", 20)
    assert [each for each in site.notes.read("goes on") if each.pid == hung.pid] == []
    assert max(moment(each["time"]) - moment(each["due"]) for each in started[5:]) < 1


def test_another_handler_gets_what_the_log_gets(site: Site, changed: Path) -> None:
    noted = site.notes.wait("logged", "talkative.speak", count=20)
    assert {"started", "succeeded", None} <= {each.facts["event"] for each in noted}
    # one without a formatter writes as the log does
    assert {json.loads(each.facts["text"])["run"] for each in noted} <= {
        each["run"] for each in json_lines(changed)
    }


def test_the_command_line_has_the_handlers_too_and_does_not_wait_for_one_that_hangs(
    site: Site, changed: Path
) -> None:
    ran = site.shell.type("run", "talkative.speak")
    ours = {each.pid for each in site.notes.read("logged")} - {site.server.worker_pid()}
    assert {each.pid for each in site.notes.read("hangs")} >= ours != set()
    assert "The log handler `site_jobs.handlers.Hanging` lost" in ran.stderr


def test_what_makes_no_handler_is_told_once_in_each_process(site: Site, changed: Path) -> None:
    site.notes.wait("logged")
    told = sorted(each["message"] for each in json_lines(changed) if "cannot be used" in each["message"])
    assert [each.partition(":")[0] for each in told] == [
        "The log handler `site_jobs.handlers.missing` cannot be used",
        "The log handler `site_jobs.handlers.nothing` cannot be used",
    ]
    assert "has no 'missing'" in told[0]
    assert "it returned a NoneType, not a logging.Handler" in told[1]


def test_statements_are_in_the_log_without_their_values(site: Site, changed: Path) -> None:
    statements = wait_for_lines(changed, "sql")
    assert {each["level"] for each in statements} == {"DEBUG"}
    assert all(each["duration"] >= 0 for each in statements)
    assert not any("talkative" in each["message"] for each in statements)


def test_without_the_setting_there_is_neither_page_nor_link(site: Site, changed: Path) -> None:
    client = site.server.client()
    assert client.get("/scheduler").status_code == 404
    assert ">Scheduler<" not in client.get("/user/profile").text
