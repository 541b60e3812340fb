"""The timer rings at the due time."""

from datetime import datetime, timedelta, timezone

from docassemble.Scheduler.testing import ManualClock
from docassemble.Scheduler.worker.timer import LONGEST_SLEEP, PATIENCE, beat

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


def beat_once(due):
    watched, rings = Watched(due), []
    beat(watched, lambda: rings.append(1), ManualClock(NOON))
    return len(rings), watched.waits


def test_it_sleeps_until_the_next_wake_time():
    assert beat_once(NOON + timedelta(seconds=1.25)) == (0, [1.25])


def test_it_looks_at_the_clock_again_before_a_long_sleep_is_over():
    assert beat_once(NOON + timedelta(days=1)) == (0, [LONGEST_SLEEP])


def test_it_sleeps_when_there_is_nothing_to_do():
    assert beat_once(None) == (0, [LONGEST_SLEEP])


def test_it_rings_at_the_due_time_and_waits_for_the_wake():
    assert beat_once(NOON) == (1, [PATIENCE])


def test_it_rings_when_the_due_time_has_passed():
    assert beat_once(NOON - timedelta(seconds=3)) == (1, [PATIENCE])
