"""Jobs run beside the requests of a process: nobody sees their data, and they leave nothing behind."""

import json
import os
import random
import re
import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import requests

from devserver.server import DevServer
from devserver.waiting import until
from tests.integration.conftest import StartDevServer
from tests.integration.interviews import put_into_playground
from tests.integration.measuring import FIGURES
from tests.integration.notes import PYTHONPATH, Note, Notes
from tests.integration.site_jobs.mark import MARK

pytestmark = pytest.mark.every_release

SESSIONS = 200 if os.environ.get("LONG_TESTS") else 80
USERS = 20
READS = 2
#: requests under way at the same time; uWSGI serves six and lets up to a hundred wait
AT_ONCE = 24
FILE = "own.yml"
INTERVIEW = f"docassemble.playground1:{FILE}"
QUESTIONS = """\
metadata:
  title: Own data
---
mandatory: True
question: Own data
subquestion: |
  [token=${ token }] [user=${ user_info().email }] [language=${ get_language() }]
  [here=${ user_info().session }] [logged in=${ user_logged_in() }]
buttons:
  - Exit: exit
---
code: |
  token = 'none yet'
"""


@dataclass(frozen=True, kw_only=True)
class Site:
    """The devserver, and the files that jobs and requests of it write to."""

    server: DevServer
    folder: Path

    @property
    def notes(self) -> Notes:
        return Notes(self.folder / "notes")

    def leaks(self) -> list[Note]:
        """What the jobs that set everything found and kept."""
        return [note for note in self.notes.read("begin") if note.job in LEAKS]

    def requests_seen(self) -> list[dict[str, Any]]:
        """What the requests found in their threads."""
        return [
            json.loads(line) for line in (self.folder / "watched").read_text(encoding="utf-8").splitlines()
        ]

    def query(self, statement: str) -> list[Any]:
        """Ask docassemble's database, from outside."""
        connection = psycopg2.connect(self.server.database_url)
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                rows: list[Any] = cursor.fetchall()
        finally:
            connection.close()
        return rows


LEAKS = [f"leak-{number}" for number in range(3)]
CARELESS = ("read_without_commit", "write_without_commit", "raise_in_transaction", "break_transaction")
JOBS = {
    **{name: {"function": "site_jobs.leaking.set_everything", "seconds": 1} for name in LEAKS},
    **{name: {"function": f"site_jobs.leaking.{name}", "every": "2 seconds"} for name in CARELESS},
}


def configuration(folder: Path, **jobs: object) -> dict[str, object]:
    return {
        "preloaded modules": ["site_jobs.watching"],
        "watch file": str(folder / "watched"),
        "notes": str(folder / "notes"),
        "scheduler": {"concurrency": 3, **jobs},
    }


@pytest.fixture(scope="module")
def site(start_devserver: StartDevServer, tmp_path_factory: pytest.TempPathFactory) -> Site:
    folder = tmp_path_factory.mktemp("isolation")
    server = start_devserver(configuration(folder, **JOBS), pythonpath=[PYTHONPATH])
    put_into_playground(server, "questions", FILE, QUESTIONS)
    return Site(server=server, folder=folder)


@dataclass(frozen=True, kw_only=True)
class Person:
    """A user of docassemble with a key of the API."""

    email: str
    key: str


@dataclass(frozen=True, kw_only=True)
class Session:
    """A session of the interview: whose it is, and what it must show."""

    site: Site
    person: Person
    token: str
    place: dict[str, str]

    @classmethod
    def begin(cls, site: Site, person: Person) -> "Session":
        """Start a session, and store a token in it."""
        place = api(site, "GET", "/api/session/new", person.key, params={"i": INTERVIEW}).json()
        place.pop("encrypted", None)
        token = uuid.uuid4().hex
        session = cls(site=site, person=person, token=token, place=place)
        reply = api(
            site,
            "POST",
            "/api/session",
            person.key,
            json={**place, "variables": {"token": token}, "question": False},
        )
        assert reply.status_code == 204
        return session

    def shown(self) -> dict[str, str]:
        """What its page shows now."""
        text = api(self.site, "GET", "/api/session/question", self.person.key, params=self.place).text
        assert MARK not in text
        return facts(text)

    @property
    def expected(self) -> dict[str, str]:
        """What its page must show."""
        return {
            "token": self.token,
            "user": self.person.email,
            "language": "en",
            "here": self.place["session"],
            "logged in": "True",
        }


