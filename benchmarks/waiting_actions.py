"""``python -m benchmarks.waiting_actions``: what thousands of actions cost that wait in sessions.

Beside them, what docassemble's own `cron_hourly` takes for as many sessions. The figures are printed as Markdown.
"""

import argparse
import resource
import time
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from statistics import median
from typing import Any

import requests

from benchmarks.usage import cpu_seconds, memory_bytes
from benchmarks.visits import look_at
from devserver.server import DevServer
from docassemble.Scheduler.core.session_action import SessionAction
from docassemble.Scheduler.store.base import Store
from docassemble.Scheduler.store.sql.engine import DatabaseUrl
from docassemble.Scheduler.store.sql.store import open_store

FILE = "waiting.yml"
INTERVIEW = f"docassemble.playground1:{FILE}"
SOURCE = """\
mandatory: True
code: |
  multi_user = True
  allow_cron = True
---
mandatory: True
question: Hello
---
event: send_reminder
code: |
  reminded = True
---
event: cron_hourly
code: |
  is_due = current_datetime() > as_datetime('2100-01-01')
  response()
"""
#: as many sessions as one, with other names
COPY = """\
INSERT INTO userdict (filename, key, dictionary, user_id, encrypted, modtime)
SELECT filename, '{key}' || number, dictionary, user_id, encrypted, modtime
FROM userdict, generate_series(1, {number}) AS number WHERE key = '{key}'
"""
FAR = timedelta(days=365)
#: seconds until what a start leaves to be done later is done
CALMING = 15.0


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What docassemble with its databases uses while nothing is due."""

    #: seconds per hour
    cpu: float
    databases: float
    megabytes: float


class Measure:
    """Measures one devserver."""

    def __init__(self, server: DevServer, seconds: float) -> None:
        self._server = server
        self._seconds = seconds
        url = DatabaseUrl(url=server.database_url, connect_args={}, prefix="")
        self._store: Store = open_store(url)

    def idle(self) -> Cost:
        """What is used while nothing is due."""
        look_at(self._server.url, 20)
        time.sleep(CALMING)
        processes, databases = self._processes()
        began, cpu, of_databases = time.monotonic(), cpu_seconds(processes), cpu_seconds(databases)
        time.sleep(self._seconds)
        hours = (time.monotonic() - began) / 3600
        return Cost(
            cpu=(cpu_seconds(processes) - cpu) / hours,
            databases=(cpu_seconds(databases) - of_databases) / hours,
            megabytes=memory_bytes(processes) / 1e6,
        )

    def _processes(self) -> tuple[list[int], list[int]]:
        site = self._server.site
        return [self._server.master_pid()], [site.postgres.pid, site.redis.pid]

    def boot(self, times: int = 5) -> float:
        """The CPU time of a restart (seconds)."""
        return median(self._boot() for _ in range(times))

    def _boot(self) -> float:
        processes = [self._server.master_pid()]
        before = cpu_seconds(processes)
        self._server.reload()
        time.sleep(CALMING)
        return cpu_seconds(processes) - before

    def begin_sessions(self, number: int) -> None:
        """Make so many sessions: one as docassemble does, and copies of it."""
        self._api("POST", "/api/playground", data={"folder": "questions"}, files={"file": (FILE, SOURCE)})
        place = self._api("GET", "/api/session/new", params={"i": INTERVIEW}).json()
        self._api("POST", "/api/session/action", json={**_place(place), "action": "send_reminder"})
        self._server.site.postgres.execute(COPY.format(key=place["session"], number=number - 1))
        self._server.site.postgres.analyze()

    def _api(self, method: str, path: str, **options: Any) -> requests.Response:
        headers = {"X-API-Key": self._server.api_key}
        answer = requests.request(
            method, f"{self._server.url}{path}", headers=headers, timeout=600, **options
        )
        answer.raise_for_status()
        return answer

    def schedule(self, number: int, due: datetime) -> float:
        """Let so many actions wait, each in a session of its own; return how long one takes (seconds)."""
        began = time.monotonic()
        for each in range(number):
            action = SessionAction(
                interview=INTERVIEW,
                session=f"session{each}",
                id="first",
                action="send_reminder",
                arguments={"subject": "Please go on with your application"},
                user="1",
                begun="2026-01-01T00:00:00",
                first=due,
                every=None,
                time_zone="America/New_York",
            )
            self._store.schedule_action(action, now=_now(), by="somebody@example.com", most=100)
        took = (time.monotonic() - began) / number
        self._server.site.postgres.analyze()
        return took

    def cron_hourly(self) -> tuple[float, float]:
        """How long docassemble's own hourly task takes, and its CPU time with that of the databases (seconds)."""
        _, databases = self._processes()
        began, cpu, of_databases = time.monotonic(), _of_children(), cpu_seconds(databases)
        self._server.run_python("-m", "docassemble.webapp.cron", "-type", "cron_hourly")
        used = _of_children() - cpu + cpu_seconds(databases) - of_databases
        return time.monotonic() - began, used


def _place(answer: dict[str, str]) -> dict[str, str]:
    return {key: answer[key] for key in ("i", "session", "secret") if key in answer}


def _now() -> datetime:
    return datetime.now(timezone.utc)


def _of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--number", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=120, help="how long nothing is due")
    parser.add_argument("--state", type=Path, required=True, help="where the devserver keeps everything")
    parser.add_argument("--cron", action="store_true", help="measure cron_hourly instead")
    given = parser.parse_args()
    with DevServer({"scheduler": {}}, state=given.state, fresh=True) as server:
        measure = Measure(server, given.seconds)
        server.wait_for_log("jobs, ")
        (_cron if given.cron else _waiting)(measure, given.number)


def _waiting(measure: Measure, number: int) -> None:
    print("| | CPU s per hour | of databases, s per hour | memory, MB | CPU s of a restart |")
    print("|---|---|---|---|---|")
    _tell("none waits", measure.idle(), measure.boot())
    each = measure.schedule(number, _now() + FAR)
    _tell(f"{number:,} wait", measure.idle(), measure.boot())
    print(f"\nscheduling one took {each * 1000:.1f} ms")


def _cron(measure: Measure, number: int) -> None:
    measure.begin_sessions(number)
    took, cpu = measure.cron_hourly()
    print(f"cron_hourly with {number:,} sessions took {took:.0f} s, CPU {cpu:.1f} s")


def _tell(what: str, cost: Cost, boot: float) -> None:
    print(
        f"| {what} | {cost.cpu:.1f} | {cost.databases:.1f} | {cost.megabytes:.1f} | {boot:.2f} |", flush=True
    )


if __name__ == "__main__":
    main()
