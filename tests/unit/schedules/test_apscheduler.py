"""APScheduler's triggers as pure schedules."""

from __future__ import annotations

import importlib.metadata
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from docassemble.Scheduler.core.errors import ScheduleError
from docassemble.Scheduler.schedules import apscheduler
from docassemble.Scheduler.schedules.apscheduler import from_trigger
from docassemble.Scheduler.schedules.cron.schedule import Cron
from docassemble.Scheduler.schedules.describe import describe
from tests.random_configurations import MAX_TIMES_INNOCENT, soon
from tests.unit.schedules.checks import backward, forward

UTC = timezone.utc
BERLIN = ZoneInfo("Europe/Berlin")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


#: trigger, parameters, an instant, the next due time after it, the latest one at it
CASES = [
    ("date", {"run_date": "2026-03-01 12:00:00"}, "2026-01-01", "2026-03-01T11:00", None),
    ("date", {"run_date": "2026-03-01 12:00:00"}, "2026-03-01T11:00", None, "2026-03-01T11:00"),
    ("interval", {"hours": 6}, "2026-01-01T00:00", "2026-01-01T05:00", "2025-12-31T23:00"),
    (
        "interval",
        {"days": 2, "start_date": "2026-01-01"},
        "2026-01-02",
        "2026-01-02T23:00",
        "2025-12-31T23:00",
    ),
    ("interval", {"days": 2, "start_date": "2026-01-01"}, "2025-11-01", "2025-12-31T23:00", None),
    ("interval", {"days": 2, "end_date": "2026-01-01"}, "2026-01-02", None, "2025-12-31T23:00"),
    ("cron", {"hour": 4}, "2026-07-01T02:00", "2026-07-02T02:00", "2026-07-01T02:00"),
    ("cron", {"year": 2020, "hour": 4}, "2026-07-01T02:00", None, "2020-12-31T03:00"),
    ("cron", {"year": 2030}, "2026-07-01T02:00", "2029-12-31T23:00", None),
    ("cron", {"hour": 4, "timezone": "UTC"}, "2026-07-01T03:00", "2026-07-01T04:00", "2026-06-30T04:00"),
    ("calendarinterval", {"days": 1, "hour": 8}, "2026-07-01T06:00", "2026-07-02T06:00", "2026-07-01T06:00"),
    (
        "calendarinterval",
        {"months": 1, "start_date": "2020-01-31"},
        "2026-03-15",
        "2026-03-30T22:00",
        "2026-01-30T23:00",
    ),
    (
        "calendarinterval",
        {"years": 1, "start_date": "2020-02-29"},
        "2026-03-15",
        "2028-02-28T23:00",
        "2024-02-28T23:00",
    ),
    ("calendarinterval", {"weeks": 1, "start_date": "2026-01-05"}, "2025-12-01", "2026-01-04T23:00", None),
    (
        "calendarinterval",
        {"months": 1, "days": 1, "start_date": "2026-01-05"},
        "2026-02-10",
        "2026-03-06T23:00",
        "2026-02-05T23:00",
    ),
    (
        "and",
        {
            "triggers": [
                {"trigger": "cron", "params": {"day": 13}},
                {"trigger": "cron", "params": {"day_of_week": "fri"}},
            ]
        },
        "2026-04-01",
        "2026-11-12T23:00",
        "2026-03-12T23:00",
    ),
    (
        "and",
        {
            "triggers": [
                {"trigger": "cron", "params": {"hour": 3}},
                {"trigger": "date", "params": {"run_date": "2026-01-05 03:00:00"}},
            ]
        },
        "2026-04-01",
        None,
        "2026-01-05T02:00",
    ),
    (
        "or",
        {
            "triggers": [
                {"trigger": "cron", "params": {"hour": 3}},
                {"trigger": "interval", "params": {"hours": 12}},
            ]
        },
        "2026-01-01T12:00",
        "2026-01-01T23:00",
        "2026-01-01T11:00",
    ),
]


