"""Log handlers of the site: they get each record, and whatever they do hurts nobody."""

import logging
import logging.config
import sys
import threading
import types
import weakref
from datetime import datetime, timedelta, timezone

import pytest

from docassemble.Scheduler.core.errors import FunctionError
from docassemble.Scheduler.core.settings import Settings
from docassemble.Scheduler.execution.context import RunLogHandler, name_job, running
from docassemble.Scheduler.execution.functions import Functions
from docassemble.Scheduler.execution.log.logger import NAME, SteadfastLogger
from docassemble.Scheduler.execution.lookup import log_handlers_of
from docassemble.Scheduler.notifications.log_handlers import (
    CALM,
    MAX_TRACEBACK,
    MAX_WAITING,
    LogHandlers,
    harmless,
)
from docassemble.Scheduler.testing import ManualClock
from tests.unit import hostile
from tests.unit.runs import NOON, a_run

PATTERN = logging.Formatter("as in scheduler.log: %(message)s")


class Kept(logging.Handler):
    """Keeps what it gets; tells when it has so many records."""

    def __init__(self):
        super().__init__()
        self.records = []
        self.changed = threading.Condition()

    def emit(self, record):
        with self.changed:
            self.records.append(record)
            self.changed.notify_all()

    @property
    def messages(self):
        return [record.getMessage() for record in self.records]

    def wait_for(self, *messages):
        with self.changed:
            assert self.changed.wait_for(lambda: self.messages == list(messages), 30), self.messages


class Hanging(Kept):
    """Hangs in its first record until it is released."""

    def __init__(self):
        super().__init__()
        self.begun, self.released = threading.Event(), threading.Event()

    def emit(self, record):
        self.begun.set()
        assert self.released.wait(30)
        super().emit(record)


class Failing(Kept):
    """Fails as long as there is an error."""

    error = None

    def emit(self, record):
        super().emit(record)
        if self.error is not None:
            raise self.error


class Site:
    """A scheduler that logs, and the handlers of its site."""

    def __init__(self):
        self.clock = ManualClock(NOON)
        #: scheduler.log
        self.log = Kept()
        self.logger = SteadfastLogger(NAME)
        self.logger.addFilter(name_job)
        self.logger.addHandler(self.log)
        self.opened = []

    def open(self, *made, find=None):
        """Use handlers, or whatever is returned in their place."""
        functions = [each if callable(each) else lambda each=each: each for each in made]
        finders = {
            f"logs.handler{number}": find or (lambda each=each: each) for number, each in enumerate(functions)
        }
        handlers = LogHandlers(finders, PATTERN, logger=self.logger, clock=self.clock)
        handlers.open()
        self.opened.append(handlers)
        return handlers

    def log_records(self, count):
        for number in range(count):
            self.logger.info("record %d", number)

    def told(self):
        """What scheduler.log says about handlers."""
        return [each for each in self.log.messages if each.startswith("The log handler")]


@pytest.fixture
def site():
    return Site()


@pytest.fixture
def hanging():
    made = Hanging()
    yield made
    made.released.set()


def test_each_handler_gets_each_record_in_order(site):
    first, second = Kept(), Kept()
    handlers = site.open(first, second)
    sent = [f"record {number}" for number in range(100)]
    for each in sent:
        site.logger.info(each)
    handlers.close(30)
    assert first.messages == second.messages == sent == site.log.messages


def test_a_name_is_that_of_a_function_or_class_of_a_module(site, monkeypatch):
    module = types.ModuleType("own_logs")
    module.handler = kept = Kept()
    module.make = lambda: kept
    monkeypatch.setitem(sys.modules, "own_logs", module)
    settings = Settings(log_handlers=("own_logs.make", "logging.NullHandler"))
    finders = log_handlers_of(settings, Functions())
    handlers = LogHandlers(finders, PATTERN, logger=site.logger, clock=site.clock)
    handlers.open()
    site.logger.info("hello")
    handlers.close(30)
    assert kept.messages == ["hello"]
    assert site.told() == []


def test_a_record_is_text_and_says_in_which_run_it_was_written(site):
    kept = Kept()
    handlers = site.open(kept)
    run = a_run(7, name="a.b")
    with running(run):
        site.logger.info("%s of %r", "one", [object])
    site.logger.warning("ENDED", extra={"job": "a.b", "event": "failed", "duration": 1.5, "error_text": run})
    handlers.close(30)
    one, end = kept.records
    assert (one.msg, one.args) == ("one of [<class 'object'>]", ())
    assert (one.job, one.run, one.due) == ("a.b", run.id, "2026-03-01T12:00:00+00:00")
    assert (one.event, one.duration) == (None, None)
    assert (end.levelno, end.job, end.event, end.duration) == (logging.WARNING, "a.b", "failed", 1.5)
    assert not hasattr(end, "error_text")


