"""Where uWSGI has a mule, jobs run in it and nowhere else; and uWSGI set up in other ways than docassemble's."""

import re
import signal

import pytest

from devserver import processes
from devserver.server import DevServer
from devserver.waiting import until
from tests.integration.conftest import StartDevServer
from tests.integration.interviews import put_into_playground
from tests.integration.measuring import polled
from tests.integration.notes import PYTHONPATH
from tests.integration.records import Tables

#: so many jobs that take long at the same time
LONG_ONES = [f"long-{number}" for number in range(3)]
PLAYGROUND = "docassemble.playground1.in_mule.where"
MODULE = """\
import os
from docassemble.Scheduler.scheduler_logger import log

def where():
    log(f"pid={os.getpid()}")
"""


def where(**schedule: object) -> dict[str, object]:
    return {"function": "site_jobs.lasting.where", **schedule}


def lasting(name: str, **keys: object) -> dict[str, object]:
    return {"function": f"site_jobs.lasting.{name}", "seconds": 10, **keys}


CONFIG = {
    "scheduler": {
        "concurrency": 4,
        "where": where(seconds=1),
        PLAYGROUND: {"seconds": 1},
        **{name: lasting("deaf", resumable=True) for name in LONG_ONES},
    }
}


@pytest.fixture(scope="module")
def site(start_devserver: StartDevServer) -> DevServer:
    return start_devserver(CONFIG, pythonpath=[PYTHONPATH], uwsgi={"mules": 1})


def places(site: DevServer, job: str, start: int = 0) -> set[int]:
    """The processes in which a job has run."""
    return set(map(int, re.findall(rf"\[{job}\] pid=(\d+)", site.read_log()[start:])))


def wait_for_runs(site: DevServer, job: str, start: int, times: int = 3) -> None:
    def done() -> bool:
        return site.read_log()[start:].count(f"[{job}] pid=") >= times

    until(done, f"{times} runs of {job}", 60)


def wait_until_the_long_ones_run(site: DevServer, start: int = 0) -> None:
    for name in LONG_ONES:
        site.wait_for_log(rf"\[{name}\] STARTED", 60, start=start)


def test_jobs_run_in_the_mule_and_long_ones_hold_up_neither_others_nor_the_site(site: DevServer) -> None:
    wait_until_the_long_ones_run(site)
    start = len(site.read_log())
    with polled(site.url) as answers:
        wait_for_runs(site, "where", start)
    assert answers.all_good
    assert places(site, "where") == {site.mule_pid()}


def test_runs_of_a_killed_mule_are_interrupted_and_go_on_in_the_next_one(site: DevServer) -> None:
    killed, start = site.mule_pid(), len(site.read_log())
    processes.send(killed, signal.SIGKILL)
    tables = Tables(site.database_url)

    def goes_on(job: str) -> bool:
        records = tables.records(job)
        first = next(record for record in records if record.pid == killed and record.attempt == 1)
        return first.status == "interrupted" and any(
            record.due == first.due and record.attempt == 2 and record.pid == site.mule_pid()
            for record in records
        )

    until(lambda: all(map(goes_on, LONG_ONES)), "retries of the interrupted runs in the new mule", 60)
    wait_for_runs(site, "where", start)
    assert places(site, "where", start) == {site.mule_pid()} != {killed}


def test_docassemble_restarts_for_a_playground_module_which_then_runs_in_the_mule(site: DevServer) -> None:
    start = len(site.read_log())
    put_into_playground(site, "modules", "in_mule.py", MODULE)
    site.wait_for_log(r"WARNING \[long-0\] The run due \S+ did not stop", 60, start=start)
    wait_for_runs(site, PLAYGROUND, start)
    assert places(site, PLAYGROUND, start) == {site.mule_pid()}


def test_without_a_mule_a_job_never_keeps_the_only_thread_of_a_worker(
    start_devserver: StartDevServer,
) -> None:
    jobs = {"where": where(seconds=1), "long": lasting("deaf")}
    block = {"scheduler": {"concurrency": 2, **jobs}}
    site = start_devserver(block, pythonpath=[PYTHONPATH], uwsgi={"processes": 2, "threads": 1})
    site.wait_for_log(r"\[long\] STARTED", 60)
    start = len(site.read_log())
    with polled(site.url) as answers:
        wait_for_runs(site, "where", start, times=5)
    assert answers.all_good
