"""Everything around a run, in a real docassemble: time limits, retries, flags, pauses, locks, tags, users."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from devserver.server import DevServer
from devserver.waiting import until
from docassemble.Scheduler.adapters.sql.engine import make_engine
from docassemble.Scheduler.adapters.sql.store import SqlStore
from tests.integration.conftest import StartDevServer
from tests.integration.jobs_c.reading import FIGURES, PYTHONPATH, Record, Tables

SECONDS = 60


def job(function: str, **keys: Any) -> dict[str, Any]:
    return {
        "function": f"jobs_f.around.{function}",
        **{key.replace("_", " "): value for key, value in keys.items()},
    }


JOBS: dict[str, Any] = {
    "endless": job("for_ever", every=12, max_runtime="2 seconds", on_exit="jobs_f.around.told"),
    "endless-async": job("wait_for_ever", every=12, max_runtime="2 seconds"),
    "flaky": job("fail_until", args=[3], every=20, retries=3, retry_delay=1, on_exit="jobs_f.around.told")
    | {"error handler": "jobs_f.around.handler"},
    "hopeless": job("fail_until", args=[9], every=20, retries=1, retry_delay=1)
    | {"error handler": "jobs_f.around.handler"},
    "flagged": job("briefly", args=[0], every=1, only_if="jobs_f.around.flag"),
    "paused": job("briefly", args=[0], every=1),
    "replaced": job("until_told", every=6, overlap="replace"),
    "locked-1": job("briefly", args=[0.5], every=2, lock="one", overlap="queue"),
    "locked-2": job("briefly", args=[0.5], every=2, lock="one", overlap="queue"),
    "here": job("briefly", args=[0], every=1, servers=["blue", "green"]),
    "elsewhere": job("briefly", args=[0], every=1, servers="red"),
    "as-admin": job("who", every=2, run_as="admin@example.com"),
    "as-cron": job("who", every=2),
    "as-nobody": job("who", every=2, run_as="nobody@example.com"),
}


@dataclass(frozen=True, kw_only=True)
class Site:
    server: DevServer
    path: Path
    tables: Tables
    store: SqlStore

    def notes(self, what: str, job: str) -> list[Any]:
        lines = self.path.read_text(encoding="utf-8").splitlines() if self.path.exists() else []
        notes = [json.loads(line) for line in lines]
        return [note for note in notes if (note["what"], note.get("job")) == (what, job)]

    def records(self, job: str, condition: Callable[[Record], bool] = lambda _: True) -> list[Record]:
        return [record for record in self.tables.records(job) if condition(record)]

    def wait_for(self, job: str, condition: Callable[[Record], bool]) -> Record:
        return until(lambda: next(iter(self.records(job, condition)), None), f"record of {job}", SECONDS)


@pytest.fixture(scope="module")
def site(start_devserver: StartDevServer, tmp_path_factory: pytest.TempPathFactory) -> Site:
    path = tmp_path_factory.mktemp("around") / "notes"
    scheduler = {"time zone": "UTC", "concurrency": 5, "server tags": "blue", **JOBS}
    server = start_devserver({"notes": str(path), "scheduler": scheduler}, pythonpath=[PYTHONPATH])
    server.wait_for_log("STARTED")
    store = SqlStore(make_engine(server.database_url), "")
    return Site(server=server, path=path, tables=Tables(server.database_url), store=store)


@pytest.mark.parametrize("name", ["endless", "endless-async"])
def test_a_job_without_end_is_stopped_within_a_second_of_its_max_runtime(site: Site, name: str) -> None:
    record = site.wait_for(name, lambda record: record.status == "timed out")
    begun = next(note for note in site.notes("begin", name) if note["due"] == record.due)
    assert record.finished is not None
    FIGURES.info("%s was stopped %.2f s after it began", name, record.finished - begun["at"])
    assert record.finished - begun["at"] < 3
    assert record.reason == "its `max runtime` is over"


def test_on_exit_is_called_after_a_timeout(site: Site) -> None:
    until(lambda: site.notes("told", "endless"), "call of `on exit`", SECONDS)
    told = site.notes("told", "endless")[0]
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
    assert 0.9 <= first < 1.9  # 1 second, up to a tenth taken off, on time
    assert 1.8 <= second < 2.9
    assert not site.notes("handled", "flaky")
    told = [note for note in site.notes("told", "flaky") if note["due"] == done.due]
    assert [(note["status"], note["last"]) for note in told] == [
        ("failed", False),
        ("failed", False),
        ("succeeded", True),
    ]


def test_the_error_handler_is_called_once_after_the_last_attempt(site: Site) -> None:
    until(lambda: site.notes("handled", "hopeless"), "call of the error handler", SECONDS)
    handled = site.notes("handled", "hopeless")[0]
    assert (handled["error"], handled["attempt"]) == ("RuntimeError('attempt 2')", 2)
    of_that = [note for note in site.notes("handled", "hopeless") if note["due"] == handled["due"]]
    assert len(of_that) == 1


def test_a_job_whose_flag_is_down_is_skipped_with_the_reason_and_run_when_it_is_up(site: Site) -> None:
    record = site.wait_for("flagged", lambda record: record.status == "skipped")
    assert record.reason == "`only if: jobs_f.around.flag` said no"
    assert not site.notes("begin", "flagged")
    Path(f"{site.path}.flag").touch()
    site.wait_for("flagged", lambda record: record.status == "succeeded")


def test_a_job_is_paused_and_resumed_without_a_restart(site: Site) -> None:
    site.wait_for("paused", lambda record: record.status == "succeeded")
    assert site.store.pause("paused", datetime.now(timezone.utc), "the test")
    paused = time.time()
    skipped = site.wait_for("paused", lambda record: record.status == "skipped" and record.due > paused + 2)
    assert skipped.reason == "the job is paused"
    assert site.store.resume("paused", datetime.now(timezone.utc), "the test")
    resumed = time.time()
    site.wait_for("paused", lambda record: record.status == "succeeded" and record.due > resumed)
    assert not [note for note in site.notes("begin", "paused") if paused + 1 < note["due"] < resumed - 1]
    (pause, resume) = site.tables.query("SELECT what, who FROM scheduler_event ORDER BY id")
    assert [tuple(pause), tuple(resume)] == [("pause", "the test"), ("resume", "the test")]


def test_the_next_run_replaces_the_one_that_is_going_on(site: Site) -> None:
    record = site.wait_for("replaced", lambda record: record.status == "interrupted")
    assert record.reason == "the next run replaces it"
    following = site.wait_for(
        "replaced", lambda each: each.due == record.due + 6 and each.claimed > record.due
    )
    assert record.finished is not None
    assert following.claimed >= record.finished
    ends = until(lambda: site.notes("end", "replaced"), "end of a replaced run", SECONDS)
    assert ends[0]["reason"] == "REPLACED"


def test_jobs_with_one_lock_never_run_at_the_same_time_and_each_gets_its_turn(site: Site) -> None:
    names = ("locked-1", "locked-2")
    until(
        lambda: all(len(site.notes("end", name)) > 3 for name in names), "some runs under the lock", SECONDS
    )
    moves = sorted(
        (note["at"], what) for name in names for what in ("begin", "end") for note in site.notes(what, name)
    )
    kinds = [what for _, what in moves]
    assert kinds == ["begin", "end"] * (len(kinds) // 2) + ["begin"] * (len(kinds) % 2)


def test_a_job_runs_only_on_servers_with_one_of_its_tags(site: Site) -> None:
    site.wait_for("here", lambda record: record.status == "succeeded")
    assert not site.records("elsewhere")


def test_a_job_has_the_identity_and_privileges_of_its_user(site: Site) -> None:
    admin = until(lambda: site.notes("who", "as-admin"), "run as admin", SECONDS)[0]
    assert (admin["email"], admin["known"]) == ("admin@example.com", "admin@example.com")
    assert (admin["logged_in"], admin["admin"], admin["cron"]) == (True, True, False)
    assert admin["signed_in"] == ["admin@example.com", True, True]
    assert isinstance(admin["sessions"], int)
    cron = until(lambda: site.notes("who", "as-cron"), "run as cron user", SECONDS)[0]
    assert (cron["email"], cron["admin"], cron["cron"]) == ("cron@admin.com", False, True)
    # Flask-Login takes an inactive user, which the cron user is, for one that is not signed in
    assert cron["signed_in"] == ["cron@admin.com", False, False]


def test_a_user_that_does_not_exist_is_a_problem_and_a_failed_run_and_never_anonymous(site: Site) -> None:
    site.server.wait_for_log(r"scheduler -> as-nobody -> run as.*\[unknown-user\]")
    site.wait_for("as-nobody", lambda record: record.status == "failed")
    assert not site.notes("who", "as-nobody")


def test_a_retry_outlives_a_restart(site: Site) -> None:
    """Last, because it restarts the server: with a delay that is longer than the restart takes."""
    slow = {"slow": job("fail_until", args=[2], every=10, retries=1, retry_delay=20)}
    site.server.configure({"notes": str(site.path), "scheduler": {"time zone": "UTC", **slow}})
    site.server.reload()
    failed = site.wait_for("slow", lambda record: record.status == "failed")
    site.server.restart()
    again = site.wait_for("slow", lambda record: record.due == failed.due and record.attempt == 2)
    assert failed.finished is not None
    assert again.trigger == "retry"
    assert again.claimed - failed.finished < 20 + 12