def facts(text: str) -> dict[str, str]:
    # A development server's answer has the source of the question in it as well, where the values are `${ ... }`.
    return dict(re.findall(r"\[([a-z ]+)=([^\]$]*)\]", text))


def api(site: Site, method: str, path: str, key: str, **options: Any) -> requests.Response:
    url, headers = f"{site.server.url}{path}", {"X-API-Key": key}
    answer = requests.request(method, url, headers=headers, timeout=60, **options)
    assert answer.ok, answer.text
    return answer


def make_person(site: Site, number: int) -> Person:
    key = site.server.api_key
    email = f"person{number}@example.com"
    made = api(site, "POST", "/api/user/new", key, json={"username": email, "password": "Password1"}).json()
    path = f"/api/user/{made['user_id']}/api"
    return Person(email=email, key=api(site, "POST", path, key, json={"name": "tests"}).json())


def at_once(function: Callable[..., Any], *arguments: Iterable[Any]) -> list[Any]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(function, *arguments))


def test_many_sessions_see_only_their_own_data_while_jobs_run_in_the_same_process(site: Site) -> None:
    people = [make_person(site, number) for number in range(USERS)]
    sessions = at_once(lambda number: Session.begin(site, people[number % USERS]), range(SESSIONS))
    before = len(site.leaks())
    for _ in range(READS):
        asked = random.sample(sessions, SESSIONS)
        shown = at_once(Session.shown, asked)
        wrong = [
            (page, own)
            for page, own in zip(shown, (one.expected for one in asked), strict=True)
            if page != own
        ]
        assert wrong[:3] == []
    leaks = site.leaks()
    FIGURES.info("%s runs of jobs while the sessions were read", len(leaks) - before)
    assert len(leaks) - before >= 5
    assert len({session.token for session in sessions}) == SESSIONS
    # The jobs had their own data as well, before and after the requests on the other threads.
    own = {"email": "cron@admin.com", "misc": [], "language": "en"}
    changed = {"email": MARK, "misc": [MARK], "language": "es"}
    odd = [leak for leak in leaks if (leak.facts["found"], leak.facts["kept"]) != (own, changed)]
    assert odd[:3] == []


def test_jobs_have_threads_of_their_own_and_requests_find_nothing_of_them(site: Site) -> None:
    before, seen = len(site.leaks()), len(site.requests_seen())

    def enough() -> bool:
        visits = at_once(visit, [site] * AT_ONCE)
        assert {(shown["logged in"], shown["user"]) for shown in visits} == {("False", "None")}
        return len(site.leaks()) >= before + 10

    until(enough, "ten runs, with requests at the same time", 60)
    requests_seen = site.requests_seen()[seen:]
    assert {leak.thread for leak in site.leaks()}.isdisjoint({request["thread"] for request in requests_seen})
    assert [request for request in requests_seen if request["left"]] == []


def visit(site: Site) -> dict[str, str]:
    """Open the interview as an anonymous browser."""
    answer = requests.get(
        f"{site.server.url}/interview", params={"i": INTERVIEW, "new_session": "1"}, timeout=60
    )
    assert answer.status_code == 200
    assert MARK not in answer.text
    return facts(answer.text)


IDLE = """
SELECT EXTRACT(EPOCH FROM clock_timestamp() - state_change), query FROM pg_stat_activity
WHERE datname = current_database() AND state LIKE 'idle in transaction%'
"""


def test_no_transaction_outlives_its_job(site: Site) -> None:
    idle: list[float] = []
    earlier = {name: len(site.notes.read("begin", name)) for name in CARELESS}

    def three_more_runs_of_each() -> bool:
        idle.extend(float(seconds) for seconds, _ in site.query(IDLE))
        return all(len(site.notes.read("begin", name)) >= earlier[name] + 3 for name in CARELESS)

    until(three_more_runs_of_each, "three more runs of each careless job", 120, every=0.05)
    assert idle, "the transactions of running jobs were not seen: nor would those be that stayed open"
    assert max(idle) < 5  # jobs hold theirs for 0.2 s
    before = len(site.server.read_log())
    site.server.configure(configuration(site.folder))
    site.server.reload()
    site.server.wait_for_log("0 jobs, 0 of them enabled, 0 problems", start=before)
    said = site.server.read_log()[before:].splitlines()
    of_jobs = tuple(f" [{name}] " for name in CARELESS)
    assert [line for line in said if "Traceback" in line and not any(job in line for job in of_jobs)] == []
    assert site.query('SELECT organization FROM "user" WHERE id = 1') != [(MARK,)]
