"""The timer wakes a job thread at the due time."""

from datetime import datetime, timedelta, timezone

from docassemble.Scheduler.testing import ManualClock
from docassemble.Scheduler.worker.timer import MAX_SLEEP, WAKE_TIMEOUT, tick

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)


class Watched:
    def __init__(self, due):
        self.due = due
        self.waits = []

    def next_wake(self):
        return self.due

    def wait_for_change(self, due, timeout):
        assert due == self.due
        self.waits.append(timeout)


def tick_once(due):
    watched, wakes = Watched(due), []
    tick(watched, lambda: wakes.append(1), ManualClock(NOON))
    return len(wakes), watched.waits


def test_it_sleeps_until_the_next_wake_time():
    assert tick_once(NOON + timedelta(seconds=1.25)) == (0, [1.25])


def test_it_looks_at_the_clock_again_before_a_long_sleep_is_over():
    assert tick_once(NOON + timedelta(days=1)) == (0, [MAX_SLEEP])


def test_it_sleeps_when_there_is_nothing_to_do():
    assert tick_once(None) == (0, [MAX_SLEEP])


def test_it_wakes_a_job_thread_at_the_due_time_and_waits_for_the_wake():
    assert tick_once(NOON) == (1, [WAKE_TIMEOUT])


def test_it_wakes_a_job_thread_when_the_due_time_has_passed():
    assert tick_once(NOON - timedelta(seconds=3)) == (1, [WAKE_TIMEOUT])
