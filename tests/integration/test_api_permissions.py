"""What people may do where docassemble lets them run code, and where it does not: real keys, real switches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from devserver.client import Client
from devserver.server import DevServer
from devserver.settings import ADMIN_EMAIL
from tests.integration.conftest import StartDevServer
from tests.integration.json_client import API, NEVER, JsonClient
from tests.integration.notes import PYTHONPATH

EMAIL, PASSWORD = "developer@example.com", "developer's own"
#: what `api functions` has: the module defines `tell`, and imports `log` and `current_run`
MODULE = "site_jobs.commanded"
ALLOWED = {"function": f"{MODULE}.tell", **NEVER}
CONFIGURED = {"function": "site_jobs.shown.work", **NEVER}
SHELL = {"function": "os.system", "args": ["true"], **NEVER}
BLOCK = {
    "api functions": [f"{MODULE}.*"],
    "configured": CONFIGURED,
    "as administrator": {**ALLOWED, "run as": ADMIN_EMAIL},
    "shell": SHELL,
}
OFF = {"enable playground": False, "allow updates": False, "allow configuration editing": False}
PLAYGROUND = {**OFF, "enable playground": True}
UPDATES = {**OFF, "allow updates": True}
UPDATES_BY_ADMINISTRATORS = {**UPDATES, "developer can install": False}
CONFIGURATION = {**OFF, "allow configuration editing": True}

#: the table of docs/api.md: what docassemble allows, and whether an administrator and a developer may do anything
CELLS = [
    pytest.param(PLAYGROUND, True, True, id="playground"),
    pytest.param(UPDATES, True, True, id="updates"),
    pytest.param(UPDATES_BY_ADMINISTRATORS, True, False, id="updates by administrators"),
    pytest.param(CONFIGURATION, True, False, id="configuration editing"),
]


@dataclass(frozen=True, kw_only=True)
class Site:
    server: DevServer
    api: JsonClient
    #: the key of the developer
    developer: str

    def post(self, path: str, key: str, **body: Any) -> requests.Response:
        return self.api.ask("POST", API + path, key=key, json=body)

    def add(self, key: str, name: str = "new", **definition: Any) -> requests.Response:
        return self.post("/job", key, name=name, definition={**NEVER, **definition})

    def configure(self, switches: Mapping[str, Any], **settings: Any) -> None:
        self.server.configure({**switches, "scheduler": {**BLOCK, **settings}})
        self.server.reload()


@pytest.fixture(scope="module")
def site(start_devserver: StartDevServer) -> Site:
    server = start_devserver({**OFF, "scheduler": BLOCK}, pythonpath=[PYTHONPATH])
    api = JsonClient(server=server)
    user = {"username": EMAIL, "password": PASSWORD, "privileges": ["developer"]}
    number = api.host("POST", "/api/user/new", json=user).json()["user_id"]
    key = api.host("POST", f"/api/user/{number}/api", json={"name": "key"}).json()
    return Site(server=server, api=api, developer=key)


@pytest.fixture(params=["administrator", "developer"])
def key(site: Site, request: pytest.FixtureRequest) -> str:
    """The key of somebody whom docassemble lets run no code at all."""
    return site.api.key if request.param == "administrator" else site.developer


def is_refused(answer: requests.Response, named: str = "") -> bool:
    """Return whether an answer says what its caller may not do, and the way out."""
    said = answer.json()
    return (
        answer.status_code == 403
        and said.startswith("Docassemble does not let you run code of your own, so ")
        and named in said
    )


# --- with all of docassemble's switches off -------------------------------------------------------


def test_nobody_runs_code_or_acts_as_somebody_else(site: Site, key: str) -> None:
    for definition in (
        {"function": "os.system", "args": ["id > /tmp/pwned"], "run as": ADMIN_EMAIL},
        {"function": "builtins.eval", "args": ["1 + 1"]},
        # of a job of the configuration, but with other arguments
        {"function": "os.system", "args": ["id"]},
        {"function": "os.system"},
        {"function": "http.request", "args": ["http://169.254.169.254/"]},
    ):
        assert is_refused(site.add(key, **definition), f"`{definition['function']}`")
    assert is_refused(site.add(key, "os.system"), "`os.system`")
    assert is_refused(site.add(site.developer, **ALLOWED, **{"run as": ADMIN_EMAIL}), "yourself")
    assert [job["name"] for job in site.api.get("/jobs")["jobs"]] == [
        "configured",
        "as administrator",
        "shell",
    ]


@pytest.mark.parametrize("hook", ["error handler", "on exit", "only if", "contextmanager"])
def test_nobody_runs_code_before_or_after_a_job(site: Site, key: str, hook: str) -> None:
    answer = site.add(key, **ALLOWED, **{hook: "os.system"})
    assert is_refused(answer, f"`{hook}` may not name `os.system`")
    assert is_refused(site.add(key, **ALLOWED, monitor="http://127.0.0.1:6379/"), "`monitor`")


def test_a_name_that_reaches_another_module_through_an_allowed_one_is_refused(site: Site, key: str) -> None:
    for name in ("log", "current_run", "__class__", "__setattr__"):
        assert is_refused(site.add(key, function=f"{MODULE}.{name}"), f"`{MODULE}.{name}`")
    answer = site.add(key, function=f"{MODULE}.os.system", args=["id"])
    assert (answer.status_code, "There is no module" in answer.json()) == (400, True)


def test_what_administrators_have_written_can_be_used(site: Site) -> None:
    assert site.add(site.developer, "mine", **ALLOWED).ok
    assert site.add(site.developer, "plain", **CONFIGURED).ok
    assert site.add(site.developer, "shell again", **SHELL).ok
    site.api.host("POST", f"{API}/run_now", key=site.developer, json={"job": "mine"})
    ended = site.api.last_run("mine", "succeeded")
    assert f"told by {EMAIL}" in site.api.get("/run", id=ended["id"])["log"]
    for name in ("mine", "plain", "shell again"):
        assert site.api.ask("DELETE", f"{API}/job", key=site.developer, params={"name": name}).ok


def test_jobs_are_run_as_they_are_and_arguments_are_for_what_is_allowed(site: Site) -> None:
    developer = site.developer
    for job in ("configured", "shell", "as administrator"):
        assert site.post("/run_now", developer, job=job).ok
        assert site.api.last_run(job, "succeeded")
    assert is_refused(site.post("/run_now", developer, job="shell", args=["id"]), "`os.system`")
    assert is_refused(site.post("/run_now", developer, job="configured", kwargs={"seconds": 0}), "`site_jobs")
    assert is_refused(site.post("/run_now", developer, job="as administrator", args=[]), "somebody else")
    assert site.add(developer, "mine", **ALLOWED).ok
    assert site.post("/run_now", developer, job="mine", args=[]).ok
    assert site.post("/pause", developer, job="shell").json() == {"changed": True}
    assert site.post("/resume", developer, job="shell").json() == {"changed": True}
    assert site.api.last_run("mine", "succeeded")


def test_the_buttons_of_the_dashboard_run_jobs_as_they_are(site: Site) -> None:
    browser = Client(site.server.url)
    browser.log_in(EMAIL, PASSWORD)
    form = {"action": "run", "target": "as administrator", "job": "as administrator"}
    assert "ordered to run" in browser.post("/scheduler/act", data=form).text
    event = site.api.get("/events", job="as administrator")["events"][0]
    assert (event["who"], event["what"]) == (EMAIL, "run")


# --- with some of them on -------------------------------------------------------------------------


@pytest.mark.parametrize(("switches", "administrator", "developer"), CELLS)
def test_whoever_may_run_code_in_docassemble_may_do_anything(
    site: Site, switches: Mapping[str, bool], administrator: bool, developer: bool
) -> None:
    site.configure(switches)
    shell = {
        "function": "os.system",
        "args": ["exit 0"],
        "on exit": "builtins.print",
        "run as": ADMIN_EMAIL,
    }
    for key, is_free in ((site.api.key, administrator), (site.developer, developer)):
        answers = [
            site.add(key, "anything", **shell),
            site.post("/run_now", key, job="shell", args=["exit 0"]),
        ]
        if is_free:
            assert [answer.status_code for answer in answers] == [200, 200]
        else:
            assert [is_refused(answer, "`os.system`") for answer in answers] == [True, True]


def test_our_api_can_be_taken_away_alone(site: Site) -> None:
    site.configure(PLAYGROUND, api=False)
    assert site.api.ask("GET", f"{API}/jobs").status_code == 404
    assert site.api.host("GET", "/api/user").json()["email"] == ADMIN_EMAIL
    assert site.server.client().get("/scheduler").status_code == 200
