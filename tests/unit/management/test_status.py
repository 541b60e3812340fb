"""C8: a job whose cursor lies ahead of the clock is shown as it will be due, and warned of once."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from docassemble.Scheduler.cli.text.tables import Clock, job_table
from docassemble.Scheduler.core.problem import Problem
from docassemble.Scheduler.core.run import Outcome, Status
from docassemble.Scheduler.execution.functions import Functions
from docassemble.Scheduler.management import serialize
from docassemble.Scheduler.management.check import obstacles
from docassemble.Scheduler.management.client import SchedulerClient
from docassemble.Scheduler.management.metrics import exposition
from docassemble.Scheduler.management.status import JobState, JobStatus, is_resting
from docassemble.Scheduler.schedules.simple import Date, Interval
from docassemble.Scheduler.store.base import ClaimRequest
from docassemble.Scheduler.testing import MemoryWorld, job
from docassemble.Scheduler.web.dashboard.jobs.timeline import timeline
from docassemble.Scheduler.web.dashboard.presentation import Viewer
from tests.unit.management.managers import ALICE, FUNCTION, NOON, Management
from tests.unit.web.views import job_html

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
AHEAD = 8 * HOUR
#: the first due time after a cursor eight hours ahead
NEXT = NOON + AHEAD + MINUTE


def management_ahead(name: str = "minutely") -> Management:
    """Return a management whose clock was eight hours ahead when a run of a job was claimed, and is right again."""
    management = Management(MemoryWorld())
    management.clock.move(AHEAD)
    management.store.claim([ClaimRequest(management.registry.jobs.here[name])], management.clock.now())
    management.clock.move(-AHEAD)
    return management


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in caplog.records if each.levelno == logging.WARNING]


def test_c8_what_is_shown_as_due_next_comes_from_the_cursor_everywhere() -> None:
    management = management_ahead()
    state = management.manager.job("minutely")
    client = SchedulerClient(
        management.manager,
        functions=Functions(),
        time_zone=ZoneInfo("UTC"),
        by=ALICE.name,
        clock=management.clock,
    )
    assert state.next_due == NEXT
    assert management.manager.jobs()[0].next_due == NEXT
    assert client.jobs()[0].next_due == NEXT
    assert serialize.JOB_STATE.dump(state)["next_due"] == NEXT.isoformat()
    assert "in 8 hours" in job_table([state], (), Clock(NOON, "UTC")).rows[0][-1]
    assert f" {NEXT.timestamp()}" in exposition([state], [], [], 0)
    assert [due.at for due in management.manager.upcoming(count=2)] == [NEXT, NEXT + MINUTE]
    assert [due.at for due in management.manager.upcoming(count=1, job="minutely")] == [NEXT]
    viewer = Viewer(now=NOON, zone=ZoneInfo("UTC"))
    assert ">in 8 hours<" in job_html(state, viewer)
    (row,) = timeline([state], [], viewer).rows
    (band,) = row.bands
    assert band.x == pytest.approx(480 * (1 + (AHEAD + MINUTE) / (24 * HOUR)), abs=0.1)


def test_c8_what_is_shown_is_what_is_claimed() -> None:
    management = management_ahead()
    management.clock.move(AHEAD + MINUTE / 2)
    wanted = [ClaimRequest(management.registry.jobs.here["minutely"])]
    assert management.manager.upcoming(count=1)[0].at == NEXT
    assert [claim.run for claim in management.store.claim(wanted, management.clock.now())] == [None]


def test_c8_a_clock_that_is_set_back_is_warned_of_once(caplog: pytest.LogCaptureFixture) -> None:
    management = management_ahead()
    management.clock.move(AHEAD)
    management.registry.look_at_clock()
    assert warnings(caplog) == []
    management.clock.move(-AHEAD)
    for _ in range(3):
        management.registry.look_at_clock()
        management.registry.refresh()
        management.clock.move(MINUTE)
    (warning,) = warnings(caplog)
    assert "2026-03-01T20:00:00+00:00" in warning
    assert f"next due {NEXT.isoformat()}" in warning
    assert [record.job for record in caplog.records] == ["minutely"]  # type: ignore[attr-defined]


def test_c8_a_start_with_a_cursor_ahead_is_warned_of_once(caplog: pytest.LogCaptureFixture) -> None:
    management = management_ahead()
    later = Management(management.store.world, name="two")
    later.registry.register_jobs()
    later.registry.refresh()
    assert len(warnings(caplog)) == 1


def test_c8_an_added_job_is_warned_of_too(caplog: pytest.LogCaptureFixture) -> None:
    world = MemoryWorld()
    ahead = Management(world)
    ahead.clock.move(AHEAD)
    ahead.manager.add("added", {"function": FUNCTION, "every": "5 minutes"}, ALICE)
    management = Management(world, name="two")
    management.registry.refresh()
    assert len(warnings(caplog)) == 1
    assert management.manager.job("added").next_due == NOON + AHEAD + 5 * MINUTE


@pytest.mark.parametrize(
    ("schedule", "ahead", "rests"),
    [
        (Interval(MINUTE), AHEAD, True),
        (Interval(MINUTE), MINUTE, True),
        (Interval(MINUTE), timedelta(0), False),
        (Interval(timedelta(seconds=1)), timedelta(seconds=5), False),  # as clocks of servers differ
        (Interval(24 * HOUR), AHEAD, False),  # nothing is passed over
        (Date(NOON + HOUR), AHEAD, True),
        (Date(NOON - HOUR), AHEAD, False),
        (Interval(MINUTE), -AHEAD, False),
    ],
)
def test_c8_a_job_rests_when_due_times_to_come_are_passed_over(
    schedule: Interval | Date, ahead: timedelta, *, rests: bool
) -> None:
    assert is_resting(job("a.b", schedule), NOON + ahead, NOON) is rests


def test_a_due_time_is_shown_from_now_on_when_the_cursor_lies_behind() -> None:
    management = Management(MemoryWorld())
    management.clock.move(HOUR)
    assert management.manager.job("minutely").next_due == datetime(2026, 3, 1, 13, 1, tzinfo=timezone.utc)


PROBLEM = Problem(code="function-not-found", path=("scheduler", "minutely"), sentence="It is not there.")


def noted(management: Management) -> JobState:
    """Return how the job stands once a server has found that it cannot run."""
    management.store.note_problems(["minutely"], {"minutely": PROBLEM}, management.clock.now())
    return management.manager.job("minutely")


def run_once(management: Management, at: datetime) -> None:
    (claim,) = management.store.claim([ClaimRequest(management.registry.jobs.here["minutely"])], at)
    assert claim.run is not None
    management.store.finish(claim.run, Outcome(status=Status.SUCCEEDED, started=at, finished=at))


def test_a_job_that_cannot_run_is_a_problem_until_a_run_succeeds() -> None:
    management = Management()
    run_once(management, NOON + MINUTE)
    management.clock.move(2 * MINUTE)
    state = noted(management)
    assert (state.status, state.record and state.record.problem) == (JobStatus.PROBLEM, PROBLEM)
    assert serialize.JOB_STATE.dump(state)["problem"]["sentence"] == "It is not there."
    run_once(management, NOON + 3 * MINUTE)
    assert management.manager.job("minutely").status is JobStatus.OK


def test_a_job_that_is_paused_and_cannot_run_is_paused() -> None:
    management = Management()
    management.manager.pause("minutely", ALICE)
    assert noted(management).status is JobStatus.PAUSED


def test_a_job_that_is_paused_and_runs_by_hand_is_running() -> None:
    management = Management()
    management.manager.pause("minutely", ALICE)
    run_request = management.store.request_run("minutely", NOON, "alice")
    job = management.registry.jobs.here["minutely"]
    management.store.claim([ClaimRequest(job, run_request=run_request)], NOON)
    state = management.manager.job("minutely")
    assert (state.status, state.next_due) == (JobStatus.RUNNING, None)


def test_a_job_that_was_resumed_long_after_it_was_due_is_not_late() -> None:
    management = Management()
    management.manager.pause("minutely", ALICE)
    management.clock.move(HOUR)
    management.manager.resume("minutely", ALICE)
    assert management.manager.job("minutely").status is JobStatus.OK


@pytest.mark.parametrize(
    ("path", "keeps"),
    [
        ((), True),
        (("only if",), True),
        (("contextmanager",), True),
        (("run as",), True),
        (("on exit",), False),
        (("error handler",), False),
    ],
)
def test_what_a_job_can_run_without_is_no_obstacle(path: tuple[str, ...], keeps: bool) -> None:
    problem = Problem(code="function-not-found", path=("scheduler", "a.job", *path), sentence="No.")
    assert obstacles([problem]) == ({"a.job": problem} if keeps else {})
