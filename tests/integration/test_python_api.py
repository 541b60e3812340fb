"""Interviews and Playground modules schedule functions, on two servers: at once, on time, once, everywhere."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from devserver.server import DevServer
from devserver.waiting import until
from tests.integration.conftest import StartDevServer
from tests.integration.jobs_c.reading import FIGURES, PYTHONPATH, Tables

NOTE = "jobs_g.planning.note"
INTERVIEW = "docassemble.playground1:planning.yml"
QUESTIONS = """\
modules:
  - jobs_g.planning
  - .planned
---
imports:
  - docassemble.Scheduler
---
mandatory: True
question: Planning
buttons:
  - Exit: exit
---
event: call
code: |
  json_response(perform(action_argument('what'), action_argument('args'), action_argument('kwargs')))
---
event: from_code
code: |
  json_response(docassemble.Scheduler.schedule_in(2, note, args=['from code'], kwargs={'number': 7}))
---
event: from_module
code: |
  json_response(plan())
---
event: a_lambda
code: |
  json_response(perform('schedule_in', [1, lambda: None], {}))
---
event: own_function
code: |
  def own():
    return 1
  json_response(perform('schedule_in', [1, own], {}))
"""
#: a module of the Playground
PLANNED = """\
# do not pre-load
from jobs_g.planning import note
from docassemble.Scheduler import schedule_at
from docassemble.base.util import current_datetime
from datetime import timedelta

__all__ = ['plan', 'from_playground']

def from_playground(text):
    note(text)

def plan():
    local = (current_datetime() + timedelta(seconds=2)).replace(tzinfo=None)  # in docassemble's time zone
    return [schedule_at(local, from_playground, args=['naive']), local.isoformat()]
