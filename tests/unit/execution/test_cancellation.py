"""A run is asked to stop, then forced; and what is going on."""

import threading

import pytest

from docassemble.Scheduler.core.errors import JobStopped, JobTimeout
from docassemble.Scheduler.core.run import Status, StopReason
from docassemble.Scheduler.execution.cancellation import CancelToken, RunningRuns
from tests.unit.runs import a_run


@pytest.mark.parametrize(
    ("reason", "status", "exception", "is_final"),
    [
        (StopReason.TIMEOUT, Status.TIMED_OUT, JobTimeout, False),
        (StopReason.RESTART, Status.INTERRUPTED, JobStopped, False),
        (StopReason.REPLACED, Status.INTERRUPTED, JobStopped, True),
        (StopReason.BY_HAND, Status.STOPPED, JobStopped, True),
    ],
)
def test_each_reason_says_how_the_run_ends(reason, status, exception, is_final):
    assert (reason.status, reason.exception, reason.is_final) == (status, exception, is_final)


def test_a_job_hears_of_it_when_it_asks():
    stop = CancelToken()
    assert not stop.acknowledge()
    stop.request(StopReason.RESTART)
    assert not stop.acknowledged
    assert stop.acknowledge()
    assert stop.acknowledged


def test_the_first_reason_counts():
    stop = CancelToken()
    stop.request(StopReason.RESTART)
    stop.request(StopReason.TIMEOUT)
    assert stop.reason is StopReason.RESTART


def test_it_is_interrupted_once_and_only_inside_the_jobs_own_code_and_after_being_asked():
    stop, raised, calmed = CancelToken(), [], []
    stop.request(StopReason.TIMEOUT)
    stop.interrupt()
    with stop.interruptible(raised.append, lambda: calmed.append(len(raised))):
        stop.interrupt()
        stop.interrupt()
    stop.interrupt()
    assert raised == [JobTimeout]
    assert calmed == [1]
    assert stop.acknowledged


def test_nothing_is_taken_back_where_nothing_was_raised():
    stop, calmed = CancelToken(), []
    stop.request(StopReason.TIMEOUT)
    with stop.interruptible(print, lambda: calmed.append(1)):
        pass
    assert not calmed


def test_a_stop_that_nobody_asked_for_is_not_forced():
    stop, raised = CancelToken(), []
    with stop.interruptible(raised.append, lambda: None):
        stop.interrupt()
    assert not raised


def test_inner_code_is_interrupted_in_its_own_way():
    stop, outer, inner = CancelToken(), [], []
    stop.request(StopReason.RESTART)
    with stop.interruptible(outer.append, lambda: None), stop.interruptible(inner.append, lambda: None):
        stop.interrupt()
    assert (outer, inner) == ([], [JobStopped])


def test_what_is_going_on_is_known_while_it_lasts():
    running_runs, run = RunningRuns(), a_run()
    with running_runs.during(run) as stop:
        assert running_runs.runs() == {run.id: run}
        running_runs.request_stop(run.id, StopReason.BY_HAND)
        assert stop.reason is StopReason.BY_HAND
    assert running_runs.runs() == {}


def test_asking_what_is_not_going_on_does_nothing():
    running_runs = RunningRuns()
    running_runs.request_stop("nobody", StopReason.BY_HAND)
    running_runs.interrupt("nobody")


def test_one_can_wait_until_something_is_going_on():
    running_runs, seen = RunningRuns(), threading.Event()

    def wait():
        running_runs.wait_until_any()
        seen.set()

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    assert not seen.wait(0.01)
    with running_runs.during(a_run()):
        assert seen.wait(10)


def test_all_are_asked_those_too_that_begin_later():
    running_runs = RunningRuns()
    with running_runs.during(a_run(1)) as first:
        running_runs.request_stop_of_all(StopReason.RESTART)
        with running_runs.during(a_run(2)) as second:
            assert (first.reason, second.reason) == (StopReason.RESTART, StopReason.RESTART)
