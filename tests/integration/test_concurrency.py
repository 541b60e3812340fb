"""Jobs never take the site's threads: the limit on jobs at once, a reload and a killed worker while jobs run."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import pytest

from devserver.server import DevServer
from tests.integration.conftest import StartDevServer
from tests.integration.json_client import NEVER, JsonClient
from tests.integration.measuring import FIGURES, distribution, polled
from tests.integration.notes import PYTHONPATH, Note, Notes, begun_twice

#: how long the two long jobs keep their slots (seconds)
LONG = 30 if os.environ.get("LONG_TESTS") else 6
WAITING = re.compile(r"^(\S+ \S+) INFO \[(\S+)\] WAITING for a free slot, due (\S+)$", re.MULTILINE)
NOTE = {"function": "site_jobs.noting.note"}
LONG_ONES = ("long-1", "long-2")
OTHERS = tuple(f"other-{number}" for number in range(5))
JOBS = {
    **{name: {**NOTE, "seconds": 1} for name in OTHERS},
    **{name: {**NOTE, **NEVER, "args": [LONG]} for name in LONG_ONES},
    "slow": {**NOTE, **NEVER, "args": [1.5]},
}


@dataclass(frozen=True, kw_only=True)
class Site:
    """A site of two slots for jobs."""

    server: DevServer
    notes: Notes
    api: JsonClient

    def run(self, *jobs: str) -> list[Note]:
        """Run jobs now; return how they began, once all of them have."""
        for job in jobs:
            self.api.post("/run_now", job=job)
        return [self.notes.wait("begin", job)[-1] for job in jobs]

    def wait_for_more(self) -> None:
        """Wait until each of the others has run again, some times."""
        for job in OTHERS:
            self.notes.wait_for_more(job)


@pytest.fixture(scope="module")
def site(start_devserver: StartDevServer, tmp_path_factory: pytest.TempPathFactory) -> Site:
    notes = Notes(tmp_path_factory.mktemp("concurrency") / "notes")
    scheduler = {"concurrency": 2, **JOBS}
    config = {"timezone": "UTC", "notes": str(notes), "scheduler": scheduler}
    server = start_devserver(config, pythonpath=[PYTHONPATH])
    return Site(server=server, notes=notes, api=JsonClient(server=server))


def announcements(log: str) -> Iterator[tuple[str, float]]:
    """Of each WAITING line: the job, and the seconds from the due time to the line."""
    for written, job, due in WAITING.findall(log):
        at = datetime.fromisoformat(f"{written}+00:00")
        yield job, (at - datetime.fromisoformat(due)).total_seconds()


def test_two_long_jobs_hold_the_slots_and_the_site_and_the_wakes_go_on(site: Site) -> None:
    site.wait_for_more()
    before = len(site.server.read_log())
    begun = site.run(*LONG_ONES)
    with polled(site.server.url) as answers:
        ends = [site.notes.wait("end", job, LONG + 60)[0] for job in LONG_ONES]
    begin, end = max(note.at for note in begun), min(note.at for note in ends)
    # Nothing else ran while they held both slots: what was polled, was polled at that time.
    assert [n.job for n in site.notes.read("begin") if begin < n.at < end and n.job in OTHERS] == []
    FIGURES.info("sign-in page: %s", distribution(answers.seconds))
    assert answers.all_good
    assert len(answers.seconds) > 2, "no page waited for the end of the jobs"
    heard = [(job, late) for job, late in announcements(site.server.read_log()[before:]) if job in OTHERS]
    FIGURES.info("waiting: %s", distribution(late for _, late in heard))
    assert {job for job, _ in heard} == set(OTHERS)
    assert all(late >= 1 for _, late in heard)  # a shorter wait is not worth a line
    # not when there was a free slot again, but while they waited
    assert min(late for _, late in heard) < LONG
    site.wait_for_more()
    assert begun_twice(site.notes.read()) == []


def test_a_reload_while_jobs_run_lets_them_end_and_runs_no_due_time_twice(site: Site) -> None:
    (slow,) = site.run("slow")
    old = site.server.worker_pid()
    site.server.reload()
    assert site.server.worker_pid() != old == slow.pid
    site.notes.wait("end", "slow", run=slow.run)
    site.wait_for_more()
    assert {note.pid for note in site.notes.read("begin")} == {old, site.server.worker_pid()}
    assert begun_twice(site.notes.read()) == []


def test_jobs_go_on_after_the_worker_was_killed_and_no_due_time_runs_twice(site: Site) -> None:
    run = len(site.notes.read("begin", "slow"))
    site.api.post("/run_now", job="slow")
    site.notes.wait("begin", "slow", count=run + 1)
    killed = site.server.kill_worker()
    site.server.wait()
    site.wait_for_more()
    pids = [note.pid for note in site.notes.read("begin")]
    assert killed in pids
    assert pids[-1] == site.server.worker_pid() != killed
    assert begun_twice(site.notes.read()) == []
