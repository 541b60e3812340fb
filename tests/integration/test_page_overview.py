"""The overview in a real browser: two hundred jobs sorted, grouped, paused at once, by keyboard and on a phone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

import pytest
from playwright.sync_api import Browser, Page, Response, expect

from devserver.server import DevServer
from tests.integration.browser import barriers, chromium, sign_in
from tests.integration.conftest import StartDevServer
from tests.integration.json_client import NEVER
from tests.integration.measuring import FIGURES
from tests.integration.notes import PYTHONPATH
from tests.integration.site_jobs.shown import HARMFUL

#: a live update comes every five seconds (milliseconds)
SOON = 60_000
JOBS = 200
PREFIXES = ("intake", "court", "reports", "sync")
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
WORK, FAIL, LAST = ({"function": f"site_jobs.shown.{name}"} for name in ("work", "fail", "last"))


def block() -> dict[str, object]:
    """Two hundred jobs: most are never due while the test goes on."""
    jobs: dict[str, object] = {
        f"{PREFIXES[number % 4]}.job{number:03}": {
            **WORK,
            **NEVER,
            **({"tags": ["nightly"]} if number % 10 == 0 else {}),
        }
        for number in range(JOBS - 4)
    }
    return {
        "time zone": "UTC",
        **jobs,
        "zz.failing": {**FAIL, "every": "1 hour", "description": f"About {HARMFUL}"},
        "zz.often": {**WORK, "every": "10 seconds"},
        "zz.quarterly": {**WORK, "every": "15 minutes"},
        "zz.lasting": {**LAST, **NEVER},
    }


@dataclass(frozen=True, kw_only=True)
class Site:
    """The overview, as the administrator sees it."""

    server: DevServer
    browser: Browser
    page: Page
    #: what the page did wrong: refused by the content security policy, or an exception
    faults: list[str] = field(default_factory=list)

    def open(self, query: str = "", path: str = "/scheduler") -> Page:
        self.page.set_viewport_size(WIDE)  # type: ignore[arg-type]
        self.page.goto(f"{self.server.url}{path}{query}")
        return self.page

    def names(self) -> list[str]:
        self.page.wait_for_load_state()  # or some of the rows may be there already
        return self.page.locator(
            ".sch-jobs tbody th .sch-one-line:first-child > a:first-child"
        ).all_inner_texts()

    def row(self, name: str) -> object:
        return self.page.locator(f'.sch-jobs tr[data-key="{name}"]')


@pytest.fixture(scope="module")
def site(start_devserver: StartDevServer) -> Iterator[Site]:
    server = start_devserver({"scheduler": block()}, pythonpath=[PYTHONPATH])
    server.wait_for_log("zz.often")
    with chromium() as browser:
        page = browser.new_context().new_page()
        site = Site(server=server, browser=browser, page=page)
        page.on("pageerror", lambda error: site.faults.append(str(error)))
        sign_in(page, server.url)
        yield site
        assert site.faults == []


def test_two_hundred_jobs_are_on_one_page_that_is_soon_there(site: Site) -> None:
    page = site.open()
    assert len(site.names()) == JOBS
    height = page.evaluate("document.documentElement.scrollHeight")
    taken = page.evaluate("""() => {
        const entry = performance.getEntriesByType('navigation')[0];
        return [entry.responseEnd - entry.requestStart, entry.domComplete - entry.responseEnd].map(Math.round);
    }""")
    FIGURES.info("200 jobs: %s px high, server %s ms, browser %s ms", height, *taken)
    assert height < JOBS * 55 + 600


def test_jobs_are_sorted_by_the_head_of_a_column_and_the_address_keeps_it(site: Site) -> None:
    page = site.open()
    page.get_by_role("link", name="Job", exact=True).click()
    expect(page.locator('th[aria-sort="ascending"]')).to_have_text("Job")
    assert site.names() == sorted(site.names())
    page.get_by_role("link", name="Job", exact=True).click()
    expect(page.locator('th[aria-sort="descending"]')).to_have_text("Job")
    assert "sort=-name" in page.url
    assert site.names() == sorted(site.names(), reverse=True)
    page.get_by_role("link", name="Next run", exact=True).click()
    expect(page.locator('th[aria-sort="ascending"]')).to_have_text("Next run")
    assert site.names()[0].startswith("zz.")


def test_jobs_are_grouped_folded_and_found_by_a_tag(site: Site) -> None:
    page = site.open()
    page.select_option("#sch-group", "name")
    page.get_by_role("button", name="Show", exact=True).click()
    heads = page.locator(".sch-group")
    expect(heads).to_have_count(5)
    expect(heads.filter(has_text="court")).to_contain_text("49 jobs")
    page.get_by_role("button", name="court", exact=True).click()
    expect(page.get_by_role("link", name="court.job001")).to_be_hidden()
    page.reload()
    expect(page.get_by_role("link", name="court.job001")).to_be_hidden()
    page.get_by_role("button", name="court", exact=True).click()
    expect(page.get_by_role("link", name="court.job001")).to_be_visible()
    page.locator(".sch-tag").first.click()
    expect(page.locator(".sch-pages")).to_contain_text("20 of 200 jobs")


def test_several_jobs_are_paused_at_once_and_one_more_in_its_row(site: Site) -> None:
    page = site.open("?q=sync.job00")
    page.get_by_label("Select sync.job003").check()
    page.get_by_label("Select sync.job007").check()
    bar = page.get_by_role("group", name="Actions for the selected jobs")
    expect(bar).to_contain_text("Selected jobs: 2")
    bar.get_by_role("button", name="Pause").click()
    expect(page.locator(".alert-success")).to_contain_text("2 jobs are paused.")
    assert "q=sync.job00" in page.url
    page.get_by_label("Select all jobs shown").check()
    bar.get_by_role("button", name="Resume").click()
    expect(page.locator(".alert-success")).to_contain_text("2 jobs are resumed.")
    page.get_by_role("button", name="Pause sync.job003").click()
    expect(page.locator(".alert-success")).to_contain_text("sync.job003 is paused.")
    page.get_by_role("button", name="Pause sync.job007").click()
    page.get_by_label("Select all jobs shown").check()
    bar.get_by_role("button", name="Pause").click()
    expect(page.locator(".alert-danger").first).to_contain_text("It was paused already.")
    page.get_by_label("Select all jobs shown").check()
    bar.get_by_role("button", name="Resume").click()
    expect(page.locator(".alert-success")).to_contain_text("2 jobs are resumed.")


def test_a_job_is_run_and_stopped_in_its_row(site: Site) -> None:
    page = site.open("?q=zz.lasting")
    page.get_by_role("button", name="Run zz.lasting now").click()
    expect(page.locator(".alert-success")).to_contain_text("zz.lasting will run now.")
    page.get_by_role("button", name="Stop zz.lasting").click(timeout=SOON)
    expect(page.locator("h1")).to_have_text("Are you sure?")
    page.get_by_role("button", name="Yes, stop").click()
    expect(page.locator(".alert-success")).to_contain_text("zz.lasting is asked to stop.")
    expect(page.locator(".sch-of-state .sch-badge")).not_to_have_text("running", timeout=SOON)


def test_a_page_on_which_nothing_happens_is_not_sent_again(site: Site) -> None:
    page = site.open("?q=intake.")
    whole = len(page.content())
    answers = []
    while len(answers) < 3:
        with page.expect_response(lambda answer: "part=live" in answer.url, timeout=SOON) as seen:
            pass
        answers.append((seen.value.status, int(seen.value.headers.get("content-length") or 0)))
    FIGURES.info("refreshes of 49 jobs without runs: %s; the page has %s characters", answers, whole)
    assert [status for status, _ in answers[1:]] == [304, 304]
    first, size = answers[0]
    assert first == 304 or size < whole / 4


def test_only_rows_that_change_are_sent_again(site: Site) -> None:
    page = site.open()
    found: list[str] = []

    def look(answer: Response) -> None:
        if "part=live" in answer.url and answer.status == 200:
            found.append(answer.text())

    page.on("response", look)
    expect(page.locator('tr[data-key="zz.often"] .sch-of-last')).to_contain_text("ago", timeout=SOON)
    for _ in range(4):
        page.wait_for_event("response", lambda answer: "part=live" in answer.url, timeout=SOON)
    page.remove_listener("response", look)
    assert found
    assert all(text.count("data-same") >= JOBS - 10 for text in found)
    assert len(site.names()) == JOBS
    FIGURES.info("refreshes of 200 jobs: %s characters", [len(text) for text in found])


def test_a_button_that_is_pressed_while_the_server_is_away_says_so(site: Site) -> None:
    page = site.open("?q=sync.job003")
    page.context.set_offline(True)
    page.get_by_role("button", name="Pause sync.job003").click()
    expect(page.locator("#scheduler-unsent")).to_contain_text("nothing was done")
    page.context.set_offline(False)
    page.get_by_role("button", name="Pause sync.job003").click()
    expect(page.locator(".alert-success")).to_contain_text("sync.job003 is paused.")
    page.get_by_role("button", name="Resume sync.job003").click()
    expect(page.locator(".alert-success")).to_contain_text("sync.job003 is resumed.")


def test_updates_are_held(site: Site) -> None:
    page = site.open()
    hold = page.get_by_role("button", name="Pause updates")
    hold.click()
    expect(hold).to_have_attribute("aria-pressed", "true")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    with page.expect_request(lambda request: "part=live" in request.url, timeout=SOON):
        assert asked == []
        hold.click()


def test_all_of_it_can_be_done_by_keyboard(site: Site) -> None:
    page = site.open()
    page.locator("body").press("/")
    expect(page.locator("#sch-q")).to_be_focused()
    page.keyboard.type("court.job00")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("q=court.job00"))
    skip = page.get_by_role("link", name="Skip to the jobs")
    skip.focus()
    page.keyboard.press("Enter")
    seen = []
    for _ in range(12):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate(
                "document.activeElement.getAttribute('aria-label') || document.activeElement.innerText"
            )
        )
    assert seen[:9] == [
        "Select all jobs shown",
        *("Job", "State", "Last run", "Took", "Next run", "Last runs"),
        "Select court.job001",
        "court.job001",
    ]
    assert seen[9:12] == ["Run court.job001 now", "Pause court.job001", "Select court.job005"]
    page.keyboard.press("Space")
    page.get_by_role("group", name="Actions for the selected jobs").get_by_role(
        "button", name="Pause"
    ).focus()
    page.keyboard.press("Enter")
    expect(page.locator(".alert-success")).to_contain_text("court.job005 is paused.")
    page.get_by_role("button", name="Resume court.job005").press("Enter")
    expect(page.locator(".alert-success")).to_contain_text("court.job005 is resumed.")


def test_the_way_back_from_a_job_leads_to_the_jobs_as_they_were(site: Site) -> None:
    page = site.open("?q=court.job00&sort=-name")
    page.get_by_role("link", name="court.job001").click()
    expect(page.locator("h1")).to_contain_text("court.job001")
    page.get_by_role("link", name="All jobs").first.click()
    page.wait_for_url(re.compile(r"q=court\.job00&sort=-name"))


def test_the_timeline_has_all_jobs_dates_bands_and_links(site: Site) -> None:
    page = site.open("?view=timeline")
    expect(page.locator(".sch-tl tbody tr")).to_have_count(JOBS)
    # there are two midnights; one that is near an edge has no room for its date
    expect(page.locator(".sch-tl .sch-day")).not_to_have_count(0)
    often, quarterly = (page.locator(f'.sch-tl tr[data-key="zz.{name}"]') for name in ("often", "quarterly"))
    expect(often.locator(".sch-band")).to_have_count(1)
    expect(quarterly.locator(".sch-band")).to_have_count(0)
    expect(often.locator("rect.sch-good")).not_to_have_count(0, timeout=SOON)
    often.locator("th a").focus()
    said = []
    for _ in range(2):  # which of them begins further left is a matter of seconds
        page.keyboard.press("ArrowRight")
        said.append(page.locator("#sch-said").inner_text())
    assert "due every 10 seconds" in said
    assert any("succeeded" in text for text in said)
    page.keyboard.press("ArrowDown")
    expect(quarterly.locator("th a")).to_be_focused()
    often.locator("a", has=page.locator("rect.sch-good")).first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/scheduler/runs?\?"))


def test_the_servers_are_shown(site: Site) -> None:
    page = site.open("?view=servers")
    expect(page.locator(".sch-server-table tbody tr")).to_have_count(1)
    expect(page.locator(".sch-server-table")).to_contain_text("alive")


def test_it_is_made_for_a_phone(site: Site) -> None:
    page = site.open()
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    for query in ("", "?view=timeline", "?group=name"):
        page.goto(f"{site.server.url}/scheduler{query}")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.goto(f"{site.server.url}/scheduler")
    heights = page.evaluate(
        "[...document.querySelectorAll('.sch-jobs tbody tr')].map(row => row.getBoundingClientRect().height)"
    )
    FIGURES.info("a job on a phone: %s px", sorted(set(map(round, heights))))
    assert sum(heights) / len(heights) <= 105
    page.goto(f"{site.server.url}/scheduler?view=timeline")
    now = page.locator(".sch-now-text").bounding_box()
    assert now is not None
    assert 0 < now["x"] < PHONE["width"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("query", ["?q=zz.", "?group=name&q=job00", "?view=timeline", "?view=servers"])
def test_nothing_keeps_anybody_from_using_it(site: Site, query: str, scheme: str) -> None:
    page = site.page
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    site.open(query)
    page.wait_for_function(f"(document.documentElement.dataset.bsTheme || 'light') == '{scheme}'")
    page.wait_for_function("document.getAnimations().length == 0")  # colours change little by little
    found = barriers(page)
    page.emulate_media(color_scheme="light")
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []


class Inline(HTMLParser):
    """Notes what a strict content security policy refuses."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name: value or "" for name, value in attrs}
        self.found += [f"{tag} {name}" for name in names if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and "src" not in names):
            self.found.append(tag)
        if names.get("href", "").lstrip().lower().startswith("javascript:"):
            self.found.append(f"{tag} href")


