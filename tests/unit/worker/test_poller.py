"""The poller: what was changed or ordered anywhere reaches the dispatcher."""

from datetime import timedelta

import pytest

from docassemble.Scheduler.core.errors import StoreUnavailable
from docassemble.Scheduler.core.run import Outcome, Status
from docassemble.Scheduler.management.session_actions import NearActions
from docassemble.Scheduler.store.base import MAX_REQUEST_AGE, ClaimRequest
from docassemble.Scheduler.testing import MemoryWorld
from docassemble.Scheduler.worker.outbox import Outage
from docassemble.Scheduler.worker.poller import Poller
from tests.unit.management.managers import ALICE, FUNCTION, LOGGER, NOON, Management

MINUTE = timedelta(minutes=1)
MINUTELY = {"function": FUNCTION, "minutes": 1}


class FakeDispatcher:
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
    """A process with a poller."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.dispatcher, self.woken = FakeDispatcher(), 0
        self.poller = Poller(
            self.registry,
            actions=NearActions(self.store, self.clock),
            store=self.store,
            dispatcher=self.dispatcher,
            wake_worker=self._wake,
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
    other.poller.look()
    assert (other.dispatcher.jobs, other.woken) == (["added", "minutely"], 0)


def test_a_job_whose_row_was_lost_is_followed_again_after_a_round_of_the_maintenance():
    server = Server()
    job = server.registry.find("minutely")
    server.poller.look()
    server.store.world.lose("minutely")
    (answer,) = server.store.claim([ClaimRequest(job)], NOON + MINUTE)
    server.registry.lose(answer.request.job)
    server.poller.look(server.store.poll(NOON))
    assert server.dispatcher.jobs == ["minutely"]
    (answer,) = server.store.claim([ClaimRequest(job)], NOON + MINUTE)
    assert answer.run is not None


def test_an_order_calls_for_a_wake():
    one, other = two()
    other.poller.look()
    assert other.woken == 0
    one.manager.run_now("minutely", ALICE)
    other.poller.look()
    assert (other.dispatcher.offered, other.woken) == ([("minutely", "order")], 1)


def test_an_order_for_another_server_is_left_to_that():
    world = MemoryWorld()
    block = {"special": {"function": FUNCTION, "minutes": 1, "servers": "special"}}
    server = Server(world, block=block)
    server.manager.run_now("special", ALICE)
    server.poller.look()
    assert server.woken == 0
    special = Server(world, block={**block, "server tags": "special"}, name="special")
    special.poller.look()
    assert special.woken == 1


def test_a_run_that_is_to_be_tried_again_calls_for_a_wake():
    one, other = two()
    (answer,) = one.store.claim([ClaimRequest(one.registry.find("minutely"))], NOON + MINUTE)
    one.store.finish(answer.run, Outcome(status=Status.FAILED, started=NOON, finished=NOON))
    one.manager.retry(answer.run.id, ALICE)
    other.poller.look()
    assert (other.dispatcher.offered, other.woken) == ([("minutely", "retry")], 1)


def test_an_order_that_nobody_carries_out_is_given_up_after_a_day_and_told(caplog):
    one, other = two()
    one.store.request_run("gone", NOON, ALICE.name)
    other.clock.move(MAX_REQUEST_AGE)
    other.poller.look()
    assert len(one.store.run_requests()) == 1
    other.clock.move(MINUTE)
    other.poller.look()
    assert one.store.run_requests() == []
    assert "requested by alice@example.com" in caplog.text


def test_a_job_that_is_over_leaves_the_registry():
    one, other = two()
    once = one.manager.add("once", {"function": FUNCTION, "run at": (NOON + MINUTE).isoformat()}, ALICE)
    other.poller.look()
    assert "once" in other.dispatcher.jobs
    (answer,) = other.store.claim([ClaimRequest(once)], NOON + MINUTE)
    other.poller.tidy()
    other.poller.look()
    assert "once" in other.dispatcher.jobs
    other.store.finish(answer.run, Outcome(status=Status.SUCCEEDED, started=NOON, finished=NOON))
    other.poller.tidy()
    other.poller.look()
    assert "once" not in other.dispatcher.jobs


def test_what_a_poll_has_shown_not_to_be_there_is_not_asked_for():
    one, other = two()
    other.poller.look()
    before = other.store.poll(NOON)
    one.manager.add("added", {"function": FUNCTION, "hours": 1}, ALICE)
    one.manager.run_now("minutely", ALICE)
    other.poller.look(before)
    assert (other.dispatcher.jobs, other.woken) == (["minutely"], 0)
    other.poller.look(other.store.poll(NOON))
    assert (other.dispatcher.jobs, other.woken) == (["added", "minutely"], 1)


def test_while_the_database_is_away_nothing_is_handed_on(caplog):
    server = Server()
    server.store.world.away = True
    with pytest.raises(StoreUnavailable):
        server.poller.look()
    server.poller.request()
    server.poller.answer()
    assert "The database is away" in caplog.text
    assert server.dispatcher.jobs == []


def test_an_order_of_this_process_is_claimed_at_once_if_its_job_is_run_here():
    server = Server(block={"here": MINUTELY, "elsewhere": {**MINUTELY, "servers": "other"}})
    run_requests = {name: server.store.request_run(name, NOON, ALICE.name) for name in ("here", "elsewhere")}
    for name, run_request in run_requests.items():
        server.poller.offer(server.registry.find(name), run_request)
    assert (server.dispatcher.offered, server.woken) == ([("here", "order")], 1)


def test_a_request_is_answered_once_by_a_job_thread_however_often_it_is_made():
    server = Server()
    server.poller.look()
    for _ in range(3):
        server.manager.run_now("minutely", ALICE)
        server.poller.request()
    assert (server.dispatcher.offered, server.woken) == ([], 3)
    server.poller.answer()
    assert server.dispatcher.offered == [("minutely", "order")] * 3
    server.dispatcher.offered = []
    server.poller.answer()
    assert server.dispatcher.offered == []


def test_c30_a_job_that_waits_for_the_next_start_of_the_site_is_not_over():
    one, other = two()
    one.manager.add("warm up", {"function": FUNCTION, "at start": True}, ALICE)
    other.poller.look()
    other.poller.tidy()
    other.poller.look()
    assert "warm up" in other.dispatcher.jobs
