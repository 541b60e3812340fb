"""Digests: what waits, when it goes out, and that nothing is lost."""

import logging
import threading
from datetime import datetime, timezone

from docassemble.Scheduler.core import digest
from docassemble.Scheduler.core.clock import SystemClock
from docassemble.Scheduler.core.digest import PAUSE, SETTLE
from docassemble.Scheduler.notifications.digests import MAX_KEPT, Digests
from docassemble.Scheduler.notifications.outgoing import Target
from docassemble.Scheduler.notifications.report import Report, ReportKind, Sender
from docassemble.Scheduler.testing import ManualClock

LOGGER = logging.getLogger("test.digests")
SENDER = Sender(app="app", server="server")
OPS, BOSS = Target(("ops@example.com",)), Target(("boss@example.com",))


def report(headline):
    return Report(kind=ReportKind.FAILURE, job=headline, headline=headline)


class Sent:
    """Digests whose messages are kept; `past` lets time pass, and waits for what is sent then."""

    def __init__(self):
        self.messages, self.arrived = [], threading.Semaphore(0)
        self.clock = ManualClock(datetime(2026, 3, 1, tzinfo=timezone.utc))
        self.digests = Digests(self.send, self.clock, LOGGER)

    def send(self, target, message):
        self.messages.append(
            (target.to[0].partition("@")[0], [each.headline for each in message.reports], message.more)
        )
        self.arrived.release()

    def add(self, *headlines, to=OPS):
        for headline in headlines:
            self.digests.add(to, SENDER, report(headline))

    def past(self, seconds, messages=1):
        self.clock.sleep(seconds)
        with self.digests._changed:
            self.digests._changed.notify_all()
        for _ in range(messages):
            assert self.arrived.acquire(timeout=30)


def test_what_fails_soon_after_one_another_is_one_message_to_each_receiver():
    sent = Sent()
    sent.add("a", "b")
    sent.add("a", to=BOSS)
    sent.clock.sleep(SETTLE / 2)
    sent.add("c")
    assert sent.messages == []
    sent.past(SETTLE / 2, messages=2)
    assert sorted(sent.messages) == [("boss", ["a"], 0), ("ops", ["a", "b", "c"], 0)]


def test_what_follows_within_a_minute_waits_until_it_is_over():
    sent = Sent()
    sent.add("a")
    sent.past(SETTLE)
    sent.add("b")
    sent.past(SETTLE, messages=0)
    sent.add("c")
    sent.past(PAUSE - SETTLE)
    assert sent.messages == [("ops", ["a"], 0), ("ops", ["b", "c"], 0)]


def test_at_the_end_of_the_process_all_that_waits_is_sent():
    sent = Sent()
    sent.add("a")
    sent.digests.flush()
    sent.add("b")
    sent.digests.flush()
    sent.digests.flush()
    assert sent.messages == [("ops", ["a"], 0), ("ops", ["b"], 0)]


def test_one_receiver_does_not_wait_for_what_another_one_waits_for(monkeypatch):
    monkeypatch.setattr(digest, "SETTLE", 0.05)
    sent = Sent()
    digests = Digests(sent.send, SystemClock(), LOGGER)
    for headline in "ab":  # the second waits for a minute
        digests.add(OPS, SENDER, report(headline))
        assert headline == "b" or sent.arrived.acquire(timeout=30)
    digests.add(BOSS, SENDER, report("c"))
    assert sent.arrived.acquire(timeout=30)
    assert sent.messages == [("ops", ["a"], 0), ("boss", ["c"], 0)]
    digests.flush()


def test_too_many_are_counted():
    sent = Sent()
    sent.add(*map(str, range(MAX_KEPT + 5)))
    sent.digests.flush()
    ((_, headlines, more),) = sent.messages
    assert (len(headlines), more) == (MAX_KEPT, 5)


def test_where_no_thread_can_be_had_nothing_waits(monkeypatch):
    def refuse(self):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    sent = Sent()
    sent.add("a")
    assert sent.messages == [("ops", ["a"], 0)]


def test_a_message_that_cannot_be_made_is_told_and_the_others_are_sent(caplog):
    sent = Sent()
    good, sent.digests._send = sent.send, lambda *_: 1 / 0
    sent.add("a")
    sent.digests.flush()
    sent.digests._send = good
    sent.add("b")
    sent.digests.flush()
    assert caplog.messages == ["The message 'a' could not be made: ZeroDivisionError: division by zero"]
    assert sent.messages == [("ops", ["b"], 0)]
