"""`run on: celery`: real Celery workers of docassemble run the jobs, over Redis and over RabbitMQ."""

import json
import os
import re
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from devserver import processes
from devserver.errors import DevServerError
from devserver.rabbitmq import RabbitMQ
from devserver.server import DevServer
from devserver.settings import ADMIN_EMAIL
from devserver.waiting import until
from tests.integration.conftest import StartDevServer
from tests.integration.json_client import NEVER, JsonClient
from tests.integration.measuring import FIGURES
from tests.integration.notes import PYTHONPATH, Notes
from tests.integration.records import Tables

#: what the worker of docassemble 1.9 must be told to import
LINE = "docassemble.Scheduler.celery_task"
JOBS = ("plain", "failing", "sleeping", "lost", "resumable", "impatient", "patient")
#: a port where nobody listens
NOBODY = "redis://127.0.0.1:1/0"
#: the worker runs its tasks in so many processes
PROCESSES = 2
#: other people's tasks, which run in the same processes
TASKS = 20
SEND = f"""\
import json
from docassemble.base.config import load
load(arguments=[])
from docassemble.webapp.worker_common import workerapp
sent = [workerapp.send_task("tests.query", args=[number]) for number in range({TASKS})]
print("answers:", json.dumps([each.get(timeout=60) for each in sent]))
"""
PURGE = """\
from docassemble.base.config import load
load(arguments=[])
from docassemble.webapp.worker_common import workerapp
assert workerapp.control.purge()
"""
#: the releases of docassemble need not all be tried with both
with_both_brokers = pytest.mark.parametrize(
    "site",
    [pytest.param("Redis", marks=pytest.mark.every_release), "RabbitMQ"],
    indirect=True,
    scope="module",
)
WAITING = "SELECT * FROM scheduler_run WHERE job = :job AND status = 'running' AND expires IS NOT NULL"
SKIPPED = "SELECT * FROM scheduler_run WHERE job = :job AND status = 'skipped' AND due > :due"


@dataclass(frozen=True, kw_only=True)
class Site:
    """A web server, a Celery worker of two processes, and what the jobs leave behind."""

    server: DevServer
    notes: Notes
    tables: Tables

    def record(self, run: str, status: str, timeout: float = 60) -> Any:
        """Wait until a run has ended like that; return its row."""
        statement = "SELECT * FROM scheduler_run WHERE id = :run AND status = :status"
        what = f"run {run} that is {status}"
        return until(lambda: self.tables.query(statement, run=run, status=status), what, timeout)[0]

    def task_pids(self) -> list[int]:
        """The processes in which the worker runs its tasks."""
        return self.server.celery.task_pids("celery")


def configuration(notes: Notes, broker: str | None, modules: list[str]) -> dict[str, Any]:
    job = {"function": "site_jobs.noting.obey", "seconds": 1, "run on": "celery", "run as": ADMIN_EMAIL}
    scheduler = {
        "time zone": "UTC",
        "log handlers": "site_jobs.handlers.Noting",
        "defaults": {"misfire grace time": "20 seconds"},
        "plain": dict(job),
        "failing": job | {"error handler": "site_jobs.noting.handle"},
        "sleeping": job | {"max runtime": "2 seconds"},
        "lost": job | {"on exit": "site_jobs.noting.told"},
        "resumable": job | {"resumable": True},
        "impatient": job | {"misfire grace time": "3 seconds"},
        "patient": job | {"misfire grace time": "5 minutes"},
        "lasting": {
            "function": "site_jobs.reporting.copy_cases",
            "kwargs": {"seconds": 20},
            "run on": "celery",
            **NEVER,
        },
        "talking": {
            "function": "site_jobs.talking.talk_alone",
            "run on": "celery",
            "misfire grace time": "5 minutes",
            **NEVER,
        },
        "here": {"function": "site_jobs.noting.obey", "seconds": 1},
    }
    config = {"notes": str(notes), "celery modules": ["site_jobs.tasks", *modules], "scheduler": scheduler}
    return config if broker is None else config | {"rabbitmq": broker}


@pytest.fixture(scope="module")
def rabbitmq() -> Iterator[str | None]:
    """The address of a broker; None where RabbitMQ cannot be used."""
    broker = RabbitMQ()
    try:
        broker.open()
    except DevServerError as error:
        if os.environ.get("CI"):
            raise
        FIGURES.info("without RabbitMQ: %s", error)
        yield None
    else:
        yield broker.url
        broker.close()


@pytest.fixture(scope="module")
def modules(docassemble: str) -> list[str]:
    """What `celery modules` must name of ours."""
    return [LINE] if docassemble.startswith("1.9.") else []


