"""The pages in the language of who looks, with the words files that we ship, in a real browser."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from devserver.server import DevServer
from tests.integration.browser import chromium, sign_in
from tests.integration.conftest import StartDevServer
from tests.integration.json_client import NEVER
from tests.integration.notes import PYTHONPATH

WORK = {"function": "site_jobs.shown.work"}
JOBS = {
    "ticking": {**WORK, "every": "2 seconds"},
    "by hand": {**WORK, **NEVER},
    "in the morning": {**WORK, "crontab": "*/5 9-17 * * 1-5", "time zone": "America/New_York"},
}
WORDS = [f"docassemble.Scheduler:data/sources/{name}-words.yml" for name in ("es", "de")]
#: headings and labels that are on each page in English
ENGLISH = re.compile(r"All jobs|Next run|Last run|Times are those of|\bago\b")


@pytest.fixture(scope="module")
def server(start_devserver: StartDevServer) -> DevServer:
    config = {"scheduler": {"time zone": "UTC", **JOBS}, "words": WORDS, "locale": "en_GB.utf8"}
    return start_devserver(config, pythonpath=[PYTHONPATH])


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def signed_in(browser: Browser, server: DevServer, locale: str) -> Page:
    """Return the overview, as an administrator sees it whose browser asks for a language."""
    page = browser.new_context(locale=locale).new_page()
    sign_in(page, server.url)
    page.goto(f"{server.url}/scheduler")
    return page


def test_a_page_is_in_spanish_with_its_schedules_dates_and_buttons(
    browser: Browser, server: DevServer
) -> None:
    page = signed_in(browser, server, "es-MX")
    main = page.locator("#scheduler")
    expect(main.locator("h1")).to_have_text("Tareas programadas")
    expect(main).to_contain_text("cada 5 minutos de 9:00 a 17:59, de lunes a viernes, hora de Nueva York")
    expect(main).to_contain_text(re.compile(r"hace \d+ segundos?|ahora"))
    expect(main).not_to_contain_text(ENGLISH)
    page.goto(f"{server.url}/scheduler/job?name=by+hand")
    page.get_by_text("Pausar", exact=True).click()
    page.get_by_label("¿Por qué? (lo ven todos)").fill("mantenimiento")
    page.get_by_role("button", name="Pausar esta tarea").click()
    expect(page.locator(".alert-success")).to_contain_text("La tarea está en pausa.")
    expect(page.locator("#scheduler")).to_contain_text("en pausa")
    expect(page.locator("#scheduler")).not_to_contain_text(ENGLISH)
    page.get_by_role("button", name="Reanudar", exact=True).first.click()
    expect(page.locator(".alert-success")).to_contain_text("La tarea se ha reanudado.")


def test_the_part_that_is_refreshed_stays_in_the_language(browser: Browser, server: DevServer) -> None:
    page = signed_in(browser, server, "de")
    expect(page.locator("#scheduler h1")).to_have_text("Geplante Jobs")
    before = page.locator("tr[data-key=ticking]").inner_text()
    expect(page.locator("tr[data-key=ticking]")).not_to_have_text(before, timeout=60_000)
    expect(page.locator("#scheduler")).to_contain_text(re.compile(r"vor \d+ Sekunden?|jetzt"))
    expect(page.locator("#scheduler")).not_to_contain_text(ENGLISH)


@pytest.mark.parametrize("locale", ["fa", "he", "ja", "zz"])
def test_a_language_without_words_of_ours_is_english_on_the_whole_page(
    browser: Browser, server: DevServer, locale: str
) -> None:
    page = signed_in(browser, server, locale)
    expect(page.locator("#scheduler h1")).to_have_text("Scheduled jobs")
    expect(page.locator("#scheduler")).to_contain_text(re.compile(r"\d+ seconds? ago|now"))
    page.goto(f"{server.url}/scheduler/job?name=in+the+morning")
    expect(page.locator("#scheduler")).to_contain_text(
        "every fifth minute from 09:00 to 17:59, Monday to Friday"
    )


def test_english_has_the_dates_of_the_site(browser: Browser, server: DevServer) -> None:
    page = signed_in(browser, server, "en-US")
    page.goto(f"{server.url}/scheduler/job?name=in+the+morning")
    expect(page.locator("#scheduler")).to_contain_text(
        re.compile(r"\d{1,2} [A-Z][a-z]+ 20\d\d, \d\d:\d\d:\d\d")
    )
