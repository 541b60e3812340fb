"""What passed while nobody was up, and runs whose process died: two real servers are killed and started again."""

import itertools
import json
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from devserver import processes
from devserver.errors import DevServerError
from devserver.server import DevServer
from devserver.waiting import until
from tests.integration.conftest import StartDevServer
from tests.integration.measuring import FIGURES
from tests.integration.notes import PYTHONPATH, Note, Notes, begun_twice
from tests.integration.records import Record, Tables, covered

SERVERS = 2
#: daily jobs, one due at each of these seconds after the test began: wherever the servers are down, some are due
MARKS = range(0, 420, 6)
#: seconds; a process that is silent is given up after six of them
HEARTBEAT = 2
#: how long the job `chain` takes, and how long after its end it is due again (seconds)
CHAIN = 2
#: a due time is late, and not only slow, when it is looked at so much later (seconds)
LATE = 10


@dataclass(frozen=True, kw_only=True)
class Site:
    """Two servers and what their jobs leave behind."""

    server: DevServer
    notes: Notes
    tables: Tables
    #: when each of the daily jobs is due
    dues: dict[str, float]

    def where(self, note: Note) -> int:
        """The server whose worker wrote a note."""
        return next(index for index in range(SERVERS) if note.pid == self.worker(index))

    def worker(self, index: int) -> int | None:
        """The worker of a server; None when it is down."""
        with suppress(DevServerError):
            return self.server.worker_pid(index)
        return None

    def interrupted(self, run: str, timeout: float = 120) -> Record:
        """Wait until a run is on record as interrupted."""

        def found() -> Record | None:
            return next((r for r in self.tables.records() if r.id == run and r.status == "interrupted"), None)

        return until(found, "interrupted run", timeout) or pytest.fail("until() returns true values only")

    def told(self, run: str) -> list[Note]:
        """Wait until `on exit` was called for a run; return its notes."""
        return self.notes.wait("told", run=run)

    def starts(self) -> list[Record]:
        """Wait until whatever has started can have been noted, and return the runs of the job at the start."""
        since = time.time()
        until(lambda: time.time() > since + 3 * HEARTBEAT, "some rounds of all processes", 30)
        return self.tables.records("at-start")

    def chained(self, since: float, count: int) -> list[Record]:
        """Wait until the job `chain` has succeeded so often since then; return these runs, and their due times."""

        def found() -> list[Record]:
            ended = [r for r in self.tables.records("chain") if r.status == "succeeded" and r.claimed > since]
            return ended if len(ended) >= count else []

        return until(found, "runs of the chain", 120)


def daily(at: datetime, missed: str) -> dict[str, Any]:
    crontab = f"{at.second} {at.minute} {at.hour} * * *"
    return {"function": "site_jobs.noting.note", "crontab": crontab, "missed": missed}


@pytest.fixture(scope="module")
def site(start_devserver: StartDevServer, tmp_path_factory: pytest.TempPathFactory) -> Site:
    notes = Notes(tmp_path_factory.mktemp("catch-up") / "notes")
    now = datetime.now(timezone.utc)
    at = {mark: now + timedelta(seconds=mark) for mark in MARKS}
    jobs: dict[str, Any] = {
        f"daily-{missed}-{mark}": daily(at[mark], missed) for mark in MARKS for missed in ("once", "skip")
    }
    dues = {name: float(int(at[int(name.rpartition("-")[2])].timestamp())) for name in jobs}
    hanging = {"function": "site_jobs.noting.obey", "seconds": 1, "on exit": "site_jobs.noting.told"}
    jobs["resumable"] = hanging | {"resumable": True}
    jobs["lost"] = hanging
    jobs["all"] = {
        "function": "site_jobs.noting.note",
        "seconds": 1,
        "missed": "all",
        "misfire grace time": "60 seconds",
    }
    jobs["at-start"] = {"function": "site_jobs.noting.note", "at start": True}
    jobs["chain"] = {"function": "site_jobs.noting.note", "after end": CHAIN, "args": [CHAIN]}
    config = {"notes": str(notes), "scheduler": {"time zone": "UTC", **jobs}}
    environ = {"DA_SCHEDULER_HEARTBEAT": str(HEARTBEAT)}
    server = start_devserver(config, servers=SERVERS, pythonpath=[PYTHONPATH], environ=environ)
    return Site(server=server, notes=notes, tables=Tables(server.database_url), dues=dues)


def test_a_job_at_the_start_runs_once_for_two_servers(site: Site) -> None:
    site.notes.wait("end", "at-start")
    (record,) = site.starts()
    assert (record.status, record.trigger) == ("succeeded", "schedule")

    def both() -> bool:
        (row,) = site.tables.query("SELECT boots FROM scheduler_site")
        return len(json.loads(row.boots)) == SERVERS

    until(both, "the site's start, of which both servers are part", 120)


