"""Schedules without their closed days, beside a brute-force oracle; and the calendar of a court."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from docassemble.Scheduler.core.errors import ScheduleError
from docassemble.Scheduler.core.job import Schedule
from docassemble.Scheduler.schedules.closed_days import ClosedDays, HolidayCalendar
from docassemble.Scheduler.schedules.cron.schedule import Cron
from docassemble.Scheduler.schedules.holidays import calendar_of
from docassemble.Scheduler.schedules.open_days import OnHoliday, OnOpenDays
from docassemble.Scheduler.schedules.simple import Date, Interval
from tests.unit.schedules.checks import backward, forward, property_of

UTC = timezone.utc
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
NEW_YORK, BERLIN, APIA = map(ZoneInfo, ("America/New_York", "Europe/Berlin", "Pacific/Apia"))
SKIP, BEFORE, AFTER = OnHoliday

#: each with what the oracle knows of it: whether a day is closed, and which weekdays are no working days
Oracle = tuple[ClosedDays, Callable[[date], bool], tuple[int, ...]]


def known(code: str, **others: str) -> Callable[[date], bool]:
    theirs = holidays.country_holidays(code, **others)
    return lambda day: day in theirs


def _calendars() -> list[Oracle]:
    berlin, boston, israel = known("DE", subdiv="BE"), known("US", subdiv="MA"), known("IL")
    england, japan = known("GB", subdiv="ENG"), known("JP")
    over_the_year = ClosedDays(
        weekdays=(6,),
        yearly=(((12, 24), (1, 2)), ((2, 29), (2, 29))),
        periods=((date(2016, 3, 20), date(2016, 4, 3)),),
        holidays=(calendar_of("JP"),),
    )
    return [
        (ClosedDays(holidays=(calendar_of("US-MA"),)), boston, (5, 6)),
        (
            ClosedDays(weekdays=(5, 6), holidays=(calendar_of("DE-BE"),)),
            lambda d: d.weekday() > 4 or berlin(d),
            (5, 6),
        ),
        (
            ClosedDays(weekdays=(4, 5), holidays=(calendar_of("IL"),)),
            lambda d: d.weekday() in (4, 5) or israel(d),
            (4, 5),
        ),
        (
            ClosedDays(holidays=(calendar_of("GB-ENG"), calendar_of("US-MA"))),
            lambda d: england(d) or boston(d),
            (5, 6),
        ),
        (
            over_the_year,
            lambda d: (
                d.weekday() == 6
                or (d.month, d.day) >= (12, 24)
                or (d.month, d.day) <= (1, 2)
                or (d.month, d.day) == (2, 29)
                or date(2016, 3, 20) <= d <= date(2016, 4, 3)
                or japan(d)
            ),
            (6,),
        ),
    ]


CALENDARS = _calendars()
ZONES = [
    *(NEW_YORK, BERLIN, ZoneInfo("Asia/Jerusalem"), ZoneInfo("Europe/London"), ZoneInfo("Asia/Tokyo")),
    # moved by half an hour; at midnight; over a whole day, 30 December 2011
    *(ZoneInfo("Australia/Lord_Howe"), ZoneInfo("America/Sao_Paulo"), APIA),
]
RARE = [
    *(
        "0 9 * * mon-fri",
        "0 9 1 * *",
        "30 2 * * *",
        "0 17 L * *",
        "0 0 * * *",
        "15 1 25 12 *",
        "0 9,17 * * fri",
    ),
    *("59 23 * * sun", "0 0 29 2 *", "30 1 24-31 3,10 *"),
]
OFTEN = ["*/20 * * * *", "7 */5 * * *", "*/30 0-3 * * *"]


def oracle(
    dues: list[datetime],
    closed: Callable[[date], bool],
    weekend: tuple[int, ...],
    zone: ZoneInfo,
    move: OnHoliday,
) -> list[datetime]:
    """Take each due time by itself, and walk day by day to where it is moved."""
    found = set()
    for due in dues:
        local = due.astimezone(zone)
        if not closed(local.date()):
            found.add(due)
        elif move is not SKIP and not local.fold:
            day = local.date()
            while closed(day) or day.weekday() in weekend:
                day += DAY if move is AFTER else -DAY
            found.add(instant_of(datetime.combine(day, local.time()), zone))
    return sorted(found)


def instant_of(local: datetime, zone: ZoneInfo) -> datetime:
    """The first instant at which the clock shows this or, where it skips that, anything later."""
    while True:
        instant = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
        if instant.astimezone(zone).replace(tzinfo=None) == local:
            return instant
        local = local.replace(second=0, microsecond=0) + MINUTE


def check(  # noqa: PLR0917 - the drawn ones
    base: Schedule, calendar: Oracle, zone: ZoneInfo, move: OnHoliday, start: datetime, days: int
) -> None:
    closed, is_closed, weekend = calendar
    end, margin = start + days * DAY, 60 * DAY
    schedule = OnOpenDays(schedule=base, closed=closed, zone=zone, on_holiday=move)
    all_dues = forward(base, start - margin, end + margin)
    expected = [due for due in oracle(all_dues, is_closed, weekend, zone, move) if start <= due < end]
    assert forward(schedule, start, end) == expected
    assert backward(schedule, start, end) == expected


STARTS = st.integers(0, 18 * 365 * 24).map(lambda hours: datetime(2008, 1, 1, tzinfo=UTC) + hours * HOUR)


@property_of(40)
@given(
    st.sampled_from(RARE),
    st.sampled_from(CALENDARS),
    st.sampled_from(ZONES),
    st.sampled_from(OnHoliday),
    STARTS,
)
def test_ten_years_are_as_the_oracle_says(
    crontab: str, calendar: Oracle, zone: ZoneInfo, move: OnHoliday, start: datetime
) -> None:
    check(Cron.from_crontab(crontab, zone), calendar, zone, move, start, 3653)


@property_of(150)
@given(
    st.sampled_from(OFTEN),
    st.sampled_from(CALENDARS),
    st.sampled_from(ZONES),
    st.sampled_from(OnHoliday),
    STARTS,
)
def test_what_is_due_often_is_as_the_oracle_says(
    crontab: str, calendar: Oracle, zone: ZoneInfo, move: OnHoliday, start: datetime
) -> None:
    check(Cron.from_crontab(crontab, zone), calendar, zone, move, start, 20)


@property_of(60)
@given(
    st.integers(40, 3000),
    st.sampled_from(CALENDARS),
    st.sampled_from(ZONES),
    st.sampled_from(OnHoliday),
    STARTS,
)
def test_intervals_are_as_the_oracle_says(
    minutes: int, calendar: Oracle, zone: ZoneInfo, move: OnHoliday, start: datetime
) -> None:
    check(Interval(minutes * MINUTE, start + timedelta(seconds=7)), calendar, zone, move, start, 40)


def times_of_moved_clocks(zone: ZoneInfo, days: int) -> list[datetime]:
    """Beginnings of times of so many days in which the clocks of a zone are moved."""
    begins = (
        datetime(year, month, day, tzinfo=UTC)
        for year in (2011, 2016, 2018)
        for month, day in ((3, 1), (10, 1), (12, 15))
    )
    return [
        begin
        for begin in begins
        if len({(begin + day * DAY).astimezone(zone).utcoffset() for day in range(days + 1)}) > 1
    ]


@pytest.mark.parametrize("zone", [zone for zone in ZONES if zone.key != "Asia/Tokyo"], ids=str)
@pytest.mark.parametrize("move", OnHoliday)
def test_the_days_on_which_clocks_are_moved_are_as_the_oracle_says(zone: ZoneInfo, move: OnHoliday) -> None:
    begins = times_of_moved_clocks(zone, 38)
    assert len(begins) >= 3
    for begin in begins:
        for calendar in CALENDARS:
            check(Cron.from_crontab("*/30 0-3 * * *", zone), calendar, zone, move, begin, 38)


@pytest.mark.parametrize("move", OnHoliday)
def test_a_day_that_a_zone_skips_moves_nothing_out_of_order(move: OnHoliday) -> None:
    closed = ClosedDays(periods=((date(2011, 12, 26), date(2011, 12, 29)),))
    calendar = (closed, lambda day: date(2011, 12, 26) <= day <= date(2011, 12, 29), (5, 6))
    check(Cron.from_crontab("0 9 * * *", APIA), calendar, APIA, move, datetime(2011, 12, 20, tzinfo=UTC), 20)


#: the list that the Executive Office of the Trial Court of Massachusetts published of 2015 and 2016, "pursuant to
#: G.L. c. 4, s. 7": mass.gov/courts/court-info/trial-court/exec-office/ocm/legal-holidays.html. A holiday on a
#: Saturday closes no Friday, one on a Sunday is observed on the Monday, and courts are open on 17 March and 17 June.
MASSACHUSETTS = [
    *("2015-01-01", "2015-01-19", "2015-02-16", "2015-04-20", "2015-05-25", "2015-07-04", "2015-09-07"),
    *("2015-10-12", "2015-11-11", "2015-11-26", "2015-12-25"),
    *("2016-01-01", "2016-01-18", "2016-02-15", "2016-04-18", "2016-05-30", "2016-07-04", "2016-09-05"),
    *("2016-10-10", "2016-11-11", "2016-11-24", "2016-12-26"),
]
PUBLISHED = {date.fromisoformat(day) for day in MASSACHUSETTS}
TWO_YEARS = [date(2015, 1, 1) + number * DAY for number in range(365 + 366)]


def test_the_courts_of_massachusetts_are_closed_on_the_days_of_their_list() -> None:
    closed = ClosedDays(weekdays=(5, 6), holidays=(calendar_of("US-MA"),))
    assert [day for day in TWO_YEARS if closed.includes(day)] == [
        day for day in TWO_YEARS if day in PUBLISHED or day.weekday() > 4
    ]


@pytest.mark.parametrize("move", [BEFORE, AFTER])
def test_a_deadline_moves_to_a_day_on_which_the_courts_of_massachusetts_are_open(move: OnHoliday) -> None:
    closed = ClosedDays(weekdays=(5, 6), holidays=(calendar_of("US-MA"),))
    step = 1 if move is AFTER else -1
    for number, day in enumerate(TWO_YEARS[10:-10], start=10):
        due = datetime.combine(day, time(16, 30), NEW_YORK)
        schedule = OnOpenDays(schedule=Date(due), closed=closed, zone=NEW_YORK, on_holiday=move)
        court_day = next(
            each for each in TWO_YEARS[number::step] if each.weekday() < 5 and each not in PUBLISHED
        )
        assert schedule.next_after(due - 10 * DAY) == datetime.combine(court_day, time(16, 30), NEW_YORK)


def local_dues(schedule: Schedule, zone: ZoneInfo, first: date, last: date) -> list[str]:
    start, end = (datetime.combine(day, time(), zone) for day in (first, last))
    found = forward(schedule, start.astimezone(UTC), end.astimezone(UTC))
    assert backward(schedule, start.astimezone(UTC), end.astimezone(UTC)) == found
    return [f"{due.astimezone(zone):%a %m-%d %H:%M}" for due in found]


@pytest.mark.parametrize(
    ("crontab", "move", "expected"),
    [
        # Christmas 2026 is a Friday; the Thursday before it counts
        ("0 9 * * *", SKIP, ["Thu 12-24 09:00", "Sat 12-26 09:00", "Sun 12-27 09:00", "Mon 12-28 09:00"]),
        ("0 9 25 * *", SKIP, []),
        ("0 9 25 * *", BEFORE, ["Thu 12-24 09:00"]),
        # a working day is no Saturday and no Sunday, also where those count
        ("0 9 25 * *", AFTER, ["Mon 12-28 09:00"]),
        # what falls together is one
        (
            "0 9 24-28 * *",
            BEFORE,
            ["Thu 12-24 09:00", "Sat 12-26 09:00", "Sun 12-27 09:00", "Mon 12-28 09:00"],
        ),
        # in the order of time, whatever day it came from
        ("0 9,17 24-25 * *", BEFORE, ["Thu 12-24 09:00", "Thu 12-24 17:00"]),
    ],
)
def test_a_holiday_is_left_out_or_moved(crontab: str, move: OnHoliday, expected: list[str]) -> None:
    closed = ClosedDays(holidays=(calendar_of("US-MA"),))
    schedule = OnOpenDays(
        schedule=Cron.from_crontab(crontab, NEW_YORK), closed=closed, zone=NEW_YORK, on_holiday=move
    )
    assert local_dues(schedule, NEW_YORK, date(2026, 12, 24), date(2026, 12, 29)) == expected


def test_what_is_moved_comes_between_what_is_due_anyway() -> None:
    closed = ClosedDays(periods=((date(2026, 11, 27), date(2026, 11, 27)),))
    base = Cron.from_crontab("0 8,12 * * mon,fri", BERLIN)
    late = OnOpenDays(
        schedule=Interval(timedelta(hours=7), datetime(2026, 11, 27, tzinfo=UTC)),
        closed=closed,
        zone=BERLIN,
        on_holiday=AFTER,
    )
    assert local_dues(late, BERLIN, date(2026, 11, 30), date(2026, 12, 1)) == [
        *("Mon 11-30 01:00", "Mon 11-30 06:00", "Mon 11-30 08:00", "Mon 11-30 13:00"),
        *("Mon 11-30 15:00", "Mon 11-30 20:00", "Mon 11-30 22:00"),
    ]
    both = OnOpenDays(schedule=base, closed=closed, zone=BERLIN, on_holiday=AFTER)
    assert local_dues(both, BERLIN, date(2026, 11, 27), date(2026, 12, 1)) == [
        "Mon 11-30 08:00",
        "Mon 11-30 12:00",
    ]


def test_a_time_that_the_clock_skips_on_the_working_day_is_due_right_after_the_gap() -> None:
    # Sunday is a working day where Friday and Saturday are closed; in Berlin the clocks move on that day
    closed = ClosedDays(weekdays=(4, 5))
    schedule = OnOpenDays(
        schedule=Cron.from_crontab("30 2 27 3 *", BERLIN), closed=closed, zone=BERLIN, on_holiday=AFTER
    )
    assert local_dues(schedule, BERLIN, date(2027, 3, 26), date(2027, 3, 30)) == ["Sun 03-28 03:00"]


def test_nothing_is_moved_further_than_a_year() -> None:
    closed = ClosedDays(periods=((date(2026, 1, 1), date(2029, 12, 31)),))
    schedule = OnOpenDays(
        schedule=Cron.from_crontab("0 9 * * *", BERLIN), closed=closed, zone=BERLIN, on_holiday=AFTER
    )
    assert schedule.next_after(datetime(2026, 1, 1, 12, tzinfo=UTC)) == datetime(2030, 1, 1, 8, tzinfo=UTC)
    first = OnOpenDays(
        schedule=Date(datetime(2026, 5, 5, tzinfo=UTC)), closed=closed, zone=BERLIN, on_holiday=AFTER
    )
    assert first.next_after(datetime(2026, 1, 1, tzinfo=UTC)) is None
    assert first.latest_at(datetime(2040, 1, 1, tzinfo=UTC)) is None


@pytest.mark.parametrize("move", OnHoliday)
def test_the_search_has_an_end(move: OnHoliday) -> None:
    closed = ClosedDays(yearly=(((1, 1), (12, 31)),))
    for base in (
        Cron.from_crontab("* * * * * *", BERLIN),
        Cron.from_crontab("0 9 25 12 *", BERLIN),
        Date(NOON),
    ):
        schedule = OnOpenDays(schedule=base, closed=closed, zone=BERLIN, on_holiday=move)
        assert schedule.next_after(NOON) is None
        assert schedule.latest_at(NOON) is None


NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize("year", [2, 3, 9997, 9998])
@pytest.mark.parametrize("move", OnHoliday)
def test_the_ends_of_the_calendar_are_no_trouble(move: OnHoliday, year: int) -> None:
    schedule = OnOpenDays(
        schedule=Cron.from_crontab("0 9 25 12 *", BERLIN),
        closed=ClosedDays(weekdays=(5, 6)),
        zone=BERLIN,
        on_holiday=move,
    )
    for month in (1, 12):
        instant = datetime(year, month, 20, tzinfo=UTC)
        after, before = schedule.next_after(instant), schedule.latest_at(instant)
        assert after is None or after > instant
        assert before is None or before <= instant


def test_the_package_is_asked_once_for_each_year() -> None:
    asked = []

    def dates(year: int) -> list[date]:
        asked.append(year)
        return [date(year, 12, 25)]

    for _ in range(3):  # equal days of several jobs
        closed = ClosedDays(holidays=(HolidayCalendar("XX", "Nowhere", dates),))
        schedule = OnOpenDays(
            schedule=Cron.from_crontab("0 9 * * *", BERLIN), closed=closed, zone=BERLIN, on_holiday=AFTER
        )
        assert len(forward(schedule, NOON, NOON + 400 * DAY)) == 400 - 2
    assert sorted(asked) == sorted(set(asked))


def test_years_of_which_the_package_knows_nothing_have_no_holidays() -> None:
    closed = ClosedDays(holidays=(calendar_of("US-MA"),))
    assert [closed.includes(date(year, 12, 25)) for year in (2, 1700, 2026, 9997)] == [
        False,
        False,
        True,
        False,
    ]


def test_a_week_without_a_day_is_refused() -> None:
    with pytest.raises(ScheduleError, match="No weekday") as refused:
        ClosedDays(weekdays=tuple(range(7)))
    assert refused.value.hint


def test_what_is_written_in_another_order_is_the_same_schedule() -> None:
    def of(*codes: str, weekdays: tuple[int, ...]) -> ClosedDays:
        calendars = tuple(HolidayCalendar(code, "", lambda year: ()) for code in codes)
        return ClosedDays(weekdays=weekdays, holidays=calendars)

    one, other = of("US-MA", "DE-BE", "DE-BE", weekdays=(6, 5)), of("DE-BE", "US-MA", weekdays=(5, 6, 6))
    assert one == other
    assert repr(one) == repr(other)
    # the same in every process and with every release of the package: no function, no name, no date
    assert repr(one.holidays) == "(HolidayCalendar(code='DE-BE'), HolidayCalendar(code='US-MA'))"
