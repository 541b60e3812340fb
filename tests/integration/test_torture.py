"""Three servers, sixty jobs, each of them due every second: nothing is lost and nothing runs twice, whatever dies.

Some of the jobs fork, spoil logging and leave threads behind.

The long form: `make torture`, or TORTURE_SECONDS=600 in the environment.
"""

import json
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

import pytest

from devserver.errors import DevServerError
from devserver.server import DevServer
from devserver.waiting import until
from docassemble.Scheduler.schedules.simple import Interval
from docassemble.Scheduler.store.sql.schema import HEAD
from docassemble.Scheduler.testing import ManualClock, job
from tests.integration.conftest import StartDevServer
from tests.integration.crowd import Site
from tests.integration.measuring import FIGURES
from tests.integration.notes import PYTHONPATH, Notes
from tests.integration.records import Tables, covered
from tests.integration.skewed import SkewedClock, SkewedServer

pytestmark = pytest.mark.slow

SERVERS = 3
JOBS = [f"job-{number:02}" for number in range(50)]
#: jobs beside them that misbehave, by the names of their functions
WILD = ["fork", "leave_thread", "spoil_logging", "terminate"]
#: more names for one of these: other names, however much they are alike
ALIKE = ["Fork", "FORK", "f\xf6rk", "fo\u0308rk", "fork\u3000x", "\U0001f600", "\U0001f601"]
#: every fifth job takes so long (seconds): long enough to be killed in the middle
LONG = 0.2
#: how long servers are killed (seconds); the long form is for `make torture`
SECONDS = int(os.environ.get("TORTURE_SECONDS", "20"))
#: how long they are left alone before
CALM = min(SECONDS * 2 // 3, 60)
#: how often something is killed, on average (seconds)
EVERY = 5
#: how many seconds the clocks of other servers are made to pass
SIMULATED = 120
#: and how much of forty seconds each of them is up
AWAKE = {"right": 25, "ahead": 6, "behind": 40, "to be set back": 25}
SEED = os.environ.get("TORTURE_SEED") or str(random.randrange(10**6))


@pytest.fixture(scope="module")
def site(start_devserver: StartDevServer, tmp_path_factory: pytest.TempPathFactory) -> Site:
    notes = Notes(tmp_path_factory.mktemp("torture") / "notes")
    jobs = {
        name: {"function": "site_jobs.noting.note", "seconds": 1, "args": [0 if number % 5 else LONG]}
        for number, name in enumerate(JOBS)
    }
    wild = {**{name: name for name in WILD}, **dict.fromkeys(ALIKE, "leave_thread")}
    jobs |= {
        name: {"function": f"site_jobs.wild.{function}", "seconds": 1} for name, function in wild.items()
    }
    config = {"notes": str(notes), "scheduler": {"log format": "json", **jobs}}
    server = start_devserver(config, servers=SERVERS, pythonpath=[PYTHONPATH])
    return Site(server=server, notes=notes, tables=Tables(server.database_url), jobs=tuple(jobs))


def test_servers_that_start_at_the_same_moment_make_one_schema(site: Site) -> None:
    # a server answers before its scheduler has made the tables
    tables = "SELECT 1 FROM information_schema.tables WHERE table_name = 'scheduler_process'"
    until(lambda: site.tables.query(tables), "tables", 30)
    versions = "SELECT version_num FROM scheduler_version"  # MariaDB shows each step of the upgrade
    until(lambda: [tuple(row) for row in site.tables.query(versions)] == [(HEAD,)], "newest schema", 30)
    until(lambda: len(site.tables.query("SELECT * FROM scheduler_process")) == SERVERS, "all processes", 30)
    assert sorted(site.tables.cursors()) == sorted(site.jobs)
    assert "database" not in "".join(site.logs())
    assert "could not" not in "".join(site.logs())


def test_each_due_time_of_all_jobs_on_three_servers_has_one_run(site: Site) -> None:
    begin, end = site.lasting(CALM)
    site.check(begin, end)
    found = site.records(begin, end)
    # On a machine that is too busy a job of 0.2 s takes seconds, and due times after it do not run, on record.
    assert {record.status for record in found} <= {"succeeded", "skipped", "missed"}
    assert len([record for record in found if record.status == "succeeded"]) > len(found) / 2


@dataclass
class Chaos:
    """Kills a worker or a whole server, or restarts docassemble, every few seconds."""

    server: DevServer
    dice: random.Random
    #: the workers that were killed
    killed: set[int] = field(default_factory=set)
    done: Counter[str] = field(default_factory=Counter)
    #: a server that has been killed or reloads is left alone until it answers
    _busy: dict[int, threading.Thread] = field(default_factory=dict)

    @contextmanager
    def reigning(self) -> Iterator[None]:
        """Let it rage while the block runs; all servers are up again in the end."""
        over = threading.Event()
        thread = threading.Thread(target=self._rage, args=(over,))
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
            for each in self._busy.values():
                each.join()

    def _rage(self, over: threading.Event) -> None:
        # not always in the same part of a second, at whose beginning all jobs are due
        while not over.wait(EVERY * self.dice.uniform(0.8, 1.2)):
            idle = [i for i in range(SERVERS) if i not in self._busy or not self._busy[i].is_alive()]
            if not idle:
                self.done["nobody there"] += 1
                continue
            index = self.dice.choice(idle)
            action = self.dice.choice([self._kill_worker, self._kill_worker, self._kill_master, self._reload])
            self._busy[index] = threading.Thread(target=action, args=(index,))
            self._busy[index].start()

    def _kill_worker(self, index: int) -> None:
        with suppress(DevServerError):  # it had no worker just then
            self.killed.add(self.server.kill_worker(index))
            self.done["worker killed"] += 1

    def _kill_master(self, index: int) -> None:
        with suppress(DevServerError):  # it had no worker just then
            self.killed.add(self.server.worker_pid(index))
        self.server.kill_master(index)
        self.done["server killed"] += 1
        self.server.restart(index)

    def _reload(self, index: int) -> None:
        self.server.reload(index)
        self.done["reloaded"] += 1


def succeeded_in_log(site: Site) -> set[str]:
    """The runs that ended well, as the logs say."""
    lines = (json.loads(line) for log in site.logs() for line in log.splitlines())
    return {line["run"] for line in lines if line["event"] == "succeeded"}


def test_nothing_is_lost_or_doubled_while_servers_are_killed_and_reloaded(site: Site) -> None:
    chaos = Chaos(site.server, random.Random(SEED))
    FIGURES.info("seed %s", SEED)
    with chaos.reigning():
        begin = int(time.time()) + 1
        until(lambda: time.time() >= begin + SECONDS, "end of the chaos", SECONDS + 10)
    _, end = site.lasting(3)
    FIGURES.info("%s in %d s", dict(chaos.done), end - begin)
    site.check(begin, end)
    interrupted = [record for record in site.records(begin, end) if record.status == "interrupted"]
    broken = {note.run for note in site.notes.unfinished() if note.due < end}
    # those that leave threads behind go on after their last note: somebody waits for the threads
    returned = {note.run for note in site.notes.read("end")}
    FIGURES.info(
        "%d killed processes left %d runs interrupted: %d were broken off, %d had noted their end, %d of them without "
        "leaving a thread; the others had not begun",
        len(chaos.killed),
        len(interrupted),
        len(broken),
        sum(record.id in returned for record in interrupted),
        sum(record.id in returned and record.job in JOBS for record in interrupted),
    )
    assert broken <= {record.id for record in interrupted}
    assert {record.id for record in interrupted} & succeeded_in_log(site) == set()
    # A restart of docassemble waits for its jobs.
    assert {record.pid for record in interrupted} <= chaos.killed
    # The database was there all the while; nobody is to have waited for another one so long that it seemed away.
    assert not [line for log in site.logs() for line in log.splitlines() if "database" in line]


def test_clocks_that_differ_and_one_that_is_set_back_make_nothing_run_twice(site: Site) -> None:
    wall = ManualClock(datetime(2026, 3, 1, 12, 0, 0, 500_000, tzinfo=timezone.utc))
    jobs = [job(name, Interval(timedelta(seconds=1))) for name in JOBS[:5]]
    offsets = {"right": 0, "ahead": 5, "behind": -5, "to be set back": 0}
    servers = {
        name: SkewedServer(
            site.server.database_url, "skewed_", jobs, SkewedClock(wall, timedelta(seconds=offset))
        )
        for name, offset in offsets.items()
    }
    with ThreadPoolExecutor(len(servers)) as threads:
        for second in range(SIMULATED):
            if second in (SIMULATED // 3, SIMULATED * 2 // 3):
                servers["to be set back"].clock.offset = timedelta(hours=-1 if second < SIMULATED // 2 else 0)
            # Whoever is ahead takes everything: so that the others have something to do, it sleeps most of the time.
            awake = [server for name, server in servers.items() if second % 40 < AWAKE[name]]
            list(threads.map(SkewedServer.wake, awake))
            wall.move(timedelta(seconds=1))
    for server in servers.values():
        server.close()
    ran = Counter((run.job.name, run.due.at) for server in servers.values() for run in server.ran)
    FIGURES.info("ran: %s", {name: len(server.ran) for name, server in servers.items()})
    assert set(ran.values()) == {1}
    assert all(server.ran for server in servers.values())
    have = covered(site.tables.records(prefix="skewed_"))
    assert set(have.values()) == {1}
    # None is left out between the first and the last; and those that are behind had the time to get there.
    first, last = min(at for _, at in have), max(at for _, at in have)
    assert len(have) == len(jobs) * (last - first + 1)
    assert last - first >= SIMULATED - 40
