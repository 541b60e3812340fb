"""Whether a process of this machine still lives, and the memory it gives back."""

import ctypes
import subprocess
import sys
from dataclasses import replace

import pytest

from docassemble.Scheduler.host.processes import is_surely_dead, this_process


def test_this_process_lives():
    assert not is_surely_dead(this_process("web-1"))


def test_a_process_that_has_ended_is_dead():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        pass
    assert is_surely_dead(replace(this_process("web-1"), pid=child.pid))


def test_another_process_with_the_same_number_is_not_the_same():
    assert is_surely_dead(replace(this_process("web-1"), started_ticks="0"))


def test_nothing_can_be_said_of_a_process_of_another_machine():
    assert not is_surely_dead(replace(this_process("web-1"), host_id="elsewhere", started_ticks="0"))


def test_each_start_is_a_process_of_its_own():
    assert this_process("web-1").id != this_process("web-1").id


HOARDER = """
import sys
from pathlib import Path
from docassemble.Scheduler.host.processes import give_back_memory

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

blocks = [bytes(20_000) for _ in range(2_000)]
pin = bytes(20_000)
del blocks
before = resident()
give_back_memory()
print(before - resident())
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="this C library has no malloc_trim")
def test_memory_that_is_free_goes_back_to_the_system():
    said = subprocess.run([sys.executable, "-c", HOARDER], capture_output=True, text=True, check=True)
    assert int(said.stdout) > 20_000_000
