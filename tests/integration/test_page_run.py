"""The page of a run in a real browser: as the run goes, where it is, and what went wrong."""

import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from devserver.server import DevServer
from devserver.waiting import until
from tests.integration.browser import barriers, chromium, sign_in
from tests.integration.json_client import API, NEVER, JsonClient
from tests.integration.restarts import uwsgi_says
from tests.integration.shell import Shell

#: how long the run that is watched lasts (seconds)
LASTS = 30
COPY, QUICK, FAIL = ({"function": f"site_jobs.reporting.{name}"} for name in ("copy_cases", "quick", "fail"))
#: added at run time
JOBS: dict[str, dict[str, Any]] = {
    "copy": {**COPY, "kwargs": {"seconds": LASTS}, **NEVER},
    "stopped": {**COPY, "kwargs": {"seconds": 600}, **NEVER},
    "quick": {**QUICK, **NEVER},
    "failing report": {**FAIL, **NEVER},
    **{
        f"talking {name}": {"function": "site_jobs.talking.talk", "args": [name], **NEVER}
        for name in ("Ann", "Bob")
    },
}
#: where screenshots are kept for somebody to look at; nowhere unless this is set
SCREENSHOTS = os.environ.get("SCREENSHOTS")
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


@dataclass(frozen=True, kw_only=True)
class Site:
    server: DevServer
    browser: Browser
    page: Page
    api: JsonClient

    def start(self, job: str, status: str = "running") -> Page:
        """Run a job, and open the page of its run."""
        self.api.post("/run_now", job=job)
        run = self.api.last_run(job, status)["id"]
        self.page.goto(f"{self.server.url}/scheduler/run?id={run}")
        return self.page

    def keep(self, name: str) -> None:
        """Keep screenshots of the page: on a desktop and a phone, light and dark."""
        if not SCREENSHOTS:
            return
        for device, size in (("desktop", DESKTOP), ("phone", PHONE)):
            self.page.set_viewport_size(size)  # type: ignore[arg-type]
            for scheme in ("dark", "light"):
                self.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                self.page.reload()
                self.page.screenshot(path=Path(SCREENSHOTS) / f"{name}-{device}-{scheme}.png", full_page=True)
        self.page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def site(pages_server: DevServer) -> Iterator[Site]:
    api = JsonClient(server=pages_server)
    for name, definition in JOBS.items():
        api.add(name, **definition)
    with chromium() as browser:
        page = browser.new_context().new_page()
        page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
        sign_in(page, pages_server.url)
        yield Site(server=pages_server, browser=browser, page=page, api=api)
    for name in JOBS:
        api.ask("DELETE", f"{API}/job", params={"name": name})


def number_of_lines(page: Page) -> int:
    return page.locator("[data-follow]").inner_text().count(" copied")


def test_u1_a_run_is_watched_as_it_goes(site: Site) -> None:
    page = site.start("copy")
    bar = page.locator(".sch-progress progress")
    expect(bar).to_be_visible()
    expect(page.locator(".sch-progress")).to_contain_text("of 40")
    expect(page.locator(".sch-progress")).to_contain_text("cases <copied>")
    expect(page.locator(".sch-facts")).to_contain_text("Running for")
    expect(page.locator(".sch-facts")).to_contain_text(re.compile(r"\d, scheduler-"))
    expect(page.locator(".sch-facts")).not_to_contain_text("not yet")
    log = page.locator("[data-follow]")
    expect(log).to_contain_text("case 1 copied")
    first, share = number_of_lines(page), float(bar.get_attribute("value") or 0)
    until(lambda: number_of_lines(page) > first + 3, "log that has grown", 30)
    assert float(bar.get_attribute("value") or 0) > share
    site.keep("running")
    until(lambda: number_of_lines(page) > 29, "log that is longer than its box", 60)
    at_end = "node => node.scrollHeight - node.scrollTop - node.clientHeight < 30"
    until(lambda: log.evaluate(at_end), "log that is followed", 10)
    log.evaluate("node => { node.scrollTop = 0; }")
    grown = number_of_lines(page)
    until(lambda: number_of_lines(page) > grown + 2, "log that has grown", 30)
    assert log.evaluate("node => node.scrollTop") == 0  # who reads above is left there
    expect(page.locator(".sch-card .sch-badge").first).to_have_text("succeeded", timeout=60_000)
    expect(page.locator("[data-key=result] pre")).to_have_text('{\n  "copied": 40,\n  "of": 40\n}')
    expect(page.locator(".sch-progress")).to_have_count(0)
    site.keep("succeeded")


def test_the_api_shows_the_progress_and_where_the_run_is(site: Site) -> None:
    site.start("stopped")
    run = site.api.last_run("stopped", "running")["id"]
    until(lambda: site.api.get("/run", id=run)["progress"] is not None, "progress", 30)
    shown = site.api.get("/run", id=run)
    assert (shown["progress"]["total"], shown["progress"]["text"]) == (40, "cases <copied>")
    assert shown["started"] is not None
    assert shown["thread"].startswith("scheduler")
    assert shown["finished"] is None


def test_the_command_line_shows_the_run_too_and_asks_where_it_is(site: Site) -> None:
    shell, run = Shell(server=site.server), site.api.last_run("stopped", "running")["id"]
    shown = shell.type("show", run, "--stack").stdout
    assert re.search(r"^progress: \[.*\] \d+ %, \d+ of 40, cases <copied>$", shown, re.MULTILINE)
    assert re.search(r"in copy_cases$", shown, re.MULTILINE)


