"""The docassemble that the tests of several pages share, and its pages as the administrator sees them.

A docassemble takes ten seconds to start. What a module needs beside these jobs it adds at run time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, Page

from devserver.server import DevServer
from tests.integration.browser import chromium, sign_in
from tests.integration.json_client import NEVER, JsonClient
from tests.integration.site_jobs.shown import HARMFUL

#: who shares it, in this order: the last one calls the API in every way there is
MODULES = ("test_page_job.py", "test_page_add.py", "test_page_run.py", "test_dashboard_and_json_api.py")
#: a live update comes every five seconds, less often where nothing happens (milliseconds)
SOON = 60_000
WORK, FAIL, LAST = ({"function": f"site_jobs.shown.{name}"} for name in ("work", "fail", "last"))
JOBS: dict[str, dict[str, Any]] = {
    "ticking": {
        **WORK,
        "every": "1 second",
        "misfire grace time": "1 hour",
        "kwargs": {"seconds": 0.01},
        "description": f"Ticks {HARMFUL}",
    },
    "by hand": {**WORK, **NEVER},
    "on request": {**WORK, **NEVER},
    "on request/ü": {**WORK, **NEVER},
    "failing": {**FAIL, "every": "2 seconds"},
    "failing by hand": {**FAIL, **NEVER},
    "lasting": {**LAST, **NEVER},
    "lasting, too": {**LAST, **NEVER},
    "typo": {"function": "site_jobs.shown.wrok", "every": "1 hour"},
    f"harm {HARMFUL}": {**WORK, "every": "1 hour"},
}
BROKEN = {**WORK, "minuts": 5}
API_FUNCTIONS = ("site_jobs.commanded.tell",)
#: developers run no code of their own
CONFIG = {
    "enable playground": False,
    "allow updates": False,
    "preloaded modules": ["site_jobs.talking_requests"],
    "scheduler": {
        "time zone": "Europe/Berlin",
        "api functions": list(API_FUNCTIONS),
        **JOBS,
        "broken": BROKEN,
    },
}


@dataclass(frozen=True, kw_only=True)
class Site:
    server: DevServer
    browser: Browser
    #: signed in as administrator
    admin: Page

    @property
    def api(self) -> JsonClient:
        """A program with the administrator's key."""
        return JsonClient(server=self.server)

    def open(self, path: str = "") -> Page:
        """Open a page of the scheduler."""
        self.admin.goto(f"{self.server.url}/scheduler{path}")
        return self.admin

    def press(self, name: str) -> None:
        """Press the first button of that name."""
        self.admin.get_by_role("button", name=name, exact=True).first.click()

    def unfold(self, name: str) -> None:
        """Unfold what is behind the first summary with that text."""
        self.admin.locator("summary", has_text=name).first.click()


@contextmanager
def signed_in(server: DevServer) -> Iterator[Site]:
    """Start a browser in which the administrator is signed in."""
    with chromium() as browser:
        page = browser.new_context().new_page()
        sign_in(page, server.url)
        yield Site(server=server, browser=browser, admin=page)
