"""C8: a job whose cursor lies ahead of the clock is shown as it will be due, and warned of once."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from docassemble.Scheduler.cli import sheets
from docassemble.Scheduler.execution.functions import Functions
from docassemble.Scheduler.management import serialize
from docassemble.Scheduler.management.client import Planner
from docassemble.Scheduler.management.metrics import exposition
from docassemble.Scheduler.management.resting import is_resting
from docassemble.Scheduler.schedules.date import Once
from docassemble.Scheduler.schedules.interval import Interval
from docassemble.Scheduler.store.base import Wanted
from docassemble.Scheduler.testing import MemoryWorld, job
from docassemble.Scheduler.web.dashboard.overview import job_row
from docassemble.Scheduler.web.dashboard.timeline import timeline
from docassemble.Scheduler.web.dashboard.viewer import Viewer
from tests.unit.offices import ALICE, FUNCTION, NOON, Desk

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
AHEAD = 8 * HOUR
#: the first due time after a cursor eight hours ahead
NEXT = NOON + AHEAD + MINUTE


def desk_ahead(name: str = "minutely") -> Desk:
    """Return a desk whose clock was eight hours ahead when a run of a job was claimed, and is right again."""
    desk = Desk(MemoryWorld())
    desk.clock.move(AHEAD)
    desk.store.claim([Wanted(desk.roster.jobs.here[name])], desk.clock.now())
    desk.clock.move(-AHEAD)
    return desk


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in caplog.records if each.levelno == logging.WARNING]


def test_c8_what_is_shown_as_due_next_comes_from_the_cursor_everywhere() -> None:
    desk = desk_ahead()
    state = desk.office.job("minutely")
    planner = Planner(
        desk.office, functions=Functions(), time_zone=ZoneInfo("UTC"), by=ALICE.name, clock=desk.clock
    )
    assert state.next_due == NEXT
    assert desk.office.jobs()[0].next_due == NEXT
    assert planner.jobs()[0].next_due == NEXT
    assert serialize.job_state(state)["next_due"] == NEXT.isoformat()
    assert "in 8 hours" in sheets.jobs([state], NOON).rows[0][-1]
    assert f" {NEXT.timestamp()}" in exposition([state], [], [], 0)
    assert [due.at for due in desk.office.upcoming(count=2)] == [NEXT, NEXT + MINUTE]
    assert [due.at for due in desk.office.upcoming(count=1, job="minutely")] == [NEXT]
    viewer = Viewer(now=NOON, zone=ZoneInfo("UTC"))
    next_moment = job_row(state, viewer).next
    assert next_moment is not None
    assert next_moment.relative == "in 8 hours"
    (row,) = timeline([state], [], viewer).rows
    assert min(row.marks) == pytest.approx(190 + 400 * (1 + (AHEAD + MINUTE) / (24 * HOUR)), abs=0.1)


def test_c8_what_is_shown_is_what_is_claimed() -> None:
    desk = desk_ahead()
    desk.clock.move(AHEAD + MINUTE / 2)
    wanted = [Wanted(desk.roster.jobs.here["minutely"])]
    assert desk.office.upcoming(count=1)[0].at == NEXT
    assert [claim.run for claim in desk.store.claim(wanted, desk.clock.now())] == [None]


def test_c8_a_clock_that_is_set_back_is_warned_of_once(caplog: pytest.LogCaptureFixture) -> None:
    desk = desk_ahead()
    desk.clock.move(AHEAD)
    desk.roster.look_at_clock()
    assert warnings(caplog) == []
    desk.clock.move(-AHEAD)
    for _ in range(3):
        desk.roster.look_at_clock()
        desk.roster.refresh()
        desk.clock.move(MINUTE)
    (warning,) = warnings(caplog)
    assert "2026-03-01T20:00:00+00:00" in warning
    assert f"next due {NEXT.isoformat()}" in warning
    assert [record.job for record in caplog.records] == ["minutely"]  # type: ignore[attr-defined]


def test_c8_a_start_with_a_cursor_ahead_is_warned_of_once(caplog: pytest.LogCaptureFixture) -> None:
    desk = desk_ahead()
    later = Desk(desk.store.world, name="two")
    later.roster.take_up()
    later.roster.refresh()
    assert len(warnings(caplog)) == 1


def test_c8_an_added_job_is_warned_of_too(caplog: pytest.LogCaptureFixture) -> None:
    world = MemoryWorld()
    ahead = Desk(world)
    ahead.clock.move(AHEAD)
    ahead.office.add("added", {"function": FUNCTION, "every": "5 minutes"}, ALICE)
    desk = Desk(world, name="two")
    desk.roster.refresh()
    assert len(warnings(caplog)) == 1
    assert desk.office.job("added").next_due == NOON + AHEAD + 5 * MINUTE


@pytest.mark.parametrize(
    ("schedule", "ahead", "rests"),
    [
        (Interval(MINUTE), AHEAD, True),
        (Interval(MINUTE), MINUTE, True),
        (Interval(MINUTE), timedelta(0), False),
        (Interval(timedelta(seconds=1)), timedelta(seconds=5), False),  # as clocks of servers differ
        (Interval(24 * HOUR), AHEAD, False),  # nothing is passed over
        (Once(NOON + HOUR), AHEAD, True),
        (Once(NOON - HOUR), AHEAD, False),
        (Interval(MINUTE), -AHEAD, False),
    ],
)
def test_c8_a_job_rests_when_due_times_to_come_are_passed_over(
    schedule: Interval | Once, ahead: timedelta, *, rests: bool
) -> None:
    assert is_resting(job("a.b", schedule), NOON + ahead, NOON) is rests


def test_a_due_time_is_shown_from_now_on_when_the_cursor_lies_behind() -> None:
    desk = Desk(MemoryWorld())
    desk.clock.move(HOUR)
    assert desk.office.job("minutely").next_due == datetime(2026, 3, 1, 13, 1, tzinfo=timezone.utc)
