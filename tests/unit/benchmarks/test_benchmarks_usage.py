"""What processes use is told exactly, also when a part of them has ended."""

import os
import subprocess
import sys
from contextlib import contextmanager

import pytest

from benchmarks.usage import cpu_seconds

WORK = "import time\nwhile time.process_time() < 0.1: pass\n"
IN_A_THREAD = f"""
import threading
thread = threading.Thread(target=exec, args=({WORK!r},))
thread.start()
thread.join()
"""
IN_A_CHILD = f"""
import subprocess, sys
subprocess.run([sys.executable, "-c", {WORK!r}], check=True)
"""


@contextmanager
def done(program):
    """Give the pid of a process that has run a program, and lives."""
    command = [sys.executable, "-c", f"{program}\nprint(flush=True)\ninput()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        yield process.pid
        process.communicate(b"\n")


@pytest.mark.parametrize("program", [WORK, IN_A_THREAD, IN_A_CHILD], ids=["itself", "thread", "child"])
def test_what_has_ended_in_a_process_counts(program):
    with done(program) as pid:
        assert 0.1 <= cpu_seconds([pid]) < 5


def test_a_process_that_has_ended_itself_counts_for_nothing():
    with done("") as pid:
        pass
    assert cpu_seconds([pid]) == 0


def test_a_little_work_shows():
    before = cpu_seconds([os.getpid()])
    for _ in range(1000):
        pass
    assert cpu_seconds([os.getpid()]) > before
