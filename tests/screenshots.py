"""The pictures of the pages in `docs/images`, made anew.

`.venv/bin/python -m tests.screenshots` starts a throw-away docassemble with the jobs of an office and their last day.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import yaml
from playwright.sync_api import Page, expect
from sqlalchemy import create_engine

from devserver.server import DEFAULT_STATE, DevServer
from docassemble.Scheduler.store.sql.tables import define
from tests.integration.browser import chromium, sign_in
from tests.integration.notes import PYTHONPATH

IMAGES = Path(__file__).parents[1] / "docs" / "images"
WIDTH = 1200
OFFICE = "site_jobs.office"
ZONE = "America/New_York"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Past:
    """What ran of a job in the last day: how often, in which hours, how long, and how the last ones ended."""

    every: timedelta
    took: timedelta
    failed: int = 0
    hours: range = range(24)


WORK = {"function": f"{OFFICE}.done"}
JOBS: dict[str, dict[str, Any]] = {
    "cases.sync": {"function": f"{OFFICE}.sync", "every": "30 minutes", "tags": "cases"},
    "documents.import": {"function": f"{OFFICE}.documents", "every": "6 hours", "tags": "cases"},
    "cases.close": {**WORK, "crontab": "0 5 * * *", "description": "Closes cases without a deadline"},
    "reports.weekly": {**WORK, "crontab": "0 8 * * mon", "description": "Sends the week to the directors"},
    "reports.grants": {**WORK, "crontab": "30 6 1 * *", "description": "Counts the hours of each grant"},
    "clients.reminders": {
        **WORK,
        "every": "15 minutes",
        "description": "Reminds clients of questions that are still open",
    },
    "clients.messages": {**WORK, "every": "30 seconds", "description": "Fetches text messages"},
    "court.calendar": {
        **WORK,
        "crontab": "*/5 9-17 * * 1-6",
        "tags": "court",
        "description": "Fetches hearings from the court's calendar",
    },
    "court.filings": {**WORK, "every": "2 hours", "tags": "court", "description": "Looks for new filings"},
    "sessions.purge": {**WORK, "every": "1 hour", "description": "Deletes sessions of a year ago"},
    "invoices.send": {**WORK, "minuts": 5},
}
PAST = {
    "cases.sync": Past(every=30 * MINUTE, took=timedelta(seconds=40), failed=5),
    "documents.import": Past(every=6 * HOUR, took=50 * MINUTE),
    "cases.close": Past(every=DAY / 2, took=4 * MINUTE),
    "clients.reminders": Past(every=15 * MINUTE, took=timedelta(seconds=25)),
    "court.calendar": Past(every=5 * MINUTE, took=timedelta(seconds=3), hours=range(9, 18)),
    "court.filings": Past(every=2 * HOUR, took=6 * MINUTE),
    "sessions.purge": Past(every=HOUR, took=70 * timedelta(seconds=1)),
}
MISTAKES = """clients.reminders:
  function: test.heartbeat
  minuts: 15
court.calendar:
  function: test.heartbeat
  crontab: 0 25 * * *
reports.weekly:
  function: test.heartbeat
  crontab: 0 8 * * mon
