"""An outage of the database: nothing is lost, and little is said."""

import logging
from datetime import datetime, timezone

import pytest

from docassemble.Scheduler.core.errors import RowsLocked, StoreUnavailable
from docassemble.Scheduler.core.run import Due, EndedRun, Outcome, Run, Status
from docassemble.Scheduler.schedules.simple import Date
from docassemble.Scheduler.testing import ManualClock, MemorySpool, job
from docassemble.Scheduler.worker.outbox import LOCKED, MAX_TOGETHER, Activity, Outage, Outbox

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
LOGGER = logging.getLogger("test.outage")
GOOD = Outcome(status=Status.SUCCEEDED, started=NOON, finished=NOON)
#: the run whose end no store takes
POISON = "poison"


def ended(name, outcome=GOOD):
    return EndedRun(Run(id=name, due=Due(job("a.b", Date(NOON)), NOON), claimed=NOON), outcome)


def outbox_of(store, spool=None):
    return Outbox(store, Outage(LOGGER), ManualClock(NOON), spool or MemorySpool())


class Flaky:
    """A store that keeps outcomes, unless it is away."""

    def __init__(self):
        self.away = False
        self.kept = []
        #: how often several were recorded together
        self.calls = 0

    def finish(self, run, outcome):
        if self.away:
            raise StoreUnavailable("connection refused")
        if run.id == POISON:
            raise ValueError("no database takes this")
        self.kept.append(run.id)

    def finish_all(self, ended):
        self.calls += 1
        before = list(self.kept)
        try:
            for each in ended:
                self.finish(each.run, each.outcome)
        except Exception:
            self.kept = before
            raise

    def claim(self, ended):
        """What is sent together with ends."""
        for each in ended:
            self.finish(each.run, each.outcome)
        return "claims"


@pytest.fixture
def lines(caplog):
    caplog.set_level(logging.INFO, LOGGER.name)
    return lambda: [(record.levelname, record.getMessage()) for record in caplog.records]


def test_an_outcome_is_handed_over_at_once():
    store = Flaky()
    outbox_of(store).finish(ended("run").run, GOOD)
    assert store.kept == ["run"]


def test_outcomes_wait_for_the_database_and_arrive_in_order():
    store = Flaky()
    outbox = outbox_of(store)
    store.away = True
    for number in range(3):
        outbox.finish(ended(f"run {number}").run, GOOD)
    assert store.kept == []
    store.away = False
    outbox.flush()
    assert store.kept == ["run 0", "run 1", "run 2"]
    outbox.flush()
    assert len(store.kept) == 3


def test_what_waits_is_recorded_together(lines):
    store = Flaky()
    outbox = outbox_of(store)
    for number in range(MAX_TOGETHER + 2):
        outbox.put(ended(f"run {number}"))
    outbox.flush()
    assert store.kept == [f"run {number}" for number in range(MAX_TOGETHER + 2)]
    assert store.calls == 2
    assert not outbox


def test_one_that_can_never_be_recorded_does_not_hold_up_those_it_waits_with(lines):
    store = Flaky()
    outbox = outbox_of(store)
    for each in [ended("first"), ended(POISON), ended("last")]:
        outbox.put(each)
    outbox.flush()
    assert store.kept == ["first", "last"]
    assert [level for level, _ in lines()] == ["ERROR"]


def test_an_outage_is_one_warning_and_one_line_at_its_end(lines):
    store = Flaky()
    outbox = outbox_of(store)
    store.away = True
    for _ in range(10):
        outbox.finish(ended("run").run, GOOD)
    store.away = False
    outbox.finish(ended("run").run, GOOD)
    outbox.finish(ended("run").run, GOOD)
    assert [level for level, _ in lines()] == ["WARNING", "INFO"]
    assert "connection refused" in lines()[0][1]


def test_without_an_outage_nothing_is_said(lines):
    Outage(LOGGER).end(Activity.CLAIM)
    assert lines() == []


def test_an_outage_in_which_only_some_is_possible_is_one_outage(lines):
    """As when the table of runs is locked, and heartbeats go on."""
    outage = Outage(LOGGER)
    for _ in range(3):
        outage.begin(Activity.CLAIM, StoreUnavailable("statement timeout"))
        outage.end(Activity.ROUND)
    outage.begin(Activity.RECORD, StoreUnavailable("statement timeout"))
    outage.end(Activity.CLAIM)
    assert [level for level, _ in lines()] == ["WARNING"]
    outage.end(Activity.RECORD)
    assert [level for level, _ in lines()] == ["WARNING", "INFO"]


def test_records_that_go_with_a_claim_end_their_outage_too(lines):
    store = Flaky()
    outbox = outbox_of(store)
    store.away = True
    outbox.finish(ended("run").run, GOOD)
    store.away = False
    outbox.send_with(store.claim)
    assert [level for level, _ in lines()] == ["WARNING", "INFO"]


def test_a_record_that_can_never_be_written_is_told_and_holds_up_no_other(lines):
    store = Flaky()
    outbox = outbox_of(store)
    outbox.finish(ended(POISON).run, GOOD)
    outbox.finish(ended("next").run, GOOD)
    assert store.kept == ["next"]
    ((level, text),) = lines()
    assert level == "ERROR"
    assert "no database takes this" in text


