"""The notifier: mails that do not come too often, from one server and from several."""

import json
import logging
import threading
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from docassemble.Scheduler.core.alerts import Webhook, WebhookKind
from docassemble.Scheduler.core.errors import WebhookError
from docassemble.Scheduler.core.run import Due, FinishedRun, Run, Status
from docassemble.Scheduler.core.texts.error_text import ErrorText
from docassemble.Scheduler.execution.context import running
from docassemble.Scheduler.notifications.notifier import MailHandler
from docassemble.Scheduler.schedules.simple import Interval
from docassemble.Scheduler.testing import FakeHost, ManualClock, job
from tests.unit.notifications.notifiers import Mailing, SharedStreaks

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
ERROR = ErrorText(name="ValueError", message="no such case", traceback="Traceback")
MINUTE = timedelta(minutes=1)
SLACK = Webhook(WebhookKind.SLACK, "https://hooks.slack.com/services/5ec2e7")
RUN = FinishedRun(id="0" * 32, job="a.b", due=NOON, attempt=1, status=Status.FAILED, error_text=ERROR)


def mailing(clock=None, **options):
    return Mailing(clock or ManualClock(NOON), **options)


def fail(mailing, variables=lambda: "number = 21"):
    mailing.notifier.failed(RUN, variables)
    mailing.notifier.flush()


def succeed(mailing):
    mailing.notifier.succeeded(RUN, failing=mailing.streaks.is_failing("a.b"))
    mailing.notifier.flush()


def test_a_job_that_keeps_failing_is_mailed_at_most_once_an_hour_with_the_count():
    clock = ManualClock(NOON)
    here = mailing(clock)
    for _ in range(61):
        fail(here)
        clock.move(MINUTE)
    assert here.subjects == [
        "a.b failed: ValueError: no such case",
        "a.b is still failing: ValueError: no such case",
    ]
    assert "since the last message: 60" in here.sent[1][1]


def test_a_job_that_works_again_is_mailed_once():
    here = mailing()
    fail(here)
    succeed(here)
    succeed(here)
    assert here.subjects == ["a.b failed: ValueError: no such case", "a.b works again"]


def test_two_servers_mail_as_one():
    clock, streaks, host = ManualClock(NOON), SharedStreaks(), FakeHost()
    servers = [mailing(clock, streaks=streaks, host=host) for _ in range(2)]
    for server in servers * 2:
        fail(server)
        server.deliveries.finish(10)
    succeed(servers[1])
    succeed(servers[0])
    servers[1].flush()
    assert servers[0].subjects == ["a.b failed: ValueError: no such case", "a.b works again"]


def test_what_was_counted_survives_a_restart():
    streaks = SharedStreaks()
    fail(mailing(streaks=streaks))
    after = mailing(streaks=streaks)
    fail(after)
    assert after.sent == []


def test_the_first_mail_waits_for_as_many_failures_as_are_wanted():
    here = mailing(after=2)
    fail(here)
    assert here.sent == []
    fail(here)
    assert here.subjects == ["a.b failed: ValueError: no such case"]
    assert "since the last message: 2" in here.sent[0][1]


def test_the_pause_between_mails_can_be_shorter_and_the_recovery_left_out():
    clock = ManualClock(NOON)
    here = mailing(clock, every=MINUTE, on_recovery=False)
    for _ in range(3):
        fail(here)
        clock.move(MINUTE)
    succeed(here)
    assert len(here.sent) == 3


def test_mails_go_to_whom_the_setting_names_and_else_to_whom_docassemble_names():
    named, unnamed, nobody = mailing(email=("ops@example.com",)), mailing(), mailing()
    nobody.host.error_recipients = ()
    for each in (named, unnamed, nobody):
        fail(each)
    assert [recipients for _, _, recipients in named.sent] == [("ops@example.com",)]
    assert [recipients for _, _, recipients in unnamed.sent] == [("admin@example.com",)]
    assert nobody.sent == []


