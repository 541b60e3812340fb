"""What a run prints, and tells `logging`, is in its log, and still where it was before."""
# ruff: noqa: T201 - what jobs do

import asyncio
import io
import logging
import logging.config
import os
import sys
import threading
from contextvars import copy_context
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import pytest

from docassemble.Scheduler.core.errors import JobStopped
from docassemble.Scheduler.core.run import Status
from docassemble.Scheduler.execution.cancellation import RunningRuns
from docassemble.Scheduler.execution.context import RUN, RunLogHandler, name_job, running
from docassemble.Scheduler.execution.executor import Executor
from docassemble.Scheduler.execution.functions import Functions
from docassemble.Scheduler.execution.log.capture import Capture, uncaptured
from docassemble.Scheduler.execution.log.captured import MAX_BEGINNING, MAX_BEGINNINGS, MAX_IN_LOG, Captured
from docassemble.Scheduler.execution.log.logger import MAX_MESSAGE, SteadfastLogger
from docassemble.Scheduler.execution.observers import RunObserver
from docassemble.Scheduler.testing import FakeHost, ManualClock
from tests.unit.runs import NOON, a_run


class Lines(logging.Handler):
    """Keeps the lines that would be in scheduler.log."""

    def __init__(self):
        super().__init__()
        self.records = []

    def emit(self, record):
        self.records.append(record)

    @property
    def lines(self):
        return [f"{record.levelname} {record.msg}" for record in self.records]


@dataclass
class Process:
    """A process in which runs are captured."""

    logger: logging.Logger
    log: Lines = field(default_factory=Lines)
    out: io.StringIO = field(default_factory=io.StringIO)
    err: io.StringIO = field(default_factory=io.StringIO)

    def __post_init__(self):
        self.capture = Capture(self.logger)
        self._before = None
        for handler in (self.log, RunLogHandler(ZoneInfo("UTC"))):
            self.logger.addHandler(handler)
        self.logger.addFilter(name_job)

    def begin(self, out=None, err=None):
        """Begin anew, with streams in the place of those that pytest has for each part of a test."""
        self._before = self._before or (sys.stdout, sys.stderr)
        self.capture.close()
        sys.stdout, sys.stderr = out or self.out, err or self.err
        self.capture.open()
        return self

    def end(self):
        self.capture.close()
        if self._before is not None:
            sys.stdout, sys.stderr = self._before

    def run(self, work):
        """Have a function run as a job, and return the outcome."""
        if self._before is None:
            self.begin()
        module = type(sys)("staged")
        module.work = work
        sys.modules["staged"] = module
        try:
            return Executor(
                contexts=FakeHost(),
                functions=Functions(),
                observer=RunObserver(),
                running_runs=RunningRuns(),
                clock=ManualClock(NOON),
            )(a_run())
        finally:
            del sys.modules["staged"]


@pytest.fixture
def process():
    made = Process(SteadfastLogger("test"))
    yield made
    made.end()


@pytest.fixture
def library():
    """A logger as libraries and jobs have them."""
    made = logging.getLogger("some.library")
    yield made
    made.handlers.clear()
    made.filters.clear()
    made.setLevel(logging.NOTSET)
    made.propagate = True


def own(outcome):
    """Return the lines of a run's own log without date and time."""
    if outcome.log is None:
        return []
    return [line[24:] if line[:4].isdigit() else line for line in outcome.log.split("\n")]


# --- print ---------------------------------------------------------------------------------------


def test_what_a_run_prints_is_in_both_logs_and_where_it_was_before(process):
    def work():
        print("counting", 3, "pages")
        print("out of paper", file=sys.stderr)

    expected = ["INFO stdout: counting 3 pages", "WARNING stderr: out of paper"]
    outcome = process.run(work)
    assert (own(outcome), process.log.lines) == (expected, expected)
    assert (process.out.getvalue(), process.err.getvalue()) == ("counting 3 pages\n", "out of paper\n")
    assert {(record.job, record.run) for record in process.log.records} == {("staged.work", a_run().id)}
    assert [record.source for record in process.log.records] == ["stdout", "stderr"]


