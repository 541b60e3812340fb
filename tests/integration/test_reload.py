"""docassemble restarts while jobs run: they are asked to stop, then forced, and then not waited for."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from devserver.server import DevServer
from devserver.waiting import until
from tests.integration.conftest import StartDevServer
from tests.integration.notes import PYTHONPATH
from tests.integration.records import Record, Tables
from tests.integration.restarts import timed

pytestmark = pytest.mark.every_release

#: how long the old process may take to end, even on a busy machine; uWSGI would wait for a minute (seconds)
ENDING = 30
#: how long the request that is under way takes (seconds)
DAWDLE = 4


def configuration(*jobs: str) -> dict[str, object]:
    block = {name: {"function": f"site_jobs.lasting.{name}", "seconds": 5} for name in jobs}
    return {"preloaded modules": ["site_jobs.dawdling"], "scheduler": block}


@pytest.fixture(scope="module")
def site(start_devserver: StartDevServer) -> DevServer:
    return start_devserver(configuration("cooperative"), pythonpath=[PYTHONPATH])


def wait_until_they_run(site: DevServer, *jobs: str, start: int = 0) -> None:
    for job in jobs:
        site.wait_for_log(rf"\[{job}\] STARTED", 60, start=start)


def record_of_first(site: DevServer, job: str) -> Record:
    """The record of a job's first run that has ended."""
    tables = Tables(site.database_url)

    def ended() -> list[Record]:
        return [r for r in tables.records(job) if r.status not in {"running", "skipped", "missed"}]

    return until(ended, f"run of {job} that has ended", 60)[0]


def test_a_long_job_that_asks_whether_it_should_stop_holds_up_no_restart(site: DevServer) -> None:
    wait_until_they_run(site, "cooperative")
    site.configure(configuration("cooperative", "careless", "deaf"))
    restart = timed(site, site.reload)
    assert restart.ending < ENDING
    record = record_of_first(site, "cooperative")
    assert (record.status, record.reason) == ("interrupted", "docassemble restarts")


def test_no_other_job_does_and_requests_are_answered_to_the_end(site: DevServer) -> None:
    wait_until_they_run(site, "cooperative", "careless", "deaf")
    with ThreadPoolExecutor() as pool:
        under_way = pool.submit(requests.get, f"{site.url}/user/sign-in?dawdle={DAWDLE}", timeout=60)
        site.wait_for_log("a request dawdles", 60, name="docassemble.log")
        restart = timed(site, site.hang_up)
        answer = under_way.result()
    assert answer.status_code == 200
    assert answer.elapsed.total_seconds() >= DAWDLE
    assert restart.ending < ENDING + DAWDLE
    records = {job: record_of_first(site, job) for job in ("careless", "deaf")}
    assert {record.status for record in records.values()} == {"interrupted"}
    assert records["careless"].reason == "docassemble restarts"
    site.wait_for_log(r"WARNING \[deaf\] The run due \S+ did not stop", 30)
