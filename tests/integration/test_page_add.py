"""Add a job, in a real browser: typed, seen beforehand, added, run, changed; by somebody who may do little, too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from devserver.server import DevServer
from tests.integration.browser import barriers, sign_in
from tests.integration.pages import API_FUNCTIONS, JOBS, SOON, Site, signed_in

EMAIL, PASSWORD = "developer@example.com", "developer's own"


@pytest.fixture(scope="module")
def site(pages_server: DevServer) -> Iterator[Site]:
    with signed_in(pages_server) as site:
        yield site


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_what_is_typed_is_explained_at_once_and_the_function_is_described(site: Site) -> None:
    page = site.open("/add")
    page.fill("#sch-function", "site_jobs.shown.work")
    page.fill("#sch-crontab", "15 2 * * *")
    expect(page.locator("#sch-preview .sch-words")).to_have_text("at 02:15 every day, Berlin time")
    expect(page.locator("#sch-preview time")).to_have_count(5)
    expect(page.locator("#sch-preview")).to_contain_text("work(seconds: float=0.02)")
    expect(page.locator("#sch-preview")).to_contain_text("Work for a while")
    expect(page.locator("#sch-preview .sch-trap")).to_contain_text("the clocks go forward")
    assert page.locator('input[name="way"][value="crontab"]').is_checked()
    page.fill("#sch-every", "5 minuts")
    expect(page.locator("#sch-preview")).to_contain_text("Did you mean minutes?")


def test_functions_that_can_be_named_are_offered(site: Site) -> None:
    page = site.open("/add")
    offered = page.locator("#sch-functions option").evaluate_all("all => all.map(each => each.value)")
    assert {"site_jobs.shown.work", "site_jobs.commanded.tell", "interviews.run_action"} <= {*offered}


def test_mistakes_stand_at_their_fields_and_what_was_typed_stays(site: Site) -> None:
    page = site.open("/add")
    page.fill("#sch-name", "a job of mine")
    page.fill("#sch-function", "site_jobs.shown.wrok")
    page.fill("#sch-every", "1 hour")
    press(page, "Add the job")
    expect(page.locator('[data-error-of="function"]')).to_contain_text("Did you mean 'work'?")
    expect(page.locator("#sch-name")).to_have_value("a job of mine")
    page.fill("#sch-args", "[1")
    press(page, "Add the job")
    expect(page.locator('[data-error-of="args"]')).to_contain_text("not JSON")


def test_a_job_is_added_runs_and_is_changed(site: Site) -> None:
    page = site.open("/add")
    page.fill("#sch-name", "every now and then")
    page.fill("#sch-function", "site_jobs.shown.work")
    page.fill("#sch-every", "2 seconds")
    page.fill("#sch-args", "[0.1]")
    page.fill("#sch-more", "tags: [mine]\nlock: a lock")
    press(page, "Add the job")
    expect(page.locator(".alert-success")).to_contain_text("The job is added.")
    expect(page.locator("h1")).to_have_text("every now and then")
    expect(page.locator(".sch-runs tbody tr").first).to_contain_text("succeeded", timeout=SOON)
    page = site.open("/add?job=every+now+and+then")
    expect(page.locator("#sch-every")).to_have_value("2 seconds")
    expect(page.locator("#sch-args")).to_have_value("[0.1]")
    page.fill("#sch-every", "1 day")
    press(page, "Save the change")
    expect(page.locator(".alert-success")).to_contain_text("The job is changed.")
    expect(page.locator(".sch-facts").first).to_contain_text("every day")


def test_a_job_is_added_once_at_a_time_without_javascript(site: Site) -> None:
    page = site.browser.new_context(java_script_enabled=False).new_page()
    sign_in(page, site.server.url)
    page.goto(f"{site.server.url}/scheduler/add")
    page.fill("#sch-name", "once")
    page.fill("#sch-function", "test.heartbeat")
    page.check('input[name="way"][value="once"]')
    page.fill("#sch-run-at", "2090-01-01 08:30")
    press(page, "Preview")
    expect(page.locator("#sch-preview .sch-words")).to_have_text("once, on 2090-01-01 at 08:30, Berlin time")
    press(page, "Add the job")
    expect(page.locator("h1")).to_have_text("once")


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_keeps_anybody_from_using_it(site: Site, scheme: str, width: int) -> None:
    page = site.browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,  # type: ignore[arg-type]
        storage_state=site.admin.context.storage_state(),
    ).new_page()
    page.goto(f"{site.server.url}/scheduler/add")
    page.fill("#sch-function", "interviews.run_action")
    page.fill("#sch-crontab", "*/40 * * * *")
    expect(page.locator("#sch-preview .sch-trap")).to_be_visible()
    found = barriers(page)
    assert [
        (each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in {"serious", "critical"}
    ] == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_developer_who_may_run_no_code_names_only_what_administrators_have_written(site: Site) -> None:
    user = {"username": EMAIL, "password": PASSWORD, "privileges": ["developer"]}
    site.api.host("POST", "/api/user/new", json=user)
    page = site.browser.new_context().new_page()
    sign_in(page, site.server.url, EMAIL, PASSWORD)
    page.goto(f"{site.server.url}/scheduler/add")
    offered = page.locator("#sch-functions option").evaluate_all("all => all.map(each => each.value)")
    written = {str(job["function"]) for job in JOBS.values()}
    assert {*offered} == {*written, *API_FUNCTIONS}
    page.fill("#sch-name", "theirs")
    page.fill("#sch-function", "os.system")
    page.fill("#sch-every", "1 hour")
    page.fill("#sch-args", '["true"]')
    press(page, "Add the job")
    expect(page.locator('[data-error-of="function"]')).to_contain_text("so you may not name os.system")
    page.fill("#sch-function", "site_jobs.commanded.tell")
    press(page, "Add the job")
    expect(page.locator("h1")).to_have_text("theirs")
    expect(page.locator(".sch-facts").first).to_contain_text(EMAIL)
    page.goto(f"{site.server.url}/scheduler/add?job=once")
    expect(page.locator("#scheduler")).to_contain_text("was added by somebody else")
