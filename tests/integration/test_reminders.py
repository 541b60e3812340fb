"""The demo of reminders, in a real browser, with real mails: planned, moved, sent on time, stopped by the link."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.message import EmailMessage

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from devserver.server import DevServer
from devserver.waiting import until
from tests.integration.browser import chromium
from tests.integration.conftest import StartDevServer
from tests.integration.interviews import PLAYGROUND, Session, put_into_playground
from tests.integration.records import Tables
from tests.integration.smtp_sink import SmtpSink, text_of

DEMO = "docassemble.Scheduler:data/questions/demo.yml"
HEARING = f"{PLAYGROUND}:hearing.yml"
#: the demo; a program can move its hearing to the second, and an author has put other blocks in the place of ours
INTERVIEW = f"""\
include:
  - {DEMO}
---
question: |
  Which address may we write to?
fields:
  - Your address: reminders_email
    datatype: email
---
code: |
  reminders_by = {{"email": True, "sms": False}}
---
event: hearing_overview
question: |
  Your hearing is on ${{ format_date(hearing_date) }}
action buttons:
  - label: Your answers
    action: review_answers
---
event: review_answers
question: |
  Your answers
need:
  - reminders_planned
review:
  - Edit: hearing_date
    button: Your hearing is on ${{ format_date(hearing_date) }}
---
event: move
code: |
  hearing_date = current_datetime().plus(hours=1, seconds=action_argument("seconds"))
  plan_reminders()
  json_response(hearing_date.minus(hours=1).isoformat())
---
event: forget_name
code: |
  undefine("client_name")
  json_response(True)
