"""What the mails say."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docassemble.Scheduler.core.alerts import Alert, AlertKind
from docassemble.Scheduler.core.error_text import ErrorText
from docassemble.Scheduler.core.errors import JobTimeout
from docassemble.Scheduler.core.run import Due, FinishedRun, Status, StopReason
from docassemble.Scheduler.notifications.email import (
    LIMIT,
    Mail,
    Sender,
    critical_mail,
    failure_mail,
    late_mail,
    recovery_mail,
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


def failed(run: FinishedRun, error: ErrorText | None, variables: str = "", alert: Alert = FIRST) -> Mail:
    return failure_mail(SENDER, replace(run, error_text=error), alert, variables)


def raised(error: BaseException) -> ErrorText:
    try:
        raise error
    except BaseException as caught:
        return ErrorText.of(caught)


def test_a_failure_mail_says_what_failed_when_where_and_why() -> None:
    mail = failed(RUN, raised(ValueError("no such case")))
    assert mail.subject == "Legal Help: nightly report 2 failed: ValueError"
    head, _, traceback = mail.text.partition("\n\nTraceback")
    assert head == (
        "The job nightly report 2 failed.\n"
        "\n"
        "Job: nightly report 2\n"
        "Due: 2026-02-01 04:30:00+01:00\n"
        "Duration: 2.345 s\n"
        "Server: web1.example.com\n"
        "Failures since the last mail: 1\n"
        "Error: ValueError: no such case"
    )
    assert "raise error\n" in traceback
    assert traceback.endswith("ValueError: no such case\n")


def test_a_mail_about_an_old_trouble_says_so() -> None:
    mail = failed(RUN, raised(ValueError()), alert=Alert(kind=STILL, count=12))
    assert mail.subject == "Legal Help: nightly report 2 is still failing: ValueError"
    assert "Failures since the last mail: 12\n" in mail.text


def test_a_recovery_mail_says_that_the_job_works_again_and_what_was_not_mailed() -> None:
    mail = recovery_mail(SENDER, RUN, Alert(kind=RECOVERY, count=4))
    assert mail.subject == "Legal Help: nightly report 2 works again"
    assert mail.text.startswith("The job nightly report 2 works again.\n\nJob: nightly report 2\nDue: 2026-")
    assert mail.text.endswith("Failures since the last mail: 4\n")


@pytest.mark.parametrize(("job", "who"), [("nightly", "nightly"), (None, "the scheduler")])
def test_a_critical_message_is_mailed_whole(job: str | None, who: str) -> None:
    mail = critical_mail(SENDER, job, "the archive\nis full", Alert(kind=STILL, count=3))
    assert mail.subject == f"Legal Help: critical message of {who}"
    assert mail.text.endswith("Such messages since the last mail: 3\n\nthe archive\nis full")


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
    assert mail.subject.endswith(f"{__name__}.UnprintableError")
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
    assert len(recovery_mail(SENDER, run, FIRST).text) <= LIMIT


def test_a_subject_is_one_line_whatever_the_names() -> None:
    mail = recovery_mail(replace(SENDER, app="A\r\nBcc: all@example.com\u2028\0"), RUN, FIRST)
    assert mail.subject == "A Bcc: all@example.com : nightly report 2 works again"


@given(names=st.text(max_size=400), message=st.text(st.characters(), max_size=200))
def test_any_text_makes_a_mail_that_can_be_sent(names: str, message: str) -> None:
    sender, run = Sender(app=names, server=names), replace(RUN, job=names)
    error = ErrorText(name=names, message=message, traceback=(message + "\udc80\0") * 100)
    for mail in (
        failure_mail(sender, replace(run, error_text=error), FIRST),
        recovery_mail(sender, run, FIRST),
        critical_mail(sender, names, message * 100, FIRST),
    ):
        assert mail.subject.isprintable()
        assert len(mail.subject) <= 200
        assert len(mail.text) <= LIMIT
        assert "\0" not in mail.text
        mail.text.encode()


TIMED_OUT = replace(RUN, status=Status.TIMED_OUT, reason=StopReason.TIMEOUT.value)
DIED = replace(
    RUN, status=Status.INTERRUPTED, reason="its process died", started=None, server="web2", attempt=3
)


def test_a_mail_about_a_run_that_timed_out_says_so_in_plain_words_and_where_it_was() -> None:
    mail = failed(TIMED_OUT, raised(JobTimeout("stopped")))
    assert mail.subject == "Legal Help: nightly report 2 timed out"
    assert mail.text.startswith("The job nightly report 2 timed out: its `max runtime` is over.\n\nJob: ")
    assert "Error:" not in mail.text
    assert "in raised\n" in mail.text


def test_a_mail_about_a_run_whose_process_died_has_the_reason_in_place_of_a_traceback() -> None:
    mail = failure_mail(SENDER, DIED, FIRST)
    assert mail.subject == "Legal Help: nightly report 2 was interrupted"
    assert mail.text == (
        "The job nightly report 2 was interrupted: its process died.\n"
        "\n"
        "Job: nightly report 2\n"
        "Due: 2026-02-01 04:30:00+01:00\n"
        "Attempts: 3\n"
        "Server: web2\n"
        "Failures since the last mail: 1\n"
    )


@pytest.mark.parametrize(
    ("run", "subject", "sentence"),
    [
        (TIMED_OUT, "timed out", "This time it timed out: its `max runtime` is over."),
        (DIED, "interrupted", "This time it was interrupted: its process died."),
    ],
)
def test_a_mail_about_an_old_trouble_says_what_it_was_this_time(
    run: FinishedRun, subject: str, sentence: str
) -> None:
    mail = failure_mail(SENDER, run, Alert(kind=STILL, count=2))
    assert mail.subject == f"Legal Help: nightly report 2 is still failing: {subject}"
    assert mail.text.startswith(f"The job nightly report 2 is still failing. {sentence}\n")


def test_variables_stand_at_the_end_and_leave_room_for_both_ends_of_the_traceback() -> None:
    error = raised(ValueError("begin" + "x" * 10**6 + "end"))
    text = failed(RUN, error, "number = 21\n" + "y" * 3_000).text
    assert "Traceback (most recent call last)" in text
    assert "xend\n\nThe variables of the job's own code:\n\nnumber = 21\ny" in text
    assert len(text) <= LIMIT


def test_a_mail_about_a_late_start_says_how_late() -> None:
    due = Due(job("nightly report 2", Interval(timedelta(days=1)), time_zone="Etc/GMT-1"), STARTED)
    mail = late_mail(SENDER, due, timedelta(minutes=3), timedelta(minutes=2), Alert(kind=FAILURE, count=1))
    assert mail.subject == "Legal Help: nightly report 2 started late"
    assert mail.text == (
        "The job nightly report 2 started later than its check-in margin allows.\n"
        "\n"
        "Job: nightly report 2\n"
        "Due: 2026-02-01 04:30:00+01:00\n"
        "Late by: 180.000 s\n"
        "Check-in margin: 120.000 s\n"
        "Server: web1.example.com\n"
        "Late starts since the last mail: 1\n"
    )
