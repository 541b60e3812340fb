"""scheduler.log, as docassemble's own Logs page shows it, wherever the logs are kept."""

import html
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from devserver.server import DevServer
from devserver.waiting import until

JOBS = Path(__file__).parent / "jobs_a"
SCHEDULER = {"log level": "debug", "talkative.speak": {"seconds": 1}}


@pytest.fixture(scope="module")
def site(start_devserver: Callable[..., DevServer]) -> DevServer:
    site = start_devserver({"scheduler": SCHEDULER}, pythonpath=[JOBS])
    site.wait_for_log("ENDED", 30)
    return site


def test_the_log_is_one_line_of_ascii_for_each_record(site: DevServer) -> None:
    content = site.scheduler_log.read_bytes()
    assert content.isascii()
    assert not re.search(rb"[^\n\x20-\x7e]", content)
    form = rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} [A-Z]+ .+"
    assert all(re.fullmatch(form, line) for line in content.splitlines())


@pytest.mark.parametrize(
    "expected",
    [
        r"Gr\xfc\xdfe, \u4f60\u597d, \U0001f600",
        r"first line\nsecond line\r\nthird line",
        r"<b>bold</b> & \x1b[31mred",
        "STARTED due",
        "ENDED after",
    ],
)
def test_the_logs_page_shows_every_line(site: DevServer, expected: str) -> None:
    page = site.client().get("/logs", params={"file": "scheduler.log"})
    assert page.status_code == 200
    assert "file you requested does not exist" not in page.text
    assert f"[talkative.speak] {expected}" in html.unescape(page.text)


def test_the_logs_page_finds_the_lines_of_a_job(site: DevServer) -> None:
    page = site.client().get("/logs", params={"file": "scheduler.log", "q": "third line"})
    shown = html.unescape(page.text)
    assert r"second line\r\nthird line" in shown
    assert "STARTED due" not in shown


def test_the_logs_page_hides_what_a_browser_would_run(site: DevServer) -> None:
    assert "<b>bold</b>" not in site.client().get("/logs", params={"file": "scheduler.log"}).text


def test_the_log_can_be_downloaded(site: DevServer) -> None:
    answer = site.client().get("/logfile/scheduler.log")
    assert answer.content.isascii()
    assert "[talkative.speak] STARTED due" in answer.text


def test_the_log_is_where_docassemble_keeps_its_logs(site: DevServer, tmp_path: Path) -> None:
    elsewhere = tmp_path / "logs elsewhere"
    elsewhere.mkdir()
    site.configure({"scheduler": SCHEDULER, "log": str(elsewhere)})
    site.reload()
    log = elsewhere / "scheduler.log"
    until(
        lambda: log.exists() and "ENDED" in log.read_text(encoding="ascii"), "a run in the other folder", 30
    )
    page = site.client().get("/logs", params={"file": "scheduler.log"})
    assert "[talkative.speak] STARTED due" in html.unescape(page.text)
