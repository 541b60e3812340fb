"""An interview schedules functions, on two servers: once, everywhere, whichever server dies."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from devserver.server import DevServer
from devserver.waiting import until
from tests.integration.conftest import StartDevServer
from tests.integration.interviews import PLANNING, Session, put_into_playground
from tests.integration.measuring import FIGURES
from tests.integration.notes import PYTHONPATH, Note, Notes
from tests.integration.records import Tables

NOTE = "site_jobs.planning.note"


@dataclass(frozen=True, kw_only=True)
class Site:
    """Two servers, and an interview that is open on both."""

    server: DevServer
    session: Session
    notes: Notes
    tables: Tables

    def since(self, job: str, began: float) -> list[Note]:
        """What a job has left behind since then."""
        return [note for note in self.notes.read("note", job) if note.at >= began]

    def runner(self, job: str, pid: int) -> Callable[[], bool]:
        """Whether a process runs a job by now."""
        began = time.time()
        return lambda: any(note.pid == pid for note in self.since(job, began))

    def events(self, job: str) -> list[tuple[str, str]]:
        """Who did what to a job."""
        rows = self.tables.query(
            "SELECT actor, action FROM scheduler_event WHERE job = :job ORDER BY id", job=job
        )
        return [(row.actor, row.action) for row in rows]


@pytest.fixture(scope="module")
def site(start_devserver: StartDevServer, tmp_path_factory: pytest.TempPathFactory) -> Site:
    notes = Notes(tmp_path_factory.mktemp("planning") / "notes")
    jobs = {
        "daily": {"function": NOTE, "crontab": "0 0 1 1 *", "args": ["its own"]},
        "ticking": {"function": NOTE, "seconds": 1},
    }
    config = {"notes": str(notes), "scheduler": jobs}
    server = start_devserver(config, servers=2, pythonpath=[PYTHONPATH])
    put_into_playground(server, "questions", "planning.yml", PLANNING)
    session = Session.begin(server, "planning.yml")
    return Site(server=server, session=session, notes=notes, tables=Tables(server.database_url))


def test_a_job_is_run_now_with_its_own_arguments_or_others(site: Site) -> None:
    called = site.session.call("run_now", "daily", server=1)
    (first,) = site.notes.wait("note", "daily")
    FIGURES.info("began %.1f ms after run_now() was called", (first.at - called["at"]) * 1000)
    assert first.at > called["at"]
    assert (first.facts["text"], first.facts["trigger"]) == ("its own", "manual")
    site.session.call("run_now", "daily", kwargs={"text": "another", "number": 5})
    second = site.notes.wait("note", "daily", count=2)[1].facts
    assert (second["text"], second["number"]) == ("another", 5)
    assert site.events("daily") == [("admin@example.com", "run")] * 2


def test_a_job_that_is_paused_on_one_server_is_paused_on_all_from_the_next_due_time_on(site: Site) -> None:
    assert site.session.call("pause", "ticking", server=1)["answer"] is True
    paused = time.time()
    until(lambda: time.time() > paused + 2, "two due times", 10)
    assert [note for note in site.notes.read("note", "ticking") if note.due > paused] == []
    assert site.session.statuses(0)["ticking"] == "paused"
    assert site.session.call("resume", "ticking", server=0)["answer"] is True
    resumed = time.time()
    until(lambda: site.since("ticking", resumed), "run after the job was resumed", 60)
    skipped = [record for record in site.tables.records("ticking") if record.status == "skipped"]
    assert len(skipped) == 1


def test_a_job_with_an_id_is_there_once_is_run_by_every_server_and_survives_restarts(site: Site) -> None:
    for number in (1, 2):
        added = site.session.call("schedule_every", "plan", 1, NOTE, kwargs={"number": number})
        assert added["answer"] == "plan"
    replaced = time.time()
    assert list(site.session.statuses(1)).count("plan") == 1
    until(lambda: site.since("plan", replaced + 2), "run two seconds later", 60)
    dues = [note.due for note in site.notes.read("note", "plan")]
    assert len(dues) == len(set(dues))
    assert {note.facts["number"] for note in site.notes.read("note", "plan") if note.due > replaced} == {2}
    pids = [site.server.worker_pid(index) for index in range(2)]
    site.server.kill_master(0)
    killed = time.time()
    until(
        site.runner("plan", pids[1]), "run on the other server", 30
    )  # and not when the silent one is given up
    FIGURES.info("the other server runs it after %.1f s", time.time() - killed)
    site.server.restart(0)
    site.server.kill_master(1)
    until(site.runner("plan", site.server.worker_pid(0)), "run after a restart", 60)
    site.server.restart(1)


def test_a_job_that_is_cancelled_on_one_server_runs_on_none(site: Site) -> None:
    assert site.session.call("cancel", "plan", server=1)["answer"] is True
    cancelled = time.time()
    until(lambda: len(site.since("ticking", cancelled)) > 2, "two more seconds", 60)
    assert [note for note in site.notes.read("note", "plan") if note.due > cancelled + 0.2] == []
    assert "plan" not in site.session.statuses(0)
    assert site.session.call("cancel", "plan")["answer"] is False
    assert "stands in the configuration" in site.session.call("cancel", "ticking")["error"]
