"""The notifier: mails that do not come too often, from one server and from several."""

import logging
import threading
from datetime import datetime, timedelta, timezone

from docassemble.Scheduler.core.error_text import ErrorText
from docassemble.Scheduler.core.run import Due, FinishedRun, Status
from docassemble.Scheduler.notifications.notifier import MailHandler
from docassemble.Scheduler.schedules.simple import Interval
from docassemble.Scheduler.testing import FakeHost, ManualClock, job
from tests.unit.notifications.notifiers import Mailing, SharedStreaks

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
ERROR = ErrorText(name="ValueError", message="no such case", traceback="Traceback")
MINUTE = timedelta(minutes=1)
RUN = FinishedRun(id="0" * 32, job="a.b", due=NOON, attempt=1, status=Status.FAILED, error_text=ERROR)


def mailing(clock=None, **options):
    return Mailing(clock or ManualClock(NOON), **options)


def fail(mailing, variables=lambda: "number = 21"):
    mailing.notifier.failed(RUN, variables)


def succeed(mailing):
    mailing.notifier.succeeded(RUN, failing=mailing.streaks.is_failing("a.b"))


def test_a_job_that_keeps_failing_is_mailed_at_most_once_an_hour_with_the_count():
    clock = ManualClock(NOON)
    here = mailing(clock)
    for _ in range(61):
        fail(here)
        clock.move(MINUTE)
    assert here.subjects == ["a.b failed: ValueError", "a.b is still failing: ValueError"]
    assert "since the last mail: 60" in here.sent[1][1]


def test_a_job_that_works_again_is_mailed_once():
    here = mailing()
    fail(here)
    succeed(here)
    succeed(here)
    assert here.subjects == ["a.b failed: ValueError", "a.b works again"]


def test_two_servers_mail_as_one():
    clock, streaks, host = ManualClock(NOON), SharedStreaks(), FakeHost()
    servers = [mailing(clock, streaks=streaks, host=host) for _ in range(2)]
    for server in servers * 2:
        fail(server)
        server.deliveries.finish(10)
    succeed(servers[1])
    succeed(servers[0])
    servers[1].deliveries.finish(10)
    assert servers[0].subjects == ["a.b failed: ValueError", "a.b works again"]


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
    assert here.subjects == ["a.b failed: ValueError"]
    assert "since the last mail: 2" in here.sent[0][1]


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
    assert here.subjects == ["a.b failed: ValueError", "a.b works again"]


def test_a_success_that_could_not_be_counted_leaves_it_to_the_next_one():
    here = mailing()
    fail(here)
    here.streaks.away = True
    here.notifier.succeeded(RUN, failing=True)
    here.streaks.away = False
    succeed(here)
    assert here.subjects == ["a.b failed: ValueError", "a.b works again"]


def test_a_mail_server_that_is_down_is_a_line_in_the_log(caplog):
    here = mailing()
    here.host.mail_error = ConnectionRefusedError("port 25")
    fail(here)
    assert here.sent == []
    assert (
        "The mail 'docassemble: a.b failed: ValueError' could not be sent: ConnectionRefusedError: port 25"
        in caplog.text
    )


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
    ((subject, text, _),) = here.sent
    assert "critical message of the scheduler" in subject
    assert "first" in text
    assert here.streaks.asked == 0


def test_a_late_start_is_mailed_under_the_same_limit_apart_from_failures():
    clock = ManualClock(NOON)
    here = mailing(clock, after=3)
    for _ in range(61):
        here.notifier.late(Due(job("a.b", Interval(MINUTE)), NOON), 2 * MINUTE, MINUTE)
        clock.move(MINUTE)
    assert here.subjects == ["a.b started late", "a.b started late"]
    assert "Late starts since the last mail: 60" in here.sent[1][1]
    assert here.streaks.asked == 0
