"""The page of all runs in a real browser: filters, search, groups, the file, on a desktop and a phone."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from devserver.server import DevServer
from devserver.waiting import until
from tests.integration.browser import barriers, chromium, sign_in
from tests.integration.conftest import StartDevServer
from tests.integration.json_client import JsonClient
from tests.integration.notes import PYTHONPATH
from tests.integration.site_jobs.shown import HARMFUL

#: a live update comes every five seconds (milliseconds)
SOON = 60_000
WORK, FAIL, MISS, LAST = (
    {"function": f"site_jobs.shown.{name}", "type": "manual"} for name in ("work", "fail", "miss", "last")
)
JOBS = {"working": WORK, "failing": FAIL, "missing": MISS, "lasting": LAST}
#: what has run, oldest first; and how it ended
RAN = (
    ("working", "succeeded"),
    ("missing", "failed"),
    ("failing", "failed"),
    ("missing", "failed"),
    ("working", "succeeded"),
)


@dataclass(frozen=True, kw_only=True)
class Site:
    server: DevServer
    browser: Browser
    #: signed in as administrator
    page: Page
    api: JsonClient

    def open(self, query: str = "") -> Page:
        self.page.goto(f"{self.server.url}/scheduler/runs{query}")
        return self.page

    def find(self) -> None:
        self.page.get_by_role("button", name="Find runs").click()

    def run(self, job: str, status: str) -> None:
        """Run a job, and wait for its end."""
        before = self.count(job, status)
        self.api.post("/run_now", job=job)
        until(lambda: self.count(job, status) == before + 1, f"{status} run of {job}", 60)

    def count(self, job: str, status: str) -> int:
        return len(self.api.get("/runs", job=job, status=status)["runs"])

    def jobs(self) -> list[str]:
        """The jobs whose runs are shown, newest first."""
        return self.page.locator(".sch-found tbody td:nth-child(2)").all_inner_texts()


@pytest.fixture(scope="module")
def site(start_devserver: StartDevServer) -> Iterator[Site]:
    server = start_devserver({"scheduler": {"time zone": "UTC", **JOBS}}, pythonpath=[PYTHONPATH])
    with chromium() as browser:
        page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        sign_in(page, server.url)
        made = Site(server=server, browser=browser, page=page, api=JsonClient(server=server))
        until(lambda: made.api.get("/servers")["servers"], "a server that runs jobs", 60)
        for job, status in RAN:
            made.run(job, status)
        yield made


def test_all_runs_are_a_link_away_from_all_jobs(site: Site) -> None:
    site.page.goto(f"{site.server.url}/scheduler")
    site.page.get_by_role("link", name="All runs").click()
    expect(site.page.get_by_role("heading", level=1)).to_have_text("All runs")
    expect(site.page.get_by_role("link", name="All runs")).to_have_attribute("aria-current", "page")
    assert site.jobs() == [job for job, _ in reversed(RAN)]


def test_several_statuses_are_chosen_and_the_address_is_a_permalink(site: Site) -> None:
    page = site.open()
    page.get_by_label("failed").check()
    page.get_by_label("timed out").check()
    page.get_by_label("Job", exact=True).fill("missing")
    site.find()
    assert site.jobs() == ["missing", "missing"]
    address = page.url
    other = site.browser.new_context().new_page()
    sign_in(other, site.server.url)
    other.goto(address)
    expect(other.locator(".sch-found tbody tr")).to_have_count(2)
    expect(other.get_by_label("failed")).to_be_checked()
    expect(other.get_by_label("interrupted")).not_to_be_checked()
    expect(other.get_by_label("Job", exact=True)).to_have_value("missing")
    other.context.close()


def test_errors_and_logs_are_searched(site: Site) -> None:
    page = site.open()
    page.get_by_label("Text in errors, reasons and logs").fill("LOOKING into the")
    page.keyboard.press("Enter")
    expect(page.locator(".sch-found tbody tr")).to_have_count(2)
    assert site.jobs() == ["missing", "missing"]
    page.get_by_label("Text in errors, reasons and logs").fill("nowhere to be found")
    site.find()
    expect(page.locator("#scheduler")).to_contain_text("No runs match.")
    page.get_by_role("link", name="Clear").click()
    expect(page.locator(".sch-found tbody tr")).to_have_count(len(RAN))


def test_a_time_can_be_chosen(site: Site) -> None:
    page = site.open()
    page.get_by_role("link", name="an hour ago").click()
    expect(page.locator(".sch-found tbody tr")).to_have_count(len(RAN))
    since = page.get_by_label("From", exact=True).input_value()
    page.get_by_label("From", exact=True).fill("")
    page.get_by_label("Before", exact=True).fill(since)
    site.find()
    expect(page.locator("#scheduler")).to_contain_text("No runs match.")
    page.get_by_role("link", name="Clear").click()
    expect(page.get_by_label("From", exact=True)).to_be_hidden()
    page.get_by_text("Time, trigger and server").click()
    expect(page.get_by_label("From", exact=True)).to_be_visible()
    site.open("?since=yesterday")
    expect(page.get_by_role("alert")).to_contain_text("'yesterday' is not a date and time")


def test_failures_are_grouped_by_job_and_error(site: Site) -> None:
    page = site.open()
    page.get_by_role("link", name="Failures by error").click()
    rows = page.locator(".sch-failures tbody tr")
    expect(rows).to_have_count(2)
    group = rows.filter(has_text="LookupError: no case # in the archive")
    expect(group.locator("td[data-label=Runs]")).to_have_text("2")
    group.get_by_role("link", name="The newest run of missing").click()
    expect(page.locator("#scheduler")).to_contain_text("LookupError: no case")
    page.go_back()
    group.locator("th a").click()
    expect(page.locator(".sch-found tbody tr")).to_have_count(2)
    expect(page.locator("#scheduler")).to_contain_text("Only runs with the error LookupError: no case #")
    page.get_by_role("link", name="with any error").click()
    assert site.jobs() == ["missing", "missing"]


def test_the_same_runs_are_downloaded_as_a_file(site: Site, tmp_path: Path) -> None:
    page = site.open("?status=failed")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    file = tmp_path / download.value.suggested_filename
    assert file.suffix == ".csv"
    download.value.save_as(file)
    with file.open(encoding="utf-8-sig", newline="") as opened:
        lines = list(csv.DictReader(opened))
    assert [line["job"] for line in lines] == ["missing", "failing", "missing"]
    assert lines[1]["error"] == f"RuntimeError: no such case {HARMFUL}"


def test_what_others_wrote_stays_text(site: Site) -> None:
    for query in ("", "?group=error", "?q=no+such"):
        page = site.open(query)
        expect(page.locator("#scheduler")).to_contain_text(HARMFUL)
        assert page.evaluate("window.harmed") is None
        assert page.locator("#scheduler script, #scheduler img").count() == 0


def test_a_new_run_appears_and_one_that_somebody_stopped_is_no_failure(site: Site) -> None:
    page = site.open()
    site.api.post("/run_now", job="lasting")
    expect(page.locator(".sch-found tbody tr").first).to_contain_text("lasting", timeout=SOON)
    site.api.post("/stop", run=site.api.last_run("lasting", "running")["id"])
    expect(page.locator(".sch-found tbody tr").first).to_contain_text("stopped", timeout=SOON)
    expect(page.locator(".sch-found .sch-badge").first).to_have_class("sch-badge sch-quiet")
    (state,) = [each for each in site.api.get("/jobs")["jobs"] if each["name"] == "lasting"]
    assert (state["state"], state["failures"], state["failing_since"]) == ("ok", 0, None)
    site.api.get("/failures", job="lasting")
    assert site.api.get("/failures", job="lasting")["groups"] == []


def test_the_runs_of_an_added_job_that_has_ended_are_found(site: Site) -> None:
    site.api.post("/job", name="once", definition={"job": "working", "every": "1 second"})
    site.api.last_run("once", "succeeded")
    site.api.ask("DELETE", "/api/scheduler/job", params={"name": "once"})
    site.open("?job=once&status=succeeded")
    assert set(site.jobs()) == {"once"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("query", ["", "?group=error", "?status=lost", "?q=x&status=failed"])
def test_nothing_serious_keeps_anybody_from_using_it(site: Site, query: str, scheme: str) -> None:
    site.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page = site.open(query)
    page.wait_for_function(f"document.documentElement.dataset.bsTheme == '{scheme}' || '{scheme}' == 'light'")
    found = barriers(page)
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []


def test_it_can_be_used_with_the_keyboard_only(site: Site) -> None:
    page = site.open()
    page.get_by_label("Text in errors, reasons and logs").focus()
    page.keyboard.type("no case")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.value") == "failed":
            break
    page.keyboard.press("Space")
    expect(page.get_by_label("failed")).to_be_checked()
    page.keyboard.press("Enter")
    expect(page.locator(".sch-found tbody tr")).to_have_count(2)
    page.locator(".sch-found th a").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#scheduler")).to_contain_text("LookupError: no case")


@pytest.mark.parametrize("query", ["", "?group=error", "?status=lost", "?q=no&status=failed"])
def test_it_fits_on_a_phone(site: Site, query: str) -> None:
    site.page.set_viewport_size({"width": 390, "height": 800})
    page = site.open(query)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1280, "height": 900})
