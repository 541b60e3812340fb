"""Days that do not count: how they are written, with and without the package `holidays`."""

from __future__ import annotations

import json
import sys
from datetime import date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from blocks import NOW, only_problem, read, read_job

from docassemble.Scheduler.config import days
from docassemble.Scheduler.schedules.after_end import AfterEnd
from docassemble.Scheduler.schedules.closed_days import ClosedDays
from docassemble.Scheduler.schedules.holidays import calendar_of
from docassemble.Scheduler.schedules.modifiers import Bounded, Jittered, Or
from docassemble.Scheduler.schedules.open_days import OnHoliday, OnOpenDays

CHRISTMAS, NEW_YEAR = date(2026, 12, 24), date(2027, 1, 2)


@pytest.mark.parametrize(
    ("written", "closed"),
    [
        (CHRISTMAS, ClosedDays(periods=((CHRISTMAS, CHRISTMAS),))),
        ("2026-12-24", ClosedDays(periods=((CHRISTMAS, CHRISTMAS),))),
        ("2026-12-24 to 2027-1-2", ClosedDays(periods=((CHRISTMAS, NEW_YEAR),))),
        ("2026-12-24 - 2027-01-02", ClosedDays(periods=((CHRISTMAS, NEW_YEAR),))),
        ("2026-12-24..2027-01-02", ClosedDays(periods=((CHRISTMAS, NEW_YEAR),))),
        ("12-25", ClosedDays(yearly=(((12, 25), (12, 25)),))),
        ("02-29", ClosedDays(yearly=(((2, 29), (2, 29)),))),
        ("12-24 to 01-02", ClosedDays(yearly=(((12, 24), (1, 2)),))),
        ("sat", ClosedDays(weekdays=(5,))),
        ("Saturdays, SUNDAY", ClosedDays(weekdays=(5, 6))),
        ("sat-sun", ClosedDays(weekdays=(5, 6))),
        ("fri to mon", ClosedDays(weekdays=(0, 4, 5, 6))),
        (
            ["sat", "12-25", CHRISTMAS],
            ClosedDays(weekdays=(5,), yearly=(((12, 25),) * 2,), periods=((CHRISTMAS,) * 2,)),
        ),
        ([], ClosedDays()),
        ("none", ClosedDays()),
    ],
)
def test_days_are_written_in_many_ways(written: object, closed: ClosedDays) -> None:
    assert days.closed(written) == closed


def test_days_of_each_year_may_go_over_the_new_year() -> None:
    closed = days.closed("12-24 to 01-02")
    year = [date(2028, 1, 1) + timedelta(days=number) for number in range(366)]
    assert [day for day in year if closed.includes(day)] == [*year[:2], *year[-8:]]


@pytest.mark.parametrize(
    ("written", "codes"),
    [("US-MA", ["US-MA"]), ("us-ma, DE", ["US-MA", "DE"]), (["GB-SCT"], ["GB-SCT"]), ("none", []), ([], [])],
)
def test_places_are_codes(written: object, codes: list[str]) -> None:
    assert [calendar.code for calendar in days.places(written)] == codes


@pytest.mark.parametrize(
    ("code", "place"),
    [("US-MA", "Massachusetts"), ("US", "the United States"), ("DE-BE", "Berlin"), ("NZ", "New Zealand")],
)
def test_a_place_has_a_name(code: str, place: str) -> None:
    assert calendar_of(code).place == place


def schedule_of(text: str, **options: Any) -> Any:
    (job,) = read_job(text, **options).jobs
    return job.schedule


def test_bounds_and_jitter_are_around_the_open_days() -> None:
    schedule = schedule_of(
        "every: 1 day\nexcept: sat\nholidays: US\non holiday: before\nstart: 2026-11-01\njitter: 5"
    )
    assert isinstance(schedule, Jittered)
    assert isinstance(schedule.schedule, Bounded)
    opened = schedule.schedule.schedule
    assert isinstance(opened, OnOpenDays)
    assert (opened.zone, opened.on_holiday) == (ZoneInfo("Europe/Berlin"), OnHoliday.BEFORE)
    assert (opened.closed.weekdays, [each.code for each in opened.closed.holidays]) == ((5,), ["US"])


