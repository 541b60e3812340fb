"""The inbox: what was changed or ordered anywhere reaches the dispatcher."""

from datetime import timedelta

import pytest

from docassemble.Scheduler.core.errors import StoreUnavailable
from docassemble.Scheduler.core.run import Outcome, Status
from docassemble.Scheduler.store.base import LONGEST_WAIT, Wanted
from docassemble.Scheduler.testing import MemoryWorld
from docassemble.Scheduler.worker.outbox import Outage
from docassemble.Scheduler.worker.poller import Inbox
from tests.unit.management.managers import ALICE, FUNCTION, LOGGER, NOON, Management

MINUTE = timedelta(minutes=1)


class Outlet:
    """Keeps what it is told."""

    def __init__(self):
        self.jobs, self.offered = [], []

    def follow(self, jobs, cursors):
        self.jobs = sorted(jobs)
        assert set(jobs) <= set(cursors)

    def offer(self, wanted):
        self.offered = [
            (each.job.name, "retry" if each.retry else "order") for each in wanted if each.due is not None
        ]


class Server(Management):
    """A process with an inbox."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.outlet, self.woken = Outlet(), 0
        self.inbox = Inbox(
            self.registry,
            store=self.store,
            outlet=self.outlet,
            wake=self._wake,
            outage=Outage(LOGGER),
            clock=self.clock,
            logger=LOGGER,
        )

    def _wake(self):
        self.woken += 1


def two():
    world = MemoryWorld()
    return Server(world), Server(world, name="two")


def test_a_job_that_was_added_elsewhere_is_followed_and_calls_for_no_wake():
    one, other = two()
    one.manager.add("added", {"function": FUNCTION, "hours": 1}, ALICE)
    other.inbox.look()
    assert (other.outlet.jobs, other.woken) == (["added", "minutely"], 0)


def test_a_job_whose_row_was_lost_is_followed_again_after_a_round_of_the_maintenance():
    server = Server()
    job = server.registry.find("minutely")
    server.inbox.look()
    server.store.world.lose("minutely")
    (answer,) = server.store.claim([Wanted(job)], NOON + MINUTE)
    server.registry.lose(answer.wanted.job)
    server.inbox.look(server.store.poll(NOON))
    assert server.outlet.jobs == ["minutely"]
    (answer,) = server.store.claim([Wanted(job)], NOON + MINUTE)
    assert answer.run is not None


def test_an_order_calls_for_a_wake():
    one, other = two()
    other.inbox.look()
    assert other.woken == 0
    one.manager.run_now("minutely", ALICE)
    other.inbox.look()
    assert (other.outlet.offered, other.woken) == ([("minutely", "order")], 1)


def test_an_order_for_another_server_is_left_to_that():
    world = MemoryWorld()
    block = {"special": {"function": FUNCTION, "minutes": 1, "servers": "special"}}
    server = Server(world, block=block)
    server.manager.run_now("special", ALICE)
    server.inbox.look()
    assert server.woken == 0
    special = Server(world, block={**block, "server tags": "special"}, name="special")
    special.inbox.look()
    assert special.woken == 1


def test_a_run_that_is_to_be_tried_again_calls_for_a_wake():
    one, other = two()
    (answer,) = one.store.claim([Wanted(one.registry.find("minutely"))], NOON + MINUTE)
    one.store.finish(answer.run, Outcome(status=Status.FAILED, started=NOON, finished=NOON))
    one.manager.try_again(answer.run.id, ALICE)
    other.inbox.look()
    assert (other.outlet.offered, other.woken) == ([("minutely", "retry")], 1)


def test_an_order_that_nobody_carries_out_is_given_up_after_a_day_and_told(caplog):
    one, other = two()
    one.store.order("gone", NOON, ALICE.name)
    other.clock.move(LONGEST_WAIT)
    other.inbox.look()
    assert len(one.store.orders()) == 1
    other.clock.move(MINUTE)
    other.inbox.look()
    assert one.store.orders() == []
    assert "ordered by alice@example.com" in caplog.text


def test_a_job_that_is_over_leaves_the_registry():
    one, other = two()
    once = one.manager.add("once", {"function": FUNCTION, "run at": (NOON + MINUTE).isoformat()}, ALICE)
    other.inbox.look()
    assert "once" in other.outlet.jobs
    (answer,) = other.store.claim([Wanted(once)], NOON + MINUTE)
    other.inbox.tidy()
    other.inbox.look()
    assert "once" in other.outlet.jobs
    other.store.finish(answer.run, Outcome(status=Status.SUCCEEDED, started=NOON, finished=NOON))
    other.inbox.tidy()
    other.inbox.look()
    assert "once" not in other.outlet.jobs


def test_what_a_poll_has_shown_not_to_be_there_is_not_asked_for():
    one, other = two()
    other.inbox.look()
    before = other.store.poll(NOON)
    one.manager.add("added", {"function": FUNCTION, "hours": 1}, ALICE)
    one.manager.run_now("minutely", ALICE)
    other.inbox.look(before)
    assert (other.outlet.jobs, other.woken) == (["minutely"], 0)
    other.inbox.look(other.store.poll(NOON))
    assert (other.outlet.jobs, other.woken) == (["added", "minutely"], 1)


def test_while_the_database_is_away_nothing_is_handed_on(caplog):
    server = Server()
    server.store.world.away = True
    with pytest.raises(StoreUnavailable):
        server.inbox.look()
    server.inbox.ring()
    server.inbox.answer()
    assert "The database is away" in caplog.text
    assert server.outlet.jobs == []


def test_a_ring_is_answered_once_by_a_job_thread_however_often_somebody_rings():
    server = Server()
    server.inbox.look()
    for _ in range(3):
        server.manager.run_now("minutely", ALICE)
        server.inbox.ring()
    assert (server.outlet.offered, server.woken) == ([], 3)
    server.inbox.answer()
    assert server.outlet.offered == [("minutely", "order")] * 3
    server.outlet.offered = []
    server.inbox.answer()
    assert server.outlet.offered == []
