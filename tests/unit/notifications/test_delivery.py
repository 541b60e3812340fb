"""DeliveryQueue: in order, side by side, never waited for, and never lost without a word."""

import logging
import threading
from datetime import datetime, timedelta, timezone

import pytest

from docassemble.Scheduler.notifications import delivery as module
from docassemble.Scheduler.notifications.delivery import (
    HANGING_AFTER,
    MAX_HANGING,
    MAX_WAITING,
    DeliveryQueue,
)
from docassemble.Scheduler.testing import ManualClock

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
LOGGER = logging.getLogger("test.deliveries")


@pytest.fixture
def clock():
    return ManualClock(NOON)


@pytest.fixture
def deliveries(clock):
    return DeliveryQueue(LOGGER, clock)


class Hanging:
    """Something that does not end until it is released."""

    def __init__(self):
        self.begun, self.released = threading.Event(), threading.Event()

    def __call__(self):
        self.begun.set()
        assert self.released.wait(30)


@pytest.fixture
def hanging():
    made = []

    def make():
        made.append(Hanging())
        return made[-1]

    yield make
    for each in made:
        each.released.set()


def test_deliveries_of_one_channel_are_done_in_order(deliveries):
    done = []
    for number in range(100):
        deliveries.put("mail", f"delivery {number}", lambda number=number: done.append(number))
    deliveries.finish(10)
    assert done == list(range(100))


def test_an_delivery_that_hangs_holds_up_neither_the_caller_nor_other_channels(deliveries, hanging):
    stuck, done = hanging(), threading.Event()
    deliveries.put("mail", "stuck", stuck)
    deliveries.put("monitor", "other", done.set)
    assert done.wait(10)


def test_an_delivery_that_fails_is_a_line_in_the_log_and_the_next_one_is_done(deliveries, caplog):
    done = []
    deliveries.put("mail", "The mail 'x'", lambda: 1 / 0)
    deliveries.put("mail", "The mail 'y'", lambda: done.append("y"))
    deliveries.finish(10)
    assert "The mail 'x' could not be sent: ZeroDivisionError: division by zero" in caplog.text
    assert done == ["y"]


def test_no_thread_stays_when_there_is_nothing_to_do(deliveries):
    threads = []
    deliveries.put("mail", "one", lambda: threads.append(threading.current_thread()))
    deliveries.finish(10)
    threads[0].join(10)
    assert not threads[0].is_alive()
    assert threads[0].daemon


def test_what_does_not_fit_is_a_line_in_the_log_once(deliveries, hanging, caplog):
    stuck = hanging()
    deliveries.put("mail", "stuck", stuck)
    assert stuck.begun.wait(10)
    for number in range(MAX_WAITING):
        deliveries.put("mail", f"delivery {number}", lambda: None)
    for name in ("one", "one", "another"):
        deliveries.put("mail", name, lambda: None)
    assert caplog.messages == [
        f"one is not sent: {MAX_WAITING} others wait before it",
        f"another is not sent: {MAX_WAITING} others wait before it",
    ]
    stuck.released.set()
    deliveries.finish(10)


def test_what_is_left_at_the_end_is_named_in_the_log(deliveries, hanging, caplog):
    stuck = hanging()
    deliveries.put("mail", "stuck", stuck)
    for _ in range(3):
        deliveries.put("mail", "behind it", lambda: None)
    deliveries.finish(0.01)
    assert caplog.messages == [
        "stuck could not be sent within 0.01 s",
        "behind it could not be sent within 0.01 s (3 times)",
    ]


def test_after_a_while_an_delivery_that_hangs_is_passed_over(deliveries, clock, hanging, caplog):
    stuck, done = hanging(), []
    deliveries.put("mail", "stuck", stuck)
    assert stuck.begun.wait(10)
    deliveries.put("mail", "behind", lambda: done.append("behind"))
    clock.move(HANGING_AFTER)
    deliveries.put("mail", "last", lambda: done.append("last"))
    deliveries.finish(10)
    assert done == ["behind", "last"]
    assert caplog.messages == ["stuck takes too long; what waits behind it goes first"]


def test_only_so_many_threads_may_hang(deliveries, clock, hanging, caplog):
    stuck = [hanging() for _ in range(MAX_HANGING + 1)]
    for each in stuck:
        deliveries.put("mail", "stuck", each)
        assert each.begun.wait(10)
        clock.move(HANGING_AFTER)
    done = threading.Event()
    deliveries.put("mail", "behind", done.set)
    assert not done.is_set()
    stuck[-1].released.set()
    assert done.wait(10)


def test_without_a_thread_it_is_a_line_in_the_log(deliveries, monkeypatch, caplog):
    class NoThread:
        def __init__(self, **_):
            pass

        def start(self):
            raise RuntimeError("can't start new thread")

    monkeypatch.setattr(module.threading, "Thread", NoThread)
    deliveries.put("mail", "The mail 'x'", lambda: None)
    assert caplog.messages == ["The mail 'x' could not be sent: can't start new thread"]


def test_nothing_to_wait_for_takes_no_time(deliveries):
    deliveries.finish(timedelta(days=1).total_seconds())
