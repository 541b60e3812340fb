"""The JSON API in a real docassemble, called with its keys as programs do."""

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from devserver.server import DevServer
from devserver.waiting import until
from tests.integration.conftest import StartDevServer
from tests.integration.jobs_c.reading import FIGURES, PYTHONPATH
from tests.integration.jobs_p.shown import HARMFUL

API = "/api/scheduler"
WORK, FAIL, LAST = ({"function": f"jobs_p.shown.{name}"} for name in ("work", "fail", "last"))
NEVER = {"crontab": "0 0 1 1 *"}
JOBS = {
    "ticking": {**WORK, "every": "1 second"},
    "by hand/ü": {**WORK, **NEVER},
    "failing": {**FAIL, **NEVER},
    "lasting": {**LAST, **NEVER},
}
#: what says nothing of ours: definitions that fit the description but are no jobs are refused
CHECKS_LEFT_OUT = "positive_data_acceptance"


@dataclass(frozen=True, kw_only=True)
class Site:
    server: DevServer
    key: str

    def ask(self, method: str, path: str, key: str | None = None, **options: Any) -> requests.Response:
        headers = {"X-API-Key": key or self.key}
        return requests.request(
            method, f"{self.server.url}{path}", **{"headers": headers, "timeout": 60, **options}
        )

    def get(self, path: str, **parameters: Any) -> Any:
        answer = self.ask("GET", API + path, params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, **body: Any) -> Any:
        answer = self.ask("POST", API + path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def last_run(self, job: str, status: str) -> dict[str, Any]:
        """Wait for a run of a job with a status."""
        return until(
            lambda: next(iter(self.get("/runs", job=job, status=status)["runs"]), None),
            f"{status} run of {job}",
            20,
        )

    def samples(self) -> dict[tuple[str, str, str], float]:
        """The metrics, by name, job and what else tells them apart."""
        answer = self.ask("GET", f"{API}/metrics")
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        return {
            (
                each.name,
                each.labels.get("job", ""),
                each.labels.get("status", each.labels.get("le", "")),
            ): each.value
            for family in text_string_to_metric_families(answer.text)
            for each in family.samples
        }


@pytest.fixture(scope="module")
def site(start_devserver: StartDevServer) -> Site:
    server = start_devserver({"scheduler": {"time zone": "UTC", **JOBS}}, pythonpath=[PYTHONPATH])
    return Site(server=server, key=server.api_key)


def refused(answer: requests.Response) -> bool:
    """Return whether an answer is the one that docassemble's own API gives to a wrong key."""
    return (answer.status_code, answer.json()) == (403, "Access denied.")


def test_only_keys_of_administrators_without_limits_are_let_in(site: Site) -> None:
    assert refused(site.ask("GET", "/api/user_list", key="wrong"))
    for path in ("/jobs", "/metrics", "/openapi.json", "/nothing"):
        assert refused(site.ask("GET", API + path, key="wrong"))
        assert refused(site.ask("GET", API + path, headers={}))
    made = site.ask(
        "POST", "/api/user/new", json={"username": "user@example.com", "password": "an ordinary one"}
    )
    user = made.json()["user_id"]
    ordinary = site.ask("POST", f"/api/user/{user}/api", json={"name": "ordinary"}).json()
    assert refused(site.ask("GET", f"{API}/jobs", key=ordinary))
    limited = site.ask("POST", "/api/user/api", json={"name": "limited"}).json()
    assert site.ask("GET", f"{API}/jobs", key=limited).status_code == 200
    changed = site.ask(
        "PATCH", "/api/user/api", json={"api_key": limited, "permissions": ["access_sessions"]}
    )
    assert changed.status_code == 204, changed.text
    assert refused(site.ask("GET", f"{API}/jobs", key=limited))
    assert site.ask("GET", f"{API}/jobs", headers={"Authorization": f"Bearer {site.key}"}).status_code == 200
    assert site.ask("GET", f"{API}/jobs", headers={}, params={"key": site.key}).status_code == 200


def test_no_cookie_is_enough_and_none_comes_out(site: Site) -> None:
    client = site.server.client()
    assert client.get("/scheduler").status_code == 200
    assert refused(client.get(f"{API}/jobs"))
    body = {"job": "ticking"}
    assert refused(client.post(f"{API}/pause", json=body))
    assert refused(client.session.post(client.url_of(f"{API}/pause"), json=body, timeout=60))
    assert refused(site.ask("POST", f"{API}/pause", headers={}, cookies={"X-API-Key": site.key}, json=body))
    assert site.get("/job", name="ticking")["paused"] is False
    for answer in (site.ask("GET", f"{API}/jobs"), site.ask("POST", f"{API}/resume", json=body)):
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers
        profile = requests.get(f"{site.server.url}/user/profile", cookies=answer.cookies, timeout=60)
        assert "/user/sign-in" in profile.url


def test_a_job_is_run_by_hand_and_its_run_can_be_read(site: Site) -> None:
    name = "by hand/ü"
    assert [each["name"] for each in site.get("/jobs")["jobs"]] == list(JOBS)
    order = site.post("/run_now", job=name, kwargs={"seconds": 0})["order"]
    run = site.last_run(name, "succeeded")
    whole = site.get("/run", id=run["id"])
    assert (whole["trigger"], whole["result"]) == ("manual", f"done {HARMFUL}")
    assert f"worked {HARMFUL}" in whole["log"]
    job = site.get("/job", name=name)
    assert [each["id"] for each in job["runs"]] == [run["id"]]
    (event,) = site.get("/events", job=name)["events"]
    assert (event["id"], event["who"], event["what"], event["run"]) == (
        order,
        "admin@example.com",
        "run",
        run["id"],
    )


def test_a_failure_is_read_and_tried_again_and_a_running_job_is_stopped(site: Site) -> None:
    site.post("/run_now", job="failing")
    run = site.get("/run", id=site.last_run("failing", "failed")["id"])
    assert "RuntimeError: no such case" in run["traceback"]
    assert site.post("/try_again", run=run["id"]) == {"changed": True}
    until(lambda: len(site.get("/runs", job="failing", status="failed")["runs"]) == 2, "second try", 20)
    site.post("/run_now", job="lasting")
    running = site.last_run("lasting", "running")
    assert site.post("/stop", run=running["id"]) == {"changed": True}
    until(lambda: site.get("/run", id=running["id"])["status"] != "running", "end of the run", 20)
    again = site.ask("POST", f"{API}/try_again", json={"run": site.last_run("ticking", "succeeded")["id"]})
    assert (again.status_code, again.json()[:11]) == (409, "This run is")


def test_a_job_that_a_program_adds_runs_and_can_be_paused_and_cancelled(site: Site) -> None:
    added = site.post("/job", name="added", definition={**WORK, "every": "1 second"})
    assert (added["schedule"], added["function"]) == ("every second", "jobs_p.shown.work")
    site.last_run("added", "succeeded")
    assert site.get("/job", name="added")["added"]["by"] == "admin@example.com"
    assert {each["job"] for each in site.get("/upcoming", count=10)["upcoming"]} == {"added", "ticking"}
    assert site.post("/pause", job="added") == {"changed": True}
    assert site.post("/pause", job="added") == {"changed": False}
    assert site.get("/job", name="added")["state"] == "paused"
    assert site.post("/resume", job="added") == {"changed": True}
    for changed in (True, False):
        assert site.ask("DELETE", f"{API}/job", params={"name": "added"}).json() == {"changed": changed}
    missing = site.ask("GET", f"{API}/job", params={"name": "added"})
    assert (missing.status_code, missing.json()[:12]) == (404, "There is no ")
    wrong = site.ask("POST", f"{API}/job", json={"name": "wrong", "definition": {**WORK, "minuts": 5}})
    assert wrong.status_code == 400
    assert "Did you mean `minutes`?" in wrong.json()


def test_servers_and_problems_are_told(site: Site) -> None:
    (server,) = site.get("/servers")["servers"]
    assert server["processes"]
    assert site.get("/problems") == {"problems": []}


def test_prometheus_can_read_the_metrics_and_counters_grow(site: Site) -> None:
    prefix = "docassemble_scheduler_"
    counted = (f"{prefix}runs_total", "ticking", "succeeded")
    first = site.samples()
    until(lambda: site.samples().get(counted, 0) > first.get(counted, 0), "counter that has grown", 25)
    samples = site.samples()
    assert samples[f"{prefix}run_duration_seconds_bucket", "ticking", "+Inf"] >= samples[counted]
    assert samples[f"{prefix}run_lateness_seconds_count", "ticking", ""] > 0
    assert abs(samples[f"{prefix}job_next_due_timestamp_seconds", "ticking", ""] - time.time()) < 5
    assert samples[f"{prefix}job_paused", "ticking", ""] == 0
    assert samples[f"{prefix}server_up", "", ""] == 1


def test_the_api_is_as_it_is_described(site: Site, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{site.server.url}{API}/openapi.json"]
    options = ["--header", f"X-API-Key: {site.key}", "--exclude-checks", CHECKS_LEFT_OUT, "--no-color"]
    bounds = [
        "--phases",
        "examples,coverage,fuzzing",
        "--max-examples",
        "5",
        "--max-time",
        "20",
        "--seed",
        "1",
    ]
    began = time.monotonic()
    done = subprocess.run(
        [*command, *options, *bounds],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=tmp_path,  # it notes there what has failed
    )
    FIGURES.info("schemathesis took %.1f s: %s", time.monotonic() - began, done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [each["name"] for each in site.get("/jobs")["jobs"]] == list(JOBS)
