"""Runs that last report how they go: what has changed, all in one, and not more often than every two seconds."""

import logging
import os
import threading
import timeit
from contextlib import ExitStack
from datetime import timedelta

import pytest

from docassemble.Scheduler.core.errors import StoreUnavailable
from docassemble.Scheduler.core.run import StopReason
from docassemble.Scheduler.core.texts.storable import MAX_NAME
from docassemble.Scheduler.execution.cancellation import CancelToken, RunningRuns
from docassemble.Scheduler.execution.context import CurrentRun
from docassemble.Scheduler.execution.log.run_log import RunLog
from docassemble.Scheduler.execution.watchdog import LOOK_INTERVAL, Watchdog
from docassemble.Scheduler.testing import ManualClock
from docassemble.Scheduler.worker.reporter import Reporter
from tests.unit.runs import NOON, a_run

TICK = timedelta(seconds=LOOK_INTERVAL)


class Stage:
    """A process with runs, a watchdog that has them reported, and what arrives in the store."""

    def __init__(self, stack):
        self.stack, self.clock, self.running_runs = stack, ManualClock(NOON), RunningRuns()
        self.sent, self.asked, self.heard, self.away = [], set(), [], False
        reporter = Reporter(self.running_runs, self, self.clock, lambda run, told: self.heard.append(told))
        self.watchdog = Watchdog(
            self.running_runs, lambda _: {}, self.clock, logging.getLogger("test"), reporter.report
        )

    def report(self, reports):
        if self.away:
            raise StoreUnavailable("away")
        self.sent.append(list(reports))

    def stack_requests(self, runs):
        asked, self.asked = self.asked & set(runs), set()
        return asked

    def begin(self, number=0):
        run, log = a_run(number), RunLog()
        stop = self.stack.enter_context(self.running_runs.during(run, log))
        log.started = self.clock.now()
        return CurrentRun(run, stop, log)

    def look(self, seconds):
        for _ in range(round(seconds / LOOK_INTERVAL)):
            self.clock.move(TICK)
            self.watchdog.look()


@pytest.fixture
def stage():
    with ExitStack() as stack:
        yield Stage(stack)


def test_a_short_run_reports_nothing(stage):
    run = stage.begin()
    run.progress(3, 40)
    stage.look(2)
    assert stage.sent == []


def test_a_run_that_lasts_reports_that_it_has_started_and_where(stage):
    run = stage.begin()
    stage.look(3)
    ((report,),) = stage.sent
    assert (report.run, report.started, report.pid) == (run.id, NOON, os.getpid())
    assert report.thread == threading.current_thread().name
    assert (report.progress, report.log, report.stack) == (None, None, None)


def test_what_has_not_changed_is_not_reported_again(stage):
    run = stage.begin()
    run.progress(3, 40, "cases copied")
    run.own_log.add("here we go")
    stage.look(600)
    ((report,),) = stage.sent
    assert (report.progress.done, report.progress.total, report.progress.text) == (3, 40, "cases copied")
    assert report.log == "here we go"


def test_what_has_changed_is_reported_at_most_every_two_seconds(stage):
    run = stage.begin()
    for number in range(40):
        run.progress(number, 40)
        run.own_log.add(str(number))
        stage.look(LOOK_INTERVAL)
    assert len(stage.sent) == 4  # in ten seconds, of which the first two are not reported
    assert [reports[0].progress.done for reports in stage.sent] == sorted(
        reports[0].progress.done for reports in stage.sent
    )
    assert stage.sent[-1][0].log.startswith("0\n1\n2")


def test_only_what_has_changed_is_in_a_report(stage):
    run = stage.begin()
    run.progress(1, 2)
    stage.look(3)
    run.own_log.add("a line")
    stage.look(2)
    run.progress(2, 2)
    stage.look(2)
    first, second, third = (reports[0] for reports in stage.sent)
    assert (first.progress.done, first.log) == (1, None)
    assert (second.progress, second.log) == (None, "a line")
    assert (third.progress.done, third.log) == (2, None)


