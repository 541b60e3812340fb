"""Cron by example: daylight saving, corners of the calendar, and what is refused."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from docassemble.Scheduler.core.errors import ScheduleError
from docassemble.Scheduler.schedules.cron.schedule import Cron
from tests.unit.schedules.checks import backward, forward

UTC = timezone.utc


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


#: zone, expression, a local day, the local times (with their offset) at which it is due on that day
DAYLIGHT_SAVING = [
    # New York, 2026-03-08 02:00 EST -> 03:00 EDT: an hour is skipped
    ("America/New_York", "30 2 * * *", "2026-03-08", ["03:00-04:00"]),
    ("America/New_York", "0,15,30 2 * * *", "2026-03-08", ["03:00-04:00"]),
    ("America/New_York", "0 2,3 * * *", "2026-03-08", ["03:00-04:00"]),
    ("America/New_York", "30 2-3 * * *", "2026-03-08", ["03:00-04:00", "03:30-04:00"]),
    ("America/New_York", "15 30 2 * * *", "2026-03-08", ["03:00-04:00"]),
    ("America/New_York", "* 30 2 * * *", "2026-03-08", ["03:00-04:00"]),
    ("America/New_York", "*/30 2 * * *", "2026-03-08", []),
    (
        "America/New_York",
        "0 */2 8 3 *",
        "2026-03-08",
        [f"{h:02}:00-0{5 if h < 2 else 4}:00" for h in range(0, 24, 2) if h != 2],
    ),
    # New York, 2026-11-01 02:00 EDT -> 01:00 EST: an hour is repeated
    ("America/New_York", "30 1 * * *", "2026-11-01", ["01:30-04:00"]),
    ("America/New_York", "15 30 1 * * *", "2026-11-01", ["01:30:15-04:00"]),
    (
        "America/New_York",
        "*/30 1 * * *",
        "2026-11-01",
        ["01:00-04:00", "01:30-04:00", "01:00-05:00", "01:30-05:00"],
    ),
    ("America/New_York", "0 1,2 * * *", "2026-11-01", ["01:00-04:00", "02:00-05:00"]),
    # Lord Howe, 2024-10-06 02:00 -> 02:30 and 2024-04-07 02:00 -> 01:30: half an hour
    ("Australia/Lord_Howe", "15 2 * * *", "2024-10-06", ["02:30+11:00"]),
    ("Australia/Lord_Howe", "45 1 * * *", "2024-04-07", ["01:45+11:00"]),
    (
        "Australia/Lord_Howe",
        "45 * 7 4 *",
        "2024-04-07",
        ["00:45+11:00", "01:45+11:00", *["01:45+10:30"], *[f"{h:02}:45+10:30" for h in range(2, 24)]],
    ),
    # Apia, 2011-12-29 24:00 -10 -> 2011-12-31 00:00 +14: the 30th never was
    ("Pacific/Apia", "0 12 30 12 *", "2011-12-31", ["00:00+14:00"]),
    ("Pacific/Apia", "0 12 * * *", "2011-12-31", ["00:00+14:00", "12:00+14:00"]),
    ("Pacific/Apia", "0 * 30 12 *", "2011-12-31", []),
    # Cairo, 2024-04-26 00:00 -> 01:00: midnight is skipped
    ("Africa/Cairo", "0 0 * * *", "2024-04-26", ["01:00+03:00"]),
    ("Africa/Cairo", "@daily", "2024-04-26", ["01:00+03:00"]),
    # Beirut, 2024-10-27 00:00 -> 2024-10-26 23:00
    ("Asia/Beirut", "30 23 * * *", "2024-10-26", ["23:30+03:00"]),
    # Santiago, 2024-09-08 00:00 -> 01:00
    ("America/Santiago", "5 0 * * *", "2024-09-08", ["01:00-03:00"]),
    # Troll, 2024-03-31 01:00 -> 03:00: two hours
    ("Antarctica/Troll", "0 1 * * *", "2024-03-31", ["03:00+02:00"]),
    ("Antarctica/Troll", "59 2 * * *", "2024-03-31", ["03:00+02:00"]),
    # Kathmandu, always +05:45
    ("Asia/Kathmandu", "0 6 * * *", "2024-03-31", ["06:00+05:45"]),
]


@pytest.mark.parametrize(("zone", "text", "day", "due"), DAYLIGHT_SAVING)
def test_daylight_saving(zone: str, text: str, day: str, due: list[str]) -> None:
    cron = Cron.from_crontab(text, ZoneInfo(zone))
    start = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    end = (datetime.fromisoformat(day) + timedelta(days=1)).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    unshifted_start = [datetime.fromisoformat(f"{day}T{clock}").astimezone(UTC) for clock in due]
    assert forward(cron, start, end) == unshifted_start
    assert backward(cron, start, end) == unshifted_start


def test_a_gap_at_midnight_on_field_style_with_seconds() -> None:
    # Cairo, 2024-04-26 00:00 -> 01:00
    cron = Cron.from_fields(ZoneInfo("Africa/Cairo"), hour=0, minute=[0, 30], second=15)
    assert cron.next_after(utc("2024-04-25T12:00")) == utc("2024-04-25T22:00")
    assert cron.next_after(utc("2024-04-25T22:00")) == utc("2024-04-26T21:00:15")


#: expression in UTC, an instant, the next due time after it, the latest one at it
EXAMPLES = [
    ("* * * * *", "2026-01-01T00:00:00.500", "2026-01-01T00:01", "2026-01-01T00:00"),
    ("* * * * * *", "2026-01-01T00:00:00.999999", "2026-01-01T00:00:01", "2026-01-01"),
    ("*/5 * * * *", "2026-01-01", "2026-01-01T00:05", "2026-01-01"),
    ("@hourly", "2026-01-01T00:30", "2026-01-01T01:00", "2026-01-01T00:00"),
    ("@DAILY", "2026-01-01T00:30", "2026-01-02", "2026-01-01"),
    ("@midnight", "2026-01-01T00:30", "2026-01-02", "2026-01-01"),
    ("@weekly", "2026-01-01T00:30", "2026-01-04", "2025-12-28"),
    ("@monthly", "2026-01-01T00:30", "2026-02-01", "2026-01-01"),
    ("@yearly", "2026-01-01T00:30", "2027-01-01", "2026-01-01"),
    ("@annually", "2026-01-01T00:30", "2027-01-01", "2026-01-01"),
    (" 0  12\t* * mon-FRI ", "2026-01-02T13:00", "2026-01-05T12:00", "2026-01-02T12:00"),
    ("0 0 L * *", "2026-02-01", "2026-02-28", "2026-01-31"),
    ("0 0 LW * *", "2026-05-01", "2026-05-29", "2026-04-30"),
    ("0 0 LW * *", "2026-02-01", "2026-02-27", "2026-01-30"),
    ("0 0 * * 5L", "2026-02-01", "2026-02-27", "2026-01-30"),
    ("0 0 * * MON#1", "2026-02-03", "2026-03-02", "2026-02-02"),
    ("0 0 13 * 5", "2026-01-03", "2026-01-09", "2026-01-02"),
    ("0 0 */2 * 5", "2026-01-03", "2026-01-09", "2025-12-19"),
    ("0 0 29 2 *", "2026-01-01", "2028-02-29", "2024-02-29"),
    ("0 0 29 2 *", "2098-01-01", "2104-02-29", "2096-02-29"),
    ("0 0 * 2 MON#5", "2026-01-01", "2044-02-29", "2016-02-29"),
    ("0 0 5-5/2 * *", "2026-01-06", "2026-02-05", "2026-01-05"),
]


@pytest.mark.parametrize(("text", "instant", "following", "latest"), EXAMPLES)
def test_crontab_expressions(text: str, instant: str, following: str, latest: str) -> None:
    cron = Cron.from_crontab(text, ZoneInfo("UTC"))
    assert cron.next_after(utc(instant)) == utc(following)
    assert cron.latest_at(utc(instant)) == utc(latest)


def test_any_zone_may_come_in_and_utc_goes_out() -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    due = Cron.from_crontab("0 9 * * *", tokyo).next_after(datetime(2026, 1, 1, 9, tzinfo=tokyo))
    assert due == utc("2026-01-02T00:00")
    assert due.tzinfo is UTC


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_the_calendar_has_ends(zone: str) -> None:
    first, last = utc("0002-01-01"), utc("9998-12-31T23:59:59")
    second = timedelta(seconds=1)
    each_second = Cron.from_crontab("* * * * * *", ZoneInfo(zone))
    assert each_second.next_after(first) == first + second
    assert each_second.next_after(last - second) == last
    assert each_second.next_after(last) is None
    assert each_second.latest_at(first + second) == first + second
    in_summer = Cron.from_crontab("0 0 1 7 *", ZoneInfo(zone))
    assert in_summer.next_after(last - timedelta(days=30)) is None
    assert in_summer.latest_at(first) is None


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ScheduleError, match="no time zone"):
        Cron.from_crontab("* * * * *", ZoneInfo("UTC")).next_after(datetime(2026, 1, 1))  # noqa: DTZ001


def test_an_instant_that_no_calendar_holds_is_refused() -> None:
    with pytest.raises(ScheduleError, match="out of range"):
        Cron.from_crontab("* * * * *", ZoneInfo("UTC")).latest_at(datetime.min.replace(tzinfo=UTC))


def test_equal_expressions_make_equal_schedules() -> None:
    one, other = (Cron.from_crontab("*/5 * * * *", ZoneInfo("UTC")) for _ in range(2))
    assert one == other
    assert hash(one) == hash(other)
    assert one != Cron.from_crontab("*/5 * * * *", ZoneInfo("Europe/Berlin"))


def test_the_text_is_kept_for_people() -> None:
    assert Cron.from_crontab(" 0  12 * * mon ", ZoneInfo("UTC")).expression.text == "0 12 * * mon"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "is empty"),
        ("  ", "is empty"),
        ("5", "has 1 field;"),
        ("* * * *", "has 4 fields;"),
        ("* * * * * * *", "has 7 fields;"),
        ("@reboot", "not a known abbreviation"),
        ("99 * * * *", "minute `99`"),
        ("*/0 * * * *", r"minute `\*/0`"),
        ("*/x * * * *", r"minute `\*/x`"),
        ("-5 * * * *", "minute `-5`"),
        ("* 24 * * *", "hour `24`"),
        ("* 17-9 * * *", "hour `17-9`"),
        ("* * 0 * *", "day of month `0`"),
        ("* * 32 * *", "day of month `32`"),
        ("* * ? * *", r"day of month `\?`"),
        ("* * * 13 *", "month `13`"),
        ("* * * foo *", "month `foo`"),
        ("* * * * 8", "weekday `8`"),
        ("* * * * MON#6", "weekday `MON#6`"),
        ("60 * * * * *", "second `60`"),
        (f"{'1' * 5000} * * * *", "minute `1"),
        ("0 0 31 4 *", "never fires"),
        ("0 0 30 2 *", "never fires"),
        ("0 0 */10 2 MON#5", "never fires"),
        ("0 0 31 2,4,6 */1", "never fires"),
        ("0 0 1 * */7#1", "weekday"),
    ],
)
def test_a_bad_expression_is_refused_with_a_way_out(text: str, complaint: str) -> None:
    with pytest.raises(ScheduleError, match=complaint) as refused:
        Cron.from_crontab(text, ZoneInfo("UTC"))
    assert refused.value.hint
