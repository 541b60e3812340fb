"""Row T1: being alive means being able."""

import logging

import pytest

from docassemble.Scheduler.store.records import ThreadCounts
from docassemble.Scheduler.worker.maintenance import Rounds


class Stage:
    def __init__(self):
        self.thread_counts, self.mended, self.rounds = ThreadCounts(free=1), 0, 0
        self.rounds_of = Rounds(self, lambda: self.thread_counts, self, logging.getLogger("test.rounds"))

    def mend(self):
        self.mended += 1

    def do_round(self):
        self.rounds += 1
        if self.rounds == 3:
            raise SystemExit


@pytest.fixture
def stage():
    return Stage()


def test_t1_there_is_no_heartbeat_while_no_thread_can_take_work_and_that_is_told_once(stage, caplog):
    caplog.set_level(logging.INFO)
    for thread_counts in [
        ThreadCounts(free=1),
        ThreadCounts(stuck=3),
        ThreadCounts(),
        ThreadCounts(busy=1, stuck=2),
        ThreadCounts(free=3),
    ]:
        stage.thread_counts = thread_counts
        stage.rounds_of.go()
    assert stage.rounds == 3
    assert stage.mended == 5
    assert [record.message.partition(";")[0] for record in caplog.records] == [
        "No job thread can take work (3 are stuck)",
        "Job threads can take work again",
        "A round of the scheduler's maintenance failed",
    ][: len(caplog.records)]
    assert len(caplog.records) == 3


def test_t1_a_round_that_fails_is_not_the_last(stage, caplog):
    for _ in range(5):
        stage.rounds_of.go()
    assert stage.rounds == 5
    assert caplog.messages == ["A round of the scheduler's maintenance failed"]
