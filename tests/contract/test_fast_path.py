"""PostgreSQL is sent the end of a run and the next claims in one message; whatever happens to that, nothing is lost."""

import os
import socket
import threading
from contextlib import contextmanager
from dataclasses import replace

import psycopg2
import psycopg2.extensions
import pytest
from minutely import MINUTE, NOON, claim, every_minute, opened, outcome
from sqlalchemy import event

from docassemble.Scheduler.core.errors import StoreUnavailable
from docassemble.Scheduler.core.run import EndedRun, Status
from docassemble.Scheduler.store.base import ClaimRequest
from docassemble.Scheduler.store.sql.claims.claims import Claims
from docassemble.Scheduler.store.sql.claims.fast_path import FastPath
from docassemble.Scheduler.store.sql.engine import Database

JOBS = [every_minute(f"a.b {number}") for number in range(3)]


class Wire:
    """What is sent on the connections of a store."""

    def __init__(self):
        self.messages = []
        #: what the next message meets with: an error, and whether it comes after the message was carried out
        self.failure = None
        #: whether the connection breaks while the next message is on its way
        self.hangs_up = False

    def cursor(self):
        wire = self

        class Cursor(psycopg2.extensions.cursor):
            def execute(self, query, values=None):
                wire.messages.append(query)
                if wire.hangs_up and query.startswith("EXECUTE"):
                    wire.hangs_up = False
                    threading.Timer(0.1, hang_up, [os.dup(self.connection.fileno())]).start()
                failure = wire.failure if query.startswith("EXECUTE") else None
                if failure is None:
                    super().execute(query, values)
                    return
                error, is_done = failure
                wire.failure = None
                if is_done:
                    super().execute(query, values)
                raise error

        return Cursor


def hang_up(descriptor):
    with socket.socket(fileno=descriptor) as line:
        line.shutdown(socket.SHUT_RDWR)


@contextmanager
def tapped(store):
    """Tap the connections of a store."""
    wire = Wire()

    def tap(connection, _record, _proxy=None):
        connection.cursor_factory = wire.cursor()

    event.listen(store.database.engine, "checkout", tap)
    yield wire
    event.remove(store.database.engine, "checkout", tap)


@pytest.fixture(params=[False, True], ids=["recorded when it is claimed", "recorded when it ends"])
def is_short(request):
    return request.param


@pytest.fixture
def store(postgresql):
    """A store that has run each of the jobs once, so that it knows how it has left them."""
    store = opened(postgresql, *JOBS)
    for each in JOBS:
        store.finish(claim(store, each, NOON + MINUTE).run, outcome())
    return store


@pytest.fixture
def wire(store):
    with tapped(store) as wire:
        yield wire


def claim_all(store, now, *ended, is_short=False):
    return store.claim(
        [ClaimRequest(each, is_short=is_short) for each in JOBS],
        now,
        [EndedRun(run, outcome(at=now)) for run in ended],
    )


def due_times(claims):
    return [(each.run.job.name, each.run.due.at) for each in claims if each.run]


def successes(store):
    store.save_counters()
    return sum(job_counters.runs.get(Status.SUCCEEDED, 0) for job_counters in store.counters())


def test_ends_and_claims_are_one_message(store, wire, is_short):
    runs = [each.run for each in claim_all(store, NOON + 2 * MINUTE, is_short=is_short)]
    claims = claim_all(store, NOON + 3 * MINUTE, *runs, is_short=is_short)
    assert due_times(claims) == [(each.name, NOON + 3 * MINUTE) for each in JOBS]
    assert len(wire.messages) == 2


def test_what_is_due_since_the_last_stop_is_claimed_in_one_message(postgresql):
    opened(postgresql, *JOBS)
    store = opened(postgresql, *JOBS, name="the next")
    with tapped(store) as wire:
        claims = store.claim([ClaimRequest(each) for each in JOBS], NOON + 5 * MINUTE)
    assert due_times(claims) == [(each.name, NOON + 5 * MINUTE) for each in JOBS]
    assert [each.partition(" ")[0] for each in wire.messages] == ["PREPARE", "EXECUTE"]


