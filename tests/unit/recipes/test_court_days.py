"""Which days a calendar closes a court on, event by event."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

FIRST, LAST = date(2026, 12, 20), date(2027, 12, 31)

WHOLE_DAY = "DTSTART;VALUE=DATE:20270118\nSUMMARY:Martin Luther King Day"
EVENTS = {
    "one day": (WHOLE_DAY, ["2027-01-18"]),
    "several days, the end is not among them": (
        "DTSTART;VALUE=DATE:20271222\nDTEND;VALUE=DATE:20271225",
        ["2027-12-22", "2027-12-23", "2027-12-24"],
    ),
    "as long as it says": ("DTSTART;VALUE=DATE:20270701\nDURATION:P2D", ["2027-07-01", "2027-07-02"]),
    "every year": (
        "DTSTART;VALUE=DATE:20201225\nRRULE:FREQ=YEARLY\nSUMMARY:Christmas",
        ["2026-12-25", "2027-12-25"],
    ),
    "every year but one": (
        "DTSTART;VALUE=DATE:20201225\nRRULE:FREQ=YEARLY\nEXDATE;VALUE=DATE:20261225",
        ["2027-12-25"],
    ),
    "only what is in the time that is asked for": (
        "DTSTART;VALUE=DATE:20261218\nDTEND;VALUE=DATE:20261222",
        ["2026-12-20", "2026-12-21"],
    ),
    "the last day": ("DTSTART;VALUE=DATE:20271231\nDTEND;VALUE=DATE:20280102", ["2027-12-31"]),
    "a hearing": ("DTSTART:20270301T143000Z\nDTEND:20270301T153000Z", []),
    "called off": (f"{WHOLE_DAY}\nSTATUS:CANCELLED", []),
    "long ago": ("DTSTART;VALUE=DATE:20200118", []),
}


@pytest.mark.parametrize(("event", "days"), EVENTS.values(), ids=EVENTS)
def test_a_court_is_closed_on_the_whole_days_of_its_calendar(
    recipe: Any, event: str, days: list[str]
) -> None:
    assert list(recipe("court_days").read_days(calendar(event), FIRST, LAST)) == days


def test_a_day_has_the_title_of_its_event(recipe: Any) -> None:
    assert recipe("court_days").read_days(calendar(WHOLE_DAY), FIRST, LAST) == {
        "2027-01-18": "Martin Luther King Day"
    }


@pytest.mark.parametrize("text", ["", "<html>We have moved</html>", "BEGIN:VCALENDAR"])
def test_what_is_no_calendar_is_refused(recipe: Any, text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        recipe("court_days").read_days(text.encode(), FIRST, LAST)


@pytest.mark.parametrize(
    ("day", "answer"),
    [
        (date(2027, 1, 15), date(2027, 1, 15)),
        (date(2027, 1, 16), date(2027, 1, 19)),
        (date(2027, 1, 18), date(2027, 1, 19)),
    ],
)
def test_the_next_court_day_is_neither_in_a_weekend_nor_closed(recipe: Any, day: date, answer: date) -> None:
    assert known_until(recipe, "2027-12-31").next_court_day("Boston", day) == answer


@pytest.mark.parametrize("court", ["Boston", "Salem"])
def test_nothing_is_guessed_about_days_that_no_calendar_tells_of(recipe: Any, court: str) -> None:
    with pytest.raises(ValueError, match=f"it is not known whether {court} is closed on 2027-01-18"):
        known_until(recipe, "2027-01-17").closed_day(court, date(2027, 1, 18))


def known_until(recipe: Any, last: str) -> Any:
    module = recipe("court_days")
    days = {"2027-01-18": "Martin Luther King Day"}
    module.courts.set("Boston", {"first": "2026-12-31", "last": last, "days": days})
    return module


def calendar(event: str) -> bytes:
    head = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//tests//EN\nBEGIN:VEVENT\nUID:1@tests\nDTSTAMP:20260101T000000Z"
    return f"{head}\n{event}\nEND:VEVENT\nEND:VCALENDAR\n".replace("\n", "\r\n").encode()
