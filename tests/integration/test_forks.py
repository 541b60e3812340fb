"""What jobs fork and leave behind: no second scheduler, nothing in the log, and no restart that waits for it.

The rows T4, P1 and P2 of the cases that failed; the unit tests have the harder variants.
"""

import json
import os
import re
import signal
from collections.abc import Iterator

import pytest

from devserver.processes import children_of, is_running, parent_of
from devserver.server import DevServer
from devserver.waiting import until
from tests.integration.conftest import StartDevServer
from tests.integration.json_client import NEVER, JsonClient
from tests.integration.notes import PYTHONPATH
from tests.integration.records import Tables
from tests.integration.restarts import timed, uwsgi_says

SECONDS = 60
#: how long the old process may take to end, even on a busy machine; uWSGI kills it after a minute (seconds)
ENDING = 30

#: what a busy machine may add to the lines of a job
WAITED = {"WAITING", "SKIPPED", "MISSED"}
#: job -> how its child ends
FORKING = {
    "fork_and_return": 0,
    "fork_and_exit": 3,
    "fork_and_raise": 1,
    "fork_in_coroutine": 0,
    "ask_in_child": 0,
}
#: their children end as uWSGI has it
HARD = ("fork_in_thread", "end_in_c")
#: those that Celery's workers run as well
CELERY = ("fork_and_return", "fork_and_exit", "kill_child")


def job(function: str, **keys: object) -> dict[str, object]:
    return {"function": f"site_jobs.forking.{function}", "every": "3 seconds", **keys}


JOBS: dict[str, object] = {
    "innocent": {"function": "test.heartbeat", "every": "1 second"},
    **{name: job(name) for name in (*FORKING, *HARD, "terminate_child")},
    **{f"celery {name}": job(name, **{"run on": "celery"}) for name in CELERY},
}
ONCE = {name: {**NEVER, "function": f"site_jobs.forking.{name}"} for name in ("leave_behind", "daemonise")}


@pytest.fixture(scope="module")
def site(start_devserver: StartDevServer) -> DevServer:
    return start_devserver({"scheduler": {**JOBS, **ONCE}}, pythonpath=[PYTHONPATH], celery=["celery"])


def results(site: DevServer, job: str, count: int = 3) -> list[str]:
    """Wait for so many runs of a job that have ended well; return what they returned."""
    expression = re.compile(rf" \[{job}\] ENDED after \S+ s(?:, returned (.*))?$", re.MULTILINE)
    return until(
        lambda: found if len(found := expression.findall(site.read_log())) >= count else [],
        f"{count} ends of {job}",
        SECONDS,
    )


def run_once(site: DevServer, job: str) -> str:
    """Have a job run; return what it returned."""
    JsonClient(server=site).post("/run_now", job=job)
    return results(site, job, 1)[0]


def kinds_of_lines(site: DevServer, job: str) -> set[str]:
    """How the lines of a job begin."""
    return set(re.findall(rf" \[{job}\] (\S+)", site.read_log()))


def running_children(pid: int) -> list[int]:
    return [child for child in children_of(pid) if is_running(child)]


@pytest.mark.parametrize("name", ["terminate_child", "celery kill_child"])
def test_a_child_that_is_terminated_ends_at_once_and_without_a_word_in_the_log(
    site: DevServer, name: str
) -> None:
    for result in results(site, name):
        child = json.loads(json.loads(result))
        assert child["exit code"] == -signal.SIGTERM
        assert child["seconds"] < 2  # it was 4, for each of them
    assert kinds_of_lines(site, name) - WAITED == {"STARTED", "ENDED"}


@pytest.mark.parametrize("name", [*FORKING, *(f"celery {name}" for name in CELERY[:2])])
def test_a_run_is_what_the_parent_does_and_the_child_ends(site: DevServer, name: str) -> None:
    code = FORKING[name.removeprefix("celery ")]
    assert set(results(site, name)) == {f'"the parent, exit code {code}"'}
    assert kinds_of_lines(site, name) - WAITED == {"STARTED", "ENDED"}
    tables = Tables(site.database_url)
    ended = tables.query(
        "SELECT status, log FROM scheduler_run WHERE job = :job AND status <> 'skipped' AND finished < now()",
        job=name,
    )
    assert {tuple(row) for row in ended} == {("succeeded", None)}


@pytest.mark.parametrize("name", HARD)
def test_a_child_that_ends_behind_pythons_back_takes_nothing_of_its_parent_along(
    site: DevServer, name: str
) -> None:
    assert {"the parent" in result for result in results(site, name)} == {True}
    assert kinds_of_lines(site, name) - WAITED == {"STARTED", "ENDED"}


def test_there_is_one_scheduler_as_ever(site: DevServer) -> None:
    for name in JOBS:
        results(site, name)
    worker = site.worker_pid()
    until(lambda: not running_children(worker), "end of all children", SECONDS)
    pids = [row.pid for row in Tables(site.database_url).query("SELECT pid FROM scheduler_process")]
    assert pids.count(worker) == 1
    assert worker not in {parent_of(pid) for pid in pids}
    assert {record.pid for name in FORKING for record in Tables(site.database_url).records(name)} == {worker}
    assert "the child was here" not in site.read_log()
    assert "The database is away" not in site.read_log()
    assert "the child was here" in uwsgi_says(site)
    assert "the child prints\n" in uwsgi_says(site)
    assert "the child prints" not in site.read_log()


@pytest.fixture
def grandchild(site: DevServer) -> Iterator[int]:
    """A process that a job has made a daemon."""
    pid = int(json.loads(run_once(site, "daemonise")))
    yield pid
    os.kill(pid, signal.SIGKILL)


def test_what_a_run_leaves_behind_is_told_and_holds_up_no_restart(site: DevServer, grandchild: int) -> None:
    child = int(json.loads(run_once(site, "leave_behind")))
    what = r"2 threads \(kept_0, left behind\) and 1 process \(a child\)"
    warning = rf"left {what} behind, still running"
    site.wait_for_log(rf"WARNING \[leave_behind\] The run due \S+ {warning}$", SECONDS)
    log = JsonClient(server=site).last_run("leave_behind", "succeeded")["id"]
    assert re.search(warning, JsonClient(server=site).get("/run", id=log)["log"])
    restart = timed(site, site.reload)
    assert restart.ending < ENDING
    assert "NO MERCY" not in uwsgi_says(site)
    assert not is_running(child)
    assert is_running(grandchild)
    results(site, "innocent", len(results(site, "innocent", 1)) + 3)