@pytest.mark.parametrize(
    ("pieces", "lines"),
    [
        pytest.param(["a\nb\n"], ["a", "b"], id="two lines at once"),
        pytest.param(["a", "b", "\n", "c"], ["ab", "c"], id="pieces, and a line without an end"),
        pytest.param(["\n", "  \n", "\t", "\n"], [], id="nothing visible"),
        pytest.param(["a\r\n", "b\r", "\n"], ["a", "b"], id="ends of Windows, one of them in two pieces"),
        pytest.param(["\r 1%", "\r 50%", "\r100%", "\n"], ["100%"], id="a progress bar is its last state"),
        pytest.param(["\r 1%", "\r 50%"], [" 50%"], id="a progress bar that is left"),
        pytest.param(["  indented  \n"], ["  indented"], id="spaces"),
        pytest.param(["a\0b\x1b[31m\n"], [r"a\x00b\x1b[31m"], id="binary text"),
        pytest.param(["Grüße \U0001f600\n"], [r"Gr\xfc\xdfe \U0001f600"], id="no ASCII"),
        pytest.param(["half \ud83d\n"], [r"half \ud83d"], id="half a surrogate"),
        pytest.param(["a\x85b\u2028c\n"], [r"a", r"    b", "    c"], id="ends of lines of Unicode only"),
    ],
)
def test_lines_are_put_together(process, pieces, lines):
    outcome = process.run(lambda: sys.stdout.writelines(pieces))
    first, *further = own(outcome) or [""]
    assert [first.removeprefix("INFO stdout: "), *further] == [
        line if line.startswith("    ") else (line if index == 0 else f"INFO stdout: {line}")
        for index, line in enumerate(lines or [""])
    ]
    assert process.out.getvalue() == "".join(pieces)


def test_a_line_without_an_end_is_written_before_the_run_has_ended_also_one_that_fails(process):
    def work():
        print("half a line", end="")
        raise ValueError("no more")

    outcome = process.run(work)
    assert (outcome.status, own(outcome)) == (Status.FAILED, ["INFO stdout: half a line"])


def test_what_a_stream_refuses_fails_the_run_as_before_and_is_not_recorded(process):
    refusing = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    process.begin(refusing)
    outcome = process.run(lambda: print("Grüße"))
    assert (type(outcome.error), outcome.log) == (UnicodeEncodeError, None)


def test_a_run_that_prints_nothing_has_no_log(process):
    outcome = process.run(lambda: 3)
    assert (outcome.result, outcome.log, process.log.lines) == ("3", None, [])


def test_what_is_printed_outside_of_a_run_is_as_it_was(process):
    process.begin()
    print("a request")
    print("of the site", file=sys.stderr)
    assert (process.out.getvalue(), process.err.getvalue()) == ("a request\n", "of the site\n")
    assert process.log.lines == []


def test_each_run_has_its_own_lines_also_when_another_thread_prints_at_the_same_time(process):
    process.begin()
    barrier = threading.Barrier(3)
    logs = {}

    def run(number):
        with running(a_run(number)) as current:
            for count in range(20):
                barrier.wait(10)
                print(number, end=" ")
                barrier.wait(10)
                print(count)
        logs[number] = current.own_log.text()

    def request():
        for _ in range(20):
            barrier.wait(10)
            print("a request", end=" ")
            barrier.wait(10)
            print("of the site")

    threads = [threading.Thread(target=run, args=(1,)), threading.Thread(target=run, args=(2,))]
    threads.append(threading.Thread(target=request))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in (1, 2):
        expected = [f"INFO stdout: {number} {count}" for count in range(20)]
        assert [line[24:] for line in logs[number].split("\n")] == expected
    assert not [line for line in process.log.lines if "request" in line]


