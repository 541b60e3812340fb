from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from docassemble.Scheduler.core.errors import JobStopped, JobTimeout
from docassemble.Scheduler.core.run import StopReason
from docassemble.Scheduler.execution.cancellation import CancelToken
from docassemble.Scheduler.execution.context import running
from docassemble.Scheduler.tasks.interruption import stop_if_asked, undisturbed
from tests.unit.runs import a_run


@pytest.mark.parametrize(
    ("reason", "exception"), [(StopReason.TIMEOUT, JobTimeout), (StopReason.BY_HAND, JobStopped)]
)
def test_a_run_that_was_asked_to_stop_is_ended_and_has_heard_of_it(
    reason: StopReason, exception: type[JobStopped]
) -> None:
    stop = CancelToken()
    with running(a_run(), stop):
        stop_if_asked()
        stop.request(reason)
        with pytest.raises(exception):
            stop_if_asked()
    assert stop.acknowledged


def test_outside_of_a_run_nothing_asks_to_stop() -> None:
    stop_if_asked()
    with undisturbed():
        stop_if_asked()


def test_nothing_is_raised_in_a_step_that_must_not_be_disturbed_but_right_after_it(
    stoppable: Callable[[Callable[[], object]], Any],
) -> None:
    inside, forced, steps = threading.Event(), threading.Event(), []

    def work() -> None:
        with undisturbed():
            inside.set()
            while not forced.wait(0.01):
                pass
            steps.append("done")
        stop_if_asked()
        steps.append("went on")

    job = stoppable(work)
    assert inside.wait(10)
    assert isinstance(job.stop(force=True, then=forced.set), JobTimeout)
    assert steps == ["done"]
