"""Check a block and Explain a crontab, in a real browser; the first page, before there is a block."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import create_engine, inspect
from sqlalchemy.pool import NullPool

from devserver.server import DevServer
from tests.integration.browser import barriers, chromium, sign_in
from tests.integration.conftest import StartDevServer
from tests.integration.json_client import API, JsonClient
from tests.integration.notes import PYTHONPATH

FIVE_MISTAKES = """\
timezone: UTC
scheduler:
  test.heartbeat:
    every: 5 minuts
  nightly:
    function: test.heartbeat
    crontab: 30 4 * * MON-FRI
    retrys: 3
  site_jobs.shown.nope:
    hours: 1
  test.heartbeat 2:
    crontab: 99 * * * *
  test.heartbeat 3: 5
"""
EMAIL, PASSWORD = "developer@example.com", "developer's own"
OFF = {"enable playground": False, "allow updates": False}


@dataclass(frozen=True, kw_only=True)
class Site:
    server: DevServer
    browser: Browser
    #: signed in as administrator
    admin: Page

    def open(self, path: str) -> Page:
        self.admin.goto(f"{self.server.url}/scheduler{path}")
        return self.admin


@pytest.fixture(scope="module")
def server(start_devserver: StartDevServer) -> DevServer:
    return start_devserver({}, pythonpath=[PYTHONPATH])


@pytest.fixture(scope="module")
def site(server: DevServer) -> Iterator[Site]:
    with chromium() as browser:
        page = browser.new_context().new_page()
        sign_in(page, server.url)
        yield Site(server=server, browser=browser, admin=page)


def nothing_serious(page: Page) -> None:
    found = barriers(page)
    assert [
        (each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in {"serious", "critical"}
    ] == []


# --- before there is a block ----------------------------------------------------------------------


def test_the_first_page_says_what_to_write_where_and_nothing_else_begins(site: Site) -> None:
    page = site.open("")
    expect(page.locator("h2")).to_have_text("Nothing is scheduled yet")
    expect(page.locator("#sch-example")).to_contain_text("test.heartbeat:")
    page.get_by_role("button", name="Copy the example").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    nothing_serious(page)
    page.get_by_role("link", name="Open the Configuration page").click()
    expect(page).to_have_url(f"{site.server.url}/config")
    engine = create_engine(site.server.database_url, poolclass=NullPool)
    assert [name for name in inspect(engine).get_table_names() if name.startswith("scheduler")] == []
    assert "INFO Scheduler" not in site.server.read_log()


def test_the_menu_leads_there(site: Site) -> None:
    page = site.admin
    page.goto(f"{site.server.url}/user/profile")
    assert page.locator('a[href="/scheduler"]').count() == 1


def test_a_block_with_five_mistakes_has_them_in_their_lines(site: Site) -> None:
    page = site.open("/check")
    page.fill("#sch-block", FIVE_MISTAKES)
    page.get_by_role("button", name="Check", exact=True).click()
    findings = page.locator(".sch-findings li")
    expect(findings).to_have_count(5)
    assert [each.split()[1:3] for each in findings.all_inner_texts()] == [
        ["line", number] for number in ("4", "8", "9", "12", "13")
    ]
    expect(findings.nth(0)).to_contain_text("Did you mean minutes?")
    expect(page.locator(".sch-previews tbody tr").first).to_contain_text("at 04:30, Monday to Friday, UTC")
    expect(page.locator(".sch-previews tbody tr").first.locator("time")).to_have_count(5)
    nothing_serious(page)


def test_a_line_is_selected_where_it_stands(site: Site) -> None:
    page = site.open("/check")
    page.fill("#sch-block", FIVE_MISTAKES)
    page.get_by_role("button", name="Check", exact=True).click()
    page.get_by_role("link", name="line 12").click()
    selected = "(b => b.value.slice(b.selectionStart, b.selectionEnd))(document.getElementById('sch-block'))"
    assert page.evaluate(selected) == "    crontab: 99 * * * *"


def test_a_star_without_quotes_is_to_be_quoted(site: Site) -> None:
    page = site.open("/check")
    page.fill("#sch-block", "test.heartbeat:\n  crontab: */5 * * * *\n")
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.locator(".sch-findings li")).to_have_count(1)
    expect(page.locator(".sch-findings li")).to_contain_text('Quote all of it: crontab: "*/5 * * * *"')
    expect(page.locator(".sch-findings li")).to_contain_text("line 2")


@pytest.mark.parametrize(
    "text", ["x" * 90_000 + ": y", "[" * 90_000, "a: &a [x]\n" + "b: &a [*a, *a, *a]\n" * 90]
)
def test_hostile_text_is_answered_soon(site: Site, text: str) -> None:
    page = site.open("/check")
    page.fill("#sch-block", text)
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.locator("#sch-found")).to_be_visible(timeout=20_000)


def test_a_megabyte_is_refused_with_a_sentence(site: Site) -> None:
    page = site.open("/check")
    page.evaluate("document.getElementById('sch-block').removeAttribute('maxlength')")
    page.evaluate("document.getElementById('sch-block').value = 'a.b: {hours: 1}\\n'.repeat(65000)")
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.locator(".sch-findings li")).to_contain_text("characters; at most 100,000 are checked here")


def test_a_crontab_is_explained_while_one_types(site: Site) -> None:
    page = site.open("/explain")
    page.fill("#sch-zone", "Europe/Berlin")
    page.fill("#sch-crontab", "15 2 * * *")
    expect(page.locator(".sch-words")).to_have_text("at 02:15 every day, Berlin time")
    expect(page.locator("#sch-explained time")).to_have_count(5)
    expect(page.locator(".sch-trap")).to_contain_text("the clocks go forward over this time")
    page.fill("#sch-crontab", "15 2 * *")
    expect(page.locator("#sch-explained .alert-danger")).to_contain_text("has 4 fields")
    nothing_serious(page)


# --- with a block ---------------------------------------------------------------------------------


def test_the_block_is_loaded_as_it_stands_in_the_configuration(site: Site) -> None:
    site.server.configure({**OFF, "scheduler": {}})
    site.server.reload()
    page = site.open("")
    expect(page.locator("#sch-example")).to_contain_text("test.heartbeat:")
    page = site.open("/check")
    page.get_by_role("button", name="Load the block as it is now").click()
    expect(page.locator("#sch-block")).to_have_value('"scheduler": {}\n')


def test_nothing_is_imported_for_a_developer_where_docassemble_lets_them_run_no_code(site: Site) -> None:
    api = JsonClient(server=site.server)
    user = {"username": EMAIL, "password": PASSWORD, "privileges": ["developer"]}
    api.host("POST", "/api/user/new", json=user)
    page = site.browser.new_context().new_page()
    sign_in(page, site.server.url, EMAIL, PASSWORD)
    page.goto(f"{site.server.url}/scheduler/check")
    assert page.get_by_role("button", name="Load the block as it is now").count() == 0
    page.fill("#sch-block", "site_jobs.commanded.tell: {hours: 1}\nnowhere.at_all: {hours: 1}\n")
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.locator("#sch-found")).to_contain_text("so the functions were not looked for")
    expect(page.locator("#sch-found h2")).to_have_text("No problem found")


def test_the_api_explains_a_crontab(site: Site) -> None:
    api = JsonClient(server=site.server)
    found = api.ask(
        "GET", f"{API}/explain", params={"crontab": "@daily", "time_zone": "UTC", "count": 2}
    ).json()
    assert found["words"] == "at 00:00 every day, UTC"
    assert len(found["due"]) == 2


def test_there_is_no_page_where_the_dashboard_is_switched_off(site: Site) -> None:
    site.server.configure({"scheduler": {"dashboard": False}})
    site.server.reload()
    for path in ("", "/check", "/explain", "/add"):
        assert site.admin.goto(f"{site.server.url}/scheduler{path}").status == 404
