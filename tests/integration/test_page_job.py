"""The page of a job in a real browser, and the switch that pauses everything, on a real docassemble."""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest
from playwright.sync_api import expect

from devserver.server import DevServer
from devserver.waiting import until
from tests.integration.browser import barriers
from tests.integration.json_client import JsonClient
from tests.integration.pages import SOON, WORK, Site, signed_in

#: a job that was claimed before the switch was pressed begins within that time
LEFT = timedelta(seconds=1)


@pytest.fixture(scope="module")
def site(pages_server: DevServer) -> Iterator[Site]:
    with signed_in(pages_server) as site:
        yield site


def state(site: Site) -> str:
    return site.admin.locator(".sch-card .sch-badge").first.inner_text()


def test_a_job_is_paused_with_a_note_and_resumed(site: Site) -> None:
    page = site.open("/job?name=ticking")
    site.unfold("Pause")
    page.get_by_label("Why?").fill("The mail server moves")
    site.press("Pause this job")
    expect(page.locator(".sch-card .sch-badge").first).to_have_text("paused")
    expect(page.locator(".sch-pause")).to_contain_text("Paused by admin@example.com")
    expect(page.locator(".sch-pause")).to_contain_text("The mail server moves")
    expect(page.locator(".sch-columns").last).to_contain_text("It is not due")
    site.press("Run now")
    expect(page.locator(".sch-runs tbody tr").first).to_contain_text("manual", timeout=SOON)
    later = datetime.now(timezone.utc) + timedelta(seconds=2)
    until(lambda: datetime.now(timezone.utc) > later, "due time in the pause", 60)
    site.press("Resume")
    expect(page.locator(".sch-runs tbody")).to_contain_text("the job is paused", timeout=SOON)
    assert state(site) != "paused"


def begun(site: Site, job: str) -> list[datetime]:
    runs = JsonClient(server=site.server).get("/runs", job=job, limit=500)["runs"]
    return [datetime.fromisoformat(run["started"]) for run in runs if run["started"] is not None]


def test_everything_is_paused_for_maintenance_and_nothing_begins_until_it_is_resumed(site: Site) -> None:
    page = site.open()
    site.unfold("Pause everything")
    page.get_by_label("Why?").fill("The database moves")
    before = datetime.now(timezone.utc)
    site.press("Pause all jobs")
    expect(page.locator(".sch-all-paused")).to_be_visible()
    paused = datetime.now(timezone.utc)
    for path in ("", "/job?name=ticking", "/runs"):
        site.open(path)
        expect(page.locator(".sch-all-paused")).to_contain_text("Everything is paused")
        expect(page.locator(".sch-all-paused")).to_contain_text("The database moves")
    site.open("/job?name=by hand")
    expect(page.locator(".sch-pause")).to_contain_text("Paused with all other jobs by admin@example.com")
    site.press("Run now")
    expect(page.locator(".sch-runs tbody tr").first).to_contain_text("succeeded", timeout=SOON)
    site.server.reload()
    site.open("/job?name=ticking")
    expect(page.locator(".sch-all-paused")).to_contain_text("Everything is paused")
    held = datetime.now(timezone.utc)
    site.press("Resume everything")
    expect(page.locator(".sch-all-paused")).to_have_count(0)
    until(lambda: any(at > held for at in begun(site, "ticking")), "run after the pause", 60)
    assert [at for at in begun(site, "ticking") if paused + LEFT < at < held] == []
    assert any(at < before for at in begun(site, "ticking"))
    (gap,) = [
        run
        for run in JsonClient(server=site.server).get("/runs", job="ticking", status="skipped")["runs"]
        if datetime.fromisoformat(run["due"]) > before
    ]
    assert gap["reason"] == "the job is paused"


def test_an_open_page_says_that_everything_is_paused_and_no_longer_says_so(site: Site) -> None:
    api = JsonClient(server=site.server)
    for path in ("", "/job?name=ticking"):
        page = site.open(path)
        page.evaluate("window.loaded = 'once'")
        api.post("/pause_all", note="The printers move")
        expect(page.locator(".sch-all-paused")).to_contain_text("The printers move", timeout=SOON)
        expect(page.locator("summary", has_text="Pause everything")).to_have_count(0)
        api.post("/resume_all")
        expect(page.locator(".sch-all-paused")).to_have_count(0, timeout=SOON)
        expect(page.locator("summary", has_text="Pause everything")).to_have_count(1 if not path else 0)
        assert page.evaluate("window.loaded") == "once"


