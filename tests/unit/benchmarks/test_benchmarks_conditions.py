"""The conditions of a window: how fast the machine was, and what else it did."""

import os

import pytest

from benchmarks import conditions

TICKS = os.sysconf("SC_CLK_TCK")


def test_all_time_is_busy_but_what_is_idle_or_counted_already():
    #: user, nice, system, idle, iowait, irq, softirq, steal, guest, guest_nice
    ticks = [each * TICKS for each in (1, 2, 4, 1000, 1000, 8, 16, 32, 1, 2)]
    stat = f"cpu  {' '.join(map(str, ticks))}\ncpu0 9 9 9 9 9 9 9 9 9 9\n"
    assert conditions.busy_seconds(stat) == pytest.approx(63)


def test_the_loop_takes_time_and_other_programs_take_no_less_than_none():
    found = conditions.begin().until_now()
    assert found["loop ms"] > 0
    assert found["others cores"] >= 0