def test_an_exception_is_text_within_a_limit_and_nothing_of_the_run_is_kept(site):
    class Data:
        pass

    held = []

    def fail():
        data = Data()
        held.append(weakref.ref(data))
        raise ValueError("e" * 50_000)

    kept = Kept()
    kept.setFormatter(logging.Formatter("%(message)s"))
    handlers = site.open(kept)
    site.log.emit = lambda record: None
    try:
        fail()
    except ValueError:
        site.logger.exception("went wrong")
    handlers.close(30)
    (record,) = kept.records
    assert record.exc_info is None
    assert held[0]() is None
    text = kept.format(record)
    assert text.startswith("went wrong\nTraceback (most recent call last):")
    assert len(text) <= MAX_TRACEBACK + 100


def test_a_level_and_a_filter_of_the_handler_count(site):
    kept = Kept()
    kept.setLevel("WARNING")
    kept.addFilter(lambda record: record.job == "a.b")
    handlers = site.open(kept)
    for level in (logging.INFO, logging.WARNING):
        for job in ("a.b", "c.d"):
            site.logger.log(level, "%s", job, extra={"job": job})
    handlers.close(30)
    assert [(each.levelname, each.job) for each in kept.records] == [("WARNING", "a.b")]


def test_a_handler_without_a_formatter_has_that_of_the_log(site):
    own = logging.Formatter("%(job)s %(due)s %(message)s")
    plain, formatted = Kept(), Kept()
    formatted.setFormatter(own)
    handlers = site.open(plain, formatted)
    site.logger.info("hello")
    handlers.close(30)
    assert plain.format(plain.records[0]) == "as in scheduler.log: hello"
    assert formatted.format(formatted.records[0]) == "None None hello"


def exits():
    raise SystemExit(1)


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (exits, "SystemExit: 1"),
        (lambda: None, "TypeError: it returned a NoneType, not a logging.Handler"),
        (lambda: logging.Handler, "TypeError: it returned a type, not a logging.Handler"),
        (lambda: Kept(1), "TypeError: "),
    ],
)
def test_what_makes_no_handler_is_told_and_the_others_get_the_records(site, made, why):
    kept = Kept()
    handlers = site.open(made, kept)
    site.logger.info("hello")
    handlers.close(30)
    assert kept.messages == ["hello"]
    (told,) = site.told()
    assert told.startswith(f"The log handler `logs.handler0` cannot be used: {why}")


def test_a_name_that_leads_nowhere_is_told_with_the_way_out(site):
    def find():
        raise FunctionError("there is no module 'logs'", hint="check the spelling")

    site.open(None, find=find).close(30)
    (told,) = site.told()
    assert told.endswith("cannot be used: FunctionError: there is no module 'logs' (check the spelling)")


def test_a_module_that_hangs_while_it_is_imported_delays_nobody(site):
    begun, released = threading.Event(), threading.Event()

    def find():
        begun.set()
        released.wait(30)
        return logging.NullHandler

    handlers = site.open(None, find=find)
    assert begun.wait(30)
    site.logger.info("hello")
    assert site.log.messages == ["hello"]
    released.set()
    handlers.close(30)


def test_a_handler_that_hangs_delays_nobody_and_gets_what_waits_when_it_goes_on(site, hanging):
    kept = Kept()
    handlers = site.open(hanging, kept)
    sent = [f"record {number}" for number in range(10)]
    site.logger.info(sent[0])
    assert hanging.begun.wait(30)
    for each in sent[1:]:
        site.logger.info(each)
    kept.wait_for(*sent)
    assert hanging.records == []
    hanging.released.set()
    hanging.wait_for(*sent)
    handlers.close(30)
    assert site.told() == []


def test_what_waits_has_a_limit_and_what_is_lost_is_counted_and_told_once(site, hanging):
    threads = threading.active_count()
    handlers = site.open(hanging)
    site.logger.info("the first")
    assert hanging.begun.wait(30)
    site.log_records(MAX_WAITING + 7)
    beginning = f"The log handler `logs.handler0` does not keep up: {MAX_WAITING} records wait for it"
    assert site.told() == [f"{beginning}; records are being lost"]
    assert threading.active_count() == threads + 1
    hanging.released.set()
    hanging.wait_for("the first", *(f"record {number}" for number in range(MAX_WAITING)))
    site.clock.move(timedelta(seconds=CALM))
    site.logger.info("later")
    handlers.close(30)
    assert site.told()[1:] == ["The log handler `logs.handler0` works again; records lost: 7"]


def test_losses_are_told_in_no_run_and_not_in_its_own_log(site, hanging):
    site.open(hanging)
    site.logger.addHandler(RunLogHandler(timezone.utc))
    with running(a_run(name="a.b")) as run:
        site.log_records(MAX_WAITING + 2)
    (told,) = [each for each in site.log.records if each.getMessage().startswith("The log handler")]
    assert not hasattr(told, "job")
    assert "The log handler" not in run.own_log.text()


