"""Where in its code a run is: the stack of its thread, from the job's own code on, and no value of a variable."""

import asyncio
import sys
import threading
import types

import pytest

from docassemble.Scheduler.core.texts.storable import MAX_STACK
from docassemble.Scheduler.execution.cancellation import RunningRuns
from docassemble.Scheduler.execution.executor import Executor
from docassemble.Scheduler.execution.functions import Functions
from docassemble.Scheduler.execution.observers import RunObserver
from docassemble.Scheduler.execution.stack import stack_of
from docassemble.Scheduler.testing import FakeHost, ManualClock
from tests.unit.runs import NOON, a_run


@pytest.fixture
def stack_during(monkeypatch):
    """Run a function as a job in a thread; return its stack when it has called what it is given."""

    def stack(work):
        reached, end = threading.Event(), threading.Event()

        def here():
            reached.set()
            end.wait(30)

        module = types.ModuleType("staged")
        module.work = lambda: work(here)
        monkeypatch.setitem(sys.modules, "staged", module)
        clock, running_runs = ManualClock(NOON), RunningRuns()
        execute = Executor(
            contexts=FakeHost(),
            functions=Functions(),
            observer=RunObserver(),
            running_runs=running_runs,
            clock=clock,
        )
        thread = threading.Thread(target=execute, args=(a_run(),))
        thread.start()
        try:
            assert reached.wait(30)
            ((log, of_run),) = running_runs.told().values()
            return stack_of(of_run, log.task)
        finally:
            end.set()
            thread.join()

    return stack


def test_it_begins_with_the_job_and_ends_where_it_is(stack_during):
    def copy_cases(here):
        secret = "do not show"  # noqa: F841
        here()

    stack = stack_during(copy_cases)
    files = [line for line in stack.splitlines() if line.startswith("  File")]
    assert files[0].endswith("in <lambda>")
    assert files[1].endswith("in copy_cases")
    assert files[2].endswith("in here")
    assert "executor.py" not in stack
    assert '"do not show"' not in stack


def test_an_asynchronous_job_is_shown_too(stack_during):
    async def copy_cases(here):
        here()

    assert "in copy_cases" in stack_during(copy_cases)


def test_of_an_asynchronous_job_that_waits_it_is_shown_where(stack_during):
    async def copy_cases(here):
        await copy(here)

    async def copy(here):
        loop = asyncio.get_running_loop()

        def later():
            # when the loop answers, it has gone on to wait
            asyncio.run_coroutine_threadsafe(asyncio.sleep(0), loop).result()
            here()

        await asyncio.to_thread(later)

    lines = [line for line in stack_during(copy_cases).splitlines() if line.startswith("  File")]
    assert [line.rpartition(" in ")[2] for line in lines] == ["copy_cases", "copy", "to_thread"]


def test_of_a_deep_recursion_the_end_is_shown_within_limits(stack_during):
    def dive(here, depth=900):
        if depth:
            dive(here, depth - 1)
        else:
            here()

    stack = stack_during(dive)
    assert len(stack) <= MAX_STACK
    assert "in here" in stack


def test_a_thread_that_has_ended_has_none():
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()
    assert stack_of(thread.ident) is None
