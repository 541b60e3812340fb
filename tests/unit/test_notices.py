from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docassemble.Scheduler.notices import (
    LIMIT,
    ErrorText,
    Notice,
    NoticeKind,
    NoticePolicy,
    RunFacts,
    Sender,
    Streak,
    critical_mail,
    failed,
    failure_mail,
    recovery_mail,
    succeeded,
)

START = datetime(2026, 2, 1, 12, tzinfo=timezone.utc)
FAILURE, STILL, RECOVERY = NoticeKind.FAILURE, NoticeKind.STILL_FAILING, NoticeKind.RECOVERY


def story(events: str, policy: NoticePolicy, *, step: timedelta = timedelta(minutes=1)) -> list[str]:
    """Play one event per step (`F`ailure, `S`uccess); return the mails as `step:kind:count`."""
    state, mails = Streak(), []
    for number, event in enumerate(events):
        now = START + number * step
        state, notice = failed(state, now, policy) if event == "F" else succeeded(state, policy)
        if notice:
            mails.append(f"{number}:{notice.kind.value}:{notice.count}")
    return mails


@pytest.mark.parametrize(
    ("events", "mails"),
    [
        ("SSS", []),
        ("F", ["0:failure:1"]),
        ("SSF", ["2:failure:1"]),
        ("F" * 60, ["0:failure:1"]),
        ("F" * 61, ["0:failure:1", "60:still failing:60"]),
        ("F" * 150, ["0:failure:1", "60:still failing:60", "120:still failing:60"]),
        ("FSS", ["0:failure:1", "1:recovery:0"]),
        ("FFFS", ["0:failure:1", "3:recovery:2"]),
        ("F" + "S" * 60 + "F", ["0:failure:1", "1:recovery:0", "61:failure:1"]),
    ],
)
def test_the_first_failure_is_mailed_then_one_an_hour_then_the_recovery(
    events: str, mails: list[str]
) -> None:
    assert story(events, NoticePolicy()) == mails


def test_a_job_that_fails_and_works_in_turns_is_limited_too_and_no_failure_is_left_out_of_the_count() -> None:
    assert story("FS" * 61, NoticePolicy()) == [
        "0:failure:1",
        "1:recovery:0",
        "60:failure:30",
        "61:recovery:0",
        "120:failure:30",
        "121:recovery:0",
    ]


@pytest.mark.parametrize(
    ("events", "mails"),
    [
        ("FF", []),
        ("FFS", []),
        ("FFSFF", []),
        ("FFF", ["2:failure:3"]),
        ("FFFS", ["2:failure:3", "3:recovery:0"]),
        ("FFSFFF", ["5:failure:5"]),
    ],
)
def test_the_first_mail_waits_for_as_many_failures_in_a_row_as_the_policy_wants(
    events: str, mails: list[str]
) -> None:
    assert story(events, NoticePolicy(after=3)) == mails


def test_a_recovery_can_be_left_unsaid_and_what_was_not_mailed_is_in_the_next_count() -> None:
    assert story("FFS" + "S" * 60 + "F", NoticePolicy(on_recovery=False)) == ["0:failure:1", "63:failure:2"]


def test_without_a_limit_every_failure_is_mailed() -> None:
    policy = NoticePolicy(every=timedelta(0))
    assert story("FFS", policy) == ["0:failure:1", "1:still failing:1", "2:recovery:0"]


def test_a_clock_that_was_set_back_does_not_silence_a_job() -> None:
    state, _ = failed(Streak(), START + timedelta(days=3000), NoticePolicy())
    _, notice = failed(state, START, NoticePolicy())
    assert notice == Notice(kind=STILL, count=1)


@given(
    events=st.lists(st.tuples(st.booleans(), st.timedeltas(timedelta(0), timedelta(hours=3)))),
    after=st.integers(1, 4),
    every=st.timedeltas(timedelta(seconds=1), timedelta(hours=5)),
    on_recovery=st.booleans(),
)
def test_mails_keep_their_distance_and_count_every_failure_once(
    events: list[tuple[bool, timedelta]], after: int, every: timedelta, on_recovery: bool
) -> None:
    policy = NoticePolicy(after=after, every=every, on_recovery=on_recovery)
    state, now, failures, told = Streak(), START, 0, 0
    mailed: list[datetime] = []
    known = False
    for fails, pause in events:
        now += pause
        state, notice = failed(state, now, policy) if fails else succeeded(state, policy)
        failures += fails
        if notice:
            assert notice.kind is ((STILL if known else FAILURE) if fails else RECOVERY)
            told += notice.count
            assert told == failures
        if notice and fails:
            mailed.append(now)
        assert bool(notice) == (known and on_recovery) or fails
        known = fails and (known or bool(notice))
    assert told + state.unreported == failures
    assert all(later - earlier >= every for earlier, later in pairwise(mailed))


