"""Handing a run over: what is put into docassemble's queue, and what becomes of the run when that fails."""

import logging
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from logging.handlers import BufferingHandler
from types import SimpleNamespace

import pytest

from docassemble.Scheduler.core.job import RunOn
from docassemble.Scheduler.core.retry import RESEND_AFTER
from docassemble.Scheduler.core.run import Status
from docassemble.Scheduler.host.celery import DRIVERS, TASK, CeleryQueue
from docassemble.Scheduler.schedules.simple import Interval
from docassemble.Scheduler.store.base import ClaimRequest, Process
from docassemble.Scheduler.testing import ManualClock, MemoryStore, MemoryWorld, job

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
MINUTE = timedelta(minutes=1)


def process(name):
    return Process(id=name * 32, server=name, host_id="", pid=1, started_ticks="")


WEB, WORKER = process("a"), process("b")


class Broker:
    """A Celery application; `trouble` is done while a message is sent."""

    def __init__(self, driver="redis"):
        self.driver = driver
        self.options = {}
        self.messages = []
        self.trouble = lambda: None

    @contextmanager
    def connection_for_write(self, connect_timeout):
        assert connect_timeout < 5
        yield SimpleNamespace(
            transport=SimpleNamespace(driver_type=self.driver),
            transport_options=self.options,
            ensure_connection=lambda **_how: None,
        )

    def send_task(self, name, **how):
        self.trouble()
        self.messages.append((name, how))


class Site:
    """A web server that has claimed a run, and a worker."""

    def __init__(self, broker, **fields):
        world = MemoryWorld()
        self.job = job("a.b", Interval(MINUTE), run_on=RunOn.CELERY, **fields)
        self.broker = broker
        self.clock = ManualClock(NOON)
        self.handler = BufferingHandler(100)
        self.logger = logging.Logger("site")
        self.logger.addHandler(self.handler)
        self.store, self.worker = MemoryStore(world), MemoryStore(world)
        self.store.register(WEB, NOON)
        self.worker.register(WORKER, NOON)
        self.store.register_jobs([self.job], NOON)
        self.clock.move(MINUTE)
        (claim,) = self.store.claim([ClaimRequest(self.job)], self.clock.now())
        self.run = claim.run
        self.queue = CeleryQueue(
            lambda: broker,
            store=self.store,
            process=lambda: WEB,
            clock=self.clock,
            logger=self.logger,
        )

    def send_again(self):
        self.queue.send_again({"a.b": self.job}.get)

    def said(self):
        return [record.getMessage() for record in self.handler.buffer]

    def taken(self):
        return self.worker.dequeue(self.run.id, WORKER, self.clock.now())


def unreachable():
    raise ConnectionRefusedError(111, "Connection refused")


def test_what_is_handed_over_can_be_taken_by_a_worker():
    site = Site(Broker())
    assert site.queue(site.run) is None
    assert site.taken().job == "a.b"


def test_a_message_says_which_run_it_is_and_nothing_else():
    site = Site(Broker(), args=("secret",), kwargs={"password": "secret"})
    site.queue(site.run)
    ((name, message),) = site.broker.messages
    assert name == TASK
    assert message["args"] == [site.run.id, "a.b"]
    assert "secret" not in repr(message)


@pytest.mark.parametrize(
    ("grace", "wait"), [(timedelta(minutes=5), timedelta(minutes=5)), (None, timedelta(days=1))]
)
def test_a_run_waits_for_a_worker_as_long_as_it_may_be_late(grace, wait):
    site = Site(Broker(), misfire_grace_time=grace)
    site.queue(site.run)
    assert site.broker.messages[0][1]["expires"] == NOON + MINUTE + wait
    site.clock.move(wait)
    assert site.taken() is None


@pytest.mark.parametrize(("longest", "limit"), [(timedelta(seconds=2), 62.0), (None, None)])
def test_celery_kills_what_goes_on_long_after_its_max_runtime(longest, limit):
    site = Site(Broker(), max_runtime=longest)
    site.queue(site.run)
    assert site.broker.messages[0][1]["time_limit"] == limit


@pytest.mark.parametrize("driver", ["amqp", "redis", "sqs"])
def test_no_broker_is_waited_for_without_end(driver):
    site = Site(Broker(driver))
    site.queue(site.run)
    assert site.broker.options == DRIVERS.get(driver, {})
    assert site.broker.messages[0][1]["retry"] is False


def test_a_run_that_no_broker_takes_has_failed():
    site = Site(Broker(), retries=1)
    site.broker.trouble = unreachable
    outcome = site.queue(site.run)
    assert outcome.status is Status.FAILED
    assert outcome.retry_at is not None
    assert "ConnectionRefusedError" in str(outcome.error)
    assert "rabbitmq" in outcome.error.hint
    assert site.taken() is None


def test_a_run_that_a_worker_has_although_sending_it_failed_is_the_workers():
    site = Site(Broker())

    def arrive_and_break():
        assert site.taken() is not None
        unreachable()

    site.broker.trouble = arrive_and_break
    assert site.queue(site.run) is None


def test_a_run_that_cannot_be_handed_over_because_the_database_is_away_has_failed():
    site = Site(Broker())
    site.store.world.away = True
    assert site.queue(site.run).status is Status.FAILED
    assert site.broker.messages == []


def test_a_message_that_may_be_lost_is_sent_again_as_it_was():
    site = Site(Broker(), max_runtime=timedelta(seconds=2), misfire_grace_time=timedelta(minutes=5))
    site.queue(site.run)
    site.clock.move(RESEND_AFTER)
    site.send_again()
    first, second = ({**how, "connection": None} for _, how in site.broker.messages)
    assert first == second
    assert site.said() == ["No Celery worker has taken the run for 30 s: its message is sent again"]


def test_nothing_is_sent_again_for_a_run_that_a_worker_has():
    site = Site(Broker())
    site.queue(site.run)
    assert site.taken() is not None
    site.clock.move(RESEND_AFTER)
    site.send_again()
    assert len(site.broker.messages) == 1


def test_a_broker_that_is_away_when_a_message_is_sent_again_costs_the_run_nothing():
    site = Site(Broker())
    site.queue(site.run)
    site.broker.trouble = unreachable
    site.clock.move(RESEND_AFTER)
    site.send_again()
    (line,) = site.said()
    assert "ConnectionRefusedError" in line
    site.broker.trouble = lambda: None
    site.clock.move(RESEND_AFTER)
    site.send_again()
    assert len(site.broker.messages) == 2
    assert site.taken() is not None
