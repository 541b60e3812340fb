"""What a run leaves going on, threads and processes: it is told once, of the right run, and not waited for."""

import logging
import multiprocessing
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from docassemble.Scheduler.execution.leftovers import OURS, Leftovers
from docassemble.Scheduler.host.processes import NamesOfThreads
from tests.unit.runs import a_run

pytestmark = pytest.mark.skipif(
    sys.version_info >= (3, 14), reason="from 3.14 on, Python names the threads of the system itself"
)

LOGGER = logging.getLogger("leftovers")
FORK = multiprocessing.get_context("fork")


class Stage:
    """Runs that leave something behind, and what was said of it."""

    def __init__(self, caplog):
        self.caplog = caplog
        self.leftovers = Leftovers(NamesOfThreads(), LOGGER)
        #: what the threads wait for
        self.end = threading.Event()
        self.processes = []
        self.pools = []

    def thread(self, name="left", **options):
        thread = threading.Thread(target=self.end.wait, name=name, **options)
        thread.start()
        return thread

    def pool(self):
        self.pools.append(ThreadPoolExecutor(1, "pool"))
        self.pools[-1].submit(self.end.wait)

    def process(self, **options):
        process = FORK.Process(target=time.sleep, args=(600,), name="a child", **options)
        process.start()
        self.processes.append(process)
        return process

    def run(self, work, number=1, **fields):
        with self.leftovers.watch(a_run(number, **fields)):
            work()

    @property
    def told(self):
        return [(record.job, record.getMessage()) for record in self.caplog.records]


@pytest.fixture
def stage(caplog):
    staged = Stage(caplog)
    yield staged
    staged.end.set()
    for process in staged.processes:
        process.kill()
        process.join()


def sentence(what):
    return (
        "staged.work",
        f"The run due 2026-03-01T12:00:00+00:00 left {what} behind, still running",
    )


@pytest.mark.parametrize("daemon", [True, False])
def test_a_thread_that_is_left_behind_is_told_once(stage, daemon):
    stage.run(lambda: stage.thread(daemon=daemon))
    stage.run(lambda: None, 2)
    assert stage.told == [sentence("1 thread (left)")]


def test_threads_and_processes_are_told_together(stage):
    def work():
        stage.process()
        for number in range(7):
            stage.thread(f"left {number}")

    stage.run(work)
    names = "left 0, left 1, left 2, left 3, left 4, ..."
    assert stage.told == [sentence(f"7 threads ({names}) and 1 process (a child)")]


@pytest.mark.parametrize(
    "work",
    [
        lambda _: None,
        lambda stage: threading.Thread(target=time.sleep, args=(0.01,)).start(),
        lambda stage: ThreadPoolExecutor().submit(time.sleep, 0.01).result(),
        lambda stage: FORK.Process(target=time.sleep, args=(0.01,)).start(),
        lambda stage: stage.thread(f"{OURS}mail"),
    ],
    ids=["nothing", "a thread that ends", "a pool that ends", "a process that ends", "a thread of ours"],
)
def test_what_ends_and_what_is_ours_is_not_told(stage, work):
    stage.run(lambda: work(stage))
    assert stage.told == []
    assert stage.leftovers.let_go()


def test_what_a_run_fails_with_is_not_lost(stage):
    def work():
        stage.thread()
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        stage.run(work)
    assert stage.told == [sentence("1 thread (left)")]


def test_threads_of_the_pool_that_a_run_leaves_open_are_told(stage):
    stage.run(stage.pool)
    assert stage.told == [sentence("1 thread (pool_0)")]


def test_a_thread_of_a_thread_is_told_as_well(stage):
    def work():
        first = threading.Thread(target=lambda: stage.thread("of a thread"))
        first.start()
        first.join()

    stage.run(work)
    assert stage.told == [sentence("1 thread (of a thread)")]


def test_only_the_run_that_started_a_thread_is_accused_of_it(stage):
    """Two runs at a time, and a thread that is started by neither."""
    begun, may_end = threading.Event(), threading.Event()

    def innocent():
        begun.set()
        may_end.wait()

    other = threading.Thread(target=stage.run, args=(innocent, 2), kwargs={"name": "innocent"})
    other.start()
    begun.wait()
    stage.run(stage.thread)
    stage.thread("started by a request")
    may_end.set()
    other.join()
    assert [job for job, _ in stage.told] == ["staged.work"]


def test_what_a_thread_of_an_earlier_run_starts_is_not_the_present_runs(stage):
    go_on, gone_on = threading.Event(), threading.Event()

    def earlier():
        go_on.wait()
        stage.thread("late")
        gone_on.set()
        stage.end.wait()

    def present():
        go_on.set()
        gone_on.wait()

    stage.run(lambda: threading.Thread(target=earlier, name="early").start(), 1, name="earlier")
    stage.run(present, 2, name="present")
    assert [job for job, _ in stage.told] == ["earlier"]


class Hostile(threading.Thread):
    """A thread with opinions of its own."""

    __hash__ = object.__hash__

    def __eq__(self, other):
        raise ValueError("no comparison")

    def is_alive(self):
        raise ValueError("no answer")


def test_a_thread_that_cannot_be_told_of_is_an_error_in_the_log_and_disturbs_no_run(stage):
    stage.run(lambda: Hostile(target=stage.end.wait).start())
    stage.run(stage.thread, 2)
    messages = [record.getMessage() for record in stage.caplog.records]
    assert messages == [
        "What a run of staged.work left behind cannot be told",
        sentence("1 thread (left)")[1],
    ]


def test_at_the_end_of_the_process_left_processes_are_terminated(stage):
    stage.run(stage.process)
    assert stage.leftovers.let_go()
    stage.processes[0].join(20)
    assert stage.processes[0].exitcode == -15


@pytest.mark.parametrize(
    ("leave", "ends_by_itself"),
    [
        (lambda stage: None, True),
        (lambda stage: stage.thread(daemon=True), True),
        (lambda stage: stage.thread(daemon=False), False),
        (lambda stage: stage.pool(), False),
    ],
    ids=["nothing", "a daemon", "a thread that is waited for", "a daemon of a pool"],
)
def test_at_the_end_of_the_process_it_is_known_what_python_would_wait_for(stage, leave, ends_by_itself):
    runner = threading.Thread(target=stage.run, args=(lambda: leave(stage),), daemon=True)
    runner.start()
    runner.join()
    assert stage.leftovers.let_go() is ends_by_itself


def test_a_thread_that_has_ended_in_the_meantime_is_forgotten(stage):
    threads = []
    stage.run(lambda: threads.append(stage.thread()))
    stage.end.set()
    threads[0].join()
    assert stage.leftovers.let_go()


def test_the_thread_that_ran_it_has_its_own_name_again(stage):
    names, kept = NamesOfThreads(), []

    @contextmanager
    def named(name):
        before = names.mark(name)
        yield
        kept.append(names.mark(before))

    with named("a worker"):
        stage.run(lambda: None)
    assert kept == ["a worker"]


def test_without_such_names_nothing_is_told(stage, monkeypatch):
    names = NamesOfThreads()
    names._prctl = None
    stage.leftovers = Leftovers(names, LOGGER)
    stage.run(stage.thread)
    assert stage.told == []