def test_defaults_close_days_for_all_jobs_and_an_empty_list_opens_them() -> None:
    configuration = read(
        "defaults: {holidays: US-MA, except: sat, on holiday: after}\n"
        "a.b: {minutes: 5}\na.c: {minutes: 5, holidays: [], except: none}\na.d: {type: manual}"
    )
    assert configuration.problems == ()
    assert [type(job.schedule).__name__ for job in configuration.jobs] == [
        "OnOpenDays",
        "Interval",
        "OnDemand",
    ]


def test_a_moved_due_time_counts_within_the_bounds() -> None:
    schedule = schedule_of("run at: 2026-12-25 10:00\nholidays: DE\non holiday: after\nend: 2026-12-28 10:00")
    assert schedule.next_after(NOW) == datetime(2026, 12, 28, 9, tzinfo=timezone.utc)
    problem = only_problem(
        read_job("run at: 2026-12-25 10:00\nholidays: DE\non holiday: after\nend: 2026-12-28 09:59")
    )
    assert (problem.code, problem.path[-1]) == ("impossible-schedule", "end")


def test_a_list_of_expressions_is_due_when_one_of_them_is() -> None:
    schedule = schedule_of('crontab: ["0 9 * * mon", "30 14 * * fri", "0 9 * * mon"]')
    assert isinstance(schedule, Or)
    assert [each.expression.text for each in schedule.schedules] == ["0 9 * * mon", "30 14 * * fri"]
    assert schedule_of('crontab: ["0 9 * * mon"]') == schedule_of('crontab: "0 9 * * mon"')


def test_the_parameters_are_the_expressions_as_they_are_written() -> None:
    (job,) = read_job('crontab: ["0 9 * * mon", "30 14 * * fri"]').jobs
    assert json.loads(json.dumps(job.params)) == {"crontab": ["0 9 * * mon", "30 14 * * fri"]}


@pytest.fixture
def _without_the_package(monkeypatch: pytest.MonkeyPatch) -> Any:
    calendar_of.cache_clear()
    monkeypatch.setitem(sys.modules, "holidays", None)
    yield
    calendar_of.cache_clear()


@pytest.mark.usefixtures("_without_the_package")
def test_without_the_package_the_job_has_a_problem_and_others_run() -> None:
    configuration = read(
        "a.b: {minutes: 5, holidays: US-MA}\na.c: {minutes: 5, except: 12-25, holidays: none}"
    )
    problem = only_problem(configuration)
    assert (problem.code, problem.path) == ("no-holidays", ("scheduler", "a.b", "holidays"))
    assert "`holidays>=0.96,<1`" in problem.hint
    assert [job.name for job in configuration.jobs] == ["a.c"]


def test_what_counts_from_the_end_of_a_run_has_bounds_closed_days_and_jitter_of_its_own() -> None:
    schedule = schedule_of(
        "after end: 10 minutes\nexcept: sat\nholidays: US\nstart: 2026-11-01\nend: 2027-11-01\njitter: 5"
    )
    assert isinstance(schedule, AfterEnd)
    assert (schedule.closed.weekdays, [each.code for each in schedule.closed.holidays]) == ((5,), ["US"])
    assert (schedule.delay, schedule.spread) == (timedelta(minutes=10), timedelta(seconds=5))
    assert schedule.seed
    assert (schedule.start, schedule.end) == (
        datetime(2026, 10, 31, 23, tzinfo=timezone.utc),
        datetime(2027, 10, 31, 23, tzinfo=timezone.utc),
    )


def test_it_is_run_however_late_unless_the_job_says_otherwise() -> None:
    block = (
        "defaults: {after end: 10 minutes}\nmisfire grace time: 60\n"
        "a.b: {}\na.c: {misfire grace time: 5}\na.d: {minutes: 5}"
    )
    graces = [job.misfire_grace_time for job in read(block).jobs]
    assert graces == [None, timedelta(seconds=5), timedelta(seconds=60)]
