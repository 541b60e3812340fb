"""Jobs never take the site's threads: the limit on jobs at once, a reload and a killed worker while jobs run."""

import os
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from devserver.server import DevServer
from devserver.waiting import until
from tests.integration.conftest import StartDevServer
from tests.integration.jobs_b.reading import (
    FIGURES,
    PYTHONPATH,
    Entry,
    Metronome,
    Notes,
    distribution,
    doubles,
    polled,
)

pytestmark = pytest.mark.one_version

#: how long the two long jobs keep their slots (seconds)
LONG = 30 if os.environ.get("LONG_TESTS") else 6
WAITING = re.compile(r"^(\S+ \S+) INFO \[(\S+)\] WAITING for a free slot, due (\S+)$", re.MULTILINE)
ZONE = "UTC"


@pytest.fixture(scope="module")
def server(start_devserver: StartDevServer) -> DevServer:
    return start_devserver({"timezone": ZONE}, pythonpath=[PYTHONPATH])


@pytest.fixture
def notes(tmp_path: Path) -> Notes:
    return Notes(tmp_path / "notes")


def restart_with(server: DevServer, **block: object) -> int:
    """Reload with these jobs; return the length of the log before."""
    before = len(server.read_log())
    server.configure({"timezone": ZONE, "scheduler": block})
    server.reload()
    jobs = sum(isinstance(value, dict) for value in block.values())
    server.wait_for_log(f"{jobs} of them enabled, 0 problems", 10, start=before)
    return before


def count(notes: Notes, job: str) -> int:
    return len(notes.entries(job))


def wait_for_more(notes: Notes, job: str, more: int = 3) -> None:
    wanted = count(notes, job) + more
    until(lambda: count(notes, job) >= wanted, f"{more} more runs of {job}", 60)


def of_jobs(notes: Notes, jobs: Iterable[str]) -> list[Entry]:
    return [entry for job in jobs for entry in notes.entries(job)]


def ended(notes: Notes, jobs: Iterable[str]) -> int:
    return sum("end" in entry.facts for entry in of_jobs(notes, jobs))


def announcements(log: str) -> Iterator[tuple[str, float]]:
    """Of each WAITING line: the job, and the seconds from the due time to the line."""
    for written, job, due in WAITING.findall(log):
        at = datetime.fromisoformat(f"{written}+00:00")
        yield job, (at - datetime.fromisoformat(due)).total_seconds()


def test_two_long_jobs_hold_the_slots_and_the_site_and_the_wakes_go_on(
    server: DevServer, notes: Notes
) -> None:
    long_ones = {
        f"long-{number}": notes.job("sleep", every=f"{LONG * 2} seconds", kwargs={"seconds": LONG})
        for number in (1, 2)
    }
    others = {f"other-{number}": notes.job(seconds=1) for number in range(5)}
    before = restart_with(server, concurrency=2, **long_ones, **others)
    until(lambda: len(of_jobs(notes, long_ones)) >= 2, "both long jobs", LONG * 3)
    with Metronome().ticking() as metronome, polled(server.url) as answers:
        until(lambda: ended(notes, long_ones) >= 2, "the end of the long jobs", LONG + 10)
    begin, end = long_window(of_jobs(notes, long_ones))
    # Nothing else ran while they held both slots: what was polled, was polled at that time.
    assert [e.job for e in notes.entries() if begin < e.entered < end and e.job in others] == []
    FIGURES.info("sign-in page: %s", distribution(answers.seconds))
    assert answers.all_good
    assert max(answers.seconds) < 1 + max(metronome.lateness.values())
    heard = [(job, late) for job, late in announcements(server.read_log()[before:]) if job in others]
    FIGURES.info("waiting: %s", distribution(late for _, late in heard))
    assert {job for job, _ in heard} == set(others)
    assert all(1 <= late < 2.5 for _, late in heard)  # a shorter wait is not worth a line
    for name in others:
        wait_for_more(notes, name)
    assert doubles(e for e in notes.entries() if "end" not in e.facts) == []


def long_window(entries: list[Entry]) -> tuple[float, float]:
    """When both long jobs had been entered, and when the first of them ended."""
    return (
        max(e.entered for e in entries if "end" not in e.facts),
        min(e.entered for e in entries if "end" in e.facts),
    )


def bring_a_slow_job_to_its_sleep(server: DevServer, notes: Notes) -> None:
    slow = notes.job("sleep", seconds=2, kwargs={"seconds": 1.5})
    restart_with(server, concurrency=3, slow=slow, quick=notes.job(seconds=1))
    wait_for_more(notes, "quick")
    until(lambda: is_running(notes, "slow"), "slow job in its sleep", 10, every=0.02)


def test_a_reload_while_jobs_run_lets_them_end_and_runs_no_due_time_twice(
    server: DevServer, notes: Notes
) -> None:
    bring_a_slow_job_to_its_sleep(server, notes)
    old = server.worker_pid()
    server.reload()
    assert server.worker_pid() != old
    wait_for_more(notes, "quick")
    wait_for_more(notes, "slow")
    entered = [e for e in notes.entries() if "end" not in e.facts]
    assert {e.pid for e in entered} == {old, server.worker_pid()}
    assert doubles(entered) == []
    of_old = [e for e in notes.entries("slow") if e.pid == old]
    assert "end" in of_old[-1].facts


def is_running(notes: Notes, job: str) -> bool:
    entries = notes.entries(job)
    return bool(entries) and "end" not in entries[-1].facts


def test_jobs_go_on_after_the_worker_was_killed_and_no_due_time_runs_twice(
    server: DevServer, notes: Notes
) -> None:
    bring_a_slow_job_to_its_sleep(server, notes)
    killed = server.kill_worker()
    server.wait()
    wait_for_more(notes, "quick")
    wait_for_more(notes, "slow")
    assert {e.pid for e in notes.entries()} == {killed, server.worker_pid()}
    assert doubles(e for e in notes.entries() if "end" not in e.facts) == []
