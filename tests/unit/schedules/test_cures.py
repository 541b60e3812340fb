"""What other crons write, and what the hints say to write instead: it can be read, and means the same."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docassemble.Scheduler.core.errors import ScheduleError
from docassemble.Scheduler.schedules.cron.crontab import parse
from docassemble.Scheduler.schedules.cron.cures import cure
from docassemble.Scheduler.schedules.cron.schedule import Cron
from docassemble.Scheduler.schedules.describe import describe
from tests.unit.schedules.checks import property_of

UTC = ZoneInfo("UTC")


def hint_of(text: str) -> str:
    with pytest.raises(ScheduleError) as refused:
        parse(text)
    return refused.value.hint


@pytest.mark.parametrize(
    ("written", "instead", "words", "says"),
    [
        ("0 9 ? * mon", "0 9 * * mon", "at 09:00 on Mondays, UTC", "`?` is `*` here."),
        ("0 0 12 ? * MON-FRI", "0 0 12 * * MON-FRI", "at 12:00, Monday to Friday, UTC", "`?`"),
        ("0 9 15W * *", "0 9 15 * *", "at 09:00 on the 15th of the month, UTC", "`except: [sat, sun]`"),
        (
            "0 9 * * FRI-MON",
            "0 9 * * fri,sat,sun,mon",
            "at 09:00 on Mondays, Fridays, Saturdays and Sundays, UTC",
            "upwards",
        ),
        ("0 9 * * sat-sun", "0 9 * * sat,sun", "at 09:00 on Saturdays and Sundays, UTC", "upwards"),
        (
            "0 9 * * 5-1",
            "0 9 * * fri,sat,sun,mon",
            "at 09:00 on Mondays, Fridays, Saturdays and Sundays, UTC",
            "upwards",
        ),
        (
            "0 22-4 * * *",
            "0 22-23,0-4 * * *",
            "at 00:00, 01:00, 02:00, 03:00, 04:00, 22:00 and 23:00 every day, UTC",
            "upwards",
        ),
        (
            "0 9 1 nov-feb *",
            "0 9 1 nov,dec,jan,feb *",
            "at 09:00 on the 1st of January, February, November and December, UTC",
            "upwards",
        ),
        (
            "0 9 * * sunL",
            "0 9 * * 0L",
            "at 09:00 on the last Sunday of the month, UTC",
            "`L` stands after the number",
        ),
        ("0 9 * * fridayL", "0 9 * * 5L", "at 09:00 on the last Friday of the month, UTC", "three letters"),
        (
            "0 9 * * monday-friday",
            "0 9 * * mon-fri",
            "at 09:00, Monday to Friday, UTC",
            "Names have three letters.",
        ),
        (
            "0 9 1 January,Sept *",
            "0 9 1 jan,Sep *",
            "at 09:00 on the 1st of January and September, UTC",
            "three letters",
        ),
        ("0 0 9 * * ? 2027", "0 0 9 * * *", "at 09:00 every day, UTC", "use `start` and `end`"),
        ("0 0 9 ? * 2-6 *", "0 0 9 * * 1-5", "at 09:00, Monday to Friday, UTC", "Sunday is 0 here, not 1."),
        (
            "0 15 10 ? * 6L *",
            "0 15 10 * * 5L",
            "at 10:15 on the last Friday of the month, UTC",
            "Sunday is 0",
        ),
        (
            "0 15 10 ? * 6#3",
            "0 15 10 * * 5#3",
            "at 10:15 on the third Friday of the month, UTC",
            "Sunday is 0",
        ),
        ("cron(0 10 * * ? *)", "0 10 * * *", "at 10:00 every day, UTC", "There is no field for the year."),
        ("cron(0 18 ? * MON-FRI *)", "0 18 * * MON-FRI", "at 18:00, Monday to Friday, UTC", "the year"),
        ("0 10 * * ? *", "0 10 * * *", "at 10:00 every day, UTC", "There is no field for the year."),
        ("0 8 ? * 2 2027", "0 8 * * 1", "at 08:00 on Mondays, UTC", "use `start` and `end`. Sunday is 0"),
        ("cron(0 18 * * *)", "0 18 * * *", "at 18:00 every day, UTC", "alone"),
        (
            "CRON_TZ=Europe/Berlin 0 9 * * *",
            "0 9 * * *",
            "at 09:00 every day, UTC",
            "`time zone: Europe/Berlin`",
        ),
        ("TZ=UTC 0 9 * * tuesday", "0 9 * * tue", "at 09:00 on Tuesdays, UTC", "three letters"),
    ],
)
def test_the_hint_says_what_to_write(written: str, instead: str, words: str, says: str) -> None:
    hint = hint_of(written)
    assert says in hint
    assert hint.endswith(f"Write `{instead}`.")
    assert describe(Cron.from_crontab(instead, UTC), UTC) == words


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("@reboot", "`at start: true`"),
        ("@every 5 minutes", "`every: 5 minutes`"),
        ("rate(5 minutes)", "`every: 5 minutes`"),
        ("0 9 L-3 * *", "`only if`"),
        ("H H * * *", "`jitter`"),
    ],
)
def test_what_has_no_expression_has_another_key(written: str, says: str) -> None:
    assert says in hint_of(written)


def test_a_year_is_spoken_of_only_where_there_is_one() -> None:
    assert hint_of("0 0 12 ? * MON-FRI") == "`?` is `*` here. Write `0 0 12 * * MON-FRI`."
    assert hint_of("0 0 12 ? * 2") == "Sunday is 0 here, not 1. `?` is `*` here. Write `0 0 12 * * 1`."


def test_without_a_cure_the_hint_is_what_the_field_may_be() -> None:
    assert hint_of("0 25 * * *").startswith("It may be 0-23")
    assert hint_of("* * *").startswith("The fields are")
    # nothing is suggested that cannot be read either
    assert hint_of("0 25 ? * *").startswith("It may be 0-23")
    assert hint_of("0 9 ? *").startswith("The fields are")
    assert hint_of("@dayly").startswith("There are `@yearly`")


@pytest.mark.parametrize(
    "good", ["*/5 9-17 * * mon-fri", "0 0 LW * *", "0 4 * * MON#1", "30 0 4 1,15,L 1-6 5L"]
)
def test_nothing_is_said_of_what_is_right(good: str) -> None:
    assert cure(good, lambda _: True) == ""


@property_of(300)
@given(
    st.text(st.sampled_from("0123456789*/-,?LWH#@()= monsujanfridayCRON_TZ"), max_size=40)
    | st.text(max_size=300)
)
def test_a_cure_is_one_line_for_whatever_is_written(text: str) -> None:
    hint = cure(text, lambda _: True)
    assert "\n" not in hint
    assert not hint or re.search(r"`.+`", hint)
