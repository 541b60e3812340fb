"""The threads that jobs run in."""

import threading

import pytest

from docassemble.Scheduler.crew import Crew

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