"""
#: so much later than it is due a reminder may be sent: a busy machine needs that to run an interview (seconds)
SECOND = 5
FAR = "2035-03-14T14:30"
LINK = re.compile(r"http://\S+stop_reminders\S+")
#: docassemble offers text messages where it has an account; none is sent here
TWILIO = {"sms": True, "account sid": "AC0", "auth token": "none", "number": "+12125550100"}


@dataclass(frozen=True, kw_only=True)
class Site:
    server: DevServer
    browser: Browser
    sink: SmtpSink
    tables: Tables

    def visitor(self) -> Page:
        """Somebody who is not signed in, with a browser of their own."""
        return self.browser.new_context().new_page()

    def mails(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.sink.mails if address in mail["To"]]

    def mail(self, address: str, count: int = 1) -> EmailMessage:
        """Wait for a mail to an address; return the newest."""
        return (
            until(lambda: len(self.mails(address)) >= count, f"{count} mails to {address}", 60)
            and (self.mails(address)[-1])
        )

    def newest(self, interview: str) -> Session:
        """The newest session of an interview, for the administrator."""
        found = self.tables.query(
            "SELECT key FROM userdictkeys WHERE filename = :interview ORDER BY indexno DESC",
            interview=interview,
        )
        return Session(server=self.server, place={"i": interview, "session": found[0].key})

    def planned(self, interview: str) -> dict[str, datetime]:
        """When the reminders of all sessions of an interview are due, by their ids."""
        rows = self.tables.query(
            "SELECT name, due FROM scheduler_session_action WHERE interview = :interview AND wake_at IS NOT NULL",
            interview=interview,
        )
        return {row.name.partition(": ")[2]: row.due.replace(tzinfo=timezone.utc) for row in rows}

    def runs(self, status: str) -> list[str]:
        """The errors of the runs of reminders that ended like that, the oldest first."""
        rows = self.tables.query(
            "SELECT error FROM scheduler_run WHERE status = :status AND job LIKE 'in session %' ORDER BY claimed",
            status=status,
        )
        return [str(row.error) for row in rows]


@pytest.fixture(scope="module")
def site(start_devserver: StartDevServer) -> Iterator[Site]:
    with SmtpSink() as sink, chromium() as browser:
        server = start_devserver({"mail": sink.directive, "twilio": TWILIO, "scheduler": {}})
        put_into_playground(server, "questions", "hearing.yml", INTERVIEW)
        yield Site(server=server, browser=browser, sink=sink, tables=Tables(server.database_url))


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def headline(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_contain_text(text)


def tell_of_hearing(page: Page, site: Site, interview: str) -> None:
    """Begin a session, and answer until the reminders are next."""
    page.goto(f"{site.server.url}/interview?i={interview}")
    page.get_by_label("Your name").fill("Ada Lovelace")
    press(page, "Continue")
    tell_date(page, FAR)
    headline(page, "Would you like to be reminded?")


def tell_date(page: Page, date: str) -> None:
    headline(page, "When and where is your hearing?")
    page.get_by_label("Date and time").fill(date)
    press(page, "Continue")


def hearing(site: Site, address: str) -> Page:
    """Begin a session with reminders by e-mail."""
    page = site.visitor()
    tell_of_hearing(page, site, HEARING)
    press(page, "Yes")
    headline(page, "Which address may we write to?")
    page.get_by_label("Your address").fill(address)
    press(page, "Continue")
    headline(page, "Your hearing is on")
    return page


def move(session: Session, seconds: float) -> datetime:
    """Move the hearing, so that the reminder one hour before it is due so soon; return when."""
    return datetime.fromisoformat(session.do("move", seconds=seconds))


def test_somebody_chooses_reminders_moves_the_date_and_wants_them_no_more(site: Site) -> None:
    page = site.visitor()
    tell_of_hearing(page, site, DEMO)
    expect(page.get_by_role("listitem").get_by_text("The last day to appeal")).to_be_visible()
    press(page, "Yes")
    headline(page, "How should we remind you?")
    expect(page.get_by_label("E-mail address")).to_be_hidden()
    page.get_by_text("E-mail", exact=True).click()
    expect(page.get_by_label("Mobile phone number")).to_be_hidden()
    page.get_by_label("E-mail address").fill("ada@example.com")
    press(page, "Continue")
    headline(page, "Your hearing is on March 14, 2035")
    expect(page.get_by_role("listitem").get_by_text("by e-mail: Your hearing")).to_have_count(2)
    hour = timezone(timedelta(hours=-4))  # of New York in March and April, from the second Sunday on
    assert site.planned(DEMO) == {
        "reminder hearing 3 days before email": datetime(2035, 3, 11, 9, tzinfo=hour),
        "reminder hearing 1 hour before email": datetime(2035, 3, 14, 13, 30, tzinfo=hour),
        "reminder appeal 1 week before email": datetime(2035, 4, 6, 14, 30, tzinfo=hour),
    }
    page.get_by_role("link", name="Change the date").click()
    tell_date(page, "2035-04-04T10:00")
    headline(page, "Your hearing is on April 4, 2035")
    assert set(site.planned(DEMO).values()) == {
        datetime(2035, 4, 1, 9, tzinfo=hour),
        datetime(2035, 4, 4, 9, tzinfo=hour),
        datetime(2035, 4, 27, 10, tzinfo=hour),
    }
    page.get_by_role("link", name="Change the reminders").click()
    headline(page, "Would you like to be reminded?")
    press(page, "No")
    expect(page.get_by_role("main").get_by_text("No reminders are planned.")).to_be_visible()
    assert site.planned(DEMO) == {}


@pytest.mark.every_release
def test_a_reminder_comes_at_its_time_with_its_variables_and_its_link_stops_what_would_follow(
    site: Site,
) -> None:
    hearing(site, "grace@example.com")
    session = site.newest(HEARING)
    due = move(session, 6)
    mail = site.mail("grace@example.com")
    assert 0 <= time.time() - due.timestamp() < SECOND
    assert mail["Subject"].startswith("Your hearing on ")
    assert "Dear Ada Lovelace," in text_of(mail)
    assert "your hearing in Room 12 begins on" in text_of(mail)
    until(lambda: site.runs("succeeded"), "end of the run", 60)

    (link,) = LINK.findall(text_of(mail))
    html = mail.get_body(("html",))
    assert html is not None
    assert link.replace("&", "&amp;") in html.get_content()
    assert session.id not in link
    waiting = site.planned(HEARING)
    assert set(waiting) == {"reminder appeal 1 week before email"}

    # a program that checks mails opens the link, and what it leads to
    assert "Do you want to stop these reminders?" in requests.get(link, timeout=60).text
    page = site.visitor()
    page.goto(link)
    headline(page, "Do you want to stop these reminders?")
    assert site.planned(HEARING) == waiting
    assert "Ada" not in page.content()

    press(page, "Stop the reminders")
    headline(page, "The reminders are stopped.")
    assert site.planned(HEARING) == {}
    assert session.variables()["reminders_wanted"] is False
    stopped = move(session, 1)
    assert site.planned(HEARING) == {}
    until(lambda: time.time() > stopped.timestamp() + SECOND, "the time of a reminder that was stopped", 60)
    assert len(site.mails("grace@example.com")) == 1

    press(page, "I want them again")
    headline(page, "You will get the reminders again.")
    move(session, 5)
    site.mail("grace@example.com", 2)


def test_a_date_that_is_changed_in_a_review_is_followed_before_it_is_left(site: Site) -> None:
    page = hearing(site, "mary@example.com")
    before = site.planned(HEARING)
    page.get_by_role("link", name="Your answers").click()
    headline(page, "Your answers")
    page.get_by_role("button", name="Edit").click()
    tell_date(page, "2035-06-01T10:00")
    headline(page, "Your answers")
    expect(page.get_by_role("main").get_by_text("Your hearing is on June 1, 2035")).to_be_visible()
    moved = {due.date().isoformat() for due in site.planned(HEARING).values()} - {
        due.date().isoformat() for due in before.values()
    }
    assert moved == {"2035-05-29", "2035-06-01", "2035-06-24"}


def test_a_link_that_is_not_complete_does_nothing(site: Site) -> None:
    for link in ("&link=gAAAAABl", "&link=%F0%9F%98%80", ""):
        page = site.visitor()  # a page whose cookies are taken away may load itself again meanwhile
        page.goto(
            f"{site.server.url}/interview?i=docassemble.Scheduler:data/questions/stop_reminders.yml&new_session=1{link}"
        )
        headline(page, "This link does not work.")
        page.context.close()


@pytest.mark.every_release
def test_a_reminder_that_cannot_be_sent_fails_its_run(site: Site) -> None:
    hearing(site, "nobody@example.com")
    session = site.newest(HEARING)
    site.sink.refused.add("nobody@example.com")
    move(session, 3)
    (error,) = until(lambda: site.runs("failed"), "failed run", 60)
    assert "docassemble could not send the e-mail" in error
    session.do("forget_name")
    move(session, 3)
    _, error = until(lambda: len(found := site.runs("failed")) == 2 and found, "second failed run", 60)
    assert "not sent: it needs `client_name`, which only the user can answer" in error
    assert site.mails("nobody@example.com") == []