def test_variables_are_in_the_mail_only_if_they_are_wanted_and_not_even_asked_for_else():
    asked = []

    def variables():
        asked.append(1)
        return "number = 21"

    without, wanted = mailing(), mailing(variables=True)
    fail(without, variables)
    assert asked == []
    fail(wanted, variables)
    fail(wanted, variables)
    assert "number = 21" not in without.sent[0][1]
    assert "number = 21" in wanted.sent[0][1]
    assert asked == [1], "no mail, no variables"


def test_a_success_after_a_success_asks_nobody():
    here = mailing()
    succeed(here)
    assert here.streaks.asked == 0


def test_while_the_shared_memory_is_away_failures_are_counted_here():
    here = mailing()
    here.streaks.away = True
    fail(here)
    fail(here)
    succeed(here)
    succeed(here)
    assert here.subjects == ["a.b failed: ValueError: no such case", "a.b works again"]


def test_a_success_that_could_not_be_counted_leaves_it_to_the_next_one():
    here = mailing()
    fail(here)
    here.streaks.away = True
    here.notifier.succeeded(RUN, failing=True)
    here.streaks.away = False
    succeed(here)
    assert here.subjects == ["a.b failed: ValueError: no such case", "a.b works again"]


def test_a_mail_server_that_is_down_is_a_line_in_the_log(caplog):
    here = mailing()
    here.host.mail_error = ConnectionRefusedError("port 25")
    fail(here)
    assert here.sent == []
    failed = "The mail 'docassemble: a.b failed: ValueError: no such case' could not be sent"
    assert f"{failed}: ConnectionRefusedError: port 25" in caplog.text


def test_a_mail_server_that_hangs_holds_nobody_up():
    here, released = mailing(), threading.Event()
    here.host.mail = lambda *mail: released.wait(30)
    fail(here)  # returns
    released.set()
    here.deliveries.finish(10)


def test_a_critical_message_is_mailed_under_the_same_limit_and_at_the_first_time():
    here = mailing(after=3)
    logger = logging.Logger("test.critical")
    logger.addHandler(MailHandler(here.notifier.critical))
    for message in ("first", "second"):
        logger.critical(message)
    logger.error("not critical")
    logger.critical("of a library", extra={"source": "some.library"})
    ((subject, text, _),) = here.sent
    assert "critical message of the scheduler" in subject
    assert "first" in text
    assert here.streaks.asked == 0


def test_a_late_start_is_mailed_under_the_same_limit_apart_from_failures():
    clock = ManualClock(NOON)
    here = mailing(clock, after=3)
    run = Run(id="0" * 32, due=Due(job("a.b", Interval(MINUTE)), NOON), claimed=NOON)
    for _ in range(61):
        here.notifier.late(run, 2 * MINUTE, MINUTE)
        here.notifier.flush()
        clock.move(MINUTE)
    assert here.subjects == ["a.b started late, by 120.000 s"] * 2
    assert "Late starts since the last message: 60" in here.sent[1][1]
    assert here.streaks.asked == 0


def test_what_fails_at_once_is_one_mail_to_those_who_are_told_of_it_and_a_job_can_name_others():
    here = mailing()
    own = job("own.job", Interval(MINUTE), notify={"to": ("boss@example.com",)})
    for number in range(14):
        here.notifier.failed(replace(RUN, job=f"a.{number}"), lambda: "")
    here.notifier.failed(replace(RUN, job="own.job"), lambda: "", own)
    assert [(subject, to) for subject, _, to in here.sent] == [
        ("docassemble: 14 jobs failed: a.0, a.1, a.2 and 11 others", ("admin@example.com",)),
        ("docassemble: own.job failed: ValueError: no such case", ("boss@example.com",)),
    ]


