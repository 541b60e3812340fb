"""One run, from outside in."""

import asyncio
import sys
import types
from datetime import datetime, timedelta, timezone

import pytest

from docassemble.Scheduler.current import current_run
from docassemble.Scheduler.execution import Execution, call
from docassemble.Scheduler.functions import Functions
from docassemble.Scheduler.record import Due, Run, Status
from docassemble.Scheduler.schedule.interval import Interval
from docassemble.Scheduler.testing import FakeHost, ManualClock, job

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)


class Told:
    def __init__(self):
        self.events = []

    def started(self, run):
        self.events.append("started")

    def finished(self, run, outcome):
        self.events.append(outcome.status)


class Stage:
    def __init__(self, monkeypatch, **functions):
        module = types.ModuleType("staged")
        vars(module).update(functions)
        monkeypatch.setitem(sys.modules, "staged", module)
        self.host, self.told, self.clock = FakeHost(), Told(), ManualClock(NOON)
        self.execution = Execution(
            contexts=self.host, functions=Functions(), observer=self.told, clock=self.clock
        )

    def run(self, **fields):
        return self.execution(a_run(**fields))


def a_run(**fields):
    return Run(
        id="0" * 32, due=Due(job("staged.work", Interval(timedelta(minutes=1)), **fields), NOON), claimed=NOON
    )


@pytest.fixture
def stage(monkeypatch):
    return lambda **functions: Stage(monkeypatch, **functions)


def test_the_function_is_called_with_its_arguments_and_its_result_is_kept(stage):
    outcome = stage(work=lambda *args, **kwargs: (args, kwargs)).run(args=(1, 2), kwargs={"three": 3})
    assert outcome.status is Status.SUCCEEDED
    assert outcome.result == "((1, 2), {'three': 3})"


def test_an_asynchronous_function_is_run_to_its_end(stage):
    async def work():
        await asyncio.sleep(0)
        return "done"

    assert stage(work=work).run().result == "'done'"


def test_it_runs_in_docassembles_context_as_the_jobs_user_and_leaves_it(stage):
    host_inside = []
    stage = stage(work=lambda: host_inside.append((len(stage.host.entered), stage.host.left)))
    stage.run(run_as="clerk@example.com")
    assert stage.host.entered == ["clerk@example.com"]
    assert host_inside == [(1, 0)]
    assert stage.host.left == 1


@pytest.mark.parametrize("raised", [ValueError("no"), SystemExit(3), KeyboardInterrupt()])
def test_whatever_the_function_raises_is_the_outcome(stage, raised):
    def work():
        raise raised

    stage = stage(work=work)
    outcome = stage.run()
    assert outcome.status is Status.FAILED
    assert outcome.error is raised
    assert stage.host.left == 1


def test_a_function_that_cannot_be_found_is_a_failed_run(stage):
    assert stage().run().status is Status.FAILED


def test_the_duration_is_measured(stage):
    stage = stage(work=lambda: stage.clock.move(timedelta(seconds=2)))
    assert stage.run().duration == timedelta(seconds=2)


def test_the_run_is_the_current_one_while_it_lasts_and_while_it_is_reported(stage):
    inside = []
    stage = stage(work=lambda: inside.append(current_run()))
    stage.run()
    assert inside[0].job == "staged.work"
    assert current_run() is None
    assert stage.told.events == ["started", Status.SUCCEEDED]


class Context:
    log: list[str]

    def __init__(self):
        type(self).log = []

    def __enter__(self):
        self.log.append("enter")

    def __exit__(self, kind, error, trace):
        self.log.append(f"exit {kind.__name__ if kind else None}")


def test_the_jobs_own_context_is_entered_around_the_function(stage):
    stage(Context=Context, work=lambda: Context.log.append("work")).run(contextmanager="staged.Context")
    assert Context.log == ["enter", "work", "exit None"]


def test_the_jobs_own_context_sees_the_error(stage):
    outcome = stage(Context=Context, work=lambda: 1 / 0).run(contextmanager="staged.Context")
    assert Context.log == ["enter", "exit ZeroDivisionError"]
    assert outcome.status is Status.FAILED


def test_a_context_that_cannot_be_entered_is_a_failed_run_without_a_call(stage):
    class Locked:
        def __enter__(self):
            raise PermissionError("locked")

        def __exit__(self, *_):
            raise AssertionError

    called = []
    outcome = stage(Locked=Locked, work=lambda: called.append(1)).run(contextmanager="staged.Locked")
    assert isinstance(outcome.error, PermissionError)
    assert not called


def test_calling_a_plain_function_needs_no_event_loop():
    assert call(divmod, 7, 2) == (3, 1)


class Odd:
    def __init__(self, length=0):
        self.length = length

    def __bool__(self):
        raise ValueError("ambiguous")

    def __repr__(self):
        if not self.length:
            raise RuntimeError("no")
        return "x" * self.length


@pytest.mark.parametrize("result", [Odd(), Odd(10**6), [Odd()] * 1000, "x" * 10**6, {1: Odd()}])
def test_whatever_a_function_returns_becomes_a_short_text(stage, result):
    outcome = stage(work=lambda: result).run()
    assert outcome.status is Status.SUCCEEDED
    assert len(outcome.result) < 2_000


def test_a_function_that_returns_nothing_has_no_result(stage):
    assert stage(work=lambda: None).run().result is None


def test_what_a_function_does_to_its_arguments_does_not_reach_its_next_run(stage):
    stage = stage(work=lambda names: names.append("x") or len(names))
    names = (["a"],)
    assert stage.run(args=names).result == stage.run(args=names).result == "2"
