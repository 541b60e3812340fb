"""The dashboard in a real browser, and the JSON API as programs call it: two views of one docassemble with jobs."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import expect
from prometheus_client.parser import text_string_to_metric_families

from devserver.server import DevServer
from devserver.waiting import until
from tests.integration.browser import barriers, sign_in
from tests.integration.json_client import API, JsonClient
from tests.integration.measuring import FIGURES
from tests.integration.pages import JOBS, SOON, WORK, Site, signed_in
from tests.integration.site_jobs.shown import HARMFUL

#: what says nothing of ours: definitions that fit the description but are no jobs are refused
CHECKS_LEFT_OUT = "positive_data_acceptance"
#: how long to look for requests that the API answers in another way than it says (seconds)
SEARCH = 60 if os.environ.get("LONG_TESTS") else 10


# --- the dashboard -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def site(pages_server: DevServer) -> Iterator[Site]:
    with signed_in(pages_server) as site:
        yield site


def test_a_job_is_run_by_hand_and_its_result_and_log_can_be_read(site: Site) -> None:
    page = site.open("/job?name=on request")
    site.press("Run now")
    expect(page.locator(".alert-success")).to_contain_text("ordered to run now")
    run = page.locator(".sch-runs tbody tr").first
    expect(run).to_contain_text("succeeded", timeout=SOON)
    expect(run).to_contain_text("manual")
    expect(page.locator(".sch-columns").last).to_contain_text("run by admin@example.com")
    run.locator("th a").click()
    expect(page.locator(".sch-facts")).to_contain_text(f"done {HARMFUL}")
    expect(page.locator(".sch-pre")).to_contain_text(f"worked {HARMFUL}")


def test_a_job_is_paused_and_resumed(site: Site) -> None:
    page = site.open("/job?name=ticking")
    page.locator("summary", has_text="Pause").click()
    site.press("Pause this job")
    expect(page.locator(".sch-card .sch-badge").first).to_have_text("paused")
    expect(page.locator(".sch-columns").last).to_contain_text("It is not due")
    site.press("Resume")
    expect(page.locator(".sch-card .sch-badge").first).not_to_have_text("paused")
    expect(page.locator(".sch-columns").last).to_contain_text("resume by admin@example.com")


def test_a_running_job_is_stopped(site: Site) -> None:
    page = site.open("/job?name=lasting")
    site.press("Run now")
    expect(page.locator(".sch-card .sch-badge").first).to_have_text("running", timeout=SOON)
    site.press("Stop the run that was due at " + page.locator(".sch-runs th a").first.inner_text())
    site.press("Yes, stop")
    expect(page.locator(".alert-success")).to_contain_text("asked to stop")
    expect(page.locator(".sch-card .sch-badge").first).not_to_have_text("running", timeout=SOON)
    expect(page.locator(".sch-columns").last).to_contain_text("stop by admin@example.com")


def test_the_traceback_of_a_failure_is_shown_and_it_can_be_tried_again(site: Site) -> None:
    page = site.open("/job?name=failing")
    expect(page.locator(".sch-card .sch-badge").first).to_have_text("failing")
    page.locator(".sch-runs th a").first.click()
    expect(page.locator(".sch-pre").first).to_contain_text("Traceback (most recent call last)")
    expect(page.locator(".sch-message")).to_have_text(f"RuntimeError: no such case {HARMFUL}")
    site.press("Try again")
    expect(page.locator(".alert-success")).to_contain_text("tried again")
    page.select_option("#sch-trigger", "retry")
    site.press("Show")
    expect(page.locator(".sch-runs tbody tr").first).to_contain_text("attempt 2", timeout=SOON)


def test_what_others_wrote_stays_text(site: Site) -> None:
    page = site.open()
    expect(page.locator("#scheduler")).to_contain_text(f"Ticks {HARMFUL}")
    page.get_by_role("link", name=f"harm {HARMFUL}").click()
    expect(page.locator("h1")).to_have_text(f"harm {HARMFUL}")
    assert page.evaluate("window.harmed") is None
    assert page.locator("#scheduler script, #scheduler img").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["", "/job?name=failing"])
def test_nothing_serious_keeps_anybody_from_using_it(site: Site, path: str, scheme: str) -> None:
    page = site.admin
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(f"{site.server.url}/scheduler{path}")
    page.wait_for_function(f"document.documentElement.dataset.bsTheme == '{scheme}' || '{scheme}' == 'light'")
    found = barriers(page)
    assert [
        (each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in {"serious", "critical"}
    ] == []


def test_it_fits_on_a_phone(site: Site) -> None:
    page = site.open()
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1280, "height": 800})


def test_a_page_whose_session_has_ended_says_so(site: Site) -> None:
    context = site.browser.new_context()
    page = context.new_page()
    sign_in(page, site.server.url)
    page.goto(f"{site.server.url}/scheduler")
    context.clear_cookies()
    expect(page.locator("#scheduler-lost")).to_contain_text("no longer signed in", timeout=SOON)
    context.close()


# --- the JSON API --------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Api(JsonClient):
    """A program that reads metrics, too."""

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
def api(pages_server: DevServer) -> Api:
    return Api(server=pages_server)


def configured(api: Api) -> list[str]:
    """The names of the jobs that are not added."""
    return [each["name"] for each in api.get("/jobs")["jobs"] if each["added"] is None]


def test_a_job_is_run_by_hand_and_its_run_can_be_read(api: Api) -> None:
    name = "on request/ü"
    assert configured(api) == list(JOBS)
    order = api.post("/run_now", job=name, kwargs={"seconds": 0})["order"]
    run = api.last_run(name, "succeeded")
    whole = api.get("/run", id=run["id"])
    assert (whole["trigger"], whole["result"]) == ("manual", f"done {HARMFUL}")
    assert f"worked {HARMFUL}" in whole["log"]
    job = api.get("/job", name=name)
    assert [each["id"] for each in job["runs"]] == [run["id"]]
    (event,) = api.get("/events", job=name)["events"]
    assert (event["id"], event["who"], event["what"], event["run"]) == (
        order,
        "admin@example.com",
        "run",
        run["id"],
    )


def test_a_failure_is_read_and_tried_again_and_a_running_job_is_stopped(api: Api) -> None:
    api.post("/run_now", job="failing by hand")
    run = api.get("/run", id=api.last_run("failing by hand", "failed")["id"])
    assert "RuntimeError: no such case" in run["traceback"]
    assert api.post("/try_again", run=run["id"]) == {"changed": True}
    until(
        lambda: len(api.get("/runs", job="failing by hand", status="failed")["runs"]) == 2, "second try", 60
    )
    api.post("/run_now", job="lasting, too")
    running = api.last_run("lasting, too", "running")
    assert api.post("/stop", run=running["id"]) == {"changed": True}
    until(lambda: api.get("/run", id=running["id"])["status"] != "running", "end of the run", 60)
    again = api.ask("POST", f"{API}/try_again", json={"run": api.last_run("ticking", "succeeded")["id"]})
    assert (again.status_code, again.json()[:11]) == (409, "This run is")


def test_a_job_that_a_program_adds_runs_and_can_be_paused_and_cancelled(api: Api) -> None:
    added = api.post("/job", name="added", definition={**WORK, "every": "1 second"})
    assert (added["schedule"], added["function"]) == ("every second", "site_jobs.shown.work")
    api.last_run("added", "succeeded")
    assert api.get("/job", name="added")["added"]["by"] == "admin@example.com"
    assert {each["job"] for each in api.get("/upcoming", count=20)["upcoming"]} >= {"added", "ticking"}
    assert api.post("/pause", job="added") == {"changed": True}
    assert api.post("/pause", job="added") == {"changed": False}
    assert api.get("/job", name="added")["state"] == "paused"
    assert api.post("/resume", job="added") == {"changed": True}
    for changed in (True, False):
        assert api.ask("DELETE", f"{API}/job", params={"name": "added"}).json() == {"changed": changed}
    missing = api.ask("GET", f"{API}/job", params={"name": "added"})
    assert (missing.status_code, missing.json()[:12]) == (404, "There is no ")
    wrong = api.ask("POST", f"{API}/job", json={"name": "wrong", "definition": {**WORK, "minuts": 5}})
    assert wrong.status_code == 400
    assert "Did you mean `minutes`?" in wrong.json()


def test_due_times_that_passed_without_a_success_are_told_and_run(api: Api) -> None:
    done = api.last_run("failing", "failed")
    span = {"job": "failing", "since": done["due"], "until": done["due"]}
    assert api.get("/backfill", **span) == {"job": "failing", "missed": [done["due"]]}
    assert api.post("/backfill", **span) == {"requested": 1}
    until(
        lambda: [
            run
            for run in api.get("/runs", job="failing", trigger="manual")["runs"]
            if run["due"] == done["due"] and run["status"] == "failed"
        ],
        "run of the past due time",
        60,
    )


def test_a_run_that_goes_on_says_where_in_its_code_it_is(api: Api) -> None:
    api.post("/run_now", job="lasting, too")
    run = api.last_run("lasting, too", "running")["id"]
    assert api.post("/ask_where", run=run) == {"changed": True}
    assert "in last" in until(lambda: api.get("/run", id=run)["stack"], "answer of the run", 60)
    api.post("/stop", run=run)
    until(lambda: api.get("/run", id=run)["status"] != "running", "end of the run", 60)


def test_servers_and_problems_are_told(api: Api) -> None:
    (server,) = api.get("/servers")["servers"]
    assert server["processes"]
    assert "broken" in [each["path"][1] for each in api.get("/problems")["problems"]]


def test_prometheus_can_read_the_metrics_and_counters_grow(api: Api) -> None:
    prefix = "docassemble_scheduler_"
    counted = (f"{prefix}runs_total", "ticking", "succeeded")
    first = api.samples()
    until(lambda: api.samples().get(counted, 0) > first.get(counted, 0), "counter that has grown", 60)
    samples = api.samples()
    assert samples[f"{prefix}run_duration_seconds_bucket", "ticking", "+Inf"] >= samples[counted]
    assert samples[f"{prefix}run_lateness_seconds_count", "ticking", ""] > 0
    assert abs(samples[f"{prefix}job_next_due_timestamp_seconds", "ticking", ""] - time.time()) < 30
    assert samples[f"{prefix}job_paused", "ticking", ""] == 0
    assert samples[f"{prefix}server_up", "", ""] == 1


def test_the_api_is_as_it_is_described(api: Api, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{api.server.url}{API}/openapi.json"]
    options = ["--header", f"X-API-Key: {api.key}", "--exclude-checks", CHECKS_LEFT_OUT, "--no-color"]
    bounds = [
        "--phases",
        "examples,coverage,fuzzing",
        "--max-examples",
        "5",
        "--max-time",
        str(SEARCH),
        "--seed",
        "1",
    ]
    began = time.monotonic()
    done = subprocess.run(
        [*command, *options, *bounds],
        capture_output=True,
        text=True,
        timeout=SEARCH + 120,
        check=False,
        cwd=tmp_path,  # it notes there what has failed
    )
    FIGURES.info("schemathesis took %.1f s: %s", time.monotonic() - began, done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert configured(api) == list(JOBS)
