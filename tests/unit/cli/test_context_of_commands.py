"""Where the commands work: what holds for a run in a shell."""

import time
from datetime import timedelta
from types import SimpleNamespace

from docassemble.Scheduler.cli import context as cli
from docassemble.Scheduler.core.clock import SystemClock
from docassemble.Scheduler.core.run import Status
from docassemble.Scheduler.execution.cancellation import RunningRuns
from docassemble.Scheduler.execution.executor import Executor
from docassemble.Scheduler.execution.functions import Functions
from docassemble.Scheduler.execution.log.run_log import RunLog
from docassemble.Scheduler.execution.observers import RunObserver
from docassemble.Scheduler.execution.watchdog import LOOK_INTERVAL
from docassemble.Scheduler.schedules.simple import Interval
from docassemble.Scheduler.testing import FakeHost, ManualClock, job
from docassemble.Scheduler.worker.inline import InlineRequest
from tests.unit.runs import NOON, a_run


def endless():
    """Take ten seconds, unless it is stopped."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        time.sleep(0.01)


def test_a_run_that_cannot_be_recorded_is_stopped_all_the_same_when_its_time_is_over(monkeypatch):
    running_runs = RunningRuns()
    executor = Executor(
        contexts=FakeHost(),
        functions=Functions(),
        observer=RunObserver(),
        running_runs=running_runs,
        clock=SystemClock(),
    )
    context = cli.CliContext()
    container = {"open": lambda: None, "close": lambda: None, "observers": RunObserver()}
    container |= {"running_runs": running_runs, "executor": executor}
    monkeypatch.setitem(vars(context), "_container", SimpleNamespace(**container))
    monkeypatch.setattr(cli.Shell, "load_web_application", lambda self: None)
    monkeypatch.setattr(cli, "let_interruptions_wake", lambda: None)
    monkeypatch.setattr(cli.CliContext, "_open_log", lambda self: None)
    limited = job(f"{__name__}.endless", Interval(timedelta(days=1)), max_runtime=timedelta(seconds=0.1))
    with context.inline(recorded=False) as runner:
        _, outcome = runner.run(InlineRequest(job=limited))
    assert outcome.status is Status.TIMED_OUT


def test_a_run_in_a_shell_says_how_far_it_is_also_when_it_cannot_be_recorded(monkeypatch, capsys):
    running_runs, log, clock = RunningRuns(), RunLog(), ManualClock(NOON)
    context = cli.CliContext()
    context.clock = clock
    monkeypatch.setitem(vars(context), "_container", SimpleNamespace(running_runs=running_runs))
    watchdog = context._watchdog(recorded=False)
    log.started, log.progress = NOON, (10, 40, "cases copied")
    with running_runs.during(a_run(), log):
        for _ in range(20):
            clock.move(timedelta(seconds=LOOK_INTERVAL))
            watchdog.look()
    assert capsys.readouterr().err == "[#####...............] 25 %, 10 of 40, cases copied\n"
