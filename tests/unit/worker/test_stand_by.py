"""The thread that stands by waits while others get on, and no longer."""

from datetime import datetime, timezone

from docassemble.Scheduler.core.decision import LEAD
from docassemble.Scheduler.testing import ManualClock
from docassemble.Scheduler.worker.dispatcher import HELP_AFTER, StandBy

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)


class Sleeps(ManualClock):
    """A clock that keeps how long was slept, and lets something happen meanwhile."""

    def __init__(self, *happenings):
        super().__init__(NOON)
        self.slept = []
        self._happenings = list(happenings)

    def sleep(self, seconds):
        self.slept.append(seconds)
        super().sleep(seconds)
        if self._happenings:
            self._happenings.pop(0)()


def test_it_waits_for_as_long_as_a_run_may_take():
    clock = Sleeps()
    stand_by = StandBy(clock)
    stand_by.note(clock.monotonic())
    stand_by.wait(lambda: True)
    assert clock.slept == [HELP_AFTER]


def test_it_goes_on_waiting_while_others_begin_one_run_after_the_other():
    clock = Sleeps(*[lambda: stand_by.note(clock.monotonic())] * 2)
    stand_by = StandBy(clock)
    stand_by.note(clock.monotonic())
    stand_by.wait(lambda: True)
    assert len(clock.slept) == 3


def test_it_does_not_wait_when_there_is_nothing_to_do():
    clock = Sleeps()
    stand_by = StandBy(clock)
    stand_by.note(clock.monotonic())
    stand_by.wait(lambda: False)
    assert clock.slept == []


def test_it_does_not_wait_when_nothing_has_moved_for_a_while():
    clock = Sleeps()
    StandBy(clock).wait(lambda: True)
    assert clock.slept == []


def test_its_place_is_free_again_whatever_happens():
    stand_by = StandBy(Sleeps())
    stand_by.is_taken = True
    stand_by.wait(lambda: False)
    assert not stand_by.is_taken


def test_two_that_are_claimed_ahead_are_in_their_places_at_the_due_time():
    assert LEAD.total_seconds() > 2 * HELP_AFTER
