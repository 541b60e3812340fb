"""The scheduler starts in the web application; in other processes of docassemble nothing happens by itself."""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from devserver.server import DevServer
from devserver.waiting import until
from tests.integration.notes import TOP_LEVEL

pytestmark = pytest.mark.every_release

CONFIG: dict[str, Any] = {
    # imported wherever docassemble imports boot.py: the proof that it was there to be started
    "preloaded modules": ["telltale"],
    "scheduler": {"log level": "debug", "telltale.pid": {"seconds": 1}},
}
ANNOUNCEMENT = r"INFO Scheduler \S+: \d+ jobs"

#: one job for each of Celery's workers to do, whatever comes of it
GIVE_CELERY_WORK = """\
from docassemble.base.config import load
load(arguments=[])
from docassemble.webapp.worker_common import workerapp
workerapp.send_task("{task}", args=["no document", 0])
workerapp.send_task("{task}", args=["no document", 0], queue="single")
"""


@pytest.fixture(scope="module")
def site(start_devserver: Callable[..., DevServer]) -> DevServer:
    site = start_devserver(CONFIG, pythonpath=[TOP_LEVEL], celery=True)
    site.wait_for_log("pid=")
    return site


def pids(site: DevServer, start: int = 0) -> set[int]:
    """The processes that ran the job."""
    return set(map(int, re.findall(r"pid=(\d+)$", site.read_log()[start:], re.MULTILINE)))


def notes(site: DevServer) -> list[dict[str, Any]]:
    """The processes that imported what docassemble imports at a start."""
    path = site.log_folder().parent / "telltale.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def starts(site: DevServer) -> int:
    return len(re.findall(ANNOUNCEMENT, site.read_log()))


def kinds(site: DevServer) -> list[str]:
    return [note["kind"] for note in notes(site)]


def test_it_runs_in_the_worker_of_uwsgi(site: DevServer) -> None:
    assert pids(site) == {site.worker_pid()}
    assert kinds(site).count("uwsgi") == 1
    assert starts(site) == 1


def test_only_who_writes_the_log_holds_it_open(site: DevServer) -> None:
    holders = [
        pid
        for pid in (site.master_pid(), site.worker_pid())
        if any(link.resolve().name == "scheduler.log" for link in Path(f"/proc/{pid}/fd").iterdir())
    ]
    assert holders == [site.worker_pid()]


def test_in_celery_it_makes_its_task_known_and_does_nothing_else(site: DevServer, docassemble: str) -> None:
    old = docassemble.startswith("1.9.")
    package = "docassemble.webapp.worker_tasks" if old else "tasks"
    known = [] if old else [". docassemble.Scheduler.run"]
    site.run_python("-c", GIVE_CELERY_WORK.format(task=f"{package}.ocr_dummy"))
    for log in ("celery-celery.log", "celery-single.log"):
        site.wait_for_log(r"Task \S*ocr_dummy\[.*(raised|succeeded)", 90, name=log)
        lines = site.read_log(name=log).splitlines()
        assert [line.strip() for line in lines if "Scheduler" in line] == known
    assert kinds(site).count("celery") >= 2
    assert starts(site) == 1
    assert pids(site) == {site.worker_pid()}


@pytest.mark.parametrize(
    "command",
    [
        ["-m", "docassemble.webapp.cron", "-type", "cron_hourly"],
        ["-m", "flask", "--app", "docassemble.webapp.server", "routes"],
    ],
    ids=["cron", "flask"],
)
def test_it_does_not_start_in_a_command_that_loads_the_whole_application(
    site: DevServer, command: list[str]
) -> None:
    before = len(notes(site))
    site.run_python(*command)
    assert len(notes(site)) == before + 1, "it was loaded"
    assert notes(site)[-1]["kind"] != "uwsgi"
    assert starts(site) == 1


@pytest.mark.parametrize(
    "command",
    [
        ["-m", "docassemble.webapp.create_tables"],
        ["-c", "import docassemble.Scheduler.boot"],
        ["-c", "import docassemble.Scheduler.boot, sys; assert 'docassemble.base' not in sys.modules"],
    ],
    ids=["create_tables", "shell", "shell without docassemble"],
)
def test_it_does_not_start_elsewhere(site: DevServer, command: list[str]) -> None:
    site.run_python(*command)
    assert starts(site) == 1


def test_log_outside_of_the_web_application_goes_to_the_log_of_docassemble(site: DevServer) -> None:
    program = """\
from docassemble.base.config import load
load(arguments=[])
from docassemble.Scheduler.scheduler_logger import log
log("said in a shell")
"""
    said = site.run_python("-c", program)
    assert "said in a shell" in said.stdout + said.stderr + site.docassemble_log.read_text(encoding="utf-8")
    assert "said in a shell" not in site.read_log()


def test_it_starts_again_with_every_worker_and_leaves_the_old_one(site: DevServer) -> None:
    old = site.kill_worker()
    site.wait()
    new = until(lambda: next(iter(pids(site) - {old}), None), "a run in the new worker", 60)
    assert new == site.worker_pid()
    assert starts(site) == 1, "the master has started it once, for all its workers"


def test_without_a_block_nothing_starts_and_nothing_is_said(site: DevServer) -> None:
    site.configure({"preloaded modules": ["telltale"]})
    site.reload()
    after_reload = site.read_log()
    said = len(site.docassemble_log.read_text(encoding="utf-8"))
    # longer than the job's interval
    began = time.monotonic()
    until(lambda: time.monotonic() - began > 2.5, "some time to pass", 5)
    assert site.read_log() == after_reload
    assert starts(site) == 1
    assert "scheduler" not in site.docassemble_log.read_text(encoding="utf-8")[said:].lower()
    assert kinds(site).count("uwsgi") == 2