@pytest.fixture(scope="module")
def started(
    rabbitmq: str | None,
    modules: list[str],
    start_devserver: StartDevServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Site]:
    """The site, which uses Redis at first."""
    notes = Notes(tmp_path_factory.mktemp("celery") / "notes")
    config = configuration(notes, None, modules)
    environ = {"DA_SCHEDULER_HEARTBEAT": "2"}
    server = start_devserver(config, pythonpath=[PYTHONPATH], celery=["celery"], environ=environ)
    yield Site(server=server, notes=notes, tables=Tables(server.database_url))
    server.stop()  # before its broker


@pytest.fixture(scope="module")
def site(request: pytest.FixtureRequest, started: Site, rabbitmq: str | None, modules: list[str]) -> Site:
    """The site, with one broker or the other."""
    if request.param == "RabbitMQ":
        if rabbitmq is None:
            pytest.skip("needs RabbitMQ and the right to make a virtual host")
        server = started.server
        server.celery.stop_one("celery")
        config = configuration(started.notes, rabbitmq, modules)
        # what the file says has no effect, in Celery's workers too
        config["scheduler"]["plain"]["run as"] = "nobody@example.com"
        variable = f"DA_SCHEDULER__JOBS__PLAIN__RUN_AS={ADMIN_EMAIL}\n"
        server.config_file().with_name(".env").write_text(variable, encoding="utf-8")
        server.configure(config)
        server.celery.start_one("celery")
        server.reload()
        server.celery.wait()
        started.notes.path.unlink()
    return started


@with_both_brokers
def test_a_job_runs_in_a_celery_worker(site: Site) -> None:
    begun = site.notes.wait("begin", "plain")[0]
    assert begun.pid in site.task_pids()
    assert begun.facts["user"] == ADMIN_EMAIL
    record = site.record(begun.run, "succeeded")
    assert record.claimed <= record.started <= record.finished
    (process,) = site.tables.query("SELECT * FROM scheduler_process WHERE id = :id", id=record.process)
    assert (process.pid, process.server) == (begun.pid, record.server)
    log = site.server.read_log()
    assert re.search(r"INFO \[plain\] STARTED due", log)
    assert re.search(r"INFO \[plain\] ENDED after", log)
    # handlers of the log are there too
    assert site.notes.wait("logged", "plain", pid=begun.pid)


def test_what_a_run_prints_is_in_its_log_and_in_that_of_the_worker_as_before(started: Site) -> None:
    api = JsonClient(server=started.server)
    api.post("/run_now", job="talking")
    run = api.last_run("talking", "succeeded")
    assert [line[24:] for line in api.get("/run", id=run["id"])["log"].split("\n")] == [
        "INFO stdout: alone it prints",
        "WARNING stderr: alone it complains",
        "WARNING talking: alone it warns",
    ]
    assert "WARNING [talking] stderr: alone it complains" in started.server.read_log()
    worker = started.server.read_log(name="celery-celery.log")
    assert [worker.count(f"alone it {does}") for does in ("prints", "complains", "warns")] == [1, 1, 1]


def test_a_run_that_lasts_reports_how_far_it_is_and_where_in_its_code(started: Site) -> None:
    api = JsonClient(server=started.server)
    api.post("/run_now", job="lasting")
    run = api.last_run("lasting", "running")["id"]
    shown = until(lambda: (it := api.get("/run", id=run))["progress"] and it["log"] and it, "report", 60)
    assert (shown["status"], shown["progress"]["total"]) == ("running", 40)
    assert shown["pid"] in started.task_pids()
    assert "case 0 copied" in shown["log"]
    started.tables.query("UPDATE scheduler_run SET stack_wanted = claimed WHERE id = :run", run=run)
    statement = "SELECT stack FROM scheduler_run WHERE id = :run AND stack IS NOT NULL"
    (answer,) = until(lambda: started.tables.query(statement, run=run), "stack", 20)
    assert answer.stack.splitlines()[0].endswith("in copy_cases")
    assert api.last_run("lasting", "succeeded")["id"] == run


@pytest.mark.every_release
def test_a_run_that_fails_is_recorded_and_its_error_handled_there(started: Site) -> None:
    begun = started.notes.order("failing", "fail")
    assert "it was asked for" in started.record(begun.run, "failed").error
    (handled,) = started.notes.wait("handled", "failing")
    assert (handled.pid, handled.facts["error"]) == (begun.pid, "ValueError('it was asked for')")


@with_both_brokers
def test_a_job_that_sleeps_for_ever_is_stopped_after_its_max_runtime(site: Site) -> None:
    begun = site.notes.order("sleeping", "sleep")
    record = site.record(begun.run, "timed out")
    lasted = (record.finished - record.started).total_seconds()
    FIGURES.info("stopped %.2f s after its start", lasted)
    assert 2 <= lasted < 20  # how soon, with an idle machine, is in test_on_time.py
    assert begun.pid in site.task_pids(), "its process goes on"
    skipped = until(
        lambda: site.tables.query(SKIPPED, job="sleeping", due=record.due), "skipped due time", 30
    )
    first = skipped[0]
    assert first.reason == "the previous run is still going"


