"""One run in a terminal: how far it is, and where."""

from datetime import timedelta

import pytest

from docassemble.Scheduler.cli.text.run_text import STACK_TIMEOUT, progress_line
from docassemble.Scheduler.core.progress import Progress
from docassemble.Scheduler.core.run import Outcome, Status
from docassemble.Scheduler.store.records import RunReport
from tests.unit.cli.terminals import Terminal
from tests.unit.management.managers import NOON

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


@pytest.mark.parametrize(
    ("done", "total", "text", "line"),
    [
        (10, 40, "cases copied", "[#####...............] 25 %, 10 of 40, cases copied"),
        (0, 40, "", "[....................] 0 %, 0 of 40"),
        (50_000, 40_000, "", "[####################] 100 %, 50,000 of 40,000"),
        (2.5, None, "pages", "2.5, pages"),
        (3, None, "\x1b[31m red\nlines", "3, <U+001B>[31m red lines"),
    ],
)
def test_how_far_a_run_is_stands_in_one_line(done, total, text, line):
    assert progress_line(Progress(done=done, total=total, text=text, at=NOON)) == line


@pytest.fixture
def running():
    """A terminal, and a run that goes on and has reported."""
    terminal = Terminal()
    first = terminal.begin("hourly", NOON + HOUR)
    store = terminal.management.store
    store.finish(
        first, Outcome(status=Status.SUCCEEDED, started=NOON + HOUR, finished=NOON + HOUR + 40 * SECOND)
    )
    run = terminal.begin("hourly", NOON + 2 * HOUR)
    half = Progress(done=20, total=40, text="cases", at=NOON)
    store.report(
        [RunReport(run=run.id, started=NOON, pid=4711, thread="scheduler-2", progress=half, log="a line")]
    )
    return terminal, run.id


def test_a_run_that_goes_on_is_shown_with_its_progress_its_place_and_its_log_so_far(running):
    terminal, run = running
    shown = terminal.shown("show", run)
    for line in (
        "status: running",
        "progress: [##########..........] 50 %, 20 of 40, cases",
        "usually takes: 40 s",
        "process and thread: 4711, scheduler-2",
    ):
        assert line in shown.splitlines()
    assert shown.endswith("log:\na line\n")
    assert terminal.read("show", run)["progress"]["total"] == 40


def test_a_run_is_asked_where_it_is_and_the_answer_is_waited_for(running):
    terminal, run = running
    store = terminal.management.store
    sleep = terminal.context.clock.sleep

    def answer(seconds):
        sleep(seconds)
        asked = store.stack_requests([run])
        assert asked == {run}
        store.report(
            [RunReport(run=run, started=NOON, pid=1, thread="t", stack="in copy", stack_at=NOON + SECOND)]
        )

    terminal.context.clock.sleep = answer
    assert "stack:\nin copy" in terminal.shown("show", run, "--stack")


def test_an_answer_that_does_not_come_is_not_waited_for_for_ever(running):
    terminal, run = running
    began = terminal.context.clock.monotonic()
    assert terminal.read("show", run, "--stack")["stack"] is None
    assert STACK_TIMEOUT <= terminal.context.clock.monotonic() - began < STACK_TIMEOUT + 1


def test_a_run_that_has_ended_is_shown_without_waiting(running):
    terminal, _ = running
    ended = terminal.read("history", "hourly")[-1]["id"]
    assert "status: succeeded" in terminal.shown("show", ended, "--stack")
