"""An exception arrives in the thread of a job, and nowhere else."""

import asyncio
import contextlib
import signal
import socket
import sys
import threading
import time
from subprocess import call

import pytest

from docassemble.Scheduler.core.errors import JobStopped, JobTimeout
from docassemble.Scheduler.core.run import StopReason
from docassemble.Scheduler.execution.cancellation import (
    WAKE,
    CancelToken,
    awaited,
    interruptible,
    let_interruptions_wake,
)


def in_thread(work):
    """Run `work(entered)` in a thread; return what it raised. `entered` is to be set when it can be stopped."""
    stop, entered, raised = CancelToken(), threading.Event(), []

    def run():
        try:
            work(stop, entered)
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert entered.wait(10)
    stop.request(StopReason.TIMEOUT)
    stop.interrupt()
    thread.join(10)
    assert not thread.is_alive()
    return raised


def test_a_loop_without_end_is_ended():
    def work(stop, entered):
        with interruptible(stop):
            entered.set()
            while True:
                pass

    (error,) = in_thread(work)
    assert isinstance(error, JobTimeout)
    assert "max runtime" in str(error)


def test_a_loop_that_catches_every_exception_is_ended_too():
    def work(stop, entered):
        with interruptible(stop):
            entered.set()
            while True:
                try:
                    raise ValueError
                except Exception:
                    continue

    assert isinstance(in_thread(work)[0], JobTimeout)


@pytest.mark.parametrize("pause", [1000, 0])
def test_an_asynchronous_job_is_ended_whether_it_waits_or_not(pause):
    async def work(entered):
        entered.set()
        while True:
            await asyncio.sleep(pause)

    (error,) = in_thread(lambda stop, entered: asyncio.run(awaited(work(entered), stop)))
    assert isinstance(error, JobStopped | asyncio.CancelledError)


def test_an_asynchronous_job_that_never_waits_is_ended_as_well():
    async def work(entered):
        entered.set()
        while True:
            pass

    (error,) = in_thread(lambda stop, entered: asyncio.run(awaited(work(entered), stop)))
    assert isinstance(error, JobStopped)


def test_an_asynchronous_job_can_clean_up():
    cleaned = []

    async def work(entered):
        entered.set()
        try:
            await asyncio.sleep(1000)
        finally:
            await asyncio.sleep(0)
            cleaned.append(1)

    in_thread(lambda stop, entered: asyncio.run(awaited(work(entered), stop)))
    assert cleaned


def test_nothing_arrives_after_the_jobs_own_code():
    """Force and leave at the same moment, many times: what arrives must arrive inside."""
    outside = []

    def work(stop):
        try:
            with interruptible(stop):
                threading.Event().wait(0.0001)
        except JobStopped:
            pass
        try:
            time.perf_counter()
            sum(range(100))
        except JobStopped as error:
            outside.append(error)

    for _ in range(200):
        stop = CancelToken()
        thread = threading.Thread(target=work, args=(stop,))
        thread.start()
        stop.request(StopReason.RESTART)
        stop.interrupt()
        thread.join(10)
    assert not outside


def wait_for_a_lock():
    lock = threading.Lock()
    with lock:
        lock.acquire()


def wait_for_a_socket():
    here, there = socket.socketpair()
    with here, there:
        here.recv(1)


@pytest.fixture
def waking():
    before = signal.getsignal(WAKE)
    let_interruptions_wake()
    yield
    signal.signal(WAKE, before)


@pytest.mark.parametrize(
    "wait", [lambda: time.sleep(1000), wait_for_a_lock, wait_for_a_socket, lambda: call(["sleep", "1000"])]
)
def test_a_main_thread_that_waits_can_be_woken(waking, wait):
    stop, inside = CancelToken(), threading.Event()

    def force():
        inside.wait(10)
        threading.Event().wait(0.05)  # it waits by now; if it does not, it is ended all the same
        stop.request(StopReason.TIMEOUT)
        stop.interrupt()

    def work():
        inside.set()
        wait()

    threading.Thread(target=force, daemon=True).start()
    began = time.monotonic()
    with pytest.raises(JobTimeout), interruptible(stop):
        work()
    assert time.monotonic() - began < 5


def test_only_a_main_thread_can_ask_to_be_woken():
    before = signal.getsignal(WAKE)
    thread = threading.Thread(target=let_interruptions_wake)
    thread.start()
    thread.join(10)
    assert signal.getsignal(WAKE) is before


def test_what_was_taken_back_does_not_come_under_a_tracer_either():
    """CPython up to 3.11 went round in circles there."""
    passed = []

    def work():
        sys.settrace(lambda *_: None)
        stop = CancelToken()
        with interruptible(stop):
            pass
        stop.request(StopReason.RESTART)
        with contextlib.suppress(JobStopped), interruptible(stop):
            stop.interrupt()
        passed.extend(number for number in range(100))

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(10)
    assert len(passed) == 100
