"""Pings by the convention of Healthchecks.io: which, when, in which order, and what is said about them."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from uuid import UUID

import pytest

from docassemble.Scheduler.core.errors import MonitorError
from docassemble.Scheduler.core.run import Due, Interruption, Outcome, Run, Status, StopReason
from docassemble.Scheduler.notifications.delivery import DeliveryQueue
from docassemble.Scheduler.notifications.healthchecks import MAX_BODY, Monitor, Ping, ping_url
from docassemble.Scheduler.schedules.simple import Interval
from docassemble.Scheduler.testing import ManualClock, job

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
URL = "https://hc.example.com/ping/5ec2e7"
JOB = job("a.b", Interval(timedelta(minutes=1)), monitor=URL)
ID = "0199f0e1c2d3a4b5c6d7e8f901234567"
RID = "0199f0e1-c2d3-a4b5-c6d7-e8f901234567"
RUN = Run(id=ID, due=Due(JOB, NOON), claimed=NOON)


class Site:
    """A monitor and the pings that it got; `trouble` is raised at each."""

    def __init__(self):
        self.pings: list[Ping] = []
        self.trouble = None
        self._deliveries = DeliveryQueue(logging.getLogger("test.monitor"), ManualClock(NOON))
        self.monitor = Monitor(self._send, self._deliveries, logging.getLogger("test.monitor"))

    def _send(self, ping):
        self.pings.append(ping)
        if self.trouble:
            raise self.trouble

    @property
    def got(self):
        """What was pinged: the rest of each address, and the body."""
        self._deliveries.finish(10)
        return [(ping.url.removeprefix(URL), ping.body) for ping in self.pings]

    def finish(self, status, run=RUN, **fields):
        self.monitor.finished(run, Outcome(status=status, started=NOON, finished=NOON, **fields))


@pytest.fixture
def site():
    return Site()


def test_a_run_that_succeeds_is_a_ping_at_its_start_and_one_at_its_end(site):
    site.monitor.started(RUN)
    site.finish(Status.SUCCEEDED)
    assert site.got == [(f"/start?rid={RID}", ""), (f"?rid={RID}", "")]


def test_a_run_that_fails_is_told_with_its_error_but_no_traceback(site):
    site.monitor.started(RUN)
    site.finish(Status.FAILED, error=ValueError("no such case"))
    assert site.got[1] == (f"/fail?rid={RID}", "ValueError: no such case")


@pytest.mark.parametrize(
    ("status", "error", "reason", "body"),
    [
        (Status.TIMED_OUT, None, StopReason.TIMEOUT.value, "its `max runtime` is over"),
        (
            Status.TIMED_OUT,
            ValueError("odd"),
            StopReason.TIMEOUT.value,
            "ValueError: odd\nits `max runtime` is over",
        ),
        (Status.INTERRUPTED, None, StopReason.RESTART.value, "docassemble restarts"),
    ],
)
def test_a_run_that_was_stopped_is_a_failure_with_its_reason(site, status, error, reason, body):
    site.finish(status, error=error, reason=reason)
    assert site.got == [(f"/fail?rid={RID}", body)]


@pytest.mark.parametrize(
    ("status", "fields"),
    [
        (Status.FAILED, {"error": ValueError(), "retry_at": NOON}),
        (Status.INTERRUPTED, {"reason": StopReason.RESTART.value, "retry_at": NOON}),
        (Status.STOPPED, {"reason": StopReason.BY_HAND.value}),
        (Status.INTERRUPTED, {"reason": StopReason.REPLACED.value}),
        (Status.SKIPPED, {"reason": "`only if` said no"}),
    ],
)
def test_the_end_of_what_is_tried_again_or_was_not_meant_to_end_well_is_not_told(site, status, fields):
    site.finish(status, **fields)
    assert site.got == []


def test_a_job_without_a_monitor_is_no_ones_business(site):
    silent = replace(JOB, monitor=None)
    run = replace(RUN, due=Due(silent, NOON))
    site.monitor.started(run)
    site.finish(Status.SUCCEEDED, run)
    site.monitor.interrupted(Interruption(run=ID, job="a.b", due=NOON, attempt=1, server="server-2"), silent)
    assert site.got == []


@pytest.mark.parametrize("retry_at", [None, NOON])
def test_a_run_whose_process_died_is_told_by_the_one_who_finds_it(site, retry_at):
    died = Interruption(run=ID, job="a.b", due=NOON, attempt=1, server="server-2", retry_at=retry_at)
    site.monitor.interrupted(died, JOB)
    assert site.got == ([] if retry_at else [(f"/fail?rid={RID}", "its process died")])


@pytest.mark.parametrize(
    ("monitor", "event", "expected"),
    [
        ("https://hc-ping.com/5ec2e7", "start", "https://hc-ping.com/5ec2e7/start?rid="),
        ("https://hc-ping.com/5ec2e7", "", "https://hc-ping.com/5ec2e7?rid="),
        ("https://hc-ping.com/5ec2e7/", "fail", "https://hc-ping.com/5ec2e7/fail?rid="),
        (
            "https://hc-ping.com/key/slug?create=1",
            "start",
            "https://hc-ping.com/key/slug/start?create=1&rid=",
        ),
        ("https://hc-ping.com/key/slug?create=1", "", "https://hc-ping.com/key/slug?create=1&rid="),
        ("http://u:p@[::1]:8000/x#there", "fail", "http://u:p@[::1]:8000/x/fail?rid="),
        ("https://push.example.com", "start", "https://push.example.com/start?rid="),
    ],
)
def test_the_address_of_a_ping_keeps_what_the_configured_one_has(monitor, event, expected):
    assert ping_url(monitor, event, ID) == f"{expected}{RID}"


def test_the_identifier_of_a_run_is_a_uuid():
    assert str(UUID(RID)) == RID


def test_a_long_error_is_cut(site):
    site.finish(Status.FAILED, error=ValueError("x" * 10**6))
    assert len(site.got[0][1]) == MAX_BODY


def test_a_monitor_that_does_not_answer_is_told_once_by_its_host_and_once_when_it_does(site, caplog):
    caplog.set_level(logging.INFO)
    site.trouble = MonitorError("it answers 503")
    for _ in range(3):
        site.finish(Status.SUCCEEDED)
    assert len(site.got) == 3
    site.trouble = None
    for _ in range(3):
        site.finish(Status.SUCCEEDED)
    assert len(site.got) == 6
    assert [(record.levelname, record.job, record.getMessage()) for record in caplog.records] == [
        ("WARNING", "a.b", "The monitor at hc.example.com cannot be pinged: it answers 503"),
        ("INFO", "a.b", "The monitor at hc.example.com can be pinged again"),
    ]


def test_nothing_shows_the_address_but_its_host():
    ping = Ping(url=ping_url("https://user:word@hc.example.com:8000/5ec2e7", "", ID))
    assert ping.host == "hc.example.com:8000"
    assert "5ec2e7" not in repr(ping)
