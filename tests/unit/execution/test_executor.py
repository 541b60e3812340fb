"""One run, from outside in."""

import asyncio
import contextvars
import decimal
import os
import sys
import threading
import time
import types
from contextlib import contextmanager
from datetime import timedelta

import pytest

from docassemble.Scheduler.core.decision import LEAD
from docassemble.Scheduler.core.errors import JobStopped, JobTimeout, RunSkipped
from docassemble.Scheduler.core.run import Status, StopReason
from docassemble.Scheduler.execution.cancellation import RunningRuns
from docassemble.Scheduler.execution.context import current_run
from docassemble.Scheduler.execution.executor import Executor, call
from docassemble.Scheduler.execution.functions import Functions
from docassemble.Scheduler.execution.observers import RunObserver
from docassemble.Scheduler.store.sql.rows import outcome_row
from docassemble.Scheduler.testing import FakeHost, ManualClock
from tests.unit import hostile
from tests.unit.runs import NOON, a_run


class Told(RunObserver):
    def __init__(self):
        self.events = []

    def started(self, run):
        self.events.append("started")


class Stage:
    def __init__(self, monkeypatch, **functions):
        module = types.ModuleType("staged")
        vars(module).update(functions)
        monkeypatch.setitem(sys.modules, "staged", module)
        self.host, self.told, self.clock = FakeHost(), Told(), ManualClock(NOON)
        self.running_runs = RunningRuns()
        self.execution = Executor(
            contexts=self.host,
            functions=Functions(),
            observer=self.told,
            running_runs=self.running_runs,
            watch=self.watch,
            clock=self.clock,
        )

    @contextmanager
    def watch(self, run):
        """Take a second to find out what the run has left behind."""
        yield
        self.clock.move(timedelta(seconds=1))
        current_run().own_log.add(f"{run.job.name} left nothing")

    def run(self, **fields):
        return self.execution(a_run(**fields))

    def stop(self, reason):
        """Stop what is going on, as the watchdog does."""
        for run in self.running_runs.runs():
            self.running_runs.request_stop(run, reason)
            self.running_runs.interrupt(run)


@pytest.fixture
def stage(monkeypatch):
    return lambda **functions: Stage(monkeypatch, **functions)


def test_the_function_is_called_with_its_arguments_and_its_result_is_kept(stage):
    outcome = stage(work=lambda *args, **kwargs: (args, kwargs)).run(args=(1, 2), kwargs={"three": 3})
    assert outcome.status is Status.SUCCEEDED
    assert outcome.result == "((1, 2), {'three': 3})"


@pytest.mark.parametrize("ahead", [timedelta(microseconds=1), LEAD])
def test_a_run_that_was_claimed_ahead_begins_when_it_is_due(stage, ahead):
    begun = []
    staged = stage(work=lambda: begun.append(staged.clock.now()))
    staged.clock.move(-ahead)
    outcome = staged.run()
    assert begun == [NOON]
    assert outcome.started == NOON


def test_a_due_time_that_is_far_because_the_clock_was_set_back_is_not_waited_for(stage):
    staged = stage(work=lambda: None)
    staged.clock.move(timedelta(hours=-1))
    outcome = staged.run()
    assert outcome.started == NOON - timedelta(hours=1) + LEAD


def test_an_asynchronous_function_is_run_to_its_end(stage):
    async def work():
        await asyncio.sleep(0)
        return "done"

    assert stage(work=work).run().result == '"done"'


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


def test_the_run_is_the_current_one_while_it_lasts_and_its_start_is_told(stage):
    inside = []
    stage = stage(work=lambda: inside.append(current_run()))
    stage.run()
    assert inside[0].job == "staged.work"
    assert current_run() is None
    assert stage.told.events == ["started"]


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
    assert len(outcome.result) <= 2_000


def test_a_function_that_returns_nothing_has_no_result(stage):
    assert stage(work=lambda: None).run().result is None


def test_what_a_function_does_to_its_arguments_does_not_reach_its_next_run(stage):
    stage = stage(work=lambda names: names.append("x") or len(names))
    names = (["a"],)
    assert stage.run(args=names).result == stage.run(args=names).result == "2"


def test_context_flag_start_own_context_and_function_come_in_this_order(stage):
    order = []

    class Own:
        def __enter__(self):
            order.append("own context")

        def __exit__(self, *error):
            order.append("left")

    def flag():
        order.append(f"flag in {len(stage.host.entered)} context")
        return True

    stage = stage(work=lambda: order.append("function"), flag=flag, Own=Own)
    stage.told.started = lambda run: order.append("started")
    stage.run(only_if="staged.flag", contextmanager="staged.Own")
    assert order == ["flag in 1 context", "started", "own context", "function", "left"]


@pytest.mark.parametrize("answer", [False, None, 0, "", []])
def test_a_job_whose_only_if_says_no_is_skipped_with_the_reason(stage, answer):
    called = []
    stage = stage(work=lambda: called.append(1), flag=lambda: answer)
    outcome = stage.run(only_if="staged.flag", retries=3)
    assert outcome.status is Status.SKIPPED
    assert outcome.reason == "`only if: staged.flag` said no"
    assert outcome.retry_at is None
    assert not called
    assert stage.told.events == []