def test_a_run_after_the_end_of_the_last_begins_two_seconds_after_it_whoever_runs_it(site: Site) -> None:
    records = site.chained(0, 4)
    for before, after in itertools.pairwise(records):
        assert before.finished is not None
        assert after.due - before.finished == pytest.approx(CHAIN, abs=0.001)
    begun = {note.run: note for note in site.notes.read("begin", "chain")}
    FIGURES.info("after the end: late by %s s", [round(begun[r.id].lateness, 3) for r in records])
    assert all(begun[r.id].lateness < CHAIN for r in records)
    assert begun_twice(site.notes.read()) == []


def test_a_run_whose_worker_was_killed_is_found_at_once(site: Site) -> None:
    hanging = site.notes.hang("lost")
    killed = time.time()
    processes.send(hanging.pid, 9)
    record = site.interrupted(hanging.run)
    FIGURES.info("found %.1f s after its worker was killed", record.finished - killed)
    assert record.finished - killed < 5 * HEARTBEAT, "it was not given up for being silent"
    (told,) = site.told(hanging.run)
    assert (told.job, told.due, told.attempt) == ("lost", hanging.due, 1)
    assert told.pid != hanging.pid
    assert [r.attempt for r in site.tables.records("lost") if r.due == hanging.due] == [1]


def test_a_resumable_run_whose_worker_was_killed_runs_again(site: Site) -> None:
    hanging = site.notes.hang("resumable")
    processes.send(hanging.pid, 9)
    site.interrupted(hanging.run)

    # the run may be one that the test before has interrupted already
    attempt = hanging.attempt

    def again() -> list[Record]:
        records = [r for r in site.tables.records("resumable") if r.due == hanging.due]
        return records[attempt - 1 :] if records[-1].status == "succeeded" else []

    found = until(again, "second attempt", 60)
    assert len(found) == 2, found
    first, second = found
    assert (first.status, first.attempt) == ("interrupted", attempt)
    assert (second.status, second.attempt, second.trigger) == ("succeeded", attempt + 1, "retry")
    begun = [note.attempt for note in site.notes.read("begin", "resumable", due=hanging.due)]
    assert begun[attempt - 1 :] == [attempt, attempt + 1]
    assert len(site.told(hanging.run)) == 1


def test_a_run_that_a_stop_of_its_server_interrupts_is_told(site: Site) -> None:
    hanging = site.notes.hang("lost")
    site.server.restart(site.where(hanging))
    up = time.time()
    record = site.interrupted(hanging.run)
    assert record.finished < up + 5 * HEARTBEAT
    assert len(site.told(hanging.run)) == 1


def test_neither_a_killed_worker_nor_the_restart_of_one_server_starts_the_site(site: Site) -> None:
    assert len(site.starts()) == 1


def test_a_run_of_a_server_that_stays_down_is_found_by_another_one(site: Site) -> None:
    hanging = site.notes.hang("resumable")
    index = site.where(hanging)
    # As if it were another machine's: from here nobody can look whether that process still lives.
    site.tables.query(
        "UPDATE scheduler_process SET host_id = 'elsewhere' WHERE pid = :pid AND ended IS NULL",
        pid=hanging.pid,
    )
    site.server.kill_master(index)
    killed = time.time()
    record = site.interrupted(hanging.run)
    FIGURES.info("found %.1f s after its server went down", record.finished - killed)
    assert record.finished - killed > 3 * HEARTBEAT, "it was given time"
    survivor = site.server.worker_pid(1 - index)
    assert [told.pid for told in site.told(hanging.run)] == [survivor]
    (second,) = site.notes.wait("begin", "resumable", due=hanging.due, attempt=2)
    assert second.pid == survivor


@dataclass(frozen=True, kw_only=True)
class Downtime:
    """From when until when no server was up."""

    begin: float
    end: float
    #: the last due time of the job `all` before it, as its row was changed to say
    before: float
    #: the run that was going on
    hanging: Note


@pytest.fixture(scope="module")
def downtime(site: Site) -> Downtime:
    """The server that is left loses power, for twenty seconds; to the job `all` it is an hour."""
    hanging = site.notes.hang("lost")
    site.server.kill_master(site.where(hanging))
    begin = time.time()
    before = int(begin) - 3600
    moment = datetime.fromtimestamp(before, timezone.utc).replace(tzinfo=None)
    # What happened after that is not to have happened.
    site.tables.query("DELETE FROM scheduler_run WHERE job = 'all'")
    site.tables.query(
        "UPDATE scheduler_job SET cursor_at = :moment, lease = NULL, leased_at = NULL WHERE name = 'all'",
        moment=moment,
    )
    until(lambda: time.time() > begin + LATE + 6, "end of the downtime", 20)
    site.server.restart(0)
    first = until(lambda: [r for r in site.tables.records("all") if r.status != "missed"], "first run", 60)[0]
    up = Downtime(begin=begin, end=first.claimed, before=before, hanging=hanging)
    FIGURES.info("down for %.1f s", up.end - up.begin)
    return up


