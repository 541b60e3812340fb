"""The dashboard in a real browser, in a real docassemble."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from devserver.client import Client
from devserver.server import DevServer
from tests.integration.browser import chromium, sign_in
from tests.integration.conftest import StartDevServer
from tests.integration.jobs_c.reading import PYTHONPATH
from tests.integration.jobs_p.shown import HARMFUL

EMAIL, PASSWORD = "user@example.com", "an ordinary user"
#: a live update comes every five seconds
SOON = 20_000
WORK, FAIL, LAST = ({"function": f"jobs_p.shown.{name}"} for name in ("work", "fail", "last"))
JOBS = {
    "ticking": {**WORK, "every": "2 seconds", "description": f"Ticks {HARMFUL}"},
    "by hand": {**WORK, "crontab": "0 0 1 1 *"},
    "failing": {**FAIL, "every": "3 seconds"},
    "lasting": {**LAST, "crontab": "0 0 1 1 *"},
    f"harm {HARMFUL}": {**WORK, "every": "1 hour"},
    "broken": {**WORK, "minuts": 5},
}


@dataclass(frozen=True, kw_only=True)
class Site:
    server: DevServer
    browser: Browser
    #: signed in as administrator
    admin: Page

    def open(self, job: str = "") -> Page:
        self.admin.goto(f"{self.server.url}/scheduler{'/job?name=' + job if job else ''}")
        return self.admin

    def press(self, name: str) -> None:
        self.admin.get_by_role("button", name=name, exact=True).first.click()


@pytest.fixture(scope="module")
def site(start_devserver: StartDevServer) -> Iterator[Site]:
    server = start_devserver({"scheduler": {"time zone": "UTC", **JOBS}}, pythonpath=[PYTHONPATH])
    server.wait_for_log("ERROR")
    with chromium() as browser:
        page = browser.new_context().new_page()
        sign_in(page, server.url)
        yield Site(server=server, browser=browser, admin=page)


def test_an_administrator_finds_the_page_in_the_menu_and_sees_jobs_update(site: Site) -> None:
    page = site.admin
    page.goto(f"{site.server.url}/user/profile")
    page.click("#navbarDropdown")
    page.get_by_role("link", name="Scheduler", exact=True).click()
    row = page.locator("tr[data-key='ticking']")
    expect(row.locator(".sch-badge").first).to_have_text("ok")
    expect(row).to_contain_text("every 2 seconds")
    expect(page.locator("tr").nth(1)).to_contain_text("broken")
    expect(page.locator(".sch-troubles")).to_contain_text("Did you mean `minutes`?")
    expect(page.locator(".sch-servers")).to_contain_text("alive")
    page.fill("#sch-q", "half a wor")
    page.evaluate("window.stayed = true")
    last = row.locator("td").nth(1).locator(".sch-exact").inner_text()
    expect(row.locator("td").nth(1).locator(".sch-exact")).not_to_have_text(last, timeout=SOON)
    assert page.evaluate("window.stayed")
    assert page.input_value("#sch-q") == "half a wor"
    assert page.evaluate("document.activeElement.id") == "sch-q"


def test_a_job_is_run_by_hand_and_its_result_and_log_can_be_read(site: Site) -> None:
    page = site.open("by hand")
    site.press("Run now")
    expect(page.locator(".alert-success")).to_contain_text("ordered to run now")
    run = page.locator(".sch-runs tbody tr").first
    expect(run).to_contain_text("succeeded", timeout=SOON)
    expect(run).to_contain_text("manual")
    expect(page.locator(".sch-columns")).to_contain_text("run by admin@example.com")
    run.locator("th a").click()
    expect(page.locator(".sch-facts")).to_contain_text(f"done {HARMFUL}")
    expect(page.locator(".sch-pre")).to_contain_text(f"worked {HARMFUL}")


def test_a_job_is_paused_after_a_question_and_resumed(site: Site) -> None:
    page = site.open("ticking")
    site.press("Pause")
    expect(page.locator("h1")).to_have_text("Are you sure?")
    page.get_by_role("link", name="No, go back").click()
    site.press("Pause")
    site.press("Yes, pause")
    expect(page.locator(".sch-card .sch-badge").first).to_have_text("paused")
    expect(page.locator(".sch-columns")).to_contain_text("It is not due")
    site.press("Resume")
    expect(page.locator(".sch-card .sch-badge").first).not_to_have_text("paused")
    expect(page.locator(".sch-columns")).to_contain_text("resume by admin@example.com")


def test_a_running_job_is_stopped(site: Site) -> None:
    page = site.open("lasting")
    site.press("Run now")
    expect(page.locator(".sch-card .sch-badge").first).to_have_text("running", timeout=SOON)
    site.press("Stop the run that was due at " + page.locator(".sch-runs th a").first.inner_text())
    site.press("Yes, stop")
    expect(page.locator(".alert-success")).to_contain_text("asked to stop")
    expect(page.locator(".sch-card .sch-badge").first).not_to_have_text("running", timeout=SOON)
    expect(page.locator(".sch-columns")).to_contain_text("stop by admin@example.com")


def test_the_traceback_of_a_failure_is_shown_and_it_can_be_tried_again(site: Site) -> None:
    page = site.open("failing")
    expect(page.locator(".sch-card .sch-badge").first).to_have_text("failing")
    page.locator(".sch-runs th a").first.click()
    expect(page.locator(".sch-pre").first).to_contain_text("Traceback (most recent call last)")
    expect(page.locator(".sch-pre").first).to_contain_text(f"RuntimeError: no such case {HARMFUL}")
    site.press("Try again")
    expect(page.locator(".alert-success")).to_contain_text("tried again")
    page.select_option("#sch-trigger", "retry")
    site.press("Show")
    expect(page.locator(".sch-runs tbody tr").first).to_contain_text("attempt 2", timeout=SOON)


def test_what_others_wrote_stays_text(site: Site) -> None:
    page = site.open()
    expect(page.locator("main")).to_contain_text(f"Ticks {HARMFUL}")
    page.get_by_role("link", name=f"harm {HARMFUL}").click()
    expect(page.locator("h1")).to_have_text(f"harm {HARMFUL}")
    assert page.evaluate("window.harmed") is None
    assert page.locator("main script, main img").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["", "/job?name=failing"])
def test_nothing_serious_keeps_anybody_from_using_it(site: Site, path: str, scheme: str) -> None:
    page = site.admin
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(f"{site.server.url}/scheduler{path}")
    page.wait_for_function(f"document.documentElement.dataset.bsTheme == '{scheme}' || '{scheme}' == 'light'")
    found = Axe().run(page, context="main").response["violations"]
    assert [
        (each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in {"serious", "critical"}
    ] == []


def test_it_fits_on_a_phone(site: Site) -> None:
    page = site.open()
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1280, "height": 800})


def test_an_ordinary_user_and_somebody_signed_out_are_refused(site: Site) -> None:
    url = site.server.url
    made = requests.post(
        f"{url}/api/user/new",
        json={"username": EMAIL, "password": PASSWORD},
        headers={"X-API-Key": site.server.api_key},
        timeout=60,
    )
    assert made.status_code == 200, made.text
    user, stranger = Client(url), Client(url)
    user.log_in(EMAIL, PASSWORD)
    for path in ("/scheduler", "/scheduler/job?name=ticking", "/scheduler?part=live"):
        refused = user.get(path)
        assert refused.url != user.url_of(path)
        assert "sch-" not in refused.text
        assert "/user/sign-in" in stranger.get(path).url
    assert ">Scheduler<" not in user.get("/user/profile").text
    form = {"action": "pause", "target": "ticking", "confirmed": "yes"}
    assert "sch-" not in user.post("/scheduler/act", data=form).text
    assert "paused" not in site.open("ticking").locator(".sch-card").inner_text()


def test_a_post_without_a_token_is_refused(site: Site) -> None:
    client = site.server.client()
    form = {"action": "pause", "target": "ticking", "confirmed": "yes"}
    answer = client.session.post(
        client.url_of("/scheduler/act"), data=form, allow_redirects=False, timeout=60
    )
    assert answer.status_code == 400
    assert "paused" not in site.open("ticking").locator(".sch-card").inner_text()


def test_a_page_whose_session_has_ended_says_so(site: Site) -> None:
    context = site.browser.new_context()
    page = context.new_page()
    sign_in(page, site.server.url)
    page.goto(f"{site.server.url}/scheduler")
    context.clear_cookies()
    expect(page.locator("#scheduler-lost")).to_contain_text("no longer signed in", timeout=SOON)
    context.close()


def test_without_the_setting_there_is_neither_page_nor_link(site: Site) -> None:
    site.server.configure({"scheduler": {"dashboard": False, "ticking": JOBS["ticking"]}})
    site.server.reload()
    client = site.server.client()
    assert client.get("/scheduler").status_code == 404
    assert ">Scheduler<" not in client.get("/user/profile").text
