"""Three hundred jobs, each with a schedule of its own, all of them due within a minute, fifty in the same second: more
than uWSGI's tables of 64 timers and 256 signals have room for."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from devserver.waiting import until
from tests.integration.conftest import StartDevServer
from tests.integration.measuring import FIGURES, Answers, distribution, polled
from tests.integration.notes import PYTHONPATH, Notes, begun_twice

JOBS = 300
MINUTE = timedelta(minutes=1)
#: due in the same second; the others, five in each of fifty seconds
TOGETHER = 50


@dataclass(frozen=True, kw_only=True)
class Plan:
    """When a job is due: at one second of each minute, but not in one hour and not on one day."""

    second: int
    free_hour: int
    free_day: int

    @property
    def crontab(self) -> str:
        """The schedule as an administrator writes it (six fields: seconds first)."""
        hours = ",".join(str(hour) for hour in range(24) if hour != self.free_hour)
        days = ",".join(str(day) for day in range(1, 32) if day != self.free_day)
        return f"{self.second} * {hours} {days} * *"

    def is_due(self, at: datetime) -> bool:
        """The same, told without a schedule."""
        return at.second == self.second and at.hour != self.free_hour and at.day != self.free_day


def plan(number: int, now: datetime) -> Plan:
    """The plan of the job with that number.

    The hour it is free is neither this one nor the next, the day neither today nor tomorrow.
    """
    turn, second = divmod(number - TOGETHER, 50) if number >= TOGETHER else (number, -1)
    return Plan(
        second=second + 1,
        free_hour=(now.hour + 2 + turn % 20) % 24,
        free_day=(now.day + 1 + turn // 20) % 28 + 1,
    )


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What was seen in the minute of the test, whichever second it began at."""

    plans: dict[str, Plan]
    begin: datetime
    notes: Notes
    answers: Answers
    log: str

    @property
    def runs(self) -> Counter[tuple[str, float]]:
        """Job and due time -> how often it was entered."""
        return runs(self.notes, self.begin)


def runs(notes: Notes, begin: datetime) -> Counter[tuple[str, float]]:
    first, end = begin.timestamp(), (begin + MINUTE).timestamp()
    return Counter((note.job, note.due) for note in notes.read("begin") if first <= note.due < end)


@pytest.fixture(scope="module")
def seen(start_devserver: StartDevServer, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    notes = Notes(tmp_path_factory.mktemp("notes") / "notes")
    now = datetime.now(timezone.utc)
    plans = {f"job-{number}": plan(number, now) for number in range(JOBS)}
    block: dict[str, Any] = {
        name: {"function": "site_jobs.noting.note", "crontab": p.crontab} for name, p in plans.items()
    }
    config = {"notes": str(notes), "scheduler": {"time zone": "UTC", **block}}
    server = start_devserver(config, pythonpath=[PYTHONPATH])
    server.wait_for_log(f"{JOBS} of them enabled")
    notes.wait("begin")
    begin = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(seconds=2)
    with polled(server.url) as answers:
        until(
            lambda: datetime.now(timezone.utc) > begin + MINUTE and len(runs(notes, begin)) >= JOBS,
            "end of the minute",
            120,
            every=0.5,
        )
    server.stop()
    return Seen(plans=plans, begin=begin, notes=notes, answers=answers, log=server.read_log())


def expected(seen: Seen) -> Counter[tuple[str, float]]:
    """Every second of the minute is asked of every plan."""
    seconds = [seen.begin + timedelta(seconds=number) for number in range(60)]
    due = ((name, at.timestamp()) for name, p in seen.plans.items() for at in seconds if p.is_due(at))
    return Counter(due)


def test_the_schedules_all_differ_and_each_is_due_once_a_minute_fifty_of_them_together(seen: Seen) -> None:
    assert len({p.crontab for p in seen.plans.values()}) == JOBS
    due = expected(seen)
    assert len({name for name, _ in due}) == len(due) == JOBS
    assert max(Counter(at for _, at in due).values()) == TOGETHER


def test_all_jobs_run_at_each_of_their_due_times_and_once(seen: Seen) -> None:
    assert seen.runs == expected(seen)
    notes = seen.notes.read("begin")
    assert begun_twice(notes) == []
    FIGURES.info("entered: %s", distribution(note.lateness for note in notes))


def test_the_log_has_a_start_and_an_end_for_each_run_and_nothing_else_to_say(seen: Seen) -> None:
    assert not [
        line for line in seen.log.splitlines() if "ERROR" in line or "MISSED" in line or "SKIPPED" in line
    ]
    ended = sum("ENDED" in line for line in seen.log.splitlines())
    assert ended == len(seen.notes.read("end"))
    assert ended == len(seen.notes.read("begin"))


def test_the_sign_in_page_answers_all_the_while(seen: Seen) -> None:
    FIGURES.info("sign-in page: %s", distribution(seen.answers.seconds))
    assert seen.answers.all_good
