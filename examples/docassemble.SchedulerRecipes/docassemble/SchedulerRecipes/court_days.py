# do not pre-load
"""Keep the days on which courts are closed, as their calendars say."""

from datetime import date, datetime, timedelta, timezone

import recurring_ical_events
import requests
from docassemble.base.util import DAStore
from icalendar import Calendar

from docassemble.Scheduler import log

__all__ = ["closed_day", "next_court_day"]

#: how far ahead days are kept (days)
AHEAD = 400
#: how long the court's server may take to answer (seconds)
TIMEOUT = 30

courts = DAStore("courts", base="recipe court days")


def fetch(court: str, url: str) -> str:
    """Read the calendar of a court, an .ics file, into the Data store. What it held stays when that fails."""
    answer = requests.get(url, timeout=TIMEOUT)
    answer.raise_for_status()
    first = datetime.now(timezone.utc).date() - timedelta(days=1)
    last = first + timedelta(days=AHEAD)
    days = read_days(answer.content, first, last)
    if not days:
        raise RuntimeError(f"the calendar of {court} has no whole day until {last}")
    before = (courts.get(court) or {"days": {}})["days"]
    for day in sorted(days.keys() - before.keys()):
        log(f"{court} is closed on {day}: {days[day]}")
    courts.set(court, {"first": first.isoformat(), "last": last.isoformat(), "days": days})
    return f"{len(days)} days until {last}"


def read_days(calendar: bytes, first: date, last: date) -> dict[str, str]:
    """Return the days that events of a calendar take up, from the first day to the last, with their titles."""
    days = {}
    for event in recurring_ical_events.of(Calendar.from_ical(calendar)).between(
        first, last + timedelta(days=1)
    ):
        # an event at a time of day, such as a hearing, closes no court
        if isinstance(event.start, datetime) or event.get("STATUS") == "CANCELLED":
            continue
        for number in range((event.end - event.start).days):
            day = event.start + timedelta(days=number)
            if first <= day <= last:
                days[day.isoformat()] = str(event.get("SUMMARY", ""))
    return days


def closed_day(court: str, day: date) -> str | None:
    """Return why a court is closed on a date, None when it is open; ValueError when nobody knows. For interviews."""
    known = courts.get(court)
    if known is None or not known["first"] <= day.isoformat() <= known["last"]:
        raise ValueError(f"it is not known whether {court} is closed on {day.isoformat()}")
    return "weekend" if day.weekday() >= 5 else known["days"].get(day.isoformat())


def next_court_day(court: str, day: date) -> date:
    """Return the date itself when the court is open, else the next one on which it is. For interviews."""
    while closed_day(court, day) is not None:
        day += timedelta(days=1)
    return day