def test_all_runs_are_reported_together(stage):
    runs = [stage.begin(number) for number in range(3)]
    for number, run in enumerate(runs):
        run.progress(number)
    stage.look(3)
    (reports,) = stage.sent
    assert [(each.run, each.progress.done) for each in reports] == [(runs[n].id, n) for n in range(3)]


def test_a_run_that_has_not_started_yet_reports_nothing(stage):
    stage.begin().own_log.started = None
    stage.look(5)
    assert stage.sent == []


def test_what_was_not_reported_while_the_database_was_away_is_reported_later(stage):
    run = stage.begin()
    run.progress(1, 2)
    stage.away = True
    stage.look(10)
    run.own_log.add("a line")
    stage.away = False
    stage.look(2.5)
    ((report,),) = stage.sent
    assert (report.progress.done, report.log) == (1, "a line")


def test_who_asks_where_a_run_is_gets_the_stack_of_its_thread_once(stage):
    run = stage.begin()
    stage.look(3)
    stage.asked = {run.id}
    stage.look(4)
    _, (report,) = stage.sent
    assert "in test_who_asks_where_a_run_is_gets_the_stack" in report.stack
    assert report.stack_at == NOON + timedelta(seconds=4.25)


def test_who_waits_for_the_run_hears_each_progress_that_is_reported(stage):
    stage.begin().progress(3, 40, "cases copied")
    stage.look(4)
    (heard,) = stage.heard
    assert (heard.done, heard.total) == (3, 40)


def test_without_a_store_progress_is_heard_all_the_same(stage):
    heard = []
    reporter = Reporter(stage.running_runs, None, stage.clock, lambda _run, told: heard.append(told.done))
    run = stage.begin()
    run.progress(3)
    reporter.report([run.id], 10.0)
    assert heard == [3]


def test_a_hostile_text_is_reported_as_an_excerpt(stage):
    stage.begin().progress(float("nan"), 10**5000, "x" * 5_000_000)
    stage.look(3)
    ((report,),) = stage.sent
    assert (report.progress.done, report.progress.total) == (0, None)
    assert len(report.progress.text) <= MAX_NAME


def current():
    return CurrentRun(a_run(), CancelToken(), RunLog())


def test_a_loop_is_tracked_with_its_length():
    run = current()
    seen = [(item, run.own_log.progress) for item in run.track(["a", "b", "c"], text="letters")]
    assert seen == [("a", (0, 3, "letters")), ("b", (1, 3, "letters")), ("c", (2, 3, "letters"))]
    assert run.own_log.progress == (3, 3, "letters")


def test_a_loop_over_what_has_no_length_has_no_total_unless_one_is_given():
    run = current()
    assert list(run.track(iter("abc"))) == ["a", "b", "c"]
    assert run.own_log.progress == (3, None, "")
    assert list(run.track(iter("abc"), total=12)) == ["a", "b", "c"]
    assert run.own_log.progress == (3, 12, "")


def test_a_length_that_cannot_be_had_fails_nothing():
    class Endless(list):
        def __len__(self):
            raise OSError("no")

    assert list(current().track(Endless("ab"))) == ["a", "b"]


def test_a_loop_ends_when_the_run_is_asked_to_stop_and_the_run_knows_it():
    run, seen = current(), []
    for item in run.track(range(10)):
        seen.append(item)
        if item == 3:
            run.stop.request(StopReason.BY_HAND)
    assert seen == [0, 1, 2, 3]
    assert run.own_log.progress == (4, 10, "")
    assert run.stop.acknowledged is StopReason.BY_HAND


def test_progress_costs_next_to_nothing():
    run = current()
    each = min(timeit.repeat(lambda: run.progress(3, 40, "cases copied"), number=20_000, repeat=5)) / 20_000
    assert each < 5e-6  # some 0.4 microseconds on an idle machine