def test_a_job_that_finds_nothing_to_be_done_is_skipped_with_its_reason_and_not_tried_again(stage):
    def work():
        raise RunSkipped("nobody is there")

    outcome = stage(work=work).run(retries=3)
    assert (outcome.status, outcome.reason) == (Status.SKIPPED, "nobody is there")
    assert (outcome.error, outcome.retry_at) == (None, None)


def test_a_job_whose_only_if_says_yes_is_run(stage):
    async def flag():
        return True

    assert stage(work=lambda: "done", flag=flag).run(only_if="staged.flag").result == '"done"'


def test_only_if_is_asked_as_the_jobs_user_and_its_failure_is_one_of_the_run(stage):
    stage = stage(work=print, flag=lambda: 1 / 0)
    outcome = stage.run(only_if="staged.flag", run_as="clerk@example.com")
    assert isinstance(outcome.error, ZeroDivisionError)
    assert stage.host.entered == ["clerk@example.com"]


def test_a_run_that_failed_says_when_it_is_tried_again(stage):
    stage = stage(work=lambda: 1 / 0)
    assert stage.run(retries=1).retry_at == NOON + timedelta(seconds=30)
    assert stage.run(retries=1, attempt=2).retry_at is None


def test_a_run_that_succeeded_is_not_tried_again(stage):
    assert stage(work=lambda: None).run(retries=5, resumable=True).retry_at is None


def test_a_run_over_its_time_is_stopped_and_timed_out_and_tried_again(stage):
    def work():
        stage.stop(StopReason.TIMEOUT)
        while True:
            pass

    stage = stage(work=work)
    outcome = stage.run(retries=1)
    assert outcome.status is Status.TIMED_OUT
    assert isinstance(outcome.error, JobTimeout)
    assert outcome.reason == "its `max runtime` is over"
    assert outcome.retry_at is not None
    assert stage.told.events == ["started"]
    assert not stage.running_runs.runs()


def test_an_asynchronous_run_over_its_time_is_timed_out(stage):
    async def work():
        threading.Thread(target=stage.stop, args=(StopReason.TIMEOUT,)).start()
        await asyncio.sleep(1000)

    stage = stage(work=work)
    outcome = stage.run()
    assert outcome.status is Status.TIMED_OUT
    assert isinstance(outcome.error, JobTimeout)


def test_a_job_that_stops_when_it_is_asked_is_interrupted_and_keeps_its_result(stage):
    def work():
        stage.running_runs.request_stop("0" * 32, StopReason.RESTART)
        assert current_run().should_stop()
        assert current_run().stop_reason is StopReason.RESTART
        return "so far"

    stage = stage(work=work)
    outcome = stage.run(resumable=True)
    assert (outcome.status, outcome.result, outcome.error) == (Status.INTERRUPTED, '"so far"', None)
    assert outcome.reason == "docassemble restarts"
    assert outcome.retry_at == NOON


def test_a_job_that_never_looked_and_ended_in_time_has_succeeded(stage):
    stage = stage(work=lambda: stage.running_runs.request_stop("0" * 32, StopReason.RESTART))
    assert stage.run().status is Status.SUCCEEDED


def test_a_failure_after_being_asked_without_hearing_is_a_failure(stage):
    def work():
        stage.running_runs.request_stop("0" * 32, StopReason.RESTART)
        raise ValueError

    stage = stage(work=work)
    assert stage.run().status is Status.FAILED


@pytest.mark.parametrize("reason", [StopReason.BY_HAND, StopReason.REPLACED])
def test_what_somebody_stopped_is_not_tried_again(stage, reason):
    def work():
        stage.stop(reason)
        while True:
            pass

    stage = stage(work=work)
    outcome = stage.run(resumable=True, retries=5)
    assert outcome.status is reason.status
    assert isinstance(outcome.error, JobStopped)
    assert outcome.retry_at is None


def test_a_job_can_clean_up_when_it_is_stopped(stage):
    cleaned = []

    def work():
        try:
            stage.stop(StopReason.TIMEOUT)
            while True:
                pass
        finally:
            cleaned.append(current_run().stop_reason)

    stage = stage(work=work)
    stage.run()
    assert cleaned == [StopReason.TIMEOUT]


def test_an_argument_may_have_any_name(stage):
    assert stage(work=lambda **given: sorted(given)).run(kwargs={"stop": 1, "function": 2}).result == (
        '["function", "stop"]'
    )


# rows of the cases that went wrong once

COLOUR = contextvars.ContextVar("COLOUR", default="unset")