def test_what_needs_the_database_is_done_as_soon_as_it_answers(caplog, monkeypatch):
    monkeypatch.setattr("docassemble.Scheduler.worker.outbox.PAUSE", 0)
    caplog.set_level(logging.INFO)
    answers = [StoreUnavailable("connection refused"), StoreUnavailable("starting up"), None]

    def attempt():
        if error := answers.pop(0):
            raise error

    Outage(LOGGER).outlast(attempt)
    assert answers == []
    assert [record.message.partition(",")[0] for record in caplog.records] == [
        "The database is away",
        "The database is back",
    ]


def test_outcomes_are_handed_over_together_with_something_else():
    store = Flaky()
    outbox = outbox_of(store)
    outbox.put(ended("run"))
    assert store.kept == []
    assert outbox.send_with(store.claim) == "claims"
    outbox.flush()
    assert store.kept == ["run"]


def test_what_could_not_be_handed_over_together_waits():
    store = Flaky()
    outbox = outbox_of(store)
    outbox.put(ended("run"))
    store.away = True
    with pytest.raises(StoreUnavailable):
        outbox.send_with(store.claim)
    store.away = False
    outbox.flush()
    assert store.kept == ["run"]


def test_an_outcome_that_can_never_be_written_does_not_keep_anything_else_from_being_said(lines):
    store = Flaky()
    outbox = outbox_of(store)
    outbox.put(ended(POISON))
    assert outbox.send_with(store.claim) == "claims"
    outbox.flush()
    assert [level for level, _ in lines()] == ["ERROR"]
    assert outbox.send_with(lambda ended: ended) == ()


def test_an_error_that_no_outcome_can_have_caused_is_not_hidden():
    def broken(_ended):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        outbox_of(Flaky()).send_with(broken)


def test_an_outcome_is_given_to_one_thread_only():
    outbox = outbox_of(Flaky())
    outbox.put(ended("run"))
    assert outbox.send_with(lambda ended: (len(ended), outbox.send_with(len))) == (1, 0)


def test_r3_an_end_whose_texts_the_store_refuses_is_recorded_without_them(lines):
    class Choosy(Flaky):
        def finish(self, run, outcome):
            if outcome.result or outcome.log or "surprise" in outcome.error_text.line:
                raise ValueError("these texts are refused")
            self.kept.append(outcome)

    store = Choosy()
    error = LookupError("a surprise")
    outcome = Outcome(status=Status.FAILED, started=NOON, finished=NOON, result="x", log="y", error=error)
    outbox_of(store).finish(ended("1").run, outcome)
    (recorded,) = store.kept
    assert (recorded.status, recorded.error_text.name) == (Status.FAILED, "LookupError")
    assert [level for level, _ in lines()] == ["ERROR"]


class PartlyLocked:
    """A store in which somebody has locked the rows of some runs."""

    def __init__(self, *locked):
        self.locked, self.finished = set(locked), []

    def finish(self, run, outcome):
        if run.id in self.locked:
            raise RowsLocked("canceling statement due to lock timeout")
        self.finished.append(run.id)


def test_an_end_whose_rows_are_locked_waits_and_the_others_do_not(caplog):
    store, clock = PartlyLocked("1"), ManualClock(NOON)
    outbox = Outbox(store, Outage(LOGGER), clock, MemorySpool())
    for each in ("1", "2"):
        outbox.finish(ended(each).run, GOOD)
    assert store.finished == ["2"]
    assert not outbox
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    clock.move(LOCKED)
    assert outbox
    outbox.flush()
    assert not outbox
    store.locked.clear()
    clock.move(LOCKED)
    outbox.flush()
    assert store.finished == ["2", "1"]


def test_an_end_is_in_the_spool_until_it_is_on_record():
    store, spool = Flaky(), MemorySpool()
    outbox = outbox_of(store, spool)
    assert outbox.put(ended("1"))
    assert outbox.put(ended("2"))
    store.away = True
    outbox.flush()
    assert list(spool.kept) == ["1", "2"]
    store.away = False
    outbox.flush()
    assert spool.kept == {}


@pytest.mark.parametrize("name", ["1", POISON])
def test_an_end_that_is_recorded_by_itself_or_never_leaves_the_spool_too(name):
    spool = MemorySpool()
    outbox_of(Flaky(), spool).finish(ended(name).run, GOOD)
    assert spool.kept == {}


def test_an_end_that_went_with_a_claim_leaves_the_spool_too():
    store, spool = Flaky(), MemorySpool()
    outbox = outbox_of(store, spool)
    outbox.put(ended("1"))
    outbox.send_with(store.claim)
    assert spool.kept == {}


def test_an_end_whose_rows_are_locked_stays_in_the_spool():
    spool = MemorySpool()
    outbox_of(PartlyLocked("1"), spool).finish(ended("1").run, GOOD)
    assert list(spool.kept) == ["1"]


def test_an_end_for_which_the_spool_has_no_room_may_not_wait():
    spool = MemorySpool()
    spool.has_room = False
    outbox = outbox_of(Flaky(), spool)
    assert not outbox.put(ended("1"))
    assert outbox


def test_an_end_that_others_hear_of_may_not_wait_and_needs_no_spool():
    spool = MemorySpool()
    failed = Outcome(status=Status.FAILED, started=NOON, finished=NOON, error=ValueError("x"))
    assert not outbox_of(Flaky(), spool).put(ended("1", failed))
    assert spool.kept == {}
