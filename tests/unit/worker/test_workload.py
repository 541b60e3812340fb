"""The workload: what can be done in a moment, and what is not."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docassemble.Scheduler.schedules.simple import OnDemand
from docassemble.Scheduler.testing.clock import job
from docassemble.Scheduler.worker.queue.workload import AHEAD, LONG, MAX_AHEAD, SHORT, Workload

MILLISECOND = 0.001


def named(name, function=None):
    return job(name, OnDemand(), function=function or f"functions.{name}")


A = named("a")


def workload(**durations):
    made = Workload()
    for name, seconds in durations.items():
        made.note(named(name), seconds)
    return made


def test_a_job_that_has_not_run_may_take_any_time():
    assert Workload().expected(A) == inf


def test_a_job_that_has_not_run_is_expected_to_take_as_long_as_others_with_its_function():
    made = Workload()
    made.note(named("a", "send.reminder"), MILLISECOND)
    assert made.expected(named("b", "send.reminder")) == MILLISECOND
    assert made.expected(named("c", "send.report")) == inf


def test_what_a_job_itself_has_taken_counts_more_than_others_with_its_function():
    made = Workload()
    long, short = named("long", "send.reminder"), named("short", "send.reminder")
    for _ in range(10):
        made.note(long, 3600.0)
        made.note(short, MILLISECOND)
    assert made.expected(short) <= SHORT < made.expected(long)


def test_a_function_whose_runs_differ_is_long():
    made = Workload()
    for number in range(10):
        made.note(named(f"long {number}", "send.reminder"), 3600.0)
        made.note(named(f"short {number}", "send.reminder"), MILLISECOND)
    assert made.expected(named("new", "send.reminder")) > SHORT


@pytest.mark.parametrize("before", [0.0, MILLISECOND, SHORT])
def test_one_long_run_is_enough_to_be_long_and_a_few_short_ones_to_be_short_again(before):
    made = workload(a=before)
    made.note(A, 3600.0)
    assert made.expected(A) > SHORT
    for _ in range(5):
        made.note(A, MILLISECOND)
    assert made.expected(A) <= SHORT


def test_after_many_long_runs_it_takes_a_few_short_ones_more():
    made = workload(a=3600.0)
    expected = []
    for _ in range(8):
        expected.append(made.expected(A))
        made.note(A, MILLISECOND)
    assert expected[0] == LONG
    assert min(expected[:5]) > SHORT >= made.expected(A)


def test_a_job_that_is_forgotten_is_expected_to_take_what_its_function_takes():
    made = workload(a=MILLISECOND)
    made.note(A, 3600.0)
    made.drop("a")
    made.drop("never seen")
    assert made.expected(A) == LONG


@pytest.mark.parametrize(
    ("durations", "waiting", "number"),
    [
        ([MILLISECOND] * 3, 0, 3),
        ([SHORT], 0, 1),
        ([SHORT * 1.01], 0, 0),
        ([MILLISECOND, 1.0, MILLISECOND], 0, 1),
        ([MILLISECOND, inf, MILLISECOND], 0, 1),
        ([2 * MILLISECOND] * 40, 0, 12),
        ([MILLISECOND] * 3, AHEAD - 2.5 * MILLISECOND, 2),
        ([MILLISECOND], AHEAD, 0),
        ([MILLISECOND], inf, 0),
        ([0.0] * 1000, 0, MAX_AHEAD),
        ([], 0, 0),
    ],
)
def test_so_many_fit_ahead(durations, waiting, number):
    made = workload(**{str(index): seconds for index, seconds in enumerate(durations) if seconds < inf})
    assert made.fitting([named(str(index)) for index in range(len(durations))], waiting) == number


@given(st.lists(st.floats(0, 0.05), max_size=60), st.floats(0, 0.05))
def test_what_fits_is_short_and_not_too_much_together(durations, waiting):
    made = workload(**{str(index): seconds for index, seconds in enumerate(durations)})
    number = made.fitting([named(str(index)) for index in range(len(durations))], waiting)
    taken = durations[:number]
    assert all(seconds <= SHORT for seconds in taken)
    assert not taken or waiting + sum(taken) <= AHEAD + 1e-9
