"""Three hundred jobs, each with a schedule of its own, a hundred of them due each minute: more than uWSGI's
tables of 64 timers and 256 signals have room for."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from devserver.waiting import until
from tests.integration.conftest import StartDevServer
from tests.integration.jobs_b.reading import (
    FIGURES,
    PYTHONPATH,
    Answers,
    Notes,
    distribution,
    doubles,
    polled,
)

pytestmark = pytest.mark.one_version

JOBS = 300
MINUTES = 3
#: due in the first second of a minute; the others, one in each of the seconds that follow
AT_THE_FULL_MINUTE = 50


@dataclass(frozen=True, kw_only=True)
class Plan:
    """When a job is due: every third minute, at one second, but not in one hour and not on one day."""

    minute: int
    second: int
    free_hour: int
    free_day: int

    @property
    def crontab(self) -> str:
        """The schedule as an administrator writes it (six fields: seconds first)."""
        hours = ",".join(str(hour) for hour in range(24) if hour != self.free_hour)
        days = ",".join(str(day) for day in range(1, 32) if day != self.free_day)
        return f"{self.second} {self.minute}/3 {hours} {days} * *"

    def is_due(self, at: datetime) -> bool:
        """The same, told without a schedule."""
        fits = at.second == self.second and at.minute % 3 == self.minute
        return fits and at.hour != self.free_hour and at.day != self.free_day


def plan(number: int, now: datetime) -> Plan:
    """The plan of the job with that number.

    The hour it is free is neither this one nor the next, the day neither today nor tomorrow.
    """
    turn = number // 3
    return Plan(
        minute=number % 3,
        second=max(0, turn - AT_THE_FULL_MINUTE + 1),
        free_hour=(now.hour + 2 + turn % 20) % 24,
        free_day=(now.day + 1 + turn // 20) % 28 + 1,
    )


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What was seen in the minutes of the test."""

    plans: dict[str, Plan]
    begin: datetime
    notes: Notes
    answers: Answers
    log: str

    @property
    def runs(self) -> Counter[tuple[str, float]]:
        """Job and due time -> how often it was entered."""
        begin, end = self.begin.timestamp(), (self.begin + timedelta(minutes=MINUTES)).timestamp()
        return Counter((e.job, e.due) for e in self.notes.entries() if begin <= e.due < end)


@pytest.fixture(scope="module")
def seen(start_devserver: StartDevServer, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    notes = Notes(tmp_path_factory.mktemp("notes") / "notes")
    now = datetime.now(timezone.utc)
    plans = {f"job-{number}": plan(number, now) for number in range(JOBS)}
    block: dict[str, Any] = {name: notes.job(crontab=p.crontab) for name, p in plans.items()}
    server = start_devserver({"scheduler": {"time zone": "UTC", **block}}, pythonpath=[PYTHONPATH])
    server.wait_for_log(f"{JOBS} of them enabled", 5)
    with polled(server.url) as answers:
        # From the next full minute on; it must not begin while docassemble still starts.
        begin = (datetime.now(timezone.utc) + timedelta(seconds=63)).replace(second=0, microsecond=0)
        # The last seconds of a minute are empty: then no run is under way.
        end = (begin + timedelta(minutes=MINUTES, seconds=-3)).timestamp()
        until(
            lambda: datetime.now(timezone.utc).timestamp() > end,
            "end of the minutes of the test",
            60 * (MINUTES + 2),
            every=0.5,
        )
    log = server.read_log()
    server.stop()
    return Seen(plans=plans, begin=begin, notes=notes, answers=answers, log=log)


def expected(seen: Seen) -> Counter[tuple[str, float]]:
    """Every second of the minutes is asked of every plan."""
    seconds = [seen.begin + timedelta(seconds=number) for number in range(60 * MINUTES)]
    due = ((name, at.timestamp()) for name, p in seen.plans.items() for at in seconds if p.is_due(at))
    return Counter(due)


def test_the_schedules_all_differ_and_a_hundred_are_due_each_minute(seen: Seen) -> None:
    assert len({p.crontab for p in seen.plans.values()}) == JOBS
    each_minute = Counter(due // 60 for _, due in expected(seen))
    assert list(each_minute.values()) == [100] * MINUTES


def test_all_jobs_run_at_each_of_their_due_times_and_once(seen: Seen) -> None:
    assert seen.runs == expected(seen)
    assert doubles(seen.notes.entries()) == []
    FIGURES.info("entered: %s", distribution(e.lateness for e in seen.notes.entries()))


def test_the_log_has_a_start_and_an_end_for_each_run_and_nothing_else_to_say(seen: Seen) -> None:
    assert not [
        line for line in seen.log.splitlines() if "ERROR" in line or "MISSED" in line or "SKIPPED" in line
    ]
    ended = sum("ENDED" in line for line in seen.log.splitlines())
    assert ended == len(seen.notes.entries())


def test_the_sign_in_page_answers_all_the_while(seen: Seen) -> None:
    FIGURES.info("sign-in page: %s", distribution(seen.answers.seconds))
    assert seen.answers.all_good
    assert max(seen.answers.seconds) < 5
