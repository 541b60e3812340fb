"""Every text that a schedule is said with, and an example of it: what words files have to translate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

from docassemble.Scheduler.core.job import Schedule
from docassemble.Scheduler.core.texts.phrase import Phrase, Series, Value
from docassemble.Scheduler.schedules.after_end import AfterEnd
from docassemble.Scheduler.schedules.apscheduler import from_trigger
from docassemble.Scheduler.schedules.closed_days import ClosedDays, HolidayCalendar
from docassemble.Scheduler.schedules.cron.schedule import Cron
from docassemble.Scheduler.schedules.modifiers import And, Bounded, Jittered, Or
from docassemble.Scheduler.schedules.open_days import OnHoliday, OnOpenDays
from docassemble.Scheduler.schedules.simple import AtStart, Date, Interval, OnDemand

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)

CRONTABS: Mapping[str, str] = {
    "1st": "0 4 1 * *",
    "a {weekday}": "0 0 1-7 * */4",
    "at minutes {numbers}": "0,20,45 * * * *",
    "at second {number}": "30 * * * * *",
    "at seconds {numbers}": "0,9,30 * * * * *",
    "at {times}": "0 4 * * *",
    "every hour": "0 * * * *",
    "every hour at minute {minute}": "15 * * * *",
    "every hour at minute {minute}, second {second}": "30 15 * * * *",
    "every hour from {first} to {last}": "3 9-14 * * *",
    "every minute": "* * * * *",
    "every minute from {first} to {last}": "10-20 * * * *",
    "every second": "* * * * * *",
    "every second from {first} to {last}": "9-19 * * * * *",
    "every {nth} hour from {first} to {last}": "7 */4 L * 5",
    "every {nth} minute": "*/5 * * * *",
    "every {nth} minute from {first} to {last}": "*/7 * * * *",
    "every {nth} second": "*/10 * * * * *",
    "every {nth} second from {first} to {last}": "*/7 * * * * *",
    "last day": "0 4 L * *",
    "last working day": "0 4 LW * *",
    "the fifth {weekday}": "0 4 */2 * 1#5",
    "the fifth {weekday} of the month": "0 4 * * 1#5",
    "the first {weekday}": "0 4 */2 * 1#1",
    "the first {weekday} of the month": "0 4 * * 1#1",
    "the fourth {weekday}": "0 4 */2 * 1#4",
    "the fourth {weekday} of the month": "0 4 * * 1#4",
    "the last {weekday}": "0 4 */2 * 5L",
    "the last {weekday} of the month": "0 4 * * 5L",
    "the second {weekday}": "0 4 */2 * 1#2",
    "the second {weekday} of the month": "0 4 * * 1#2",
    "the third {weekday}": "0 4 */2 * 1#3",
    "the third {weekday} of the month": "0 4 * * 1#3",
    "{city} time": "0 4 * * *",
    "{clock} from {first} to {last}": "* 9 * * *",
    "{clock} from {first} to {last} and from {second} to {end}": "* 9-11,14 * * *",
    "{clock} of every hour": "1,2,9 * * * *",
    "{clock} of every hour from {first} to {last}": "1,2,9 9-17 * * *",
    "{clock} of every hour from {first} to {last} and from {second} to {end}": "1,2,9 1,9-17 * * *",
    "{clock} of every minute": "30 * * * * *",
    "{clock} of every minute from {first} to {last}": "*/10 5-9 * * * *",
    "{clock} of every {nth} hour": "* */4 3 2 *",
    "{clock} of every {nth} hour from {first} to {last}": "* */7 5 * *",
    "{clock} of every {nth} minute": "*/10 */5 * * * *",
    "{clock} of every {nth} minute from {first} to {last}": "* */7 * * 4 *",
    "{clock} of minute {number}": "*/10 5 * * * *",
    "{clock} of minutes {numbers}": "*/10 5,9 * * * *",
    "{clock} of the hours {hours}": "* 1,3,9,20 * * *",
    "{first} to {last}": "0 4 * 6-8 *",
    "{number}nd": "0 4 2 * *",
    "{number}rd": "0 4 3 * *",
    "{number}st": "0 4 21 * *",
    "{number}th": "0 4 7 * *",
    "{schedule} every day": "0 4 * * *",
    "{schedule} if that is {days}": "0 0 1-7 * */4",
    "{schedule} in {months}": "* * * 1 *",
    "{schedule} on every {nth} day from the {first} to the {last} of the month": "0 4 */5 * *",
    "{schedule} on every {nth} day from the {first} to the {last} of {months}": "0 4 */5 1 *",
    "{schedule} on the {days} of the month": "0 4 7 * *",
    "{schedule} on the {days} of {months}": "0 4 7 1 *",
    "{schedule} on {days}": "0 4 * * 1",
    "{schedule}, again when the clocks go back over it": "0 */12 * * *",
    "{schedule}, and on {days}": "0 0 13 * 5",
    "{schedule}, and on {first} to {last}": "0 0 13 * 1-5",
    "{schedule}, not again when the clocks go back": "0-59 0-23 * * *",
    "{schedule}, {first} to {last}": "0 4 * * 1-5",
    "{schedule}, {zone}": "0 4 * * *",
    "{weekday}s": "0 4 * * 1",
}
CLOSED = ClosedDays(
    weekdays=(6,),
    yearly=tuple(((month, 1), (month, 2)) for month in range(1, 6)),
    holidays=(HolidayCalendar("DE", "Germany", lambda year: ()),),
)
MINUTE, DAY = Interval(timedelta(minutes=1)), timedelta(days=1)


def _open(on_holiday: OnHoliday) -> OnOpenDays:
    return OnOpenDays(schedule=MINUTE, closed=CLOSED, zone=BERLIN, on_holiday=on_holiday)


OTHERS: Mapping[str, Any] = {
    "every day": Interval(DAY),
    "every {duration}": Interval(timedelta(minutes=90)),
    "{schedule}, counted from {moment}": Interval(DAY, NOON),
    "once, on {moment}": Date(NOON),
    "at each start of the site": AtStart(),
    "on demand": OnDemand(),
    "{duration} after the end of the last run": AfterEnd(delay=timedelta(minutes=5), zone=BERLIN),
    "{schedule}, from {start} on": Bounded(MINUTE, start=NOON),
    "{schedule}, until {end}": Bounded(MINUTE, end=NOON),
    "{schedule}, up to {duration} later": Jittered(MINUTE, timedelta(seconds=5), "x"),
    "{schedule}, not on {days}": _open(OnHoliday.SKIP),
    "{schedule}, on the working day before instead of on {days}": _open(OnHoliday.BEFORE),
    "{schedule}, on the next working day instead of on {days}": _open(OnHoliday.AFTER),
    "holidays of {places}": _open(OnHoliday.SKIP),
    "{month} {number}": _open(OnHoliday.SKIP),
    "other days": _open(OnHoliday.SKIP),
    "; and ": Or((MINUTE, MINUTE)),
    "; ": And((MINUTE, MINUTE)),
    "when these fall together: {schedules}": And((MINUTE, MINUTE)),
    "APScheduler's {trigger}, {zone}": from_trigger("cron", {"hour": 4}, BERLIN),
}
EXAMPLES: Mapping[str, Schedule] = {
    **{text: Cron.from_crontab(crontab, BERLIN) for text, crontab in CRONTABS.items()},
    **OTHERS,
}


def texts(value: Value) -> Iterator[str]:
    """Return what a phrase has looked up in the words."""
    if isinstance(value, Phrase):
        yield value.text
        for _, each in value.values:
            yield from texts(each)
    if isinstance(value, Series):
        if not value.separator.isalpha():
            yield value.separator
        for item in value.items:
            yield from texts(item)