@pytest.mark.parametrize("query", ["", "&group=name", "&view=timeline", "&view=servers"])
def test_a_strict_content_security_policy_refuses_nothing_of_ours(site: Site, query: str) -> None:
    parser = Inline()
    parser.feed(site.page.request.get(f"{site.server.url}/scheduler?part=live{query}").text())
    assert parser.found == []


def test_our_scripts_work_under_a_strict_content_security_policy(site: Site) -> None:
    context = site.browser.new_context()
    page = context.new_page()
    sign_in(page, site.server.url)
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))

    def strict(route: object) -> None:
        answer = route.fetch()  # type: ignore[attr-defined]
        headers = {**answer.headers, "content-security-policy": "default-src 'self'; img-src 'self' data:"}
        route.fulfill(response=answer, headers=headers)  # type: ignore[attr-defined]

    page.route("**/scheduler*", strict)
    page.goto(f"{site.server.url}/scheduler?q=sync.job00")
    page.get_by_label("Select all jobs shown").check()
    expect(page.get_by_role("group", name="Actions for the selected jobs")).to_contain_text(
        "Selected jobs: 2"
    )
    with page.expect_response(lambda answer: "part=live" in answer.url, timeout=SOON):
        pass
    ours = [text for text in refused if "/docassemble_scheduler/" in text or "/scheduler/static" in text]
    assert ours == []
    context.close()
