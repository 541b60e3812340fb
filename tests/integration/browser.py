"""A real browser: Debian's Chromium in the form that has no windows, driven by Playwright."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from devserver import debian
from devserver.settings import ADMIN_EMAIL, ADMIN_PASSWORD

#: it is alone on the machine, and must not look for anything on the internet
OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser, and install it first where it is missing."""
    debian.provide(debian.BROWSER)
    expect.set_options(timeout=30_000)  # the machine may be busy
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium-headless-shell", args=list(OPTIONS)
        )
        try:
            yield browser
        finally:
            browser.close()


def sign_in(page: Page, url: str, email: str = ADMIN_EMAIL, password: str = ADMIN_PASSWORD) -> None:
    """Sign in through docassemble's own page."""
    page.goto(f"{url}/user/sign-in")
    page.fill("#email", email)
    page.fill("#password", password)
    page.press("#password", "Enter")
    page.wait_for_url(lambda there: "/user/sign-in" not in there)


def barriers(page: Page) -> list[dict[str, Any]]:
    """Return what axe finds in our part of a page that keeps somebody from using it."""
    found: list[dict[str, Any]] = Axe().run(page, context="#scheduler").response["violations"]
    return found