"""
ERROR = "ConnectionError: cases.example.com refused the connection (port 443)"


def rows(now: datetime) -> Iterator[dict[str, Any]]:
    """The records of the last day."""
    dice = random.Random(7)
    for job, past in PAST.items():
        for number in range(1, int(DAY / past.every) + 1):
            due = now - number * past.every
            if due.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(ZONE)).hour not in past.hours:
                continue
            has_failed = number <= past.failed
            took = past.took * dice.uniform(0.6, 1.4)
            yield {
                "id": f"{int(due.timestamp() * 1000):012x}{uuid4().hex[:20]}",
                "job": job,
                "due": due,
                "count": 1,
                "attempt": 1,
                "status": "failed" if has_failed else "succeeded",
                "trigger": "schedule",
                "server": "web-1",
                "claimed": due,
                "started": due + timedelta(milliseconds=12),
                "finished": due + took,
                "error": ERROR if has_failed else None,
                "result": None if has_failed else '"done"',
            }


def remember(server: DevServer) -> None:
    """Write the last day into the database."""
    now = datetime.now(timezone.utc).replace(tzinfo=None, second=0, microsecond=0)
    engine = create_engine(server.database_url)
    with engine.begin() as connection:
        connection.execute(define("").runs.insert(), list(rows(now)))
    engine.dispose()


class Camera:
    """Takes pictures of pages."""

    def __init__(self, page: Page, url: str, folder: Path) -> None:
        self.page = page
        self._url = url
        self._folder = folder

    def open(self, address: str, *, dark: bool = False) -> Page:
        """Open a page, light or dark."""
        self.page.emulate_media(color_scheme="dark" if dark else "light")
        self.page.goto(f"{self._url}/scheduler{address}")
        wanted = "dark" if dark else "light"
        self.page.wait_for_function(
            f"(document.documentElement.dataset.bsTheme || 'light') === '{wanted}'", timeout=20_000
        )
        return self.page

    def take(self, name: str, height: int = 900) -> None:
        """Take a picture of what is open."""
        self.page.set_viewport_size({"width": WIDTH, "height": height})
        self.page.mouse.move(0, 0)
        self.page.screenshot(path=self._folder / f"{name}.png")


def take_all(camera: Camera) -> None:
    """Go through the pages as the documentation does."""
    page = camera.page
    camera.open("?q=documents.import")
    page.get_by_role("button", name="Run documents.import now").click()
    camera.open("?q=reports.weekly")
    page.get_by_role("button", name="Pause reports.weekly").click()
    page.locator(".sch-jobs .sch-badge", has_text="paused").wait_for()
    camera.open("/job?name=documents.import")
    page.locator(".sch-badge.sch-busy").first.wait_for(timeout=60_000)
    for name, is_dark in (("dashboard-light", False), ("dashboard-dark", True)):
        camera.open("?group=name", dark=is_dark)
        camera.take(name, height=1000)
    camera.open("?view=timeline")
    camera.take("dashboard-timeline", height=620)
    camera.open("/job?name=cases.sync")
    camera.take("dashboard-job", height=1250)
    camera.open("/job?name=documents.import")
    page.locator("a[href*='/scheduler/run?id=']").first.click()
    page.locator(".sch-progress").wait_for(timeout=30_000)
    camera.take("dashboard-run", height=900)
    camera.open("/runs?group=error")
    camera.take("dashboard-runs", height=620)
    camera.open("/add")
    page.fill("#sch-name", "clients.birthdays")
    page.fill("#sch-function", "interviews.run_action")
    page.locator("input[name=way][value=crontab]").check()
    page.fill("#sch-crontab", "30 8 * * MON-FRI")
    expect(page.locator("#sch-preview")).to_contain_text("Monday to Friday")
    camera.take("dashboard-add", height=900)
    camera.open("/check")
    page.fill("#sch-block", MISTAKES)
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.locator("#sch-found")).to_contain_text("minuts")
    camera.take("dashboard-check", height=1000)


def written(file: Path) -> Path:
    """Write the configuration as people do, so that each job stands in lines of its own."""
    block = {"time zone": ZONE, **JOBS}
    file.write_text(yaml.safe_dump({"scheduler": block}, sort_keys=False), encoding="utf-8")
    return file


def main() -> None:
    """Make the pictures."""
    parser = argparse.ArgumentParser(prog="python -m tests.screenshots", description=__doc__)
    parser.add_argument("--state", type=Path, default=DEFAULT_STATE, help="where the docassemble is kept")
    parser.add_argument("--images", type=Path, default=IMAGES, help="where the pictures go")
    options = parser.parse_args()
    with (
        tempfile.NamedTemporaryFile("w", suffix=".yml") as file,
        DevServer(
            written(Path(file.name)), state=options.state, fresh=True, pythonpath=[PYTHONPATH]
        ) as server,
    ):
        server.wait_for_log("clients.messages")
        remember(server)
        with chromium() as browser:
            page = browser.new_context(viewport={"width": WIDTH, "height": 900}).new_page()
            sign_in(page, server.url)
            take_all(Camera(page, server.url, options.images))


if __name__ == "__main__":
    main()