@pytest.mark.parametrize(("trigger", "params", "instant", "following", "latest"), CASES)
def test_a_trigger_answers_without_knowing_what_ran(
    trigger: str, params: dict[str, object], instant: str, following: str | None, latest: str | None
) -> None:
    schedule = from_trigger(trigger, params, BERLIN)
    assert schedule.next_after(utc(instant)) == (following and utc(following))
    assert schedule.latest_at(utc(instant)) == (latest and utc(latest))


def test_a_trigger_built_twice_is_equal() -> None:
    params = {"hour": 4, "minute": "*/5"}
    assert from_trigger("cron", params, BERLIN) == from_trigger("cron", params, BERLIN)
    assert hash(from_trigger("cron", params, BERLIN)) == hash(from_trigger("cron", params, BERLIN))
    assert from_trigger("cron", params, BERLIN) != from_trigger("cron", params, ZoneInfo("UTC"))


def test_the_day_after_the_spring_gap_is_not_left_out() -> None:
    # Europe/Berlin, 2024-03-31 02:00 -> 03:00; asked on that morning, APScheduler 3.11 names the 2nd of April
    schedule = from_trigger("cron", {"hour": 0}, BERLIN)
    assert schedule.next_after(utc("2024-03-31T00:30")) == utc("2024-03-31T22:00")


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Africa/Cairo", "Asia/Beirut"])
@pytest.mark.parametrize(
    ("params", "crontab"), [({"hour": 0}, "0 0 * * *"), ({"hour": "4,12", "minute": 20}, "20 4,12 * * *")]
)
def test_cron_agrees_with_ours_through_a_year(zone: str, params: dict[str, object], crontab: str) -> None:
    theirs = from_trigger("cron", params, ZoneInfo(zone))
    ours = Cron.from_crontab(crontab, ZoneInfo(zone))
    window = utc("2024-01-01"), utc("2025-01-01")
    differing = set(forward(theirs, *window)) ^ set(forward(ours, *window))
    # a midnight that the clock skips: APScheduler goes its own way
    assert len(differing) <= 2


@pytest.mark.parametrize(
    ("trigger", "params"),
    [
        ("cron", {"hour": "*/3", "minute": 30}),
        ("cron", {"day": "last"}),
        ("calendarinterval", {"days": 3, "hour": 2, "minute": 30}),
        ("calendarinterval", {"months": 1, "start_date": "2020-01-30", "hour": 2, "minute": 30}),
        ("interval", {"hours": 7}),
    ],
)
def test_both_directions_meet_the_same_due_times(trigger: str, params: dict[str, object]) -> None:
    schedule = from_trigger(trigger, params, BERLIN)
    window = utc("2024-03-01"), utc("2024-05-01")
    due = forward(schedule, *window)
    assert due
    assert backward(schedule, *window) == due
    assert all(earlier < later for earlier, later in pairwise(due))


def test_a_calendar_interval_walks_its_chain_from_anywhere() -> None:
    whole = from_trigger("calendarinterval", {"days": 3, "start_date": "2024-01-01"}, BERLIN)
    day = timedelta(days=3)
    found = [whole.next_after(utc("2024-01-01") + day * count) for count in range(60)]
    assert found == forward(whole, utc("2024-01-02"), utc("2024-06-30"))