def test_t3_each_run_begins_in_a_fresh_context(stage):
    def leave():
        COLOUR.set("left by another job")
        decimal.getcontext().prec = 3
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        loop.close()
        threading.current_thread().name = "left"
        sys.setprofile(lambda *_: None)

    def find():
        with pytest.raises(RuntimeError):
            asyncio.get_event_loop_policy().get_event_loop()
        return [COLOUR.get(), str(decimal.Decimal(1) / 3), threading.current_thread().name, sys.getprofile()]

    before = threading.current_thread().name, sys.getprofile()
    stage = stage(work=leave, find=find)
    assert stage.run().status is Status.SUCCEEDED
    outcome = stage.run(name="staged.find")
    assert before == (threading.current_thread().name, sys.getprofile())
    assert outcome.result == f'["unset", "0.3333333333333333333333333333", "{before[0]}", null]'


def test_t3_a_run_reads_nothing_of_the_context_that_it_was_called_in(stage):
    token = COLOUR.set("of the caller")
    try:
        assert stage(work=COLOUR.get).run().result == '"unset"'
    finally:
        COLOUR.reset(token)


@pytest.mark.parametrize("name", hostile.ERRORS)
def test_r3_every_run_ends_with_the_name_of_what_went_wrong(stage, name):
    def work():
        raise hostile.ERRORS[name]()

    stage = stage(work=work)
    outcome = stage.run()
    assert outcome.status is Status.FAILED
    named = outcome.error_text.name
    # contextlib of Python 3.13 asks an exception for its traceback: what it raises then takes its place
    assert name in named or (name == "Exploding" and named == "GeneratorExit")
    assert outcome_row(outcome)["error"].startswith(named)
    assert stage.told.events == ["started"]


@pytest.mark.parametrize("name", hostile.ERRORS)
def test_r3_every_result_is_a_success(stage, name):
    outcome = stage(work=lambda: [hostile.ERRORS[name]()]).run()
    assert outcome.status is Status.SUCCEEDED
    assert outcome.result


def test_r3_the_text_of_an_error_ends_with_the_time_of_the_run(stage):
    class Endless(Exception):
        def __str__(self):
            stage.stop(StopReason.TIMEOUT)
            while True:
                pass

    def work():
        raise Endless

    stage = stage(work=work)
    outcome = stage.run()
    assert outcome.status is Status.TIMED_OUT
    assert "Endless" in outcome.error_text.name


@pytest.mark.parametrize("size", [5_000_000, 50_000_000])
def test_r4_an_error_with_a_huge_message_is_a_short_record(stage, size):
    def work():
        raise ValueError("M" * size)

    started = time.process_time()
    row = outcome_row(stage(work=work).run())
    assert time.process_time() - started < 1
    assert (len(row["error"]) <= 2_000, len(row["traceback"]) <= 50_000) == (True, True)


def test_r1_a_generator_is_a_failed_run(stage):
    def work():
        yield

    outcome = stage(work=work).run()
    assert outcome.status is Status.FAILED
    assert "generator" in outcome.error_text.message


@pytest.mark.parametrize("error", [None, ValueError("no")])
def test_what_a_run_leaves_behind_is_in_its_log_and_finding_out_is_none_of_its_time(stage, error):
    def work():
        if error:
            raise error

    outcome = stage(work=work).run()
    assert outcome.log == "staged.work left nothing"
    assert outcome.duration == timedelta(0)


@pytest.mark.parametrize("field", ["function", "only_if", "contextmanager"])
@pytest.mark.parametrize("ends", [lambda: True, lambda: sys.exit(3), lambda: 1 / 0])
def test_a_process_that_a_job_forks_ends_without_a_word_of_ours(stage, field, ends):
    home, children, said = os.getpid(), [], os.pipe()

    def fork():
        children.append(os.fork())
        return children[-1] or ends()

    @contextmanager
    def manager():
        fork()
        yield

    staged = stage(fork=fork, manager=manager, work=lambda: "the parent")
    names = {"function": "staged.fork", "only_if": "staged.fork", "contextmanager": "staged.manager"}
    try:
        outcome = staged.run(**{"function": "staged.work", field: names[field]})
    finally:
        if os.getpid() != home:
            os.write(said[1], b"the child went on")
            os._exit(99)
    os.close(said[1])
    assert outcome.status is Status.SUCCEEDED
    os.waitpid(children[0], 0)
    assert os.read(said[0], 100) == b""
    assert (len(staged.host.entered), staged.host.left) == (1, 1)


def test_the_traceback_of_a_job_begins_with_its_own_code(stage):
    def broken():
        raise ValueError("no such case")

    def work():
        broken()

    lines = stage(work=work).run().error_text.traceback.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[1].endswith("in work")
    assert lines[-1] == "ValueError: no such case"


def test_so_does_that_of_an_asynchronous_job_and_of_what_caused_an_error(stage):
    async def work():
        try:
            raise KeyError("first")
        except KeyError as error:
            raise ValueError("second") from error

    traceback = stage(work=work).run().error_text.traceback
    assert "/executor.py" not in traceback
    assert "/asyncio/" not in traceback
    assert traceback.count("in work") == 2
    assert "KeyError: 'first'" in traceback


def test_an_error_of_the_call_itself_shows_the_frames_there_are(stage):
    assert "in call" in stage(work=lambda needed: needed).run().error_text.traceback
