"""PostgreSQL stops in the middle of it, and the log's disk is full: docassemble goes on, and nothing is lost."""

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
import requests

from devserver.waiting import until
from tests.integration.conftest import StartDevServer
from tests.integration.crowd import Site
from tests.integration.json_client import API, JsonClient
from tests.integration.measuring import FIGURES
from tests.integration.notes import PYTHONPATH, Notes
from tests.integration.records import Tables

SERVERS = 2
JOBS = tuple(f"job-{number:02}" for number in range(20))
#: how long PostgreSQL is down (seconds): longer than it takes to call a due time late
AWAY = 30 if "TORTURE_SECONDS" in os.environ else 13
#: and how long it is up before and after (seconds)
WITH = 3
#: how long a run goes on that is by hand (seconds): the database is stopped meanwhile
LONG = 4
#: a page for which docassemble needs no database
STATIC = "/static/app/app.css"


@pytest.fixture(scope="module")
def site(start_devserver: StartDevServer, tmp_path_factory: pytest.TempPathFactory) -> Site:
    notes = Notes(tmp_path_factory.mktemp("outage") / "notes")
    jobs = {
        name: {"function": "site_jobs.noting.note", "seconds": 1, "args": [0 if number % 5 else 0.2]}
        for number, name in enumerate(JOBS)
    }
    jobs["by hand"] = {"function": "site_jobs.noting.note", "type": "manual", "args": [LONG]}
    config = {"notes": str(notes), "scheduler": jobs}
    server = start_devserver(config, servers=SERVERS, pythonpath=[PYTHONPATH])
    return Site(server=server, notes=notes, tables=Tables(server.database_url), jobs=JOBS)


class Outage(NamedTuple):
    """The first second of the test, the one after its last, and when the database had stopped."""

    begin: int
    end: int
    stopped: float


@pytest.fixture(scope="module")
def outage(site: Site) -> Outage:
    """Some seconds with the database, a while without, some with it; and what the site answered meanwhile."""
    for index in range(SERVERS):
        site.server.wait_for_log("STARTED", server=index)
    begin = int(time.time()) + 1
    until(lambda: time.time() > begin + WITH, "first part", 10)
    site.server.stop_database()
    stopped = time.time()
    slowest = 0.0
    while time.time() < stopped + AWAY:
        for url in site.server.urls:
            asked = time.time()
            assert requests.get(url + STATIC, timeout=60).status_code == 200
            slowest = max(slowest, time.time() - asked)
        time.sleep(0.5)
    site.server.start_database()
    FIGURES.info("without a database for %.1f s, slowest static page %.2f s", time.time() - stopped, slowest)
    _, end = site.lasting(WITH)
    return Outage(begin, end, stopped)


def test_no_due_time_is_lost_or_doubled_when_the_database_stops(site: Site, outage: Outage) -> None:
    site.check(outage.begin, outage.end)


def test_no_job_fails_because_the_database_was_away(site: Site, outage: Outage) -> None:
    failed = [record for record in site.records(outage.begin, outage.end) if record.status == "failed"]
    # A run that was going on when the database went away has a right to.
    assert [record for record in failed if record.due > outage.stopped] == []
    # But not because nothing could be rolled back when its function had ended.
    assert {record.id for record in failed} & {note.run for note in site.notes.read("end")} == set()


def test_the_log_says_once_that_the_database_is_away_and_once_that_it_is_back(
    site: Site, outage: Outage
) -> None:
    for index in range(SERVERS):  # all that failed has to succeed, a round of the maintenance among it
        site.server.wait_for_log("The database is back", 30, server=index)
    for log in site.logs():
        told = re.findall(r"(WARNING|INFO) (The database is \w+)", log)
        assert told == [("WARNING", "The database is away"), ("INFO", "The database is back")]


def test_what_ended_while_the_database_was_away_is_on_record_although_the_process_was_killed(
    site: Site, outage: Outage
) -> None:
    ask = JsonClient(server=site.server).ask
    # each of docassemble's own connections fails once, because the database has been away before
    until(lambda: ask("POST", f"{API}/run_now", json={"job": "by hand"}).ok, "answer", 60)
    (begun,) = site.notes.wait("begin", "by hand")
    where = next(i for i in range(SERVERS) if site.server.worker_pid(i) == begun.pid)
    site.server.stop_database()
    site.server.wait_for_log(r"\[by hand\] ENDED", server=where)
    site.server.kill_worker(where)
    site.server.start_database()
    (record,) = until(
        lambda: [each for each in site.tables.records("by hand") if each.status != "running"], "record", 60
    )
    assert (record.id, record.status, record.pid) == (begun.run, "succeeded", begun.pid)
    assert any("A process that was killed had left the ends of" in log for log in site.logs())
    ended = {note.run for note in site.notes.read("end")}
    assert [each for each in site.tables.records() if each.status == "interrupted" and each.id in ended] == []


@contextmanager
def spoilt(log: Path, by: Path) -> Iterator[None]:
    """Make the log a link to something else while the block runs."""
    aside, link = log.with_name("aside"), log.with_name("link")
    aside.hardlink_to(log)
    link.symlink_to(by)
    link.replace(log)
    try:
        yield
    finally:
        aside.replace(log)


@pytest.mark.parametrize(
    "by",
    # the first can be opened, but not be written, as on a disk without a free byte; the second not even opened
    [pytest.param(Path("/dev/full"), id="full"), pytest.param(Path("/dev"), id="closed")],
)
def test_jobs_go_on_when_the_log_cannot_be_written_and_one_line_complains(
    site: Site, outage: Outage, by: Path
) -> None:
    def complaints(words: str) -> int:
        logs = ("docassemble.log", "uwsgi.log")
        return sum(site.server.read_log(name=name).count(words) for name in logs)

    before = complaints("records are being lost"), complaints("can be written again")
    with spoilt(site.server.scheduler_log, by):
        begin, end = site.lasting(3)
        site.check(begin, end)
        assert complaints("records are being lost") == before[0] + 1
    until(lambda: complaints("can be written again") == before[1] + 1, "good news", 10)
    site.server.wait_for_log(r"WARNING \d+ records? (was|were) lost here", 5)
