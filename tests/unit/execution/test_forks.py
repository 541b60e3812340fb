"""What a job forks is a process of the job's: nothing of ours goes on in it."""

import asyncio
import os
import select
import signal
import subprocess
import sys
import threading
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from docassemble.Scheduler.core.errors import JobStopped
from docassemble.Scheduler.execution.cancellation import RunningRuns
from docassemble.Scheduler.execution.executor import call
from docassemble.Scheduler.execution.forks import children_end_here
from tests.unit.runs import a_run

ROOT = Path(__file__).parents[3]
#: how a child of these tests ends that should have ended before
SURVIVED = 99


@contextmanager
def no_survivor():
    """End a child that comes to the end of this block."""
    home = os.getpid()
    try:
        yield
    finally:
        if os.getpid() != home:
            os._exit(SURVIVED)


def ending_of(child):
    """Return the exit code; a child that hangs is killed."""
    descriptor = os.pidfd_open(child)
    if not select.select([descriptor], [], [], 20)[0]:
        os.kill(child, signal.SIGKILL)
    os.close(descriptor)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def forking(then):
    """A job that forks, and does something in the child; the parent returns how it ended."""

    def work():
        child = os.fork()
        return ending_of(child) if child else then()

    return work


def raising(error):
    def work():
        raise error

    return work


class Hostile(Exception):
    def __str__(self):
        raise ValueError("no text")


ENDINGS = [
    (lambda: "the child", 0),
    (raising(SystemExit()), 0),
    (raising(SystemExit(None)), 0),
    (raising(SystemExit(3)), 3),
    (raising(SystemExit(256)), 0),
    (raising(SystemExit("a text")), 1),
    (raising(ValueError("no")), 1),
    (raising(Hostile()), 1),
    (raising(KeyboardInterrupt()), 1),
    (raising(JobStopped()), 1),
    (lambda: os._exit(7), 7),
    (lambda: os.kill(os.getpid(), signal.SIGKILL), -signal.SIGKILL),
]


@pytest.mark.parametrize(("then", "code"), ENDINGS)
def test_a_child_ends_where_the_function_ends_and_the_parent_goes_on(then, code):
    with no_survivor():
        assert call(forking(then)) == code


def test_the_child_of_a_coroutine_ends_with_it():
    async def work():
        await asyncio.sleep(0)
        return forking(lambda: "the child")()

    with no_survivor():
        assert call(work) == 0


def test_a_grandchild_ends_as_well():
    with no_survivor():
        assert call(forking(lambda: call(forking(lambda: None)))) == 0
        assert call(forking(forking(raising(SystemExit(3))))) == 0


def test_the_child_of_a_thread_that_forks_has_only_that_thread_and_ends_with_it():
    codes = []
    thread = threading.Thread(target=lambda: codes.append(call(forking(lambda: None))))
    with no_survivor():
        thread.start()
        thread.join()
    assert codes == [0]


def test_a_child_ends_in_the_jobs_own_code_even_if_a_lock_of_ours_is_held_when_it_begins():
    with ExitStack() as stack, no_survivor():
        stop = stack.enter_context(RunningRuns().during(a_run()))
        with stop.interruptible(lambda _: None, lambda: None):
            with stop._lock:
                child = os.fork()
            if not child:
                stop._lock.acquire()
        assert ending_of(child) == 0


def test_the_parent_is_let_be():
    with pytest.raises(SystemExit), children_end_here():
        sys.exit(3)


# What is done at a fork cannot be taken back, so that each of these has an interpreter of its own.
DISOWNED = """
import logging, os, signal, sys, threading, time
from docassemble.Scheduler.execution.forks import disown_children

class Kept(logging.Handler):
    def emit(self, record):
        print("kept:", record.getMessage(), flush=True)

logger = logging.Logger("x")
kept = Kept()
logger.addHandler(kept)
signal.signal(signal.SIGTERM, lambda *_: print("the handler of the parent", flush=True) or os._exit(30))
home = os.getpid()
disown_children(logger, lambda: print("let go", os.getpid() != home, flush=True))
"""


def output_of(script):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", DISOWNED + script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    return done.stdout.splitlines(), done.stderr.splitlines()


def test_a_child_that_is_terminated_at_once_has_no_handlers_of_its_parent():
    out, err = output_of("""
import multiprocessing
codes = set()
for _ in range(20):
    child = multiprocessing.get_context("fork").Process(target=time.sleep, args=(60,))
    child.start()
    child.terminate()
    child.join()
    codes.add(child.exitcode)
print(codes)
""")
    assert (out[-1], set(out[:-1]) <= {"let go True"}, err) == ("{-15}", True, [])


def test_the_parent_keeps_its_handlers_and_the_signals_that_it_lets_in():
    out, _ = output_of("""
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
if not os.fork():
    print(signal.pthread_sigmask(signal.SIG_BLOCK, []) == {signal.SIGUSR1}, flush=True)
    os._exit(0)
os.wait()
print(signal.pthread_sigmask(signal.SIG_BLOCK, []) == {signal.SIGUSR1}, flush=True)
print(signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL)
""")
    assert out == ["let go True", "True", "True", "True"]


@pytest.mark.parametrize("where", ["inside of a job", "in a thread"])
def test_what_a_child_logs_goes_to_standard_error_even_if_the_log_was_in_use_when_it_was_forked(where):
    out, err = output_of(f"""
def fork():
    kept.acquire()  # as a thread that writes a line
    child = os.fork()
    if not child:
        logger.warning("a line of %s", "the child")
        os._exit(0)
    kept.release()
    os.waitpid(child, 0)
    logger.warning("a line of the parent")

if {where == "in a thread"}:
    thread = threading.Thread(target=fork)
    thread.start()
    thread.join()
else:
    fork()
""")
    assert out == ["let go True", "kept: a line of the parent"]
    assert err == ["docassemble.Scheduler: WARNING in a forked process: a line of the child"]


def test_a_process_that_is_only_a_program_is_forked_as_ever():
    out, err = output_of("""
import subprocess
print(subprocess.run([sys.executable, "-c", "print(1)"], capture_output=True, text=True).stdout.strip())
print(subprocess.run(["sleep", "0"], preexec_fn=lambda: None).returncode)
""")
    assert (out[0], out[-1], err) == ("1", "0", [])
