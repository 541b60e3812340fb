"""Three servers, fifty jobs, each of them due every second: nothing is lost and nothing runs twice, whatever dies.

The long form: `make torture`, or TORTURE_SECONDS=600 in the environment.
"""

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import pytest

from devserver.errors import DevServerError
from devserver.server import DevServer
from devserver.waiting import until
from tests.integration.conftest import StartDevServer
from tests.integration.jobs_c.reading import (
    FIGURES,
    PYTHONPATH,
    Notes,
    Record,
    Tables,
    begun_twice,
    covered,
    every_second,
)

SERVERS = 3
JOBS = [f"job-{number:02}" for number in range(50)]
#: every fifth job takes so long (seconds): long enough to be killed in the middle
LONG = 0.2
#: how long each part lasts (seconds); the long form is for `make torture`
SECONDS = int(os.environ.get("TORTURE_SECONDS", "30"))
#: how long after it everything must have settled (seconds): a server that was killed starts meanwhile
SETTLED = 120
#: how often something is killed (seconds)
EVERY = 5
SEED = os.environ.get("TORTURE_SEED") or str(random.randrange(10**6))


@dataclass(frozen=True, kw_only=True)
class Site:
    """Three servers and what their jobs leave behind."""

    server: DevServer
    notes: Notes
    tables: Tables

    def log(self) -> str:
        return "".join(self.server.read_log(index) for index in range(SERVERS))


@pytest.fixture(scope="module")
def site(start_devserver: StartDevServer, tmp_path_factory: pytest.TempPathFactory) -> Site:
    notes = Notes(tmp_path_factory.mktemp("torture") / "notes")
    jobs = {
        name: {"function": "jobs_c.noting.note", "seconds": 1, "args": [0 if number % 5 else LONG]}
        for number, name in enumerate(JOBS)
    }
    config = {"notes": str(notes.path), "scheduler": jobs}
    server = start_devserver(config, servers=SERVERS, pythonpath=[PYTHONPATH])
    return Site(server=server, notes=notes, tables=Tables(server.database_url))


def lasting(site: Site, seconds: int) -> tuple[int, int]:
    """Wait for that long, and until what was due has settled; return the first second, and the one after the last."""
    begin = int(time.time()) + 2
    end = begin + seconds
    until(lambda: time.time() >= end, "end of the time", seconds + 10)
    until(lambda: not site.tables.unsettled(JOBS, end), "settled database", SETTLED, every=1)
    return begin, end


def records(site: Site, begin: int, end: int) -> list[Record]:
    return [record for record in site.tables.records() if record.until >= begin and record.due < end]


def check(site: Site, begin: int, end: int) -> None:
    """Each due time has one record, and was begun once if that says that it ran."""
    found = records(site, begin, end)
    report(found)
    wanted = every_second(JOBS, begin, end)
    have = covered(found)
    assert {due: have[due] for due in wanted if have[due] != 1} == {}
    assert [record for record in found if record.count != record.until - record.due + 1] == []
    assert begun_twice(site.notes.read("begin")) == []
    begun = {note.run for note in site.notes.read("begin")}
    ended = {note.run for note in site.notes.read("end")}
    assert [r for r in found if r.status == "succeeded" and r.id not in ended] == []
    assert [r for r in found if r.status in ("skipped", "missed") and r.id in begun] == []
    assert begun - {record.id for record in site.tables.records()} == set()


def report(found: list[Record]) -> None:
    rows, due = Counter(r.status for r in found), Counter[str]()
    for record in found:
        due[record.status] += record.count
    late = sorted(r.claimed - r.due for r in found if r.status == "succeeded" and r.trigger == "schedule")
    FIGURES.info("records %s, due times %s", dict(rows), dict(due))
    if late:
        FIGURES.info("claimed p50 %.0f ms, max %.0f ms late", late[len(late) // 2] * 1e3, late[-1] * 1e3)


def test_servers_that_start_at_the_same_moment_make_one_schema(site: Site) -> None:
    assert [row.version_num for row in site.tables.query("SELECT * FROM scheduler_version")] == ["0001"]
    until(lambda: len(site.tables.query("SELECT * FROM scheduler_process")) == SERVERS, "all processes", 30)
    assert sorted(site.tables.cursors()) == JOBS
    assert "database" not in site.log()
    assert "could not" not in site.log()


def test_each_due_time_of_fifty_jobs_on_three_servers_has_one_run(site: Site) -> None:
    begin, end = lasting(site, SECONDS)
    check(site, begin, end)
    assert {record.status for record in records(site, begin, end)} == {"succeeded"}


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
        while not over.wait(EVERY):
            idle = [i for i in range(SERVERS) if i not in self._busy or not self._busy[i].is_alive()]
            if not idle:
                self.done["nobody there"] += 1
                continue
            index = self.dice.choice(idle)
            action = self.dice.choice([self._kill_worker, self._kill_worker, self._kill_master, self._reload])
            self._busy[index] = threading.Thread(target=action, args=(index,))
            self._busy[index].start()

    def _kill_worker(self, index: int) -> None:
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


def test_nothing_is_lost_or_doubled_while_servers_are_killed_and_reloaded(site: Site) -> None:
    chaos = Chaos(site.server, random.Random(SEED))
    FIGURES.info("seed %s", SEED)
    with chaos.reigning():
        begin = int(time.time()) + 1
        until(lambda: time.time() >= begin + SECONDS, "end of the chaos", SECONDS + 10)
    _, end = lasting(site, 3)
    FIGURES.info("%s in %d s", dict(chaos.done), end - begin)
    check(site, begin, end)
    ended = {note.run for note in site.notes.read("end")}
    broken = {note.run for note in site.notes.read("begin") if note.pid in chaos.killed} - ended
    interrupted = {r.id for r in records(site, begin, end) if r.status == "interrupted"}
    FIGURES.info("%d runs were killed, %d interrupted on record", len(broken), len(interrupted))
    assert broken <= interrupted
    # Whatever began came to an end, or was killed.
    lost = {note.run for note in site.notes.read("begin")} - ended - broken
    assert lost <= interrupted
