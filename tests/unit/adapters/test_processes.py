"""Whether a process of this machine still lives."""

import subprocess
import sys
from dataclasses import replace

from docassemble.Scheduler.adapters.processes import is_surely_dead, this_process


def test_this_process_lives():
    assert not is_surely_dead(this_process("web-1"))


def test_a_process_that_has_ended_is_dead():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        pass
    assert is_surely_dead(replace(this_process("web-1"), pid=child.pid))


def test_another_process_with_the_same_number_is_not_the_same():
    assert is_surely_dead(replace(this_process("web-1"), birth="0"))


def test_nothing_can_be_said_of_a_process_of_another_machine():
    assert not is_surely_dead(replace(this_process("web-1"), place="elsewhere", birth="0"))


def test_each_start_is_a_process_of_its_own():
    assert this_process("web-1").id != this_process("web-1").id