def test_a_job_whose_function_is_not_there_is_a_problem_that_its_page_explains(site: Site) -> None:
    page = site.open("/job?name=typo")
    expect(page.locator(".sch-card .sch-badge").first).to_have_text("problem")
    expect(page.locator(".sch-problems")).to_contain_text("Did you mean 'work'?")
    answer = JsonClient(server=site.server).get("/job", name="typo")
    assert (answer["state"], answer["problem"]["code"]) == ("problem", "function-not-found")
    site.open("?state=problem")
    expect(page.locator("#scheduler")).to_contain_text("typo")


def test_what_holds_for_a_job_is_told_with_its_meaning_and_charts(site: Site) -> None:
    page = site.open("/job?name=ticking")
    keys = page.locator(".sch-keys")
    expect(keys).to_contain_text("misfire grace time")
    expect(keys).to_contain_text('{"seconds": 0.01}')
    expect(page.get_by_role("img", name="How long its runs took")).to_be_visible()
    page.get_by_role("link", name="Change it in the Configuration, line ").click()
    expect(page).to_have_title("Configuration")


def test_the_line_of_a_job_is_shown_in_its_block_and_named_in_the_configuration(site: Site) -> None:
    page = site.open("/job?name=ticking")
    page.get_by_role("link", name="See it in its block").click()
    block = page.locator("#sch-block")
    expect(block).to_be_focused()
    marked = page.evaluate(
        "(b => b.value.slice(b.selectionStart, b.selectionEnd))(document.getElementById('sch-block'))"
    )
    assert marked.strip().replace('"', "") == "ticking:"
    said = page.get_by_role("link", name="of the Configuration").inner_text()
    number = int(said.rpartition("line ")[2].split()[0])
    file = site.server.config_file().read_text().splitlines()
    assert file[number - 1].strip().replace('"', "") == "ticking:"


def test_an_added_job_is_changed_and_cancelled_and_then_still_found(site: Site) -> None:
    definition = {**WORK, "every": "1 hour", "kwargs": {"seconds": 0.02}}
    JsonClient(server=site.server).add("remind a client", **definition)
    page = site.open("/job?name=remind a client")
    expect(page.locator(".sch-facts")).to_contain_text("every hour")
    page.get_by_role("link", name="Change", exact=True).click()
    expect(page.locator("#scheduler")).to_contain_text("remind a client")
    site.open("/job?name=remind a client")
    site.press("Run now")
    expect(page.locator(".sch-runs tbody tr").first).to_contain_text("succeeded", timeout=SOON)
    site.press("Cancel this job")
    expect(page.locator("h1")).to_have_text("Are you sure?")
    site.press("Yes, cancel")
    expect(page.locator(".sch-card .sch-badge").first).to_have_text("over")
    expect(page.locator(".sch-runs tbody tr").first).to_contain_text("succeeded")
    site.unfold("How it was defined")
    expect(page.locator(".sch-card pre")).to_contain_text('"every": "1 hour"')


def test_past_due_times_are_shown_and_then_run(site: Site) -> None:
    page = site.open("/job?name=failing")
    page.get_by_role("link", name="Run past due times").click()
    zone = page.evaluate("document.querySelector('.sch-foot').textContent")
    assert "Times are those of" in zone
    page.get_by_role("button", name="Show which").click()
    expect(page.locator("p.alert-danger:not([hidden])")).to_contain_text("Choose a shorter time")
    begin, end = page.get_by_label("From"), page.get_by_label("until")
    begin.fill(end.input_value())
    page.get_by_role("button", name="Show which").click()
    expect(page.locator("h2")).to_contain_text("without a success")
    site.press("Run these")
    expect(page.locator(".alert-success")).to_contain_text("run now, one after the other")
    expect(page.locator(".sch-runs tbody")).to_contain_text("manual", timeout=SOON)


def test_nothing_serious_keeps_anybody_from_using_it(site: Site) -> None:
    site.open()
    site.unfold("Pause everything")
    site.press("Pause all jobs")
    expect(site.admin.locator(".sch-all-paused")).to_be_visible()
    try:
        for scheme in ("light", "dark"):
            for path in ("/job?name=ticking", "/job?name=typo", "/backfill?name=failing"):
                page = site.admin
                page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                site.open(path)
                page.wait_for_function(
                    f"document.documentElement.dataset.bsTheme == '{scheme}' || '{scheme}' == 'light'"
                )
                found = barriers(page)
                serious = [each for each in found if each["impact"] in {"serious", "critical"}]
                assert [(each["id"], each["nodes"][0]["html"]) for each in serious] == []
    finally:
        site.open()
        site.press("Resume everything")
        expect(site.admin.locator(".sch-all-paused")).to_have_count(0)


def test_on_a_phone_nothing_is_wider_than_the_screen(site: Site) -> None:
    page = site.admin
    page.set_viewport_size({"width": 390, "height": 800})
    for path in ("/job?name=ticking", "/job?name=typo", "/backfill?name=failing"):
        site.open(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
