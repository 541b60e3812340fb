"""Jobs on demand, in the web server and in a Celery worker: interviews, the page, the API and the shell start them."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import pytest

from devserver.server import DevServer
from devserver.waiting import until
from tests.integration.conftest import StartDevServer
from tests.integration.interviews import PLANNING, Session, put_into_playground
from tests.integration.json_client import JsonClient
from tests.integration.notes import PYTHONPATH, Note, Notes
from tests.integration.records import Tables
from tests.integration.shell import Shell

JOBS = ("by hand", "by hand on celery")


@dataclass(frozen=True, kw_only=True)
class Site:
    """A web server, a Celery worker, and an interview."""

    server: DevServer
    session: Session
    notes: Notes
    tables: Tables

    @property
    def api(self) -> JsonClient:
        return JsonClient(server=self.server)

    def started(self, job: str, ask: Callable[[], object]) -> list[Note]:
        """Ask for a run of a job; return how its two attempts began, when both are over and `on exit` was told."""
        before = time.time()
        ask()
        told = until(
            lambda: len(each := self.since(before, "told", job)) == 2 and each,
            f"two attempts of {job}",
            120,
        )
        assert [(each.facts["status"], each.facts["last"]) for each in told] == [
            ("failed", False),
            ("succeeded", True),
        ]
        begun = self.since(before, "begin", job)
        assert [each.attempt for each in begun] == [1, 2]
        assert begun[0].due == begun[1].due >= before - 1
        if "celery" in job:
            assert {each.pid for each in begun} <= set(self.server.celery.task_pids("celery"))
        else:
            assert {each.pid for each in begun} == {self.server.worker_pid()}
        return begun

    def since(self, before: float, what: str, job: str) -> list[Note]:
        return [note for note in self.notes.read(what, job) if note.at >= before]


@pytest.fixture(scope="module")
def site(start_devserver: StartDevServer, tmp_path_factory: pytest.TempPathFactory) -> Site:
    notes = Notes(tmp_path_factory.mktemp("on_demand") / "notes")
    job = {
        "type": "manual",
        "function": "site_jobs.noting.stumble",
        "args": ["its own"],
        "retries": 1,
        "retry delay": "1 second",
        "on exit": "site_jobs.noting.told",
    }
    jobs = {"by hand": job, "by hand on celery": {**job, "run on": "celery"}}
    server = start_devserver(
        {"notes": str(notes), "scheduler": jobs}, pythonpath=[PYTHONPATH], celery=["celery"]
    )
    put_into_playground(server, "questions", "on_demand.yml", PLANNING)
    session = Session.begin(server, "on_demand.yml")
    return Site(server=server, session=session, notes=notes, tables=Tables(server.database_url))


@pytest.mark.parametrize("job", JOBS)
def test_an_interview_starts_it_and_its_failures_are_tried_again(site: Site, job: str) -> None:
    begun = site.started(job, lambda: site.session.call("run_now", job))
    assert {each.facts["text"] for each in begun} == {"its own"}
    begun = site.started(job, lambda: site.session.call("run_now", job, kwargs={"text": "an interview"}))
    assert {each.facts["text"] for each in begun} == {"an interview"}


@pytest.mark.parametrize("job", JOBS)
def test_an_interview_and_the_api_have_it_run_later(site: Site, job: str) -> None:
    name = f"{job}, later"
    later = {"id": name, "kwargs": {"text": "later"}}
    begun = site.started(name, lambda: site.session.call("schedule_in", 1, job, **later))
    assert {each.facts["text"] for each in begun} == {"later"}
    name, at = f"{job}, at a time", datetime.now(timezone.utc) + timedelta(seconds=2)
    begun = site.started(name, lambda: site.api.add(name, job=job, **{"run at": at.isoformat()}))
    assert {(each.facts["text"], each.due) for each in begun} == {("its own", at.timestamp())}


@pytest.mark.parametrize("job", JOBS)
def test_the_buttons_of_its_page_start_it(site: Site, job: str) -> None:
    browser = site.server.client()
    page = browser.get("/scheduler/job", params={"name": job}).text
    assert "on demand" in page
    assert "It runs when somebody asks for it." in page
    form = {"action": "run", "target": job, "job": job}
    begun = site.started(job, lambda: browser.post("/scheduler/act", data=form))
    assert {each.facts["text"] for each in begun} == {"its own"}
    form["arguments"] = '["the page"]'
    begun = site.started(job, lambda: browser.post("/scheduler/act", data=form))
    assert {each.facts["text"] for each in begun} == {"the page"}


@pytest.mark.parametrize("job", JOBS)
def test_the_api_starts_it(site: Site, job: str) -> None:
    begun = site.started(job, lambda: site.api.post("/run_now", job=job, args=["the API"]))
    assert {each.facts["text"] for each in begun} == {"the API"}


@pytest.mark.parametrize("job", JOBS)
def test_the_command_line_starts_it(site: Site, job: str) -> None:
    shell = Shell(server=site.server)
    begun = site.started(job, lambda: shell.read("request", job, "--kwarg", "text=a shell"))
    assert {each.facts["text"] for each in begun} == {"a shell"}


def test_the_command_line_runs_it_in_the_shell_where_it_is_not_tried_again(site: Site) -> None:
    before = time.time()
    document = Shell(server=site.server).read("run", "by hand on celery", status=1)
    assert (document["status"], document["error"]) == ("failed", "ValueError: it stumbled")
    assert len(site.since(before, "told", "by hand on celery")) == 1


def test_it_is_never_due_late_or_missed_also_after_a_restart(site: Site) -> None:
    site.server.reload()
    jobs = {each["name"]: each for each in site.api.get("/jobs")["jobs"]}
    assert {name: jobs[name]["next_due"] for name in JOBS} == dict.fromkeys(JOBS)
    assert {name: jobs[name]["schedule"] for name in JOBS} == dict.fromkeys(JOBS, "on demand")
    assert {jobs[name]["state"] for name in JOBS} <= {"ok", "failing"}
    assert site.api.get("/upcoming")["upcoming"] == []
    records = [record for job in JOBS for record in site.tables.records(job)]
    assert {record.trigger for record in records} == {"manual", "retry"}
