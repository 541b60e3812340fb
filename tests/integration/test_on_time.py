"""How soon things happen on an idle machine: a due time to the tenth of a second, the rest within a second."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import pytest

from devserver.server import DevServer
from devserver.waiting import until
from tests.integration.conftest import StartDevServer
from tests.integration.http_sink import hanging_server
from tests.integration.json_client import API, NEVER, JsonClient
from tests.integration.measuring import FIGURES, Metronome, distribution, polled
from tests.integration.notes import PYTHONPATH, Note, Notes, begun_twice
from tests.integration.records import Record, Tables
from tests.integration.restarts import timed

pytestmark = pytest.mark.quiet

#: how long is measured (seconds); the long form of the tests takes five minutes
SECONDS = 300 if os.environ.get("LONG_TESTS") else 60
#: seconds: the promise
LATEST = 0.1
NOTE = {"function": "site_jobs.noting.note"}
#: jobs whose `max runtime` is two seconds, wherever they run
ENDLESS = {
    "endless": {"function": "site_jobs.around.for_ever"},
    "endless, asynchronous": {"function": "site_jobs.around.wait_for_ever"},
    "endless, in Celery": {"function": "site_jobs.around.for_ever", "run on": "celery"},
}
#: jobs that go on for ten minutes, and how long docassemble's restart may take beside its own start (seconds)
LASTING = {"cooperative": 6, "deaf": 12}
#: jobs that hold all slots, and for how long (seconds)
HOLDERS = ("holder 1", "holder 2", "holder 3")
HOLDING = 4
JOBS: dict[str, Any] = {
    "by hand": {**NOTE, **NEVER},
    "flaky": {
        "function": "site_jobs.around.fail_until",
        "args": [3],
        "retries": 3,
        "retry delay": 1,
        **NEVER,
    },
    **{name: {"function": f"site_jobs.lasting.{name}", **NEVER} for name in LASTING},
    **{name: {**NOTE, "args": [HOLDING], **NEVER} for name in HOLDERS},
    **{name: {**job, **NEVER, "max runtime": "2 seconds"} for name, job in ENDLESS.items()},
}


@dataclass(frozen=True, kw_only=True)
class Site:
    """A site whose jobs are due when they are run by hand, once the minute of the two others is over."""

    server: DevServer
    notes: Notes
    tables: Tables
    api: JsonClient
    metronome: Metronome
    #: the first second that is measured
    begin: int

    def measured(self, job: str) -> list[Note]:
        """How a job began in the time that is measured."""
        return [n for n in self.notes.read("begin", job) if self.begin <= n.due < self.begin + SECONDS]

    def is_prompt(self, note: Note) -> bool:
        """Whether a job was on time, but for what the machine itself was late at that moment."""
        return 0 <= note.lateness < LATEST + self.metronome.lateness.get(round(note.due), 0.0)

    def ended(self, job: str, attempts: int = 1) -> list[Record]:
        """Wait for the end of a run with so many attempts."""

        def found() -> list[Record]:
            records = self.tables.records(job)
            return records if len(records) == attempts and records[-1].status != "running" else []

        return until(found, f"end of {job}", 60)


@pytest.fixture(scope="module")
def site(start_devserver: StartDevServer, tmp_path_factory: pytest.TempPathFactory) -> Site:
    notes = Notes(tmp_path_factory.mktemp("on-time") / "notes")
    config = {"notes": str(notes), "scheduler": {"time zone": "UTC", "concurrency": len(HOLDERS), **JOBS}}
    server = start_devserver(config, pythonpath=[PYTHONPATH], celery=["celery"])
    api, metronome = JsonClient(server=server), Metronome()
    with ticking(api), metronome.ticking():
        begin = settled(notes)
        until(lambda: time.time() > begin + SECONDS + 1, "end of what is measured", SECONDS + 20, every=0.5)
    return Site(
        server=server,
        notes=notes,
        tables=Tables(server.database_url),
        api=api,
        metronome=metronome,
        begin=begin,
    )


@contextmanager
def ticking(api: JsonClient) -> Iterator[None]:
    """Have a job of each second and one of each minute while the block runs."""
    api.add("secondly", **NOTE, seconds=1)
    api.add("minutely", **NOTE, crontab="* * * * *")
    yield
    for job in ("secondly", "minutely"):
        api.ask("DELETE", f"{API}/job", params={"name": job})


def settled(notes: Notes) -> int:
    """Wait until docassemble is no longer busy with its own start; return a second that comes soon."""
    notes.wait("begin", "secondly", count=5)
    return int(time.time()) + 2


def test_a_job_of_each_second_is_entered_sixty_times_in_a_minute_and_never_twice(site: Site) -> None:
    entries = site.measured("secondly")
    FIGURES.info("secondly: %s", distribution(entry.lateness for entry in entries))
    assert [entry.due for entry in entries] == [site.begin + number for number in range(SECONDS)]
    assert begun_twice(site.notes.read()) == []
    assert "ERROR" not in site.server.read_log()


def test_a_job_of_each_second_is_never_more_than_a_tenth_of_a_second_late(site: Site) -> None:
    assert [entry for entry in site.measured("secondly") if not site.is_prompt(entry)] == []


def test_a_job_of_each_minute_is_entered_within_a_tenth_of_a_second(site: Site) -> None:
    entries = site.measured("minutely")
    FIGURES.info("minutely: %s", distribution(entry.lateness for entry in entries))
    first = -(-site.begin // 60) * 60
    assert [entry.due for entry in entries] == list(range(first, site.begin + SECONDS, 60))
    assert all(map(site.is_prompt, entries))


def test_a_job_that_is_run_by_hand_begins_within_a_second(site: Site) -> None:
    told = time.time()
    site.api.post("/run_now", job="by hand")
    (begun,) = site.notes.wait("begin", "by hand")
    FIGURES.info("began %.1f ms after it was told to", (begun.at - told) * 1000)
    assert begun.at - told < 1


def test_a_job_that_is_added_for_a_moment_two_seconds_ahead_is_on_time(site: Site) -> None:
    moment = datetime.fromtimestamp(int(time.time()) + 3, timezone.utc)
    site.api.add("once", **NOTE, **{"run at": moment.isoformat()})
    (begun,) = site.notes.wait("begin", "once")
    FIGURES.info("began %.1f ms after its moment", begun.lateness * 1000)
    assert begun.due == moment.timestamp()
    assert 0 <= begun.lateness < 2 * LATEST


def test_the_sign_in_page_answers_within_a_second_while_long_jobs_hold_all_slots(site: Site) -> None:
    for name in HOLDERS:
        site.api.post("/run_now", job=name)
    for name in HOLDERS:
        site.notes.wait("begin", name)
    with polled(site.server.url) as answers:
        for name in HOLDERS:
            site.notes.wait("end", name)
    FIGURES.info("sign-in page: %s", distribution(answers.seconds))
    assert answers.all_good
    assert max(answers.seconds) < 1


def test_a_monitor_that_never_answers_makes_no_run_late(site: Site) -> None:
    with hanging_server() as port:
        site.api.add("monitored", **NOTE, seconds=1, monitor=f"http://127.0.0.1:{port}/")
        entries = site.notes.wait("begin", "monitored", count=10)
        site.api.ask("DELETE", f"{API}/job", params={"name": "monitored"})
    FIGURES.info("monitored: %s", distribution(entry.lateness for entry in entries))
    assert max(entry.lateness for entry in entries) < 1


@pytest.mark.parametrize("name", ENDLESS)
def test_a_job_without_end_is_stopped_within_a_second_of_its_max_runtime(site: Site, name: str) -> None:
    site.api.post("/run_now", job=name)
    (record,) = site.ended(name)
    (begun,) = site.notes.read("begin", name)
    assert record.status == "timed out"
    assert record.finished is not None
    FIGURES.info("%s was stopped %.2f s after it began", name, record.finished - begun.at)
    assert 1.9 < record.finished - begun.at < 3


def test_a_retry_is_on_time(site: Site) -> None:
    site.api.post("/run_now", job="flaky")
    attempts = site.ended("flaky", attempts=3)
    first, second = (attempts[n + 1].claimed - (attempts[n].finished or 0) for n in (0, 1))
    assert 0.9 <= first < 1.9  # 1 second, up to a tenth taken off
    assert 1.8 <= second < 2.9


@pytest.mark.parametrize("name", LASTING)
def test_the_site_answers_soon_after_a_restart_while_a_long_job_runs(site: Site, name: str) -> None:
    start = len(site.server.read_log())
    site.api.post("/run_now", job=name)
    site.server.wait_for_log(rf"\[{name}\] STARTED", start=start)
    restart = timed(site.server, site.server.reload)
    assert restart.whole - restart.starting < LASTING[name]