def test_nothing_is_told_of_a_job_whose_notify_is_false_though_its_failures_are_counted():
    here = mailing(email=["ops@example.com"])
    quiet = job("a.b", Interval(MINUTE), notify={"muted": True}, check_in_margin=MINUTE)
    run = Run(id="r1", due=Due(quiet, NOON), claimed=NOON, attempt=1)
    here.notifier.failed(RUN, lambda: "", quiet)
    assert here.streaks.is_failing("a.b")
    here.notifier.succeeded(RUN, failing=True, job=quiet)
    here.notifier.late(run, 2 * MINUTE, MINUTE)
    with running(run):
        here.notifier.critical("a.b", "the disk is full")
    assert here.sent == []
    assert here.notifier.tests(quiet) == []


def test_the_end_of_failures_that_were_told_is_not_told_once_the_job_is_to_tell_nobody():
    here = mailing()
    fail(here)
    here.notifier.succeeded(RUN, failing=True, job=job("a.b", Interval(MINUTE), notify={"muted": True}))
    assert here.subjects == ["a.b failed: ValueError: no such case"]


def test_a_job_has_rules_of_its_own_for_what_is_told_of_it():
    here = mailing(on_recovery=True)
    own = job("a.b", Interval(MINUTE), notify={"after": 2, "on_recovery": False})
    for _ in range(2):
        assert here.sent == []
        here.notifier.failed(RUN, lambda: "", own)
    here.notifier.succeeded(RUN, failing=True, job=own)
    assert here.subjects == ["a.b failed: ValueError: no such case"]


@pytest.mark.parametrize("site", ["https://legal.example.com/da/", None])
def test_the_page_of_the_run_is_linked_when_the_address_of_the_site_is_known(site):
    here = mailing()
    here.host.external_url = site
    fail(here)
    text = here.sent[0][1]
    assert (f"https://legal.example.com/da/scheduler/run?id={RUN.id}\n" in text) is bool(site)
    assert ("http" in text) is bool(site)


def test_without_the_dashboard_there_is_nothing_to_link_to():
    here = mailing(has_pages=False)
    here.host.external_url = "https://legal.example.com/"
    fail(here)
    assert "http" not in here.sent[0][1]


def test_a_critical_message_goes_to_whom_its_job_names_with_a_link():
    here = mailing()
    here.host.external_url = "https://legal.example.com/"
    own = job("own.job", Interval(MINUTE), notify={"to": ("boss@example.com",)})
    with running(Run(id="1" * 32, due=Due(own, NOON), claimed=NOON)):
        here.notifier.critical("own.job", "the archive is full")
    ((subject, text, to),) = here.sent
    assert subject == "docassemble: critical message of own.job: the archive is full"
    assert f"run?id={'1' * 32}\n" in text
    assert to == ("boss@example.com",)


def test_where_only_webhooks_are_named_nobody_is_mailed():
    posted = []
    here = mailing(to=(SLACK,), post=lambda webhook, body, _: posted.append((webhook, json.loads(body))))
    fail(here)
    assert here.sent == []
    ((webhook, body),) = posted
    assert webhook == SLACK
    assert body["text"] == "docassemble: a.b failed: ValueError: no such case"


@pytest.mark.parametrize(
    ("hidden", "where"), [(False, "slack at https://hooks.slack.com"), (True, "slack (address not shown)")]
)
def test_a_webhook_that_refuses_is_a_line_in_the_log_without_its_address(caplog, hidden, where):
    def refuse(*_):
        raise WebhookError("it answers 404")

    here = mailing(
        to=(Webhook(WebhookKind.SLACK, "https://hooks.slack.com/services/5ec2e7"),),
        hidden=hidden,
        post=refuse,
    )
    fail(here)
    assert here.sent == []
    (said,) = caplog.messages
    assert said.endswith(f"to {where} could not be sent: WebhookError: it answers 404")


def test_a_test_message_goes_to_everybody_who_would_be_told():
    here = mailing(to=("ops@example.com",))
    own = job("own.job", Interval(MINUTE), notify={"to": ("boss@example.com",)})
    for job_, who in ((None, "ops@example.com"), (own, "boss@example.com")):
        ((target, delivery),) = here.notifier.tests(job_)
        delivery.do()
        assert str(target) == who
        assert here.host.mails[-1][0] == "docassemble: a test: messages of the scheduler arrive here"
