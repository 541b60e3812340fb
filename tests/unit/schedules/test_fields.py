"""Field-style cron: uWSGI's rules by example, and what is refused."""

from __future__ import annotations

from datetime import datetime, timezone
from zoneinfo import ZoneInfo

import pytest

from docassemble.Scheduler.core.errors import FieldError
from docassemble.Scheduler.schedules.cron.schedule import Cron
from tests.unit.schedules.checks import forward

UTC = timezone.utc
ZONE = ZoneInfo("UTC")
MIDNIGHT = {"hour": 0, "minute": 0}


@pytest.mark.parametrize(
    ("fields", "days"),
    [
        ({"day": -5}, [5, 10, 15, 20, 25, 30]),
        ({"day": "*/5"}, [5, 10, 15, 20, 25, 30]),
        ({"day": "-10"}, [10, 20, 30]),
        ({"day": "1, 15"}, [1, 15]),
        ({"day": [1, "15", "20-22"]}, [1, 15, 20, 21, 22]),
        ({"day": "05"}, [5]),
        ({"weekday": 0}, [4, 11, 18, 25]),
        ({"weekday": 7}, [4, 11, 18, 25]),
        ({"weekday": "Sun"}, [4, 11, 18, 25]),
        ({"weekday": -7}, [4, 11, 18, 25]),
        ({"weekday": "*/4"}, [1, 4, 8, 11, 15, 18, 22, 25, 29]),
        ({"weekday": "5-7"}, [2, 3, 4, 9, 10, 11, 16, 17, 18, 23, 24, 25, 30, 31]),
        # both plain: either
        ({"day": 13, "weekday": 5}, [2, 9, 13, 16, 23, 30]),
        ({"day": [13], "weekday": "fri"}, [2, 9, 13, 16, 23, 30]),
        # one a divisor: both
        ({"day": -5, "weekday": 1}, [5]),
        ({"day": "*/5", "weekday": "mon,fri"}, [5, 30]),
        ({"day": "5-9", "weekday": -5}, [9]),
        ({"day": -1, "weekday": 1}, [5, 12, 19, 26]),
        ({"day": 3, "weekday": "*"}, [3]),
        ({"month": -2}, []),
        ({"month": "jan", "day": 7}, [7]),
    ],
)
def test_days_of_january_2026(fields: dict[str, object], days: list[int]) -> None:
    cron = Cron.from_fields(ZONE, **MIDNIGHT, **fields)
    due = forward(cron, datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))
    assert [when.day for when in due] == days


@pytest.mark.parametrize(
    ("month", "months"),
    [
        (-3, [3, 6, 9, 12]),
        ("*/3", [3, 6, 9, 12]),
        (-12, [12]),
        ("-1", list(range(1, 13))),
        ("nov-dec", [11, 12]),
    ],
)
def test_months(month: object, months: list[int]) -> None:
    cron = Cron.from_fields(ZONE, month=month, day=1, **MIDNIGHT)
    due = forward(cron, datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    assert [when.month for when in due] == months


@pytest.mark.parametrize(
    ("minute", "minutes"),
    [
        (-20, [0, 20, 40]),
        ("*/25", [0, 25, 50]),
        (-60, [0]),
        (-1000, [0]),
        (5, [5]),
        (" 5 ", [5]),
        ("5,10-12", [5, 10, 11, 12]),
        (-1, list(range(60))),
        ("*/1", list(range(60))),
    ],
)
def test_minutes(minute: object, minutes: list[int]) -> None:
    cron = Cron.from_fields(ZONE, hour=3, minute=minute)
    due = forward(cron, datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC))
    assert [when.minute for when in due] == minutes


def test_without_any_field_it_is_due_each_minute() -> None:
    assert Cron.from_fields(ZONE) == Cron.from_crontab("* * * * *", ZONE)


def test_a_divisor_counts_as_a_wildcard_for_daylight_saving() -> None:
    # New York, 2026-11-01 02:00 EDT -> 01:00 EST
    night = datetime(2026, 11, 1, 4, tzinfo=UTC), datetime(2026, 11, 1, 10, tzinfo=UTC)
    zone = ZoneInfo("America/New_York")
    assert len(forward(Cron.from_fields(zone, hour=1, minute=-60), *night)) == 2
    assert len(forward(Cron.from_fields(zone, hour=1, minute=0), *night)) == 1


@pytest.mark.parametrize(
    ("field", "value", "complaint", "hint"),
    [
        ("minute", 99, "minute `99` is not valid", "0-59"),
        ("minute", "*/x", r"`\*/x` is not valid", "0-59"),
        ("minute", "*/0", "divides by zero", "every value"),
        ("minute", "-0", "divides by zero", "every value"),
        ("minute", "", "is not valid", "0-59"),
        ("minute", None, "`None` is not valid", "0-59"),
        ("minute", 1.5, "`1.5` is not valid", "0-59"),
        ("minute", True, "`True` is not valid", "unquoted on, off"),
        ("minute", [5, False], "is not valid", "unquoted on, off"),
        ("minute", [], "is not valid", "0-59"),
        ("minute", [5, "*/2"], "is not valid", "list"),
        ("minute", [5, -2], "is not valid", "list"),
        ("minute", {"a": 1}, "is not valid", "0-59"),
        ("minute", "10-5", "is not valid", "0-59"),
        ("minute", "1-30/2", "is not valid", "crontab"),
        ("minute", "1,,2", "is not valid", "0-59"),
        ("second", 60, "second `60`", "0-59"),
        ("hour", 24, "hour `24`", "0-23"),
        ("hour", "mon", "hour `mon`", "0-23"),
        ("day", 0, "day `0`", "1-31"),
        ("day", 32, "day `32`", "1-31"),
        ("day", -32, "no day is divisible by 32", "31"),
        ("day", "L", "day `L`", "crontab"),
        ("month", 13, "month `13`", "1-12"),
        ("month", -13, "no month is divisible by 13", "12"),
        ("month", "monday", "month `monday`", "jan"),
        ("weekday", 8, "weekday `8`", "0-7"),
        ("weekday", "mon#1", "weekday `mon#1`", "crontab"),
        ("weekday", "fri-mon", "weekday `fri-mon`", "0-7"),
    ],
)
def test_a_bad_field_is_refused_by_name_with_a_way_out(
    field: str, value: object, complaint: str, hint: str
) -> None:
    with pytest.raises(FieldError, match=complaint) as refused:
        Cron.from_fields(ZONE, **{field: value})  # type: ignore[arg-type]
    assert refused.value.field == field
    assert hint in refused.value.hint


@pytest.mark.parametrize(
    "fields",
    [{"day": 31, "month": 4}, {"day": 30, "month": "feb"}, {"day": -31, "weekday": 1, "month": "feb"}],
)
def test_a_day_that_never_comes_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(FieldError, match="never fires") as refused:
        Cron.from_fields(ZONE, **fields)  # type: ignore[arg-type]
    assert refused.value.field == "day"
