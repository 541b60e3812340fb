"""Cron against the brute-force oracle, around the moments at which clocks are moved."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docassemble.Scheduler.core.errors import ScheduleError
from docassemble.Scheduler.schedules.cron.schedule import Cron
from tests.unit.schedules import oracle
from tests.unit.schedules.checks import backward, forward, property_of

UTC = timezone.utc
ZONES = [
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/Havana",
    "America/New_York",
    "America/Nuuk",
    "America/Santiago",
    "America/St_Johns",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Asia/Gaza",
    "Asia/Kathmandu",
    "Asia/Tehran",
    "Atlantic/Azores",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Europe/Dublin",
    "Europe/London",
    "Pacific/Apia",
    "Pacific/Auckland",
    "Pacific/Kiritimati",
    "UTC",
]


def ints(low: int, high: int) -> st.SearchStrategy[int]:
    return st.integers(low, high)


def ranges(low: int, high: int) -> st.SearchStrategy[str]:
    return st.tuples(ints(low, high), ints(low, high)).map(lambda pair: f"{min(pair)}-{max(pair)}")


def lists(low: int, high: int) -> st.SearchStrategy[str]:
    return st.lists(ints(low, high), min_size=1, max_size=4).map(lambda items: ",".join(map(str, items)))


def steps(low: int, high: int) -> st.SearchStrategy[str]:
    return st.builds("{}/{}".format, st.just("*") | ranges(low, high) | ints(low, high).map(str), ints(1, 40))


def crontab_field(low: int, high: int) -> st.SearchStrategy[str]:
    return st.just("*") | lists(low, high) | ranges(low, high) | steps(low, high)


DAY = st.just("*") | crontab_field(1, 31) | st.sampled_from(["L", "LW", "1,L", "15,LW", "*/2"])
WEEKDAY = (
    st.just("*")
    | crontab_field(0, 7)
    | st.sampled_from(["MON-FRI", "sun", "5L", "2#1", "0#5,3", "7#2", "0L"])
)
MONTH = st.just("*") | st.just("*") | crontab_field(1, 12) | st.sampled_from(["MAR,OCT", "jan-jul"])
#: most changes are at night
HOUR = st.just("*") | crontab_field(0, 23) | crontab_field(0, 3) | st.just("23")
CRONTABS = st.tuples(crontab_field(0, 59), HOUR, DAY, MONTH, WEEKDAY).map(" ".join)


def divisors(high: int) -> st.SearchStrategy[object]:
    divisor = ints(1, high)
    return st.just("*") | divisor.map("*/{}".format) | divisor.map("-{}".format) | divisor.map(lambda n: -n)


def values(low: int, high: int, divisor: int) -> st.SearchStrategy[object]:
    numbers = st.lists(ints(low, high), min_size=1, max_size=4)
    return ints(low, high) | lists(low, high) | ranges(low, high) | numbers | divisors(divisor)


FIELDS = st.fixed_dictionaries(
    {"minute": values(0, 59, 70), "hour": values(0, 23, 30) | values(0, 3, 4)},
    optional={
        "day": values(1, 31, 31),
        "weekday": values(0, 7, 9) | st.sampled_from(["mon", "sat,sun", "tue-thu", ["fri", 0]]),
        "month": divisors(12) | st.sampled_from(["mar", "jan-dec"]),
    },
)


@st.composite
def windows(draw: st.DrawFn, around: timedelta) -> tuple[ZoneInfo, datetime, datetime]:
    """A zone, and a period of time in which its clock is moved if it is moved at all that year."""
    zone = ZoneInfo(draw(st.sampled_from(ZONES)))
    year = draw(st.integers(1975, 2037))
    moved = oracle.changes(zone, year) or [datetime(year, draw(ints(1, 12)), draw(ints(1, 28)), tzinfo=UTC)]
    middle = draw(st.sampled_from(moved)).replace(second=0)
    return zone, middle - around, middle + around


def agree(
    cron: Cron, rule: oracle.Rule, window: tuple[ZoneInfo, datetime, datetime], tick: timedelta
) -> None:
    zone, start, end = window
    due = oracle.due_times(rule, zone, start, end, tick)
    assert forward(cron, start, end) == due
    assert backward(cron, start, end) == due


def never(rule: oracle.Rule) -> bool:
    """Tell whether no day of 40 years matches (a fifth Sunday in February comes every 28 years or so)."""
    return not any(rule.day(date(2000, 1, 1) + timedelta(days=count)) for count in range(40 * 366))


@property_of(200)
@given(CRONTABS, windows(timedelta(hours=30)))
def test_crontab_expressions_are_due_when_the_oracle_says(
    text: str, window: tuple[ZoneInfo, datetime, datetime]
) -> None:
    rule = oracle.crontab(text)
    try:
        cron = Cron.from_crontab(text, window[0])
    except ScheduleError:
        assert never(rule)
    else:
        agree(cron, rule, window, oracle.MINUTE)


@property_of(60)
@given(crontab_field(0, 59), CRONTABS, windows(timedelta(hours=3)))
def test_the_rule_holds_for_expressions_with_seconds(
    second: str, text: str, window: tuple[ZoneInfo, datetime, datetime]
) -> None:
    rule = oracle.crontab(f"{second} {text}")
    try:
        cron = Cron.from_crontab(f"{second} {text}", window[0])
    except ScheduleError:
        assert never(rule)
    else:
        agree(cron, rule, window, oracle.SECOND)


@property_of(200)
@given(FIELDS, windows(timedelta(hours=30)))
def test_fields_are_due_when_the_oracle_says(
    fields: dict[str, object], window: tuple[ZoneInfo, datetime, datetime]
) -> None:
    rule = oracle.fields(**fields)
    try:
        cron = Cron.from_fields(window[0], **fields)  # type: ignore[arg-type]
    except ScheduleError:
        assert never(rule)
    else:
        agree(cron, rule, window, oracle.MINUTE)


@property_of(50)
@given(values(0, 59, 70), FIELDS, windows(timedelta(hours=3)))
def test_the_rule_holds_for_fields_with_seconds(
    second: object, fields: dict[str, object], window: tuple[ZoneInfo, datetime, datetime]
) -> None:
    rule = oracle.fields(second=second, **fields)
    try:
        cron = Cron.from_fields(window[0], second=second, **fields)  # type: ignore[arg-type]
    except ScheduleError:
        assert never(rule)
    else:
        agree(cron, rule, window, oracle.SECOND)


@property_of(100)
@given(st.tuples(DAY, MONTH, WEEKDAY).map(" ".join), st.integers(1901, 2090))
def test_days_match_over_the_years(days: str, year: int) -> None:
    rule = oracle.crontab(f"0 0 {days}")
    window = ZoneInfo("UTC"), datetime(year, 1, 1, tzinfo=UTC), datetime(year + 5, 1, 1, tzinfo=UTC)
    try:
        cron = Cron.from_crontab(f"0 0 {days}", ZoneInfo("UTC"))
    except ScheduleError:
        assert never(rule)
    else:
        agree(cron, rule, window, timedelta(days=1))


@property_of(100)
@given(CRONTABS, windows(timedelta(hours=30)), st.integers(-(10**11), 10**11))
def test_what_is_next_is_the_latest_once_it_has_come(
    text: str, window: tuple[ZoneInfo, datetime, datetime], microseconds: int
) -> None:
    instant = window[1] + timedelta(microseconds=microseconds)
    try:
        cron = Cron.from_crontab(text, window[0])
    except ScheduleError:
        return
    due = cron.next_after(instant)
    latest = cron.latest_at(instant)
    assert due is not None
    assert latest is not None
    assert latest <= instant < due
    assert cron.latest_at(due) == due
    assert cron.latest_at(due - timedelta(microseconds=1)) == latest
    assert cron.next_after(latest) == due


#: oddities in the history of the world's clocks; the second at which each was moved, in UTC
ODDITIES = [
    ("Pacific/Apia", "2011-12-30 10:00:00"),  # from the end of the 29th to the 31st: a day skipped
    ("Pacific/Kwajalein", "1969-09-30 13:00:00"),  # 23 hours back
    ("Pacific/Kwajalein", "1993-08-21 12:00:00"),  # a day skipped
    ("Asia/Manila", "1844-12-31 15:56:08"),  # a day skipped, by local mean time with seconds
    ("America/Juneau", "1867-10-19 00:31:13"),  # a day lived twice, when Alaska was sold
    ("Africa/Monrovia", "1972-01-07 00:44:30"),  # 44 minutes and 30 seconds ahead
    ("Africa/Sao_Tome", "1883-12-31 23:33:04"),  # the repeated hour goes over into the new year of UTC
    ("America/Cambridge_Bay", "1920-01-01 00:00:00"),
    ("America/St_Johns", "2006-10-29 02:31:00"),  # one minute past midnight back to the day before
    ("Australia/Lord_Howe", "2024-10-05 15:30:00"),  # half an hour ahead
    ("Australia/Lord_Howe", "2024-04-06 15:00:00"),  # half an hour back
    ("Antarctica/Troll", "2024-03-31 01:00:00"),  # two hours ahead
    ("Antarctica/Troll", "2024-10-27 01:00:00"),  # two hours back
]


def clock(instant: datetime, zone: str) -> datetime:
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


@pytest.mark.parametrize(("zone", "moved"), ODDITIES)
def test_odd_moves_of_the_clock(zone: str, moved: str) -> None:
    middle = datetime.fromisoformat(moved).replace(tzinfo=UTC)
    by_a_day = abs(clock(middle, zone) - clock(middle - oracle.SECOND, zone)) > timedelta(hours=3)
    around = timedelta(hours=25 if by_a_day else 3)
    window = ZoneInfo(zone), middle - around, middle + around
    for text in ("*/10 * * * *", "5,35 0-3,12,23 * * *", "30 15 2 31 12 *", "20 * * 1,30 * 6", "0 0 * * *"):
        agree(Cron.from_crontab(text, window[0]), oracle.crontab(text), window, oracle.SECOND)
