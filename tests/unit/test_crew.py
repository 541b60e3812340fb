"""The threads that jobs run in."""

import threading
from datetime import datetime, timedelta, timezone

import pytest

from docassemble.Scheduler.core.manning import Manning
from docassemble.Scheduler.testing import ManualClock
from docassemble.Scheduler.worker.threads import STUCK_AFTER, Crew

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


def crew_of(size, work):
    crew = Crew(size, work)
    crew.start()
    return crew


def test_a_wake_has_the_work_done_on_another_thread(work):
    crew_of(1, work).wake()
    assert work.has_begun(1)
    assert work.threads != {threading.get_ident()}
    work.release(1)


def test_several_wakes_occupy_several_threads(work):
    crew = crew_of(3, work)
    for _ in range(3):
        crew.wake()
    assert work.has_begun(3)
    assert len(work.threads) == 3
    work.release(3)


def test_a_wake_while_all_are_busy_is_not_lost(work):
    crew = crew_of(1, work)
    crew.wake()
    assert work.has_begun(1)
    crew.wake()
    work.release(1)
    assert work.has_begun(1)
    work.release(1)


def test_wakes_do_not_pile_up(work):
    crew = crew_of(2, work)
    for _ in range(2):
        crew.wake()
    assert work.has_begun(2)
    for _ in range(100):
        crew.wake()
    work.release(4)
    assert work.has_begun(2)
    assert crew.wait_until_idle(SOON)
    assert not work.begun.acquire(blocking=False)


def test_it_is_idle_when_everybody_has_finished(work):
    crew = crew_of(2, work)
    assert crew.wait_until_idle(0)
    crew.wake()
    assert work.has_begun(1)
    assert not crew.wait_until_idle(0)
    work.release(1)
    assert crew.wait_until_idle(SOON)


def test_who_is_dismissed_does_what_was_asked_for_and_begins_nothing_more(work):
    crew = crew_of(1, work)
    crew.wake()
    assert work.has_begun(1)
    crew.wake()
    crew.dismiss()
    crew.wake()
    work.release(1)
    assert work.has_begun(1)
    assert not crew.wait_until_idle(0)
    work.release(1)
    assert crew.wait_until_idle(SOON)
    assert not work.begun.acquire(blocking=False)


def test_a_wake_before_the_start_is_not_lost(work):
    crew = Crew(1, work)
    crew.wake()
    crew.start()
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

    crew = Crew(1, work, failed)
    crew.start()
    for _ in range(3):
        crew.wake()
        assert done.acquire(timeout=SOON)
        assert crew.wait_until_idle(SOON)
    assert crew.manning() == Manning(free=1)
    assert capsys.readouterr().err.count("A wake of the scheduler failed") == 3


def test_t1_a_thread_that_ends_is_replaced_and_told_once(work, monkeypatch):
    told, crew = [], Crew(2, work, lambda text: told.append(text))
    ended = threading.Event()
    turn = crew._take_turn

    def ends_once():
        if not ended.is_set():
            ended.set()
            raise MemoryError
        turn()

    monkeypatch.setattr(crew, "_take_turn", ends_once)
    crew.start()
    assert ended.wait(SOON)
    for _ in range(2):
        crew.wake()
    assert work.has_begun(2)
    assert crew.manning() == Manning(busy=2)
    assert [text for text in told if "ended" in text] == [
        "The job thread scheduler-1 ended, another one takes its place"
    ]
    work.release(2)


def test_t1_a_thread_that_cannot_be_replaced_is_replaced_later(work, monkeypatch):
    told, crew = [], Crew(1, work, lambda text: told.append(text))
    begin, gone = crew._begin, threading.Event()

    def ends(_number):
        thread = threading.Thread(target=lambda: None)
        crew._threads[1] = thread
        thread.start()
        thread.join()
        gone.set()

    monkeypatch.setattr(crew, "_begin", ends)
    crew.start()
    assert gone.is_set()
    assert crew.manning() == Manning()
    assert not crew.manning().can_work

    def no_more_threads(_number):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(crew, "_begin", no_more_threads)
    crew.mend()
    assert told == ["The job thread scheduler-1 ended and cannot be replaced yet"]
    monkeypatch.setattr(crew, "_begin", begin)
    crew.mend()
    crew.wake()
    assert work.has_begun(1)
    work.release(1)


def test_t1_threads_are_free_busy_or_stuck(work):
    clock = ManualClock(datetime(2026, 3, 1, 12, tzinfo=timezone.utc))
    crew = Crew(3, work, clock=clock)
    crew.start()
    for _ in range(2):
        crew.wake()
    assert work.has_begun(2)
    one, other = work.threads
    assert crew.manning() == Manning(free=1, busy=2)
    clock.move(timedelta(seconds=STUCK_AFTER + 1))
    assert crew.manning() == Manning(free=1, stuck=2)
    assert crew.manning(running={one}) == Manning(free=1, busy=1, stuck=1)
    assert crew.manning(running={one, other}) == Manning(free=1, busy=2)
    assert crew.manning(running={one, other}, hanging={other}) == Manning(free=1, busy=1, stuck=1)
    work.release(2)