@pytest.mark.parametrize("name", ["SystemExit", *hostile.ERRORS])
def test_a_handler_that_fails_is_told_once_and_gets_the_next_record(site, capsys, name):
    failing = Failing()
    failing.error = SystemExit(1) if name == "SystemExit" else hostile.ERRORS[name]()
    handlers = site.open(failing)
    site.log_records(5)
    handlers.close(30)
    first, last = site.told()
    assert first.startswith("The log handler `logs.handler0` failed: ")
    assert last == "The log handler `logs.handler0` lost 5 records until the end of this process"
    assert len(failing.records) == 5
    assert capsys.readouterr().err == ""


def test_a_handler_that_catches_what_it_raises_as_those_of_python_do_is_told_once(site, capsys):
    class Broken:
        def write(self, _text):
            raise ConnectionError("nobody reads")

        def flush(self):
            pass

    handlers = site.open(logging.StreamHandler(Broken()))
    site.log_records(5)
    handlers.close(30)
    first, last = site.told()
    assert first.endswith("failed: ConnectionError: nobody reads; records are being lost")
    assert "lost 5 records" in last
    assert capsys.readouterr().err == ""


def test_a_handler_that_fails_now_and_then_is_told_once_a_minute(site):
    failing = Failing()
    handlers = site.open(failing)
    sent = []
    for number in range(20):
        failing.error = ConnectionError("away") if number % 2 else None
        sent.append(f"record {number}")
        site.logger.info(sent[-1])
        failing.wait_for(*sent)
    failing.error = None
    handlers.close(30)
    first, last = site.told()
    assert "failed: ConnectionError: away" in first
    assert "lost 10 records" in last


def test_a_handler_that_logs_does_not_hear_itself_and_no_other_hears_it(site):
    class Talking(Kept):
        def emit(self, record):
            super().emit(record)
            site.logger.info("I have got: %s", record.getMessage())

    talking, other = Talking(), Talking()
    handlers = site.open(talking, other)
    site.logger.info("hello")
    handlers.close(30)
    assert talking.messages == other.messages == ["hello"]
    assert site.log.messages == ["hello", *["I have got: hello"] * 2]


def test_at_the_end_a_handler_is_flushed_and_closed(site):
    class Ending(Kept):
        ended = ()

        def flush(self):
            self.ended += ("flushed", *self.messages)

        def close(self):
            self.ended += ("closed",)

    ending = Ending()
    handlers = site.open(ending)
    site.logger.info("hello")
    handlers.close(30)
    assert ending.ended == ("flushed", "hello", "closed")
    site.logger.info("too late")
    assert ending.messages == ["hello"]


def test_the_end_of_the_process_waits_for_a_handler_that_hangs_no_longer_than_it_may(site, hanging):
    kept = Kept()
    handlers = site.open(hanging, kept)
    site.log_records(5)
    assert hanging.begun.wait(30)
    kept.wait_for(*(f"record {number}" for number in range(5)))
    handlers.close(0.1)
    assert site.told() == ["The log handler `logs.handler0` lost 4 records until the end of this process"]


@pytest.mark.usefixtures("_logging_restored")
@pytest.mark.parametrize("call", [logging.shutdown, lambda: logging.config.dictConfig({"version": 1})])
def test_what_python_and_jobs_do_to_all_handlers_neither_hangs_nor_closes_one(site, hanging, call):
    """`logging.shutdown()`, which Python calls at its end, takes the lock of each handler that it knows."""
    site.open(hanging)
    site.logger.info("hello")
    assert hanging.begun.wait(30)
    caller = threading.Thread(target=call, daemon=True)
    caller.start()
    caller.join(10)
    assert not caller.is_alive()
    assert site.told() == []


def test_when_there_are_no_more_threads_the_scheduler_goes_on(site, monkeypatch):
    def start(_thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    handlers = site.open(Kept())
    site.logger.info("hello")
    handlers.close(30)
    (told,) = site.told()
    assert told.endswith("cannot be used: RuntimeError: can't start new thread")


def test_a_record_that_jobs_have_made_strange_is_harmless():
    class Text(str):
        __slots__ = ()

    record = logging.makeLogRecord({"msg": "hello", "job": Text("a.b"), "due": object(), "args": (1, 2)})
    made = harmless(record)
    assert type(made) is logging.LogRecord
    assert (made.getMessage(), made.job, made.due) == ("hello", None, None)


def test_without_the_setting_nothing_is_added_to_the_log(site):
    before = list(site.logger.handlers)
    handlers = site.open()
    assert site.logger.handlers == before
    handlers.close(30)


def test_times_of_records_are_those_at_which_they_were_written(site, hanging):
    handlers = site.open(hanging)
    site.logger.info("hello")
    (written,) = [each.created for each in site.log.records]
    hanging.released.set()
    handlers.close(30)
    assert [each.created for each in hanging.records] == [written]
    assert datetime.fromtimestamp(written, timezone.utc).year >= 2024
