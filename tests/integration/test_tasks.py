"""The jobs that are shipped, doing their work in a real docassemble."""

import re
import subprocess
import tarfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from devserver.server import DevServer
from devserver.settings import ADMIN_EMAIL
from devserver.waiting import until
from tests.integration.conftest import StartDevServer

FILE = "cases.yml"
INTERVIEW = f"docassemble.playground1:{FILE}"
QUESTIONS = """\
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
  visits += action_argument('by')
  visitor = user_info().email
  if broken:
    raise Exception("this case is broken")
---
event: greet
code: |
  visitor = action_argument('name')
"""


@dataclass(frozen=True, kw_only=True)
class Site:
    """The devserver, sessions in it, and what became of the jobs."""

    server: DevServer
    backups: Path
    #: by what they are for
    sessions: dict[str, str] = field(default_factory=dict)

    def api(self, method: str, path: str, **options: Any) -> requests.Response:
        headers = {"X-API-Key": self.server.api_key}
        answer = requests.request(method, f"{self.server.url}{path}", headers=headers, timeout=60, **options)
        assert answer.ok, answer.text
        return answer

    def begin(self, name: str, **url_args: str) -> None:
        """Start a session, as the administrator."""
        made = self.api("GET", "/api/session/new", params={"i": INTERVIEW, **url_args}).json()
        assert made["encrypted"] is ("open" not in url_args)
        self.sessions[name] = made["session"]

    def variables(self, name: str) -> dict[str, Any]:
        """The variables of a session."""
        place = {"i": INTERVIEW, "session": self.sessions[name]}
        found: dict[str, Any] = self.api("GET", "/api/session", params=place).json()
        return found

    def end(self, job: str) -> str:
        """How the first run of a job ended: what it returned, or the error."""
        ended = rf'\[{job}\] (?:ENDED after \S+ s(?:, returned "(.*)")?|ERROR (.*?))(?:\\n.*)?$'
        found = self.server.wait_for_log(ended, 30)
        return found[1] or found[2] or ""


def jobs(site: Site) -> dict[str, Any]:
    own = {"i": INTERVIEW, "admin": {"run as": ADMIN_EMAIL}, "a": site.sessions["plain"]}
    visit = {"function": "interviews.run_action", "args": [INTERVIEW, "visit"]}
    greet = {"function": "interviews.run_action", "args": [INTERVIEW, "greet"]}
    start = {"function": "interviews.start", "args": [INTERVIEW]}
    by_three = {"arguments": {"by": 3}}
    return {
        "all": {**visit, **own["admin"], "kwargs": by_three},
        "all, but as cron": {**visit, "kwargs": by_three},
        "one, as cron": {
            **greet,
            "kwargs": {"sessions": [site.sessions["greeted"]], "arguments": {"name": "Ada"}},
        },
        "tagged": {
            **greet,
            **own["admin"],
            "kwargs": {
                "sessions": {"tag": "urgent", "modified within": "1 hour"},
                "arguments": {"name": "Bob"},
            },
        },
        "idle": {**greet, **own["admin"], "kwargs": {"sessions": {"idle for": "1 hour"}}},
        "gone": {**greet, "kwargs": {"sessions": ["x" * 32, site.sessions["closed"]]}},
        "no action": {"function": "interviews.run_action", "args": [INTERVIEW, "vist"]},
        "start": {**start, "kwargs": {"variables": {"multi_user": True, "visits": 41}}},
        "start closed": start,
        "page": {"function": "http.request", "args": [f"{site.server.url}/user/sign-in"]},
        "refused": {
            "function": "http.request",
            "args": [f"{site.server.url}/api/list?key=s3cret"],
        },
        "message": {"function": "kafka.send", "args": ["127.0.0.1:9092", "topic", "hello"]},
        "backup": {
            "function": "postgres_db_backup.run",
            "args": ["db", str(site.backups)],
            "kwargs": {"keep": "14 days"},
        },
    }


@pytest.fixture(scope="module")
def site(start_devserver: StartDevServer, tmp_path_factory: pytest.TempPathFactory) -> Site:
    site = Site(server=start_devserver(), backups=tmp_path_factory.mktemp("backups"))
    files = {"file": (FILE, QUESTIONS)}
    site.api("POST", "/api/playground", data={"folder": "questions"}, files=files)
    for name in ("plain", "greeted", "broken"):
        site.begin(name, open="1")
    site.begin("tagged", open="1", tag="urgent")
    site.begin("closed")
    place = {"i": INTERVIEW, "session": site.sessions["broken"], "question": False}
    site.api("POST", "/api/session", json={**place, "variables": {"broken": True}})
    every = {name: {"every": "5 seconds", **job} for name, job in jobs(site).items()}
    site.server.configure({"scheduler": every})
    site.server.reload()
    return site


def test_an_action_runs_in_all_sessions_but_those_that_are_encrypted_and_one_that_fails_stops_no_other(
    site: Site,
) -> None:
    said = site.end("all")
    assert re.search(
        r"visit failed in 1 of \d+ sessions \(skipped \d that cannot be opened: encrypted\): ", said
    )
    assert f"{site.sessions['broken']} (" in said
    assert "Exception: this case is broken" in said
    found = {name: site.variables(name) for name in ("plain", "greeted", "tagged", "broken")}
    assert {name: found[name].get("visits", 0) > 0 for name in found} == {
        "plain": True,
        "greeted": True,
        "tagged": True,
        "broken": False,
    }
    assert found["plain"]["visits"] % 3 == 0
    assert found["plain"]["visitor"] == ADMIN_EMAIL


def test_the_cron_user_can_run_actions_in_sessions_that_are_named_but_not_list_them(site: Site) -> None:
    assert site.end("one, as cron") == "greet ran in 1 session"
    assert "cannot be listed" in site.end("all, but as cron")
    assert "`run as`" in site.end("all, but as cron")


def test_sessions_are_chosen_by_their_tag_and_age(site: Site) -> None:
    assert site.end("tagged") == "greet ran in 1 session"
    assert site.end("idle") == "greet ran in 0 sessions"


def test_a_session_or_action_that_does_not_exist_is_told(site: Site) -> None:
    assert "greet failed in 1 of 1 session (skipped 1 " in site.end("gone")
    assert "has no block that defines the action vist" in site.end("no action")


def test_a_session_is_started_and_everybody_with_the_link_can_open_it(site: Site) -> None:
    link = site.end("start")
    assert link.startswith(f"{site.server.url}/interview?i={INTERVIEW}&session=")
    page = requests.get(link, timeout=60)
    assert "[visits=41]" in page.text
    assert "sessions of docassemble.playground1:cases.yml are encrypted" in site.end("start closed")


def test_a_page_is_requested_and_a_refusal_fails_the_run(site: Site) -> None:
    assert site.end("page") == "200 OK"
    assert f"GET {site.server.url}/api/list answered 403" in site.end("refused")
    assert "s3cret" not in site.server.read_log()


def test_a_package_that_is_missing_is_named(site: Site) -> None:
    assert "pip install confluent-kafka" in site.end("message")


def test_docassembles_own_database_is_backed_up(site: Site) -> None:
    site.end("backup")
    archives = until(lambda: sorted(site.backups.rglob("*.tar")), "backup", 30)
    with tarfile.open(archives[0]) as tar:
        tar.extract("docassemble", site.backups, filter="data")
    listed = subprocess.run(
        [site.server.site.postgres.programs / "pg_restore", "--list", site.backups / "docassemble"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "TABLE DATA public userdict" in listed.stdout