def due_during(site: Site, downtime: Downtime, missed: str) -> list[Record]:
    """The records of the daily jobs that were due while nobody was up, and are late by now."""
    names = [
        name
        for name, due in site.dues.items()
        if name.startswith(f"daily-{missed}-") and downtime.begin + 1 < due < downtime.end - LATE - 1
    ]
    assert names

    def settled() -> list[Record]:
        found = [r for r in site.tables.records() if r.job in names and r.due == site.dues[r.job]]
        return found if len(found) == len(names) and all(r.status != "running" for r in found) else []

    return until(settled, f"end of what was due, with `missed: {missed}`", 60)


def test_a_daily_job_that_was_due_while_the_server_was_down_runs_once(site: Site, downtime: Downtime) -> None:
    found = due_during(site, downtime, "once")
    assert {(record.status, record.trigger, record.count) for record in found} == {
        ("succeeded", "catch-up", 1)
    }
    begun = [note for note in site.notes.read("begin") if note.job in {record.job for record in found}]
    assert sorted((note.job, note.due) for note in begun) == sorted((r.job, r.due) for r in found)
    assert all(note.at >= downtime.end - 1 for note in begun)


def test_with_skip_it_is_on_record_as_missed_and_does_not_run(site: Site, downtime: Downtime) -> None:
    found = due_during(site, downtime, "skip")
    assert {(record.status, record.count) for record in found} == {("missed", 1)}
    assert not [note for note in site.notes.read("begin") if note.job in {record.job for record in found}]


def test_with_all_and_a_grace_of_a_minute_an_hour_is_sixty_runs(site: Site, downtime: Downtime) -> None:
    def settled() -> list[Record]:
        found = [record for record in site.tables.records("all") if record.due <= downtime.end]
        return found if found[-1].due > downtime.end - 1 and found[-1].status != "running" else []

    records = until(settled, "end of what was due", 60)
    (missed,) = (record for record in records if record.status == "missed")
    ran = [record for record in records if record.status == "succeeded"]
    assert len(ran) == 60
    begun = [note.due for note in site.notes.read("begin", "all") if note.at > downtime.end - 1]
    assert sorted(due for due in begun if due <= downtime.end) == [record.due for record in ran]
    assert missed.due == downtime.before + 1
    assert missed.count == missed.until - missed.due + 1
    assert set(covered(records).values()) == {1}
    assert len(covered(records)) == int(downtime.end) - downtime.before


def test_a_run_that_was_going_on_is_found_when_the_server_starts(site: Site, downtime: Downtime) -> None:
    record = site.interrupted(downtime.hanging.run)
    assert record.finished < downtime.end + 5 * HEARTBEAT
    assert len(site.told(downtime.hanging.run)) == 1


def test_a_chain_goes_on_after_the_downtime_from_the_end_of_its_last_run(
    site: Site, downtime: Downtime
) -> None:
    records = site.chained(downtime.end - 1, 2)
    # the run before it ended before its server, or when the next one found it
    before = [r for r in site.tables.records("chain") if r.claimed < downtime.begin][-1]
    assert before.finished is not None
    assert records[0].trigger == ("catch-up" if before.finished < downtime.begin else "schedule")
    assert records[0].due - before.finished == pytest.approx(CHAIN, abs=0.001)
    second = records[1]
    assert records[0].finished is not None
    assert second.due - records[0].finished == pytest.approx(CHAIN, abs=0.001)


def started_since(site: Site, downtime: Downtime, count: int) -> int:
    """Wait until the job at the start has run so often since the downtime began; return how often it has then."""
    until(
        lambda: sum(r.due > downtime.begin for r in site.tables.records("at-start")) >= count,
        "run at the start of the site",
        120,
    )
    return sum(r.due > downtime.begin for r in site.starts())


def test_the_site_has_started_again_after_the_downtime(site: Site, downtime: Downtime) -> None:
    assert started_since(site, downtime, 1) == 1


def test_docassembles_own_restart_is_a_start_and_a_server_that_comes_later_is_none(
    site: Site, downtime: Downtime
) -> None:
    site.server.reload(0)
    assert started_since(site, downtime, 2) == 2
    site.server.restart(1)
    assert started_since(site, downtime, 2) == 2