def test_threads_and_tasks_with_the_context_of_the_run_belong_to_it_and_others_do_not(process):
    async def ask(number):
        await asyncio.sleep(0)
        print("task", number)
        await asyncio.to_thread(print, "thread of a task", number)

    async def work():
        for number in range(2):
            await asyncio.create_task(ask(number))
        for target in (copy_context().run, lambda call, text: call(text)):
            thread = threading.Thread(target=target, args=(print, f"from {target.__name__}"))
            thread.start()
            thread.join()

    assert own(process.run(work)) == [
        "INFO stdout: task 0",
        "INFO stdout: thread of a task 0",
        "INFO stdout: task 1",
        "INFO stdout: thread of a task 1",
        "INFO stdout: from run",
    ]
    assert process.out.getvalue().endswith("from run\nfrom <lambda>\n")


def test_lines_below_the_log_level_are_left_out(process):
    process.logger.setLevel("WARNING")

    def work():
        print("counting")
        print("out of paper", file=sys.stderr)

    assert own(process.run(work)) == ["WARNING stderr: out of paper"]
    assert process.out.getvalue() == "counting\n"


def test_what_is_printed_into_another_stream_is_not_captured(process):
    def work():
        sys.stdout, before = io.StringIO(), sys.stdout
        try:
            print("hidden on purpose")
        finally:
            sys.stdout = before
        print("shown")

    assert own(process.run(work)) == ["INFO stdout: shown"]


def test_a_stream_is_otherwise_the_stream_that_it_was(process, tmp_path):
    with (tmp_path / "out").open("w", encoding="utf-8") as file:
        process.begin(file)
        facts = (
            sys.stdout.fileno(),
            sys.stdout.encoding,
            sys.stdout.isatty(),
            sys.stdout.name,
            sys.stdout.buffer,
        )
        assert facts == (file.fileno(), file.encoding, False, file.name, file.buffer)
        assert not hasattr(sys.stdout, "no_such_thing")
        print("flushed", file=sys.stdout, flush=True)
        assert (tmp_path / "out").read_text() == "flushed\n"
        with pytest.raises(io.UnsupportedOperation):
            next(iter(sys.stdout))
        with sys.stdout as same:
            same.write("closed")
        assert file.closed
        with pytest.raises(ValueError, match="closed file"):
            print("too late")
        process.capture.close()
        assert sys.stdout is file


# --- logging -------------------------------------------------------------------------------------


def test_what_a_run_tells_logging_has_its_level_and_the_name_of_its_logger(process, library):
    library.setLevel(logging.INFO)

    def work():
        library.info("counting %d pages", 3)
        library.warning("out of %(what)s", {"what": "paper"})
        logging.getLogger().error("at the root")
        library.debug("psst")

    expected = [
        "INFO some.library: counting 3 pages",
        "WARNING some.library: out of paper",
        "ERROR root: at the root",
    ]
    assert own(process.run(work)) == expected
    assert process.log.lines == expected


@pytest.mark.parametrize("propagates", [True, False])
def test_a_logger_that_keeps_its_records_to_itself_is_heard_as_well(process, library, propagates):
    library.addHandler(handler := Lines())
    library.propagate = propagates
    assert own(process.run(lambda: library.warning("here"))) == ["WARNING some.library: here"]
    assert handler.lines == ["WARNING here"]


def test_nothing_changes_for_records_without_a_run(process, library, monkeypatch):
    process.begin()
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    library.warning("no handler anywhere")
    assert process.err.getvalue() == "no handler anywhere\n"  # Python's own last resort
    library.addHandler(handler := Lines())
    library.warning("a handler")
    assert (handler.lines, process.log.lines) == (["WARNING a handler"], [])


def test_a_record_that_a_handler_prints_is_one_line(process, library, monkeypatch):
    monkeypatch.setattr(logging.getLogger(), "handlers", [])

    def work():
        library.warning("by the last resort")
        library.addHandler(logging.StreamHandler())
        library.warning("by a handler")

    expected = ["WARNING some.library: by the last resort", "WARNING some.library: by a handler"]
    assert own(process.run(work)) == expected
    assert process.err.getvalue() == "by the last resort\nby a handler\n"


def test_a_record_that_a_filter_of_its_logger_refuses_is_not_captured(process, library):
    library.addFilter(lambda record: "secret" not in record.msg)
    assert process.run(lambda: library.warning("a secret")).log is None


