"""While the database makes our pages wait, the site answers as ever."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager

import pytest
from playwright.sync_api import expect

from devserver.client import Client
from devserver.server import DevServer
from devserver.waiting import until
from tests.integration.browser import chromium, sign_in
from tests.integration.conftest import StartDevServer
from tests.integration.measuring import FIGURES
from tests.integration.notes import PYTHONPATH
from tests.integration.records import Tables

DASHBOARDS = 6
#: so long is the table locked at least (seconds)
LOCKED = 12
#: a page of ours that gives up, and any other page, have come by then (seconds); how soon, FIGURES says
SOON = 8


@pytest.fixture(scope="module")
def server(start_devserver: StartDevServer) -> DevServer:
    job = {"function": "site_jobs.shown.work", "every": "1 second"}
    server = start_devserver({"scheduler": {"ticking": job}}, pythonpath=[PYTHONPATH])
    server.wait_for_log(r"\[ticking\] ENDED")
    return server


def locked_jobs(server: DevServer) -> AbstractContextManager[None]:
    """Lock the table of the jobs, as somebody may who alters or restores it."""
    return Tables(server.database_url).holding("LOCK TABLE scheduler_job IN ACCESS EXCLUSIVE MODE")


def look(client: Client, end: threading.Event) -> list[tuple[int, float]]:
    """Load the dashboard again and again; return the status of each answer and how long it took."""
    answers = []
    while not end.is_set():
        began = time.monotonic()
        answer = client.get("/scheduler", timeout=60)
        answers.append((answer.status_code, time.monotonic() - began))
    return answers


def test_the_site_answers_while_all_dashboards_wait_for_a_locked_table(server: DevServer) -> None:
    clients = [server.client() for _ in range(DASHBOARDS)]
    anybody, end, took = Client(server.url), threading.Event(), []
    with ThreadPoolExecutor(DASHBOARDS) as people:
        with locked_jobs(server):
            looks = [people.submit(look, client, end) for client in clients]
            stop = time.monotonic() + LOCKED
            while time.monotonic() < stop:
                began = time.monotonic()
                assert anybody.get("/user/sign-in", timeout=60).status_code == 200
                took.append(time.monotonic() - began)
            end.set()
        answers = [answer for each in looks for answer in each.result(60)]
    FIGURES.info("sign-in page: %.2f s at most of %d", max(took), len(took))
    FIGURES.info("dashboard: %.2f s at most of %d", max(each for _, each in answers), len(answers))
    assert max(took) < SOON
    assert {status for status, _ in answers} <= {200, 503}
    assert max(each for _, each in answers) < SOON
    assert 503 in {status for status, _ in answers}


def test_afterwards_all_is_as_before(server: DevServer) -> None:
    client, rest = server.client(), len(server.read_log())
    until(lambda: client.get("/scheduler").status_code == 200, "dashboard", 60)
    server.wait_for_log(r"\[ticking\] ENDED", start=rest)


def test_an_open_page_says_that_the_database_is_slow_until_it_is_not(server: DevServer) -> None:
    with chromium() as browser:
        page = browser.new_context().new_page()
        sign_in(page, server.url)
        page.goto(f"{server.url}/scheduler")
        slow = page.get_by_text("The database is slow.")
        expect(slow).to_be_hidden()
        with locked_jobs(server):
            expect(slow).to_be_visible(timeout=60_000)
        expect(slow).to_be_hidden(timeout=60_000)