"""


@dataclass(frozen=True, kw_only=True)
class Note:
    """A line that a job has left behind."""

    job: str
    text: str
    number: int
    due: float
    trigger: str
    at: float
    pid: int


@dataclass(frozen=True, kw_only=True)
class Site:
    """Two servers, and an interview that is open on both."""

    server: DevServer
    place: dict[str, str]
    path: Path
    tables: Tables

    def do(self, action: str, server: int = 0, **arguments: Any) -> Any:
        """Have the interview do something, on one of the servers."""
        reply = requests.post(
            f"{self.server.urls[server]}/api/session/action",
            headers={"X-API-Key": self.server.api_key},
            json={**self.place, "action": action, "arguments": arguments},
            timeout=60,
        )
        assert reply.ok, reply.text
        return reply.json()

    def call(self, what: str, *args: Any, server: int = 0, **kwargs: Any) -> dict[str, Any]:
        """Have the interview call a function of docassemble.Scheduler."""
        answer: dict[str, Any] = self.do("call", server, what=what, args=list(args), kwargs=kwargs)
        return answer

    def notes(self, job: str = "", *, since: float = 0) -> list[Note]:
        """What jobs have left behind, all or one."""
        lines = self.path.read_text(encoding="utf-8").splitlines() if self.path.exists() else []
        notes = [Note(**json.loads(line)) for line in lines]
        return [note for note in notes if note.job == (job or note.job) and note.at >= since]

    def wait(self, job: str, count: int = 1, timeout: float = 10, *, since: float = 0) -> list[Note]:
        """Wait for what a job leaves behind."""
        return until(
            lambda: found if len(found := self.notes(job, since=since)) >= count else [],
            f"note of {job}",
            timeout,
        )

    def standing(self, server: int = 0) -> dict[str, str]:
        """How each job stands, as a server says."""
        return {job["name"]: job["standing"] for job in self.call("jobs", server=server)["answer"]}

    def runner(self, job: str, pid: int) -> Callable[[], bool]:
        """Whether a process runs a job by now."""
        began = time.time()
        return lambda: any(note.pid == pid for note in self.notes(job, since=began))

    def events(self, job: str) -> list[tuple[str, str]]:
        """Who did what to a job."""
        rows = self.tables.query(
            "SELECT who, what FROM scheduler_event WHERE job = :job ORDER BY id", job=job
        )
        return [(row.who, row.what) for row in rows]


@pytest.fixture(scope="module")
def site(start_devserver: StartDevServer, tmp_path_factory: pytest.TempPathFactory) -> Site:
    path = tmp_path_factory.mktemp("planning") / "notes"
    jobs = {
        "daily": {"function": NOTE, "crontab": "0 0 1 1 *", "args": ["its own"]},
        "ticking": {"function": NOTE, "seconds": 1},
    }
    config = {"notes": str(path), "timezone": "America/New_York", "scheduler": jobs}
    server = start_devserver(config, servers=2, pythonpath=[PYTHONPATH])
    put_into_playground(server, "questions", "planning.yml", QUESTIONS)
    before = len(server.read_log())
    put_into_playground(server, "modules", "planned.py", PLANNED)
    server.wait_for_log(
        r"2 jobs, 2 of them enabled, 0 problems", 60, start=before
    )  # docassemble restarts for it
    server.wait()
    reply = requests.get(
        f"{server.url}/api/session/new",
        headers={"X-API-Key": server.api_key},
        params={"i": INTERVIEW},
        timeout=60,
    )
    place = {key: value for key, value in reply.json().items() if key != "encrypted"}
    return Site(server=server, place=place, path=path, tables=Tables(server.database_url))


def put_into_playground(server: DevServer, folder: str, name: str, text: str) -> None:
    saved = server.client().api(
        "POST", "/api/playground", server.api_key, data={"folder": folder}, files={"file": (name, text)}
    )
    assert saved.status_code in (200, 204), saved.text


def test_an_interviews_code_has_a_function_called_after_a_delay_on_time_and_once(site: Site) -> None:
    began = time.time()
    job = site.do("from_code")
    (note,) = site.wait(job)
    FIGURES.info("%.1f ms late", (note.at - note.due) * 1000)
    assert began + 2 <= note.due < note.at < note.due + 0.5
    assert (note.text, note.number) == ("from code", 7)
    assert site.events(job) == [("admin@example.com", "add")]
    until(lambda: job not in site.standing(1), "end of the job", 25)
    assert [(record.status, record.attempt) for record in site.tables.records(job)] == [("succeeded", 1)]
    assert len(site.notes(job)) == 1


def test_a_function_of_a_playground_module_is_given_as_itself_and_its_time_is_local(site: Site) -> None:
    job, _local = site.do("from_module")
    assert job.startswith("docassemble.playground1.planned.from_playground ")
    (note,) = site.wait(job)
    assert note.text == "naive"
    assert 0 <= note.at - note.due < 0.5


def test_what_cannot_be_found_again_or_kept_is_refused_with_the_reason(site: Site) -> None:
    assert "lambda" in site.do("a_lambda")["error"]
    assert "stands in no module, but in the code of an interview" in site.do("own_function")["error"]
    assert "has no 'nope'" in site.call("schedule_in", 1, "jobs_g.planning.nope")["error"]
    assert "Did you mean `retries`" in site.call("schedule_in", 1, NOTE, retires=3)["hint"]
    assert "did you mean 'ticking'?" in site.call("pause", "tickin")["hint"]


def test_a_job_with_an_id_is_there_once_is_run_by_every_server_and_survives_restarts(site: Site) -> None:
    for number in (1, 2):
        assert site.call("schedule_every", "plan", 1, NOTE, kwargs={"number": number})["answer"] == "plan"
    assert list(site.standing(1)).count("plan") == 1
    replaced = time.time()
    until(lambda: site.notes("plan", since=replaced + 2), "run two seconds later", 10)
    dues = [note.due for note in site.notes("plan")]
    assert len(dues) == len(set(dues))
    assert {note.number for note in site.notes("plan") if note.due > replaced} == {2}
    pids = [site.server.worker_pid(index) for index in range(2)]
    site.server.kill_master(0)
    killed = time.time()
    until(site.runner("plan", pids[1]), "run on the other server", 10.5)
    FIGURES.info("the other server runs it after %.1f s", time.time() - killed)
    site.server.restart(0)
    site.server.kill_master(1)
    until(site.runner("plan", site.server.worker_pid(0)), "run after a restart", 10)
    site.server.restart(1)


def test_a_job_that_is_cancelled_on_one_server_runs_on_none(site: Site) -> None:
    assert site.call("cancel", "plan", server=1)["answer"] is True
    cancelled = time.time()
    until(lambda: len(site.notes("ticking", since=cancelled)) > 2, "two more seconds", 10)
    assert site.notes("plan", since=cancelled + 0.2) == []
    assert "plan" not in site.standing(0)
    assert site.call("cancel", "plan")["answer"] is False
    assert "stands in the configuration" in site.call("cancel", "ticking")["error"]


def test_a_job_is_run_now_with_its_own_arguments_or_others(site: Site) -> None:
    called = site.call("run_now", "daily", server=1)
    (first,) = site.wait("daily")
    FIGURES.info("began %.1f ms after run_now() was called", (first.at - called["at"]) * 1000)
    assert first.at - called["at"] < 1
    assert (first.text, first.trigger) == ("its own", "manual")
    site.call("run_now", "daily", kwargs={"text": "another", "number": 5})
    second = site.wait("daily", 2)[1]
    assert (second.text, second.number) == ("another", 5)
    assert site.events("daily") == [("admin@example.com", "run")] * 2


def test_a_job_that_is_paused_on_one_server_is_paused_on_all_from_the_next_due_time_on(site: Site) -> None:
    assert site.call("pause", "ticking", server=1)["answer"] is True
    paused = time.time()
    until(
        lambda: [r for r in site.tables.records("ticking") if r.due > paused + 1 and r.status == "skipped"],
        "due time that is skipped",
        10,
    )
    assert [note for note in site.notes("ticking") if note.due > paused] == []
    assert site.standing(0)["ticking"] == "paused"
    assert site.call("resume", "ticking", server=0)["answer"] is True
    site.wait("ticking", since=time.time(), timeout=3)