def test_jobs_that_were_added_are_claimed_in_one_message_too(postgresql):
    store = opened(postgresql)
    for each in JOBS:
        store.add(each, "{}", since=NOON, now=NOON, by="somebody")
    jobs = [
        replace(each, version=added.version) for each, added in zip(JOBS, store.dynamic_jobs(), strict=True)
    ]
    for each in jobs:
        store.finish(claim(store, each, NOON + MINUTE).run, outcome())
    with tapped(store) as wire:
        claims = store.claim([ClaimRequest(each) for each in jobs], NOON + 2 * MINUTE)
    assert len(due_times(claims)) == len(JOBS)
    assert len(wire.messages) == 1


def test_what_needs_a_look_does_not_keep_the_others_from_the_message(postgresql):
    locked = every_minute("a.locked", lock="files")
    store = opened(postgresql, *JOBS, locked)
    for each in [*JOBS, locked]:
        store.finish(claim(store, each, NOON + MINUTE).run, outcome())
    with tapped(store) as wire:
        claims = store.claim([ClaimRequest(each) for each in [locked, *JOBS]], NOON + 2 * MINUTE)
    assert sorted(due_times(claims)) == sorted((each.name, NOON + 2 * MINUTE) for each in [*JOBS, locked])
    assert wire.messages[0].count("scheduler_begin") == len(JOBS)


def test_an_end_alone_is_one_message(store, wire):
    run = claim(store, JOBS[0], NOON + 2 * MINUTE).run
    store.finish(run, outcome())
    assert len(wire.messages) == 2
    assert successes(store) == 4


def test_each_connection_prepares_once(store, wire):
    store.database.engine.dispose()
    for number in range(2, 5):
        store.finish(claim(store, JOBS[0], NOON + number * MINUTE).run, outcome())
    assert [each for each in wire.messages if each.startswith("PREPARE")] == wire.messages[:1]


def test_what_another_server_was_faster_with_is_left_to_it(store, postgresql, is_short):
    other = opened(postgresql, *JOBS, name="two")
    theirs = claim(other, JOBS[1], NOON + 2 * MINUTE).run
    claims = claim_all(store, NOON + 2 * MINUTE, is_short=is_short)
    assert sorted(name for name, _ in due_times(claims)) == ["a.b 0", "a.b 2"]
    other.finish(theirs, outcome())
    store.finish_all([EndedRun(each.run, outcome()) for each in claims if each.run])
    assert [each.status for each in postgresql.records()] == ["succeeded"] * 6


@pytest.mark.parametrize("is_done", [False, True])
@pytest.mark.parametrize(
    "error", [psycopg2.OperationalError, psycopg2.InterfaceError, psycopg2.ProgrammingError]
)
def test_a_message_without_an_answer_is_done_once(  # noqa: PLR0917 - what differs from case to case
    store, wire, postgresql, is_short, error, is_done
):
    runs = [each.run for each in claim_all(store, NOON + 2 * MINUTE, is_short=is_short)]
    wire.failure = (error("no answer"), is_done)
    claims = claim_all(store, NOON + 3 * MINUTE, *runs, is_short=is_short)
    assert sorted(due_times(claims)) == [(each.name, NOON + 3 * MINUTE) for each in JOBS]
    assert due_times(claim_all(store, NOON + 3 * MINUTE, is_short=is_short)) == []
    for each in claims:
        if each.run:
            store.finish(each.run, outcome())
    assert [each.status for each in postgresql.records()] == ["succeeded"] * 9
    assert postgresql.holders() == []


@pytest.mark.parametrize("is_done", [False, True])
def test_an_end_without_an_answer_is_on_record(store, wire, postgresql, is_short, is_done):
    runs = [each.run for each in claim_all(store, NOON + 2 * MINUTE, is_short=is_short)]
    wire.failure = (psycopg2.OperationalError("no answer"), is_done)
    store.finish_all([EndedRun(each, outcome()) for each in runs])
    assert postgresql.holders() == []
    assert [each.status for each in postgresql.records()] == ["succeeded"] * 6


