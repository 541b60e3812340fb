"""What goes wrong around docassemble: a stopped process, a lost Redis, locked rows, withdrawn rights, floods of orders.

Jobs go on, or go on afterwards; no due time is lost without a record, and none has two runs.
"""

import os
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from devserver.client import Client
from devserver.server import DevServer
from devserver.waiting import until
from tests.integration.conftest import StartDevServer
from tests.integration.json_client import API, NEVER, JsonClient
from tests.integration.measuring import FIGURES
from tests.integration.notes import PYTHONPATH
from tests.integration.records import Record, Tables

pytestmark = pytest.mark.slow

TICKING = ("ticking", "other")
ORDERS = 2_000
#: how late a run may begin here, where the machine is busy (seconds); before, some were 40
LATE = 5
#: what PostgreSQL says after a REVOKE: docassemble's user here is a superuser, for whom there is none
WITHDRAW = """
CREATE FUNCTION withdrawn() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE insufficient_privilege USING MESSAGE = 'permission denied for table scheduler_run';
END $$;
CREATE TRIGGER withdrawn BEFORE INSERT OR UPDATE ON scheduler_run EXECUTE FUNCTION withdrawn();
"""


class Site:
    """Two servers with two jobs that are due each second."""

    def __init__(self, server: DevServer) -> None:
        self.server = server
        self.tables = Tables(server.database_url)
        self.api = JsonClient(server=server)

    def of(self, *jobs: str, since: float) -> list[Record]:
        """The records of these jobs that were due since then."""
        return [record for job in jobs for record in self.tables.records(job) if record.due > since]

    def runs(self, *jobs: str, since: float) -> list[Record]:
        return [each for each in self.of(*jobs, since=since) if each.status not in {"skipped", "missed"}]

    def check(self, *jobs: str, since: float) -> None:
        """Wait until the jobs are on time again; every second since then has a record, and none has two runs."""
        now = time.time()
        for job in jobs:
            until(lambda job=job: self.on_time(job, after=now), f"{job} on time again", 60)
        assert [due for due, count in Counter(self.dues(*jobs, since=since)).items() if count > 1] == []
        for job in jobs:
            covered = sum(record.count for record in self.of(job, since=since))
            assert covered >= int(now - since)

    def on_time(self, job: str, after: float) -> bool:
        return any(run.claimed - run.due < 1 for run in self.runs(job, since=after))

    def dues(self, *jobs: str, since: float) -> list[tuple[str, float]]:
        return [(run.job, run.due) for run in self.runs(*jobs, since=since)]

    def latest(self, *jobs: str, since: float) -> float:
        """How late a run began at most."""
        return max(run.claimed - run.due for run in self.runs(*jobs, since=since))


@pytest.fixture(scope="module")
def site(start_devserver: StartDevServer) -> Site:
    work = {"function": "site_jobs.shown.work"}
    jobs = {
        **{name: {**work, "every": "1 second"} for name in TICKING},
        "ordered": {**work, **NEVER},
    }
    server = start_devserver(
        {"scheduler": {"time zone": "UTC", **jobs}},
        pythonpath=[PYTHONPATH],
        servers=2,
        environ={"DA_SCHEDULER_HEARTBEAT": "2"},
    )
    server.wait_for_log(r"\[ticking\] ENDED")
    return Site(server)


def wait_for_runs(site: Site, count: int, *jobs: str) -> None:
    """Wait until each of the jobs has run so often from now on."""
    since = time.time()
    for job in jobs:
        until(lambda job=job: len(site.runs(job, since=since)) >= count, f"{count} runs of {job}", 120)


def test_a_process_that_stands_still_is_replaced_and_takes_up_its_work_again(site: Site) -> None:
    since, pid = time.time(), site.server.worker_pid(0)
    os.kill(pid, signal.SIGSTOP)
    given_up = "SELECT * FROM scheduler_process WHERE pid = :pid AND ended IS NOT NULL"
    try:
        until(lambda: site.tables.query(given_up, pid=pid), "process that is given up", 60)
        wait_for_runs(site, 3, *TICKING)
    finally:
        os.kill(pid, signal.SIGCONT)
    site.server.wait_for_log("Other servers had given this process up", 60)
    wait_for_runs(site, 3, *TICKING)
    site.check(*TICKING, since=since)


def test_without_redis_jobs_go_on(site: Site) -> None:
    since = time.time()
    site.server.site.redis.stop()
    try:
        wait_for_runs(site, 5, *TICKING)
    finally:
        site.server.site.redis.start()
    site.check(*TICKING, since=since)


def test_a_row_that_somebody_has_locked_keeps_no_other_job_waiting(site: Site) -> None:
    since = time.time()
    with site.tables.holding("SELECT * FROM scheduler_job WHERE name = 'ticking' FOR UPDATE"):
        wait_for_runs(site, 15, "other")
        late = site.latest("other", since=since)
        FIGURES.info("the other job was %.2f s late at most", late)
        assert late < LATE
    site.check(*TICKING, since=since)


def test_rights_that_are_withdrawn_and_given_back_lose_no_due_time(site: Site) -> None:
    since, start = time.time(), len(site.server.read_log())
    site.tables.query(WITHDRAW)
    try:
        site.server.wait_for_log("The database is away.*permission denied", 30, start=start)
        assert Client(site.server.url).get("/user/sign-in").status_code == 200
    finally:
        site.tables.query("DROP FUNCTION withdrawn() CASCADE")
    site.server.wait_for_log("The database is back", 30, start=start)
    site.check(*TICKING, since=since)


def test_two_thousand_orders_of_one_job_keep_no_other_job_waiting(site: Site) -> None:
    since, before = time.time(), len(site.tables.records("ordered"))
    site.api.post("/run_now", job="ordered")
    orders = (
        "INSERT INTO scheduler_event (id, at, actor, action, job) SELECT"
        " left(e.id, 24) || lpad(n::text, 8, '0'), e.at, e.actor, e.action, e.job"
        f" FROM (SELECT * FROM scheduler_event WHERE job = 'ordered' LIMIT 1) e, generate_series(1, {ORDERS}) n"
    )
    site.tables.query(orders)
    done = "SELECT count(*) FROM scheduler_run WHERE job = 'ordered' AND status = 'succeeded'"
    until(lambda: site.tables.query(done)[0][0] - before == ORDERS + 1, "end of all orders", 240)
    late = site.latest(*TICKING, since=since)
    FIGURES.info("%d orders in %.0f s; others were %.2f s late at most", ORDERS, time.time() - since, late)
    assert late < LATE
    site.check(*TICKING, since=since)


def test_many_callers_at_once_add_jobs_and_each_of_them_is_there(site: Site) -> None:
    def add(number: int) -> int:
        body = {"name": f"added {number}", "definition": {"function": "site_jobs.shown.work", **NEVER}}
        return site.api.ask("POST", API + "/job", json=body).status_code

    count = 1_500 if os.environ.get("LONG_TESTS") else 150
    with ThreadPoolExecutor(4) as people:
        answers = list(people.map(add, range(count)))
    assert Counter(answers) == {200: count}
    names = {each["name"] for each in site.api.get("/jobs")["jobs"]}
    assert {f"added {number}" for number in range(count)} <= names