class Talkative(logging.Handler):
    """A handler that prints and logs when it is called."""

    def emit(self, record):
        print("handling", record.msg)
        logging.getLogger("some.other").warning("handling %s", record.msg)
        logging.getLogger("some.library").error("once more")


class Raising(logging.Handler):
    def emit(self, record):
        raise ValueError("a handler of a job")


def test_handlers_that_print_log_and_raise_end_and_are_heard_once(process, library):
    library.addHandler(Talkative())
    outcome = process.run(lambda: (library.setLevel(logging.CRITICAL), library.critical("stop"))[1])
    assert own(outcome) == ["CRITICAL some.library: stop"]
    library.handlers[:] = [Raising()]
    outcome = process.run(lambda: library.critical("stop"))
    assert (type(outcome.error), own(outcome)) == (ValueError, ["CRITICAL some.library: stop"])


def test_a_handler_of_our_own_log_that_prints_and_logs_is_not_heard(process, library):
    process.logger.addHandler(Talkative())
    assert own(process.run(lambda: print("once"))) == ["INFO stdout: once"]
    # what is written with `log()` comes to the handler without us
    assert own(process.run(lambda: process.logger.info("once")))[0] == "INFO once"


def test_our_own_complaints_are_no_output_of_a_run(process):
    process.logger.addHandler(Raising())
    assert own(process.run(lambda: process.logger.info("once"))) == ["INFO once"]
    assert "a handler of the log failed (ValueError: a handler of a job)" in process.err.getvalue()


def test_the_traceback_of_a_record_is_kept_and_addresses_show_only_their_host(process, library):
    def work():
        library.warning("asked https://hooks.example.com/services/s3cret?key=s3cret")
        try:
            raise ValueError("cannot reach https://hooks.example.com/services/s3cret")
        except ValueError:
            library.exception("failed")

    first, second, *traceback = own(process.run(work))
    assert first == "WARNING some.library: asked https://hooks.example.com/..."
    assert second == "ERROR some.library: failed"
    assert traceback[0] == "    Traceback (most recent call last):"
    assert "s3cret" not in "\n".join(
        [*process.log.lines, *(record.exc_text or "" for record in process.log.records)]
    )


class Hostile:
    def __str__(self):
        print("inside of str")
        raise SystemExit("no text")

    __repr__ = __str__


def test_arguments_that_are_no_text_fail_nothing_of_ours(process, library):
    library.propagate = False
    library.addHandler(Lines())  # which formats nothing
    (line,) = own(process.run(lambda: library.warning("it is %s", Hostile())))
    assert line == "WARNING some.library: it is <Hostile, whose str() raised SystemExit>"


def test_what_jobs_do_to_logging_ends_nothing(process, library):
    def work():
        # without `False`, it would disable the loggers of other tests
        root = {"level": "ERROR", "handlers": []}
        logging.config.dictConfig({"version": 1, "disable_existing_loggers": False, "root": root})
        logging.shutdown()
        library.error("still heard")

    root = logging.getLogger()
    before = (root.level, list(root.handlers))
    try:
        assert own(process.run(work)) == ["ERROR some.library: still heard"]
    finally:
        root.setLevel(before[0])
        root.handlers[:] = before[1]


def test_what_stops_a_run_is_not_held_up(process, library):
    def stop(_record):
        raise JobStopped("by hand")

    process.log.emit = stop
    outcome = process.run(lambda: print("on the way"))
    assert type(outcome.error) is JobStopped


# --- limits --------------------------------------------------------------------------------------


def test_a_run_that_prints_in_a_loop_fills_no_log(process):
    def work():
        for number in range(MAX_IN_LOG + 500):
            print(number)

    outcome = process.run(work)
    assert len(process.log.lines) == MAX_IN_LOG + 1
    assert process.log.lines[-1] == (
        "WARNING The run has written 1000 lines to stdout, stderr and `logging`; more are in its own log only"
    )
    first, *kept = own(outcome)
    assert first == "(1301 earlier records are not kept)"
    assert kept[-1] == f"INFO stdout: {MAX_IN_LOG + 499}"
    assert process.out.getvalue().count("\n") == MAX_IN_LOG + 500