def test_a_database_that_refuses_it_is_not_asked_again(store, wire, is_short):
    with store.database.engine.connect() as connection:
        connection.exec_driver_sql("DEALLOCATE ALL")  # as if a proxy had handed out another connection
    runs = [each.run for each in claim_all(store, NOON + 2 * MINUTE, is_short=is_short)]
    assert len(runs) == len(JOBS)
    sent = len(wire.messages)
    claims = claim_all(store, NOON + 3 * MINUTE, *runs, is_short=is_short)
    assert len(due_times(claims)) == len(JOBS)
    assert not [each for each in wire.messages[sent:] if each.startswith("EXECUTE")]


def test_due_times_that_are_missed_are_recorded_with_the_claim_and_not_without(
    store, wire, postgresql, is_short
):
    late = NOON + 9 * MINUTE
    other = opened(postgresql, *JOBS, name="two")
    other.finish(claim(other, JOBS[0], late).run, outcome())
    claims = claim_all(store, late, is_short=is_short)
    assert sorted(len(each.unrun) for each in claims) == [0, 1, 1]
    missed = [each.job for each in postgresql.records() if each.status == "missed"]
    assert sorted(missed) == ["a.b 0", "a.b 1", "a.b 2"]


def test_a_claim_that_is_still_on_its_way_when_its_connection_breaks_is_run(store, wire, postgresql):
    """As when a proxy or the network drops a connection whose server process waits for a row."""

    with postgresql.engine().connect() as holding:
        name = store.database.tables.jobs.name
        holding.exec_driver_sql(f"SELECT * FROM {name} WHERE name = 'a.b 0' FOR UPDATE")
        wire.hangs_up = True
        timer = threading.Timer(0.5, holding.commit)
        timer.start()
        claims = claim_all(store, NOON + 2 * MINUTE)
        timer.join()
    assert sorted(due_times(claims)) == [(each.name, NOON + 2 * MINUTE) for each in JOBS]


def test_what_was_confirmed_is_not_forgotten_when_the_rest_cannot_be_claimed(
    store, wire, postgresql, monkeypatch
):
    run = claim(store, JOBS[0], NOON + 2 * MINUTE).run
    other = opened(postgresql, *JOBS, name="two")
    other.finish(claim(other, JOBS[1], NOON + 2 * MINUTE).run, outcome())

    def away(*_):
        raise StoreUnavailable("away")

    ended = [EndedRun(run, outcome(Status.TIMED_OUT))]
    with monkeypatch.context() as patch:
        patch.setattr(Claims, "_transact", away)
        claims = store.claim([ClaimRequest(each) for each in JOBS[1:]], NOON + 3 * MINUTE, ended)
    assert [(each.run is not None, each.more) for each in claims] == [(True, False), (False, True)]
    store.save_counters()
    (job_counters,) = (each for each in store.counters() if each.job == "a.b 0")
    assert job_counters.runs[Status.TIMED_OUT] == 1


def test_every_transaction_sees_what_is_committed(store):
    with store.database.engine.connect() as connection:
        assert connection.exec_driver_sql("SHOW transaction_isolation").scalar() == "read committed"


def test_schedulers_with_tables_of_their_own_have_statements_of_their_own(store):
    other = FastPath.on(Database(store.database.engine, "other_"))
    names = [
        {each.execution.split()[1] for each in some._forms.values()}
        for some in (FastPath.on(store.database), other)
    ]
    assert not names[0] & names[1]


def test_what_the_driver_cannot_encode_is_kept_in_ascii(store):
    store.database.engine.dispose()

    def in_latin1(connection, _record):
        connection.set_client_encoding("LATIN1")

    event.listen(store.database.engine, "connect", in_latin1)
    run = claim(store, JOBS[0], NOON + 2 * MINUTE).run
    store.finish(run, outcome(result="five \u20ac"))
    assert store.run(run.id).result == r"five \u20ac"