@pytest.mark.every_release
def test_a_run_whose_process_was_killed_is_interrupted_and_resumed_if_it_may(started: Site) -> None:
    lost, resumable = (started.notes.order(job, "sleep") for job in ("lost", "resumable"))
    for begun in (lost, resumable):
        processes.send(begun.pid, signal.SIGKILL)
    for begun in (lost, resumable):
        started.record(begun.run, "interrupted")
    (told,) = started.notes.wait("told", "lost", run=lost.run)
    assert (told.facts["status"], told.pid) == ("interrupted", started.server.worker_pid())
    (second,) = started.notes.wait("begin", "resumable", due=resumable.due, attempt=2)
    started.record(second.run, "succeeded")


@pytest.mark.every_release
def test_tasks_of_others_share_no_connection_to_the_database(started: Site) -> None:
    answers = until(lambda: answers_of_all(started), "answers from both processes", 60)
    assert {wrong for _, _, wrong in answers} == {0}
    connections = {(pid, server) for pid, server, _ in answers}
    assert len({server for _, server in connections}) == len(connections), "each has its own"


def answers_of_all(site: Site) -> list[tuple[int, int, int]]:
    """What tasks answered; nothing as long as not every process took one (one that has just begun is slow)."""
    said = site.server.run_python("-c", SEND).stdout
    answers = [tuple(each) for each in json.loads(said.partition("answers: ")[2])]
    pids = set(site.task_pids())
    return answers if len(pids) == PROCESSES and {pid for pid, _, _ in answers} == pids else []


@pytest.mark.parametrize("site", ["Redis", "RabbitMQ"], indirect=True, scope="module")
def test_what_no_worker_takes_in_time_is_interrupted_and_never_run(site: Site) -> None:
    begun = site.notes.order("lost", "sleep")
    processes.send(site.server.celery.main_pid("celery"), signal.SIGKILL)
    waiting = until(lambda: site.tables.query(WAITING, job="impatient"), "run that waits", 60)[0]
    site.server.celery.stop_one("celery")
    site.server.celery.start_one("celery")
    site.record(begun.run, "interrupted")
    assert site.record(waiting.id, "interrupted").reason == "no Celery worker took it"
    site.server.celery.wait()
    back = time.time()
    until(lambda: any(note.at > back for note in site.notes.read("begin", "impatient")), "run", 60)
    assert site.notes.read("begin", "impatient", run=waiting.id) == []


@pytest.mark.slow
@with_both_brokers
def test_a_run_whose_message_was_lost_runs_all_the_same(site: Site) -> None:
    site.server.celery.stop_one("celery")
    waiting = until(lambda: site.tables.query(WAITING, job="patient"), "run that waits", 60)[0]
    site.server.run_python("-c", PURGE)
    site.server.celery.start_one("celery")
    site.record(waiting.id, "succeeded")
    assert re.search(
        r"INFO \[patient\] No Celery worker has taken the run for .* sent again", site.server.read_log()
    )


@with_both_brokers
def test_nothing_ran_twice(site: Site) -> None:
    runs = [note.run for job in JOBS for note in site.notes.read("begin", job)]
    assert len(runs) == len(set(runs))


@pytest.mark.every_release
def test_a_job_without_a_worker_that_knows_it_has_a_problem(started: Site, modules: list[str]) -> None:
    if not modules:
        pytest.skip("docassemble 1.10 needs no line in `celery modules`")
    server = started.server
    server.configure(configuration(started.notes, None, []))
    server.reload()
    for job in JOBS:
        server.wait_for_log(rf"ERROR scheduler -> {job} -> run on: .*{LINE}.* \[celery-module-missing\]$")
    rest = len(server.read_log())
    server.wait_for_log(r"INFO \[here\] ENDED", start=rest)
    assert "[plain]" not in server.read_log()[rest:]


def test_a_run_that_no_broker_takes_has_failed_and_the_site_answers(
    started: Site, modules: list[str]
) -> None:
    if modules:
        pytest.skip("the same with docassemble 1.10")
    server = started.server
    server.configure(configuration(started.notes, NOBODY, modules))
    server.reload()
    rest = len(server.read_log())
    server.wait_for_log(
        r"ERROR \[plain\] ERROR after \S+ s: \S+HostError: the run could not be handed", start=rest
    )
    server.wait_for_log(r"INFO \[here\] ENDED", start=rest)
    assert server.client().get("/user/profile", timeout=30).status_code == 200