@pytest.mark.parametrize(
    ("trigger", "params", "complaint"),
    [
        ("cron", {"hour": 4, "jitter": 60}, "random"),
        ("cron", {"hour": 99}, "refuses"),
        ("cron", {"colour": "red"}, "refuses"),
        ("cron", {"hour": 4, "timezone": "Europe/Nowhere"}, "refuses"),
        ("cron", {"month": 2, "day": 31}, "never fires"),
        ("date", {}, "does not say when"),
        ("interval", {}, "does not say when"),
        ("interval", {"seconds": 0.5}, "too short"),
        ("calendarinterval", {}, "refuses"),
        # APScheduler would look beyond the year 9999 for what comes next, without end
        ("calendarinterval", {"years": 101}, "longer than 100 years"),
        ("calendarinterval", {"years": 400, "start_date": "2028-03-26", "hour": 2}, "longer than 100 years"),
        ("calendarinterval", {"days": 3_000_000, "start_date": "2027-01-01"}, "longer than 100 years"),
        ("calendarinterval", {"years": 99, "start_date": "9990-01-01"}, "never fires"),
        ("and", {}, "needs `triggers`"),
        ("or", {"triggers": []}, "needs `triggers`"),
        ("or", {"triggers": ["cron"]}, "is not a trigger"),
        ("or", {"triggers": [{"trigger": "cron", "params": {"jitter": 5}}]}, "random"),
        ("sundial", {}, "no trigger `sundial`"),
    ],
)
def test_a_bad_trigger_is_refused_with_a_way_out(
    trigger: str, params: dict[str, object], complaint: str
) -> None:
    with pytest.raises(ScheduleError, match=complaint) as refused:
        from_trigger(trigger, params, BERLIN)
    assert refused.value.hint


FOURTH_OF_JANUARY = [{"trigger": "cron", "params": {"month": 1, "day": day}} for day in (4, 5)]


@pytest.mark.parametrize(
    ("trigger", "params"),
    [
        ("cron", {"week": 53, "day": "1st mon", "month": "*/2"}),
        ("or", {"triggers": [{"trigger": "cron", "params": {"week": 53, "month": 6}}] * 10}),
        ("and", {"triggers": [*FOURTH_OF_JANUARY, {"trigger": "cron", "params": {"day": 6}}]}),
    ],
)
def test_a_trigger_that_never_fires_is_found_out_soon(trigger: str, params: dict[str, object]) -> None:
    with (
        soon(MAX_TIMES_INNOCENT * 3),
        pytest.raises(ScheduleError, match="never fires"),
    ):  # else it takes minutes
        from_trigger(trigger, params, BERLIN)


def test_a_rare_trigger_beside_a_frequent_one_takes_no_time() -> None:
    rare = {"trigger": "cron", "params": {"month": 2, "day": 29, "day_of_week": 0}}
    schedule = from_trigger("or", {"triggers": [rare, {"trigger": "cron", "params": {}}]}, BERLIN)
    with soon():
        assert len(forward(schedule, utc("2026-03-01T12:00"), utc("2026-03-01T12:10"))) == 600


def test_a_trigger_that_never_fires_is_refused_beside_one_that_does() -> None:
    never = {"trigger": "cron", "params": {"month": "*/7", "day_of_week": 2, "day": "last sun"}}
    with pytest.raises(ScheduleError, match="`cron` never fires"):
        from_trigger("or", {"triggers": [never, {"trigger": "cron", "params": {}}]}, BERLIN)


@pytest.mark.parametrize(
    ("trigger", "params", "last"),
    [
        ("calendarinterval", {"years": 100, "start_date": "2100-06-01"}, "2100-05-31T22:00"),
        ("cron", {"month": 6, "day": 1, "hour": 2}, "2199-06-01T00:00"),
    ],
)
def test_nothing_is_due_after_the_year_2200(trigger: str, params: dict[str, object], last: str) -> None:
    schedule = from_trigger(trigger, params, BERLIN)
    assert schedule.next_after(utc(last)) is None
    assert schedule.next_after(utc("9000-01-01")) is None
    assert schedule.latest_at(utc("2250-01-01")) == utc(last)


@pytest.mark.parametrize(("trigger", "params"), [("cron", {"hour": 4}), ("calendarinterval", {"days": 1})])
def test_the_last_day_of_all_is_not_told(trigger: str, params: dict[str, object]) -> None:
    schedule = from_trigger(trigger, params, BERLIN)
    assert "2200" not in repr(schedule) + describe(schedule, BERLIN)


def test_without_apscheduler_the_hint_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(apscheduler, "distribution", missing)
    with pytest.raises(ScheduleError) as refused:
        from_trigger("cron", {"hour": 4}, BERLIN)
    assert "apscheduler" in refused.value.hint