def test_a_run_in_a_shell_says_how_far_it_is(site: Site) -> None:
    shell = Shell(server=site.server)
    said = shell.type("run", "copy", "--kwarg", "seconds=6").stderr
    assert re.search(r"^\[#+\.+\] \d+ %, \d+ of 40, cases <copied>$", said, re.MULTILINE)


def test_a_run_is_asked_where_it_is_and_answers(site: Site) -> None:
    page = site.page
    page.get_by_role("button", name="Where is it now?").click()
    expect(page).to_have_url(re.compile(r"/scheduler/run\?"))
    began = time.monotonic()
    stack = page.locator("[data-key=stack] pre")
    expect(stack).to_contain_text("in copy_cases", timeout=30_000)
    assert time.monotonic() - began < 15  # two seconds and a refresh, on a machine that is not busy
    expect(stack).to_contain_text("in copy\n")
    expect(stack).not_to_contain_text("executor.py")
    site.keep("asked")


def test_a_run_in_a_loop_that_is_tracked_is_stopped_and_keeps_its_last_progress(site: Site) -> None:
    page = site.page
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_role("button", name="Yes, stop").click()
    run = site.api.last_run("stopped", "stopped")
    page.goto(f"{site.server.url}/scheduler/run?id={run['id']}")
    expect(page.locator(".sch-state")).to_contain_text("stopped by hand")
    expect(page.locator(".sch-progress")).to_contain_text("of 40")


def test_a_short_run_has_reported_nothing(site: Site) -> None:
    site.start("quick", "succeeded")
    run = site.api.get("/run", id=site.api.last_run("quick", "succeeded")["id"])
    assert (run["progress"], run["pid"], run["thread"]) == (None, None, None)


def test_what_runs_print_and_log_at_the_same_time_is_in_the_log_of_each_with_its_level(site: Site) -> None:
    server = site.server
    for name in ("Ann", "Bob"):
        site.api.post("/run_now", job=f"talking {name}")
    runs = {name: site.api.last_run(f"talking {name}", "succeeded") for name in ("Ann", "Bob")}
    assert max(run["started"] for run in runs.values()) < min(run["finished"] for run in runs.values())
    for name, run in runs.items():
        said = [
            f"INFO stdout: {name} prints",
            f"WARNING stderr: {name} complains",
            f"INFO docassemble.Talking: {name} informs",
            f"WARNING docassemble.Talking: {name} warns",
            f"INFO {name} logs",
            f"INFO stdout: {name} goes",
        ]
        assert [line[24:] for line in site.api.get("/run", id=run["id"])["log"].split("\n")] == said
        site.page.goto(f"{server.url}/scheduler/run?id={run['id']}")
        shown = site.page.locator("#scheduler").inner_text()
        typed = Shell(server=server).type("show", run["id"]).stdout
        assert [line for line in said if line not in shown or line not in typed] == []
        in_log = [line for line in server.read_log().splitlines() if f" [talking {name}] " in line]
        assert [re.sub(r"^.{24}| \[.*?\]", "", line) for line in in_log[1:-1]] == said
        site.keep(f"talking-{name}")
    # and where it was before
    assert "Bob prints\n" in uwsgi_says(site.server)
    assert "Bob warns\n" in server.read_log(name="docassemble.log")
    # what requests have printed is there, and in the log of no run
    assert "request of /scheduler/run\n" in uwsgi_says(site.server)
    assert "warned of /scheduler/run\n" in server.read_log(name="docassemble.log")
    assert "/scheduler/run" not in server.read_log()


def test_an_error_stands_once_above_its_traceback_and_is_copied_with_it(site: Site) -> None:
    page = site.start("failing report", "failed")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    error = page.locator("[data-key=error]")
    expect(error).to_contain_text("ValueError: no such case")
    assert page.locator("#scheduler").inner_text().count("ValueError: no such case") == 1
    expect(page.locator("#sch-traceback")).to_contain_text("in fail")
    expect(page.locator("#sch-traceback")).to_contain_text("KeyError: 'case 12'")
    expect(page.locator("#sch-traceback")).not_to_contain_text("executor.py")
    site.keep("failed")
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    whole = site.api.get("/run", id=site.api.last_run("failing report", "failed")["id"])["traceback"]
    assert copied.replace("\r", "").strip() == whole.strip()


def test_a_long_error_is_unfolded_by_keyboard(site: Site) -> None:
    page = site.start("failing report", "failed")
    rest = page.locator("#sch-error-rest")
    expect(rest).to_be_hidden()
    page.locator("[data-key=error] summary").press("Enter")
    expect(rest).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_keeps_anybody_from_using_it(site: Site, scheme: str) -> None:
    page = site.page
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    for job, status in (("stopped", "running"), ("failing report", "failed")):
        site.start(job, status)
        page.wait_for_function(
            f"document.documentElement.dataset.bsTheme == '{scheme}' || '{scheme}' == 'light'"
        )
        if status == "running":
            expect(page.locator(".sch-progress")).to_be_visible()
        found = barriers(page)
        assert found == []


def test_it_fits_on_a_phone(site: Site) -> None:
    page = site.page
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    for job, status in (("stopped", "running"), ("failing report", "failed")):
        page.goto(f"{site.server.url}/scheduler/run?id={site.api.last_run(job, status)['id']}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
