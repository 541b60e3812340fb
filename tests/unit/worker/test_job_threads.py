"""The threads that jobs run in."""

import threading
from datetime import datetime, timedelta, timezone

import pytest

from docassemble.Scheduler.store.records import ThreadCounts
from docassemble.Scheduler.testing import ManualClock
from docassemble.Scheduler.worker.threads import STUCK_AFTER, ThreadPool

#: longer than any thread takes to come to where it is awaited (seconds)
SOON = 10


class Work:
    """Work that goes on until it is released; counts how often it was begun."""

    def __init__(self):
        self.begun = threading.Semaphore(0)
        self.released = threading.Semaphore(0)
        self.threads = set()

    def __call__(self):
        self.threads.add(threading.get_ident())
        self.begun.release()
        assert self.released.acquire(timeout=SOON)

    def has_begun(self, times, timeout=SOON):
        return all(self.begun.acquire(timeout=timeout) for _ in range(times))

    def release(self, times):
        for _ in range(times):
            self.released.release()


@pytest.fixture
def work():
    return Work()


def pool_of(size, work):
    pool = ThreadPool(size, work)
    pool.start()
    return pool


def test_a_wake_has_the_work_done_on_another_thread(work):
    pool_of(1, work).wake()
    assert work.has_begun(1)
    assert work.threads != {threading.get_ident()}
    work.release(1)


def test_several_wakes_occupy_several_threads(work):
    pool = pool_of(3, work)
    for _ in range(3):
        pool.wake()
    assert work.has_begun(3)
    assert len(work.threads) == 3
    work.release(3)


def test_a_wake_while_all_are_busy_is_not_lost(work):
    pool = pool_of(1, work)
    pool.wake()
    assert work.has_begun(1)
    pool.wake()
    work.release(1)
    assert work.has_begun(1)
    work.release(1)


def test_wakes_do_not_pile_up(work):
    pool = pool_of(2, work)
    for _ in range(2):
        pool.wake()
    assert work.has_begun(2)
    for _ in range(100):
        pool.wake()
    work.release(4)
    assert work.has_begun(2)
    assert pool.wait_until_idle(SOON)
    assert not work.begun.acquire(blocking=False)


def test_it_is_idle_when_everybody_has_finished(work):
    pool = pool_of(2, work)
    assert pool.wait_until_idle(0)
    pool.wake()
    assert work.has_begun(1)
    assert not pool.wait_until_idle(0)
    work.release(1)
    assert pool.wait_until_idle(SOON)


def test_who_is_dismissed_does_what_was_asked_for_and_begins_nothing_more(work):
    pool = pool_of(1, work)
    pool.wake()
    assert work.has_begun(1)
    pool.wake()
    pool.dismiss()
    pool.wake()
    work.release(1)
    assert work.has_begun(1)
    assert not pool.wait_until_idle(0)
    work.release(1)
    assert pool.wait_until_idle(SOON)
    assert not work.begun.acquire(blocking=False)


def test_a_wake_before_the_start_is_not_lost(work):
    pool = ThreadPool(1, work)
    pool.wake()
    pool.start()
    assert work.has_begun(1)
    work.release(1)


@pytest.mark.parametrize("error", [ValueError, SystemExit, KeyboardInterrupt, GeneratorExit, MemoryError])
def test_t1_a_thread_goes_on_whatever_its_work_and_what_tells_of_it_raise(error, capsys):
    done = threading.Semaphore(0)

    def work():
        done.release()
        raise error

    def failed(_text):
        raise ConnectionError("the log service does not answer")

    pool = ThreadPool(1, work, failed)
    pool.start()
    for _ in range(3):
        pool.wake()
        assert done.acquire(timeout=SOON)
        assert pool.wait_until_idle(SOON)
    assert pool.thread_counts() == ThreadCounts(free=1)
    assert capsys.readouterr().err.count("A wake of the scheduler failed") == 3


def test_t1_a_thread_that_ends_is_replaced_and_told_once(work, monkeypatch):
    told, pool = [], ThreadPool(2, work, lambda text: told.append(text))
    ended = threading.Event()
    turn = pool._take_turn

    def ends_once():
        if not ended.is_set():
            ended.set()
            raise MemoryError
        turn()

    monkeypatch.setattr(pool, "_take_turn", ends_once)
    pool.start()
    assert ended.wait(SOON)
    for _ in range(2):
        pool.wake()
    assert work.has_begun(2)
    assert pool.thread_counts() == ThreadCounts(busy=2)
    assert [text for text in told if "ended" in text] == [
        "The job thread scheduler-1 ended, another one takes its place"
    ]
    work.release(2)


def test_t1_a_thread_that_cannot_be_replaced_is_replaced_later(work, monkeypatch):
    told, pool = [], ThreadPool(1, work, lambda text: told.append(text))
    begin, gone = pool._begin, threading.Event()

    def ends(_number):
        thread = threading.Thread(target=lambda: None)
        pool._threads[1] = thread
        thread.start()
        thread.join()
        gone.set()

    monkeypatch.setattr(pool, "_begin", ends)
    pool.start()
    assert gone.is_set()
    assert pool.thread_counts() == ThreadCounts()
    assert not pool.thread_counts().can_work

    def no_more_threads(_number):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(pool, "_begin", no_more_threads)
    pool.mend()
    assert told == ["The job thread scheduler-1 ended and cannot be replaced yet"]
    monkeypatch.setattr(pool, "_begin", begin)
    pool.mend()
    pool.wake()
    assert work.has_begun(1)
    work.release(1)


def test_t1_threads_are_free_busy_or_stuck(work):
    clock = ManualClock(datetime(2026, 3, 1, 12, tzinfo=timezone.utc))
    pool = ThreadPool(3, work, clock=clock)
    pool.start()
    for _ in range(2):
        pool.wake()
    assert work.has_begun(2)
    one, other = work.threads
    assert pool.thread_counts() == ThreadCounts(free=1, busy=2)
    clock.move(timedelta(seconds=STUCK_AFTER + 1))
    assert pool.thread_counts() == ThreadCounts(free=1, stuck=2)
    assert pool.thread_counts(running={one}) == ThreadCounts(free=1, busy=1, stuck=1)
    assert pool.thread_counts(running={one, other}) == ThreadCounts(free=1, busy=2)
    assert pool.thread_counts(running={one, other}, hanging={other}) == ThreadCounts(free=1, busy=1, stuck=1)
    work.release(2)
