"""What the mails say."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docassemble.Scheduler.core.alerts import Alert, AlertKind
from docassemble.Scheduler.core.errors import JobTimeout
from docassemble.Scheduler.core.run import Due, FinishedRun, Run, Status, StopReason
from docassemble.Scheduler.core.texts.error_text import ErrorText
from docassemble.Scheduler.notifications.email import DIGEST_LIMIT, LIMIT, Mail, mail_of
from docassemble.Scheduler.notifications.message import Digest
from docassemble.Scheduler.notifications.report import (
    Report,
    Sender,
    of_critical,
    of_failure,
    of_late_start,
    of_recovery,
)
from docassemble.Scheduler.schedules.simple import Interval
from docassemble.Scheduler.testing import job

FAILURE, STILL, RECOVERY = AlertKind.FAILURE, AlertKind.STILL_FAILING, AlertKind.RECOVERY

SENDER = Sender(app="Legal Help", server="web1.example.com")
STARTED = datetime(2026, 2, 1, 4, 30, tzinfo=timezone(timedelta(hours=1)))
RUN = FinishedRun(
    id="0" * 32,
    job="nightly report 2",
    due=STARTED,
    attempt=1,
    status=Status.FAILED,
    started=STARTED,
    finished=STARTED + timedelta(seconds=2, milliseconds=345),
)
FIRST = Alert(kind=FAILURE, count=1)


def mailed(report: Report, sender: Sender = SENDER) -> Mail:
    return mail_of(Digest(sender=sender, reports=(report,)))


def failed(run: FinishedRun, error: ErrorText | None, variables: str = "", alert: Alert = FIRST) -> Mail:
    return mailed(of_failure(SENDER, replace(run, error_text=error), alert, variables))


def raised(error: BaseException) -> ErrorText:
    try:
        raise error
    except BaseException as caught:
        return ErrorText.of(caught)


def test_a_failure_mail_says_what_failed_when_where_and_why() -> None:
    mail = failed(RUN, raised(ValueError("no such case")))
    assert mail.subject == "Legal Help: nightly report 2 failed: ValueError: no such case"
    head, _, traceback = mail.text.partition("\n\nTraceback")
    assert head == (
        "nightly report 2 failed: ValueError: no such case\n"
        "\n"
        "Job: nightly report 2\n"
        "Due: 2026-02-01 04:30:00+01:00\n"
        "Duration: 2.345 s\n"
        "Server: web1.example.com\n"
        "Failures since the last message: 1\n"
        "Error: ValueError: no such case"
    )
    assert "raise error\n" in traceback
    assert traceback.endswith("ValueError: no such case\n")


def test_a_mail_about_an_old_trouble_says_so() -> None:
    mail = failed(RUN, raised(ValueError()), alert=Alert(kind=STILL, count=12))
    assert mail.subject == "Legal Help: nightly report 2 is still failing: ValueError:"
    assert "Failures since the last message: 12\n" in mail.text


def test_a_recovery_mail_says_that_the_job_works_again_and_what_was_not_mailed() -> None:
    mail = mailed(of_recovery(SENDER, RUN, Alert(kind=RECOVERY, count=4)))
    assert mail.subject == "Legal Help: nightly report 2 works again"
    assert mail.text.startswith("nightly report 2 works again\n\nJob: nightly report 2\nDue: 2026-")
    assert mail.text.endswith("Failures since the last message: 4\n")


@pytest.mark.parametrize(("job", "who"), [("nightly", "nightly"), (None, "the scheduler")])
def test_a_critical_message_is_mailed_whole(job: str | None, who: str) -> None:
    mail = mailed(of_critical(SENDER, job, "the archive is full\nsee the disk", Alert(kind=STILL, count=3)))
    assert mail.subject == f"Legal Help: critical message of {who}: the archive is full"
    assert mail.text.endswith("Such messages since the last one: 3\n\nthe archive is full\nsee the disk")


def test_no_variable_of_the_stack_is_in_a_mail() -> None:
    def log_in(password: str) -> None:
        raise ValueError(len(password))

    try:
        log_in("".join(("hunt", "er2")))
    except ValueError as error:
        mail = failed(RUN, ErrorText.of(error))
    assert "in log_in\n" in mail.text
    assert "hunter2" not in mail.text


def test_the_cause_of_an_exception_is_in_the_traceback() -> None:
    error = ValueError("outer")
    error.__cause__ = KeyError("inner")
    text = failed(RUN, raised(error)).text
    assert "KeyError: 'inner'" in text
    assert "direct cause" in text


class UnprintableError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("not even this")


def test_an_exception_that_cannot_be_printed_is_mailed_all_the_same() -> None:
    mail = failed(RUN, raised(UnprintableError()))
    assert f"{__name__}.UnprintableError" in mail.subject
    assert "not even this" not in mail.text


def test_a_huge_error_is_cut_in_the_middle_and_its_beginning_and_end_stay() -> None:
    mail = failed(RUN, raised(ValueError("begin" + "x" * 10**6 + "end")))
    assert len(mail.text) <= LIMIT
    assert "Error: ValueError: begin" in mail.text
    assert "Traceback (most recent call last)" in mail.text
    assert " [...] " in mail.text
    assert mail.text.endswith("xend\n")


def test_a_job_name_that_is_longer_than_a_mail_is_cut_too() -> None:
    run = replace(RUN, job="j" * 2 * LIMIT)
    mail = failed(run, raised(ValueError()))
    assert len(mail.text) <= LIMIT
    assert len(mailed(of_recovery(SENDER, run, FIRST)).text) <= LIMIT


def test_a_subject_is_one_line_whatever_the_names() -> None:
    sender = replace(SENDER, app="A\r\nBcc: all@example.com\u2028\0")
    mail = mailed(of_recovery(sender, RUN, FIRST), sender)
    assert mail.subject == "A Bcc: all@example.com : nightly report 2 works again"


@given(names=st.text(max_size=400), message=st.text(st.characters(), max_size=200))
def test_any_text_makes_a_mail_that_can_be_sent(names: str, message: str) -> None:
    sender, run = Sender(app=names, server=names), replace(RUN, job=names)
    error = ErrorText(name=names, message=message, traceback=(message + "\udc80\0") * 100)
    reports = (
        of_failure(sender, replace(run, error_text=error), FIRST),
        of_recovery(sender, run, FIRST),
        of_critical(sender, names, message * 100, FIRST),
    )
    several = mail_of(Digest(sender=sender, reports=reports * 30, more=3))
    for mail in (several, *(mailed(report, sender) for report in reports)):
        assert mail.subject.isprintable()
        assert len(mail.subject) <= 200
        assert len(mail.text) <= (DIGEST_LIMIT if mail is several else LIMIT)
        assert "\0" not in mail.text
        mail.text.encode()


TIMED_OUT = replace(RUN, status=Status.TIMED_OUT, reason=StopReason.TIMEOUT.value)
DIED = replace(
    RUN, status=Status.INTERRUPTED, reason="its process died", started=None, server="web2", attempt=3
)


def test_a_mail_about_a_run_that_timed_out_says_so_in_plain_words_and_where_it_was() -> None:
    mail = failed(TIMED_OUT, raised(JobTimeout("stopped")))
    assert mail.subject == "Legal Help: nightly report 2 timed out: its `max runtime` is over"
    assert mail.text.startswith("nightly report 2 timed out: its `max runtime` is over\n\nJob: ")
    assert "Error:" not in mail.text
    assert "in raised\n" in mail.text


def test_a_mail_about_a_run_whose_process_died_has_the_reason_in_place_of_a_traceback() -> None:
    mail = mailed(of_failure(SENDER, DIED, FIRST))
    assert mail.subject == "Legal Help: nightly report 2 was interrupted: its process died"
    assert mail.text == (
        "nightly report 2 was interrupted: its process died\n"
        "\n"
        "Job: nightly report 2\n"
        "Due: 2026-02-01 04:30:00+01:00\n"
        "Attempts: 3\n"
        "Server: web2\n"
        "Failures since the last message: 1\n"
    )


@pytest.mark.parametrize(
    ("run", "what"),
    [
        (TIMED_OUT, "timed out: its `max runtime` is over"),
        (DIED, "was interrupted: its process died"),
    ],
)
def test_a_mail_about_an_old_trouble_says_what_it_was_this_time(run: FinishedRun, what: str) -> None:
    mail = mailed(of_failure(SENDER, run, Alert(kind=STILL, count=2)))
    assert mail.subject == f"Legal Help: nightly report 2 is still failing; this time it {what}"
    assert mail.text.startswith(f"nightly report 2 is still failing; this time it {what}\n")


def test_variables_stand_at_the_end_and_leave_room_for_both_ends_of_the_traceback() -> None:
    error = raised(ValueError("begin" + "x" * 10**6 + "end"))
    text = failed(RUN, error, "number = 21\n" + "y" * 3_000).text
    assert "Traceback (most recent call last)" in text
    assert "xend\n\nThe variables of the job's own code:\n\nnumber = 21\ny" in text
    assert len(text) <= LIMIT


def test_a_mail_about_a_late_start_says_how_late() -> None:
    due = Due(job("nightly report 2", Interval(timedelta(days=1)), time_zone="Etc/GMT-1"), STARTED)
    run = Run(id="0" * 32, due=due, claimed=STARTED)
    mail = mailed(of_late_start(SENDER, run, timedelta(minutes=3), timedelta(minutes=2), FIRST))
    assert mail.subject == "Legal Help: nightly report 2 started late, by 180.000 s"
    assert mail.text == (
        "nightly report 2 started late, by 180.000 s\n"
        "\n"
        "Job: nightly report 2\n"
        "Due: 2026-02-01 04:30:00+01:00\n"
        "Late by: 180.000 s\n"
        "Check-in margin: 120.000 s\n"
        "Server: web1.example.com\n"
        "Late starts since the last message: 1\n"
    )


def test_the_page_of_the_run_is_the_second_line() -> None:
    link = "https://legal.example.com/scheduler/run?id=" + "0" * 32
    mail = mailed(replace(of_failure(SENDER, DIED, FIRST), link=link))
    assert mail.text.splitlines()[:3] == ["nightly report 2 was interrupted: its process died", link, ""]


def failures(count: int, message: str = "no such case") -> tuple[Report, ...]:
    error = ErrorText(name="ValueError", message=message, traceback=f"Traceback\n{message}")
    return tuple(
        replace(
            of_failure(SENDER, replace(RUN, job=f"job {number}", error_text=error), FIRST), link=f"l{number}"
        )
        for number in range(count)
    )


def test_several_failures_are_one_mail_that_lists_them_all_and_then_shows_them() -> None:
    mail = mail_of(Digest(sender=SENDER, reports=failures(14)))
    assert mail.subject == "Legal Help: 14 jobs failed: job 0, job 1, job 2 and 11 others"
    assert mail.text.startswith(
        "14 jobs failed: job 0, job 1, job 2 and 11 others\n\n- job 0 failed: ValueError"
    )
    assert [f"- job {n} failed: ValueError: no such case\n  l{n}\n" in mail.text for n in range(14)] == [
        True
    ] * 14
    assert mail.text.count("Traceback\n") == 14


def test_what_has_no_room_in_a_mail_is_counted() -> None:
    mail = mail_of(Digest(sender=SENDER, reports=failures(100, "x" * 1_000), more=7))
    listed = mail.text.count("\n- job ")
    assert f"- and {107 - listed} more\n" in mail.text
    assert mail.subject.startswith("Legal Help: 100 jobs failed, 7 more: job 0, ")
    assert len(mail.text) <= DIGEST_LIMIT


def test_a_mail_about_different_things_says_how_many_of_each() -> None:
    works = of_recovery(SENDER, replace(RUN, job="nightly"), FIRST)
    logged = of_critical(SENDER, None, "full", FIRST)
    mail = mail_of(Digest(sender=SENDER, reports=(*failures(2), works, logged)))
    assert mail.subject == (
        "Legal Help: 2 jobs failed, 1 job works again, 1 critical message: job 0, job 1, nightly"
    )
