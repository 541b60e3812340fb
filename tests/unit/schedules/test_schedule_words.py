"""Schedules in words: by example, exact, and never at a loss."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docassemble.Scheduler.config import parse
from docassemble.Scheduler.core.errors import ScheduleError
from docassemble.Scheduler.schedules.apscheduler import from_trigger
from docassemble.Scheduler.schedules.cron.schedule import Cron
from docassemble.Scheduler.schedules.describe import describe
from docassemble.Scheduler.schedules.modifiers import And, Bounded, Jittered, Or
from docassemble.Scheduler.schedules.simple import Date, Interval, OnDemand
from tests.unit.schedules.checks import forward, property_of

UTC = timezone.utc
BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
WINTER = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("crontab", "words"),
    [
        ("*/5 9-17 * * 1-5", "every fifth minute from 09:00 to 17:59, Monday to Friday, New York time"),
        ("* * * * *", "every minute"),
        ("*/5 * * * *", "every fifth minute"),
        ("*/15 * * * *", "every 15th minute"),
        ("0,15,30,45 * * * *", "every 15th minute"),
        ("*/7 * * * *", "every seventh minute from 0 to 56 of every hour"),
        ("10-20 * * * *", "every minute from 10 to 20 of every hour"),
        ("0,20,45 * * * *", "at minutes 0, 20 and 45 of every hour"),
        ("1-5,30 * * * *", "at minutes 1 to 5 and 30 of every hour"),
        ("0 * * * *", "every hour"),
        ("15 * * * *", "every hour at minute 15"),
        ("30 15 * * * *", "every hour at minute 15, second 30"),
        ("5 9-17 * * *", "every hour from 09:05 to 17:05, New York time"),
        ("0 */2 * * *", "every second hour from 00:00 to 22:00, New York time"),
        ("0 9,17 * * *", "at 09:00 and 17:00 every day, New York time"),
        ("0 0,1,4,9,16 * * *", "at 00:00, 01:00, 04:00, 09:00 and 16:00 every day, New York time"),
        ("0,30 9 * * *", "at 09:00 and 09:30 every day, New York time"),
        ("* 9 * * *", "every minute from 09:00 to 09:59, New York time"),
        ("5-59/10 8 * * *", "every tenth minute from 08:05 to 08:55, New York time"),
        ("* 9-11,14 * * *", "every minute from 09:00 to 11:59 and from 14:00 to 14:59, New York time"),
        ("* 1,3,9,20 * * *", "every minute of the hours 1, 3, 9 and 20, New York time"),
        ("*/10 */3 * * *", "every tenth minute of every third hour, New York time"),
        ("1,2,9 9-17 * * *", "at minutes 1, 2 and 9 of every hour from 09:00 to 17:59, New York time"),
        ("* * * * * *", "every second"),
        ("*/10 * * * * *", "every tenth second"),
        ("30 * * * * *", "at second 30 of every minute"),
        ("*/10 5 * * * *", "every tenth second of minute 5 of every hour"),
        ("*/10 */5 9 * * *", "every tenth second of every fifth minute from 09:00 to 09:59, New York time"),
        ("30 0 4 * * *", "at 04:00:30 every day, New York time"),
        ("0 4 * * *", "at 04:00 every day, New York time"),
        ("@weekly", "at 00:00 on Sundays, New York time"),
        ("@yearly", "at 00:00 on the 1st of January, New York time"),
        # C5: where the rule for moved clocks is not the one that the words let one expect
        ("0/15 0/1 * * *", "every 15th minute, not again when the clocks go back, New York time"),
        ("0-59 0-23 * * *", "every minute, not again when the clocks go back, New York time"),
        ("15 0-23 * * *", "every hour at minute 15, not again when the clocks go back, New York time"),
        (
            "0 0-23/2 * * *",
            "every second hour from 00:00 to 22:00, not again when the clocks go back, New York time",
        ),
        (
            "0 */12 * * *",
            "at 00:00 and 12:00 every day, again when the clocks go back over it, New York time",
        ),
        ("*/60 1 * * *", "at 01:00 every day, again when the clocks go back over it, New York time"),
        (
            "*/30 1 * * 7",
            "at 01:00 and 01:30 on Sundays, again when the clocks go back over it, New York time",
        ),
        ("30 4 1 * *", "at 04:30 on the 1st of the month, New York time"),
        ("0 4 1,15,L 1,7 *", "at 04:00 on the 1st, 15th and last day of January and July, New York time"),
        ("0 0 LW * *", "at 00:00 on the last working day of the month, New York time"),
        ("0 4 1-7 * *", "at 04:00 on the 1st to 7th of the month, New York time"),
        (
            "0 4 5-31/5 * *",
            "at 04:00 on every fifth day from the 5th to the 30th of the month, New York time",
        ),
        ("0 4 * * 6,0", "at 04:00 on Saturdays and Sundays, New York time"),
        ("0 4 * * 1-3", "at 04:00, Monday to Wednesday, New York time"),
        ("0 4 * * 5-7", "at 04:00, Friday to Sunday, New York time"),
        ("0 4 * 6-8 *", "at 04:00 every day in June to August, New York time"),
        ("0 4 * 6-8 1,5", "at 04:00 on Mondays and Fridays in June to August, New York time"),
        ("* * * 1 *", "every minute in January, New York time"),
        ("0 0 * * MON#1", "at 00:00 on the first Monday of the month, New York time"),
        ("0 0 * * 5L", "at 00:00 on the last Friday of the month, New York time"),
        ("0 4 * * 1,3#2", "at 04:00 on Mondays and the second Wednesday of the month, New York time"),
        # both plain: either; one of them with a star: both
        ("0 0 13 * 5", "at 00:00 on the 13th of the month, and on Fridays, New York time"),
        ("0 0 13 * 1-5", "at 00:00 on the 13th of the month, and on Monday to Friday, New York time"),
        ("0 0 13 1 5", "at 00:00 on the 13th of January, and on Fridays in January, New York time"),
        (
            "0 0 1-7 * */4",
            "at 00:00 on the 1st to 7th of the month if that is a Thursday or a Sunday, New York time",
        ),
        ("0 0 1-7 * */1", "at 00:00 on the 1st to 7th of the month, New York time"),
        ("0 4 1-31 * 1", "at 04:00 every day, New York time"),
    ],
)
def test_crontab_expressions(crontab: str, words: str) -> None:
    assert describe(Cron.from_crontab(crontab, NEW_YORK), BERLIN) == words


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"minute": -5}, "every fifth minute"),
        ({"hour": 4, "minute": 30}, "at 04:30 every day, Berlin time"),
        ({"hour": 4, "minute": 0, "weekday": "mon"}, "at 04:00 on Mondays, Berlin time"),
        (
            {"hour": 4, "minute": 0, "day": -5},
            "at 04:00 on every fifth day from the 5th to the 30th of the month, Berlin time",
        ),
        (
            {"hour": 4, "minute": 0, "day": -10, "weekday": 5},
            "at 04:00 on the 10th, 20th and 30th of the month if that is a Friday, Berlin time",
        ),
        (
            {"hour": 4, "minute": 0, "day": 13, "weekday": 5},
            "at 04:00 on the 13th of the month, and on Fridays, Berlin time",
        ),
    ],
)
def test_cron_fields(fields: dict[str, Any], words: str) -> None:
    assert describe(Cron.from_fields(BERLIN, **fields), BERLIN) == words


EVERY_MINUTE = Interval(timedelta(minutes=1))
AT_FOUR = Cron.from_crontab("0 4 * * *", BERLIN)


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        (EVERY_MINUTE, "every minute"),
        (Interval(timedelta(minutes=5)), "every 5 minutes"),
        (Interval(timedelta(days=1)), "every day"),
        (Interval(timedelta(minutes=90)), "every 1 hour 30 minutes"),
        (Interval(timedelta(hours=1), WINTER), "every hour"),
        (
            Interval(timedelta(days=1), WINTER),
            "every day, counted from 2026-11-21 at 13:00, Berlin time",
        ),
        (Date(WINTER), "once, on 2026-11-21 at 13:00, Berlin time"),
        (Date(WINTER + timedelta(seconds=5)), "once, on 2026-11-21 at 13:00:05, Berlin time"),
        (
            Bounded(Interval(timedelta(days=1), WINTER), start=WINTER),
            "every day, from 2026-11-21 at 13:00 on, Berlin time",
        ),
        (
            Bounded(EVERY_MINUTE, start=WINTER, end=WINTER + timedelta(days=1)),
            "every minute, from 2026-11-21 at 13:00 on, until 2026-11-22 at 13:00, Berlin time",
        ),
        (
            Bounded(AT_FOUR, end=WINTER),
            "at 04:00 every day, until 2026-11-21 at 13:00, Berlin time",
        ),
        (
            Bounded(Cron.from_crontab("0 4 * * *", NEW_YORK), end=WINTER),
            "at 04:00 every day, New York time, until 2026-11-21 at 13:00, Berlin time",
        ),
        (Bounded(AT_FOUR), "at 04:00 every day, Berlin time"),
        (
            Jittered(AT_FOUR, timedelta(minutes=5), "x"),
            "at 04:00 every day, up to 5 minutes later, Berlin time",
        ),
        (Jittered(EVERY_MINUTE, timedelta(0), "x"), "every minute"),
        (
            Or((EVERY_MINUTE, AT_FOUR)),
            "every minute; and at 04:00 every day, Berlin time",
        ),
        (
            And((EVERY_MINUTE, AT_FOUR)),
            "when these fall together: every minute; at 04:00 every day, Berlin time",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_other_schedules(schedule: Any, words: str) -> None:
    assert describe(schedule, BERLIN) == words


@pytest.mark.parametrize(
    ("trigger", "params", "words"),
    [
        ("cron", {"hour": 4, "day": "last sat"}, "APScheduler's cron[day='last sat', hour='4'], Berlin time"),
        ("interval", {"minutes": 5}, "every 5 minutes, from 1970-01-01 at 00:00 on, Berlin time"),
        ("date", {"run_date": "2026-11-21 13:00:00"}, "once, on 2026-11-21 at 13:00, Berlin time"),
        (
            "or",
            {
                "triggers": [
                    {"trigger": "cron", "params": {"hour": 4}},
                    {"trigger": "cron", "params": {"hour": 5}},
                ]
            },
            "APScheduler's cron[hour='4'], Berlin time; and APScheduler's cron[hour='5'], Berlin time",
        ),
    ],
)
def test_triggers_of_apscheduler(trigger: str, params: dict[str, Any], words: str) -> None:
    assert describe(from_trigger(trigger, params, BERLIN), BERLIN) == words


def test_a_calendar_interval_of_apscheduler_says_what_it_says_itself() -> None:
    schedule = from_trigger("calendarinterval", {"months": 1}, BERLIN)
    assert describe(schedule, BERLIN).startswith("APScheduler's ")
    assert describe(schedule, BERLIN).endswith("Berlin time")


def numbers(least: int, most: int) -> st.SearchStrategy[str]:
    one = st.integers(least, most).map(str)
    span = st.tuples(st.integers(least, most), st.integers(least, most)).map(
        lambda two: f"{min(two)}-{max(two)}"
    )
    each = st.integers(1, 12).map(lambda step: f"*/{step}")
    spread = st.tuples(span, st.integers(1, 9)).map(lambda two: f"{two[0]}/{two[1]}")
    return st.one_of(
        st.just("*"), each, st.lists(st.one_of(one, span, spread), min_size=1, max_size=3).map(",".join)
    )


FIELDS = (
    st.one_of(st.just("0"), numbers(0, 59)),
    numbers(0, 59),
    numbers(0, 23),
    st.one_of(numbers(1, 31), st.sampled_from(["1", "L", "LW", "1,L", "1,LW"])),
    numbers(1, 12),
    st.one_of(numbers(0, 7), st.sampled_from(["1#1", "5L", "1#2,3#1", "2,5L", "1#5,1L"])),
)
CRONTABS = st.tuples(*FIELDS).map(" ".join)
#: an expression, and what could stand in each of its fields instead
VARIED = st.tuples(st.tuples(*FIELDS), st.tuples(*(st.lists(field, max_size=4) for field in FIELDS)))


@property_of(250)
@given(VARIED)
def test_what_is_said_the_same_way_is_due_at_the_same_times(varied: Any) -> None:
    fields, instead = varied
    meant: dict[str, Cron] = {}
    for index, others in enumerate(instead):
        for other in (fields[index], *others):
            try:
                cron = Cron.from_crontab(" ".join((*fields[:index], other, *fields[index + 1 :])), BERLIN)
            except ScheduleError:
                continue  # there is no such day
            words = describe(cron, BERLIN)
            if cron.expression != (before := meant.setdefault(words, cron)).expression:
                assert days_and_times(before) == days_and_times(cron), words


def days_and_times(cron: Cron) -> tuple[Any, ...]:
    """Return what is matched, however it was written: all days of 28 years, the times of a day, and the rule
    for moved clocks.
    """
    pattern = cron.expression.pattern
    months = [(year, month) for year in range(2000, 2028) for month in range(1, 13)]
    days = tuple(pattern.days.in_month(year, month) for year, month in months)
    return days, pattern.hours, pattern.minutes, pattern.seconds, cron.expression.fixed


#: expressions that are often the same times, written with a wildcard and without
ALIKE = st.tuples(
    *(
        st.sampled_from(
            [f"*/{size // count}" for count in counts] + [f"0/{size // count}" for count in counts] + more
        )
        for size, counts, more in (
            (60, (1, 2, 3, 4, 60), ["*", "0", "0,30", "0-59", "5", "*,7", "*/60", "*/7"]),
            (24, (1, 2, 4, 12, 24), ["*", "0", "1", "2", "0,12", "0-23", "*/24", "1-23/2", "2,3"]),
        )
    )
)


@property_of(300)
@given(ALIKE, ALIKE)
def test_c5_what_is_said_the_same_way_is_due_at_the_same_instants_when_the_clocks_move(
    one: tuple[str, str], other: tuple[str, str]
) -> None:
    first, second = (Cron.from_crontab(f"{minute} {hour} * * *", BERLIN) for minute, hour in (one, other))
    if describe(first, BERLIN) == describe(second, BERLIN):
        for month, day in ((3, 28), (10, 31)):
            start = datetime(2027, month, day, tzinfo=UTC) - timedelta(hours=3)
            until = start + timedelta(hours=30)
            assert forward(first, start, until) == forward(second, start, until)


def test_c5_where_clocks_never_move_nothing_is_said_of_it() -> None:
    assert describe(Cron.from_crontab("0/15 0/1 * * *", ZoneInfo("UTC")), BERLIN) == "every 15th minute"


YEARS: dict[str, Any] = {"min_value": datetime(1970, 1, 2), "max_value": datetime(2999, 12, 30)}  # noqa: DTZ001 - as hypothesis wants them
MOMENTS = st.datetimes(timezones=st.just(UTC), **YEARS).map(str)
BOUNDS = {
    "except": st.sampled_from(["sat, sun", ["12-25"], ["12-24 to 01-02", "2026-12-30"]]),
    "holidays": st.sampled_from(["US-MA", ["DE", "GB-ENG"]]),
    "on holiday": st.sampled_from(["skip", "before", "after"]),
    "start": MOMENTS,
    "end": MOMENTS,
    "jitter": st.sampled_from(["1 second", "90 minutes", 0]),
    "time zone": st.timezone_keys(allow_prefix=False),
}
KEYS = st.one_of(
    st.fixed_dictionaries({"crontab": CRONTABS}, optional=BOUNDS),
    st.fixed_dictionaries({"crontab": st.lists(CRONTABS, min_size=1, max_size=3)}, optional=BOUNDS),
    st.fixed_dictionaries({"every": st.integers(1, 10**9)}, optional=BOUNDS),
    st.fixed_dictionaries({"run at": MOMENTS}, optional=BOUNDS),
    st.fixed_dictionaries(
        {}, optional={"hour": numbers(0, 23), "minute": numbers(0, 59), "day": numbers(1, 31), **BOUNDS}
    ),
)


@property_of(200)
@given(KEYS)
def test_whatever_the_configuration_accepts_can_be_said(keys: dict[str, Any]) -> None:
    configuration = parse({"a.b": keys}, zone="Europe/Berlin", environ={}, now=WINTER)
    for job in configuration.jobs:
        words = describe(job.schedule, ZoneInfo(job.time_zone))
        assert words.isprintable()
        assert "  " not in words


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (
            {"crontab": "0 9 * * mon-fri", "holidays": "US-MA", "time zone": "America/New_York"},
            "at 09:00, Monday to Friday, not on holidays of Massachusetts, New York time",
        ),
        (
            {
                "crontab": "0 9 * * 1",
                "holidays": "US",
                "on holiday": "after",
            },
            "at 09:00 on Mondays, on the next working day instead of on holidays of the United States, Berlin time",
        ),
        (
            {"every": "1 hour", "except": ["12-24 to 01-02", "2026-12-30"], "on holiday": "before"},
            "every hour, on the working day before instead of on December 24 to January 2 and 2026-12-30, Berlin time",
        ),
        (
            {"every": "1 hour", "except": ["01-01", "02-02", "03-03", "04-04", "05-05", "06-06"]},
            "every hour, not on January 1, February 2, March 3, April 4 and other days, Berlin time",
        ),
        (
            {"crontab": ["0 9 * * mon", "30 14 * * fri"]},
            "at 09:00 on Mondays; and at 14:30 on Fridays, Berlin time",
        ),
        ({"crontab": ["0 9 * * mon", "*/7 * * * * *"]}, "at 09:00 on Mondays, Berlin time; and {seventh}"),
    ],
)
def test_days_that_do_not_count_and_lists(keys: dict[str, Any], words: str) -> None:
    (job,) = parse({"a.b": keys}, zone="Europe/Berlin", environ={}, now=WINTER).jobs
    seventh = "every seventh second from 0 to 56 of every minute"
    assert describe(job.schedule, ZoneInfo(job.time_zone)) == words.format(seventh=seventh)


def test_what_is_never_due_is_on_demand() -> None:
    assert describe(OnDemand(), NEW_YORK) == "on demand"