def test_a_huge_line_and_one_that_never_ends_are_cut(process):
    def work():
        print("a" * 50_000_000)
        for _ in range(10_000):
            print("b" * 100, end="")

    first, second = own(process.run(work))
    assert max(len(record.msg) for record in process.log.records) <= MAX_MESSAGE
    assert [first[:16], second[:16]] == ["INFO stdout: aaa", "INFO stdout: bbb"]


def test_the_lines_of_many_threads_have_a_limit():
    told = []
    captured = Captured(lambda stream, line: told.append((stream, line)))
    for number in range(MAX_BEGINNINGS):
        captured._beginnings["stdout", number] = f"line {number}"
    captured.add("stderr", "x" * 2 * MAX_BEGINNING)
    assert [(stream, len(line)) for stream, line in told] == [("stderr", 2 * MAX_BEGINNING)]
    captured.end()
    assert len(told) == MAX_BEGINNINGS + 1
    captured.end()
    assert len(told) == MAX_BEGINNINGS + 1


# --- around it -----------------------------------------------------------------------------------


class LoggingProxy:
    """A stream as Celery's workers have them: each piece of text becomes a record."""

    def __init__(self, logger):
        self.logger = logger

    def write(self, text):
        if text.rstrip("\n"):
            self.logger.warning(text.rstrip("\n"))
        return 0

    def flush(self):
        pass


def test_what_celery_makes_of_standard_output_goes_on_and_is_captured_as_such(process, monkeypatch):
    redirected = logging.getLogger("celery.redirected")
    monkeypatch.setattr(redirected, "handlers", [worker_log := Lines()])
    monkeypatch.setattr(redirected, "propagate", False)
    process.begin(LoggingProxy(redirected), LoggingProxy(redirected))

    def work():
        print("counting", 3)
        print("out of paper", file=sys.stderr)

    assert own(process.run(work)) == ["INFO stdout: counting 3", "WARNING stderr: out of paper"]
    expected = ["counting", " ", "3", "out of paper"]
    assert [record.msg for record in worker_log.records if record.msg.strip()] == [
        each for each in expected if each.strip()
    ]


def test_nothing_of_ours_goes_on_in_a_forked_process_that_has_let_go(process, library):
    def work():
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            process.capture.close()  # what `disown_children` has called in a real process
            assert (sys.stdout, sys.stderr) == (process.out, process.err)
            print("from the child")
            library.warning("from the child")
            os.write(writing, f"{len(process.log.lines)}".encode())
            os._exit(0)
        os.waitpid(child, 0)
        print("from the parent; lines in the child:", os.read(reading, 10).decode())

    assert own(process.run(work)) == ["INFO stdout: from the parent; lines in the child: 0"]


def test_after_its_end_everything_is_as_before(process):
    process.begin()
    call = logging.Logger.callHandlers
    process.capture.close()
    assert (sys.stdout, sys.stderr) == (process.out, process.err)
    assert logging.Logger.callHandlers is not call
    assert logging.Logger.callHandlers.__module__ == "logging"
    assert process.run(lambda: print("nobody listens")).log is None


def test_what_others_have_put_around_us_stays_at_the_end(process, library, monkeypatch):
    process.begin()
    ours, heard = logging.Logger.callHandlers, []

    def around(logger, record):
        heard.append(record.msg)
        return ours(logger, record)

    monkeypatch.setattr(logging.Logger, "callHandlers", around)
    wrapper = io.StringIO()
    sys.stdout = wrapper
    process.capture.close()
    library.addHandler(Lines())
    assert process.run(lambda: library.warning("as before")).log is None
    assert (heard, sys.stdout) == (["as before"], wrapper)


def test_a_process_without_standard_output_has_none(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    capture = Capture(SteadfastLogger("test"))
    capture.open()
    assert (sys.stdout, sys.stderr) == (None, None)
    capture.close()


def test_what_is_left_out_on_purpose_is_left_out(process):
    def work():
        with uncaptured():
            print("about the log itself")
        print("of the job")

    assert own(process.run(work)) == ["INFO stdout: of the job"]
    assert RUN.get() is None