# --- mails

SENDER = Sender(app="Legal Help", server="web1.example.com")
RUN = RunFacts(
    job="nightly report 2",
    due=datetime(2026, 2, 1, 4, 30, tzinfo=timezone(timedelta(hours=1))),
    duration=timedelta(seconds=2, milliseconds=345),
)
FIRST = Notice(kind=FAILURE, count=1)


def raised(error: BaseException) -> ErrorText:
    try:
        raise error
    except BaseException as caught:
        return ErrorText.of(caught)


def test_a_failure_mail_says_what_failed_when_where_and_why() -> None:
    mail = failure_mail(SENDER, RUN, FIRST, raised(ValueError("no such case")))
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
    mail = failure_mail(SENDER, RUN, Notice(kind=STILL, count=12), raised(ValueError()))
    assert mail.subject == "Legal Help: nightly report 2 is still failing: ValueError"
    assert "Failures since the last mail: 12\n" in mail.text


def test_a_recovery_mail_says_that_the_job_works_again_and_what_was_not_mailed() -> None:
    mail = recovery_mail(SENDER, RUN, Notice(kind=RECOVERY, count=4))
    assert mail.subject == "Legal Help: nightly report 2 works again"
    assert mail.text.startswith("The job nightly report 2 works again.\n\nJob: nightly report 2\nDue: 2026-")
    assert mail.text.endswith("Failures since the last mail: 4\n")


@pytest.mark.parametrize(("job", "who"), [("nightly", "nightly"), (None, "the scheduler")])
def test_a_critical_message_is_mailed_whole(job: str | None, who: str) -> None:
    mail = critical_mail(SENDER, job, "the archive\nis full", Notice(kind=STILL, count=3))
    assert mail.subject == f"Legal Help: critical message of {who}"
    assert mail.text.endswith("Such messages since the last mail: 3\n\nthe archive\nis full")


def test_no_variable_of_the_stack_is_in_a_mail() -> None:
    def log_in(password: str) -> None:
        raise ValueError(len(password))

    try:
        log_in("".join(("hunt", "er2")))
    except ValueError as error:
        mail = failure_mail(SENDER, RUN, FIRST, ErrorText.of(error))
    assert "in log_in\n" in mail.text
    assert "hunter2" not in mail.text


def test_the_cause_of_an_exception_is_in_the_traceback() -> None:
    error = ValueError("outer")
    error.__cause__ = KeyError("inner")
    text = failure_mail(SENDER, RUN, FIRST, raised(error)).text
    assert "KeyError: 'inner'" in text
    assert "direct cause" in text


class UnprintableError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("not even this")


def test_an_exception_that_cannot_be_printed_is_mailed_all_the_same() -> None:
    mail = failure_mail(SENDER, RUN, FIRST, raised(UnprintableError()))
    assert mail.subject.endswith(f"{__name__}.UnprintableError")
    assert "not even this" not in mail.text


def test_a_huge_error_is_cut_in_the_middle_and_its_beginning_and_end_stay() -> None:
    mail = failure_mail(SENDER, RUN, FIRST, raised(ValueError("begin" + "x" * 10**6 + "end")))
    assert len(mail.text) <= LIMIT
    assert "Error: ValueError: begin" in mail.text
    assert "Traceback (most recent call last)" in mail.text
    assert " [...] " in mail.text
    assert mail.text.endswith("xend\n")


def test_a_job_name_that_is_longer_than_a_mail_is_cut_too() -> None:
    run = replace(RUN, job="j" * 2 * LIMIT)
    mail = failure_mail(SENDER, run, FIRST, raised(ValueError()))
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
        failure_mail(sender, run, FIRST, error),
        recovery_mail(sender, run, FIRST),
        critical_mail(sender, names, message * 100, FIRST),
    ):
        assert mail.subject.isprintable()
        assert len(mail.subject) <= 200
        assert len(mail.text) <= LIMIT
        assert "\0" not in mail.text
        mail.text.encode()
