"""Everything around a run, in a real docassemble: time limits, retries, flags, pauses, locks, tags, users."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from devserver.server import DevServer
from devserver.waiting import until
from docassemble.Scheduler.store.sql.engine import Database, make_engine
from docassemble.Scheduler.store.sql.store import SqlStore
from tests.integration.conftest import StartDevServer
from tests.integration.notes import PYTHONPATH, Notes
from tests.integration.records import Record, Tables

SECONDS = 60


def job(function: str, **keys: Any) -> dict[str, Any]:
    return {
        "function": f"site_jobs.around.{function}",
        **{key.replace("_", " "): value for key, value in keys.items()},
    }


JOBS: dict[str, Any] = {
    "endless": job("for_ever", every=12, max_runtime="2 seconds", on_exit="site_jobs.noting.told"),
    "endless-async": job("wait_for_ever", every=12, max_runtime="2 seconds"),
    "flaky": job("fail_until", args=[3], every=20, retries=3, retry_delay=1, on_exit="site_jobs.noting.told")
    | {"error handler": "site_jobs.noting.handle"},
    "hopeless": job("fail_until", args=[9], every=20, retries=1, retry_delay=1)
    | {"error handler": "site_jobs.noting.handle"},
    "flagged": job("briefly", args=[0], every=1, only_if="site_jobs.around.flag"),
    "paused": job("briefly", args=[0], every=1),
    "replaced": job("until_told", every=6, overlap="replace"),
    "locked-1": job("briefly", args=[0.5], every=2, lock="one", overlap="queue"),
    "locked-2": job("briefly", args=[0.5], every=2, lock="one", overlap="queue"),
    "here": job("briefly", args=[0], every=1, servers=["blue", "green"]),
    "elsewhere": job("briefly", args=[0], every=1, servers="red"),
    "slow": job("fail_until", args=[2], every=10, retries=1, retry_delay=20),
}


@dataclass(frozen=True, kw_only=True)
class Site:
    server: DevServer
    notes: Notes
    tables: Tables
    store: SqlStore

    def records(self, job: str, condition: Callable[[Record], bool] = lambda _: True) -> list[Record]:
        return [record for record in self.tables.records(job) if condition(record)]

    def wait_for(self, job: str, condition: Callable[[Record], bool]) -> Record:
        return until(lambda: next(iter(self.records(job, condition)), None), f"record of {job}", SECONDS)


@pytest.fixture(scope="module")
def site(start_devserver: StartDevServer, tmp_path_factory: pytest.TempPathFactory) -> Site:
    notes = Notes(tmp_path_factory.mktemp("around") / "notes")
    scheduler = {"time zone": "UTC", "concurrency": 5, "server tags": "blue", **JOBS}
    server = start_devserver({"notes": str(notes), "scheduler": scheduler}, pythonpath=[PYTHONPATH])
    server.wait_for_log("STARTED")
    store = SqlStore(Database(make_engine(server.database_url), ""))
    return Site(server=server, notes=notes, tables=Tables(server.database_url), store=store)


@pytest.mark.parametrize("name", ["endless", "endless-async"])
def test_a_job_without_end_is_stopped_after_its_max_runtime(site: Site, name: str) -> None:
    record = site.wait_for(name, lambda record: record.status == "timed out")
    (begun,) = site.notes.read("begin", name, due=record.due)
    assert record.finished is not None
    assert record.finished - begun.at > 1.5  # how soon after two seconds is in test_on_time.py
    assert record.reason == "its `max runtime` is over"


def test_on_exit_is_called_after_a_timeout(site: Site) -> None:
    told = site.notes.wait("told", "endless")[0].facts
    assert (told["status"], told["reason"]) == ("timed out", "its `max runtime` is over")


def test_the_slot_of_a_run_that_timed_out_is_free_again(site: Site) -> None:
    until(
        lambda: len(site.records("endless", lambda each: each.status == "timed out")) > 1,
        "second run",
        SECONDS,
    )


def test_a_run_that_fails_is_tried_again_until_it_succeeds(site: Site) -> None:
    done = site.wait_for("flaky", lambda record: record.status == "succeeded")
    attempts = site.records("flaky", lambda record: record.due == done.due)
    assert [(each.attempt, each.status, each.trigger) for each in attempts][1:] == [
        (2, "failed", "retry"),
        (3, "succeeded", "retry"),
    ]
    assert attempts[0].status == "failed"
    first, second = (attempts[n + 1].claimed - (attempts[n].finished or 0) for n in (0, 1))
    assert first >= 0.9  # 1 second, up to a tenth taken off
    assert second >= 1.8
    assert not site.notes.read("handled", "flaky")
    told = site.notes.wait("told", "flaky", count=3, due=done.due)
    assert [(note.facts["status"], note.facts["last"]) for note in told] == [
        ("failed", False),
        ("failed", False),
        ("succeeded", True),
    ]


def test_the_error_handler_is_called_once_after_the_last_attempt(site: Site) -> None:
    handled = site.notes.wait("handled", "hopeless")[0]
    assert (handled.facts["error"], handled.attempt) == ("RuntimeError('attempt 2')", 2)
    assert len(site.notes.read("handled", "hopeless", due=handled.due)) == 1


def test_a_job_whose_flag_is_down_is_skipped_with_the_reason_and_run_when_it_is_up(site: Site) -> None:
    record = site.wait_for("flagged", lambda record: record.status == "skipped")
    assert record.reason == "`only if: site_jobs.around.flag` said no"
    assert not site.notes.read("begin", "flagged")
    Path(f"{site.notes}.flag").touch()
    site.wait_for("flagged", lambda record: record.status == "succeeded")


def test_a_job_is_paused_and_resumed_without_a_restart(site: Site) -> None:
    site.wait_for("paused", lambda record: record.status == "succeeded")
    assert site.store.pause("paused", datetime.now(timezone.utc), "the test")
    paused = time.time()
    until(lambda: time.time() > paused + 3, "due times during the pause", 60)
    assert site.store.resume("paused", datetime.now(timezone.utc), "the test")
    resumed = time.time()
    skipped = site.wait_for("paused", lambda record: record.status == "skipped")
    assert skipped.reason == "the job is paused"
    site.wait_for("paused", lambda record: record.status == "succeeded" and record.due > resumed)
    assert not [note for note in site.notes.read("begin", "paused") if paused + 1 < note.due < resumed - 1]
    (pause, resume) = site.tables.query("SELECT action, actor FROM scheduler_event ORDER BY id")
    assert [tuple(pause), tuple(resume)] == [("pause", "the test"), ("resume", "the test")]


def test_the_next_run_replaces_the_one_that_is_going_on(site: Site) -> None:
    record = site.wait_for("replaced", lambda record: record.status == "interrupted")
    assert record.reason == "the next run replaces it"
    following = site.wait_for(
        "replaced", lambda each: each.due == record.due + 6 and each.claimed > record.due
    )
    assert record.finished is not None
    assert following.claimed >= record.finished
    assert site.notes.wait("end", "replaced")[0].facts["reason"] == "REPLACED"


def test_jobs_with_one_lock_never_run_at_the_same_time_and_each_gets_its_turn(site: Site) -> None:
    names = ("locked-1", "locked-2")
    for name in names:
        site.notes.wait("end", name, count=4)
    moves = sorted((note.at, note.what) for name in names for note in site.notes.read(job=name))
    kinds = [what for _, what in moves]
    assert kinds == ["begin", "end"] * (len(kinds) // 2) + ["begin"] * (len(kinds) % 2)


def test_a_job_runs_only_on_servers_with_one_of_its_tags(site: Site) -> None:
    site.wait_for("here", lambda record: record.status == "succeeded")
    assert not site.records("elsewhere")


def test_a_retry_outlives_a_restart(site: Site) -> None:
    """Last, because it restarts the server: with a delay that is longer than the restart takes."""
    began = time.time()
    failed = site.wait_for(
        "slow", lambda record: record.due > began and (record.attempt, record.status) == (1, "failed")
    )
    site.server.restart()
    again = site.wait_for("slow", lambda record: record.due == failed.due and record.attempt == 2)
    assert failed.finished is not None
    assert again.trigger == "retry"
    assert again.claimed - failed.finished >= 18  # 20 seconds, up to a tenth taken off
