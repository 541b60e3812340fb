"""Check-ins, as the real SDK of Sentry would send them."""

import sys
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
import sentry_sdk
from sentry_sdk.transport import Transport

from docassemble.Scheduler.core.run import Due, Interruption, Outcome, Run, Status, StopReason
from docassemble.Scheduler.notifications.sentry import MAX_SLUG, SentryCheckIns, monitor_config, slug
from docassemble.Scheduler.schedules.cron.schedule import Cron
from docassemble.Scheduler.schedules.modifiers import Bounded, Jittered, Or
from docassemble.Scheduler.schedules.simple import Date, Interval
from docassemble.Scheduler.testing import job

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
BERLIN = ZoneInfo("Europe/Berlin")
JOB = job("docassemble.MyPackage.reports.weekly", Interval(timedelta(minutes=90)))
RUN = Run(id="0" * 32, due=Due(JOB, NOON), claimed=NOON)
SECONDS = timedelta(seconds=1)


class Keeping(Transport):
    """A transport that keeps what it is to send."""

    def __init__(self):
        super().__init__()
        self.sent = []

    def capture_envelope(self, envelope):
        self.sent += [item.payload.json for item in envelope.items if item.type == "check_in"]


@pytest.fixture
def sentry():
    """The check-ins that an active client has sent."""
    transport = Keeping()
    options = {"transport": transport, "default_integrations": False, "environment": "tests"}
    sentry_sdk.init(dsn="https://public@sentry.example.com/1", **options)
    yield transport.sent
    sentry_sdk.get_global_scope().set_client(None)


def outcome(status, **fields):
    return Outcome(status=status, started=NOON, finished=NOON + 3 * SECONDS, **fields)


def test_a_run_is_one_check_in_from_its_start_to_its_end(sentry):
    SentryCheckIns().started(RUN)
    SentryCheckIns().finished(RUN, outcome(Status.SUCCEEDED))
    first, last = sentry
    assert (first["status"], last["status"], last["duration"]) == ("in_progress", "ok", 3.0)
    assert first["check_in_id"] == last["check_in_id"]
    assert first["monitor_slug"] == last["monitor_slug"] == "docassemble-mypackage-reports-weekly"
    assert first["monitor_config"] == {
        "schedule": {"type": "interval", "value": 90, "unit": "minute"},
        "timezone": "UTC",
    }


@pytest.mark.parametrize(
    ("status", "fields"),
    [
        (Status.FAILED, {"error": ValueError()}),
        (Status.TIMED_OUT, {"reason": StopReason.TIMEOUT.value}),
        (Status.INTERRUPTED, {"reason": StopReason.RESTART.value}),
    ],
)
def test_a_failure_is_an_error(sentry, status, fields):
    SentryCheckIns().finished(RUN, outcome(status, **fields))
    assert [check_in["status"] for check_in in sentry] == ["error"]


@pytest.mark.parametrize(
    ("status", "fields"),
    [
        (Status.FAILED, {"error": ValueError(), "retry_at": NOON}),
        (Status.INTERRUPTED, {"reason": StopReason.REPLACED.value}),
        (Status.SKIPPED, {"reason": "`only if` said no"}),
    ],
)
def test_what_is_tried_again_or_somebody_wanted_is_none(sentry, status, fields):
    SentryCheckIns().finished(RUN, outcome(status, **fields))
    assert sentry == []


def test_all_attempts_of_a_due_time_are_one_check_in(sentry):
    SentryCheckIns().started(RUN)
    SentryCheckIns().finished(RUN, outcome(Status.FAILED, error=ValueError(), retry_at=NOON))
    again = replace(RUN, id="1" * 32, attempt=2)
    SentryCheckIns().started(again)
    SentryCheckIns().finished(again, outcome(Status.SUCCEEDED))
    assert [check_in["status"] for check_in in sentry] == ["in_progress", "in_progress", "ok"]
    assert len({check_in["check_in_id"] for check_in in sentry}) == 1


def test_another_due_time_and_another_job_are_other_check_ins(sentry):
    for due in (Due(JOB, NOON), Due(JOB, NOON + SECONDS), Due(replace(JOB, name="a.b"), NOON)):
        SentryCheckIns().started(replace(RUN, due=due))
    assert len({check_in["check_in_id"] for check_in in sentry}) == 3


def test_a_run_whose_process_died_is_an_error_without_a_duration(sentry):
    died = Interruption(run="0" * 32, job=JOB.name, due=NOON, attempt=1, server="server-2")
    SentryCheckIns().started(RUN)
    SentryCheckIns().interrupted(died, JOB)
    assert [check_in["status"] for check_in in sentry] == ["in_progress", "error"]
    assert sentry[0]["check_in_id"] == sentry[1]["check_in_id"]
    assert sentry[1].get("duration") is None


def test_without_an_active_client_nothing_happens():
    assert not sentry_sdk.get_client().is_active()
    SentryCheckIns().started(RUN)
    SentryCheckIns().finished(RUN, outcome(Status.SUCCEEDED))


def test_where_nobody_has_imported_sentry_it_is_not_imported(monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "sentry_sdk"]:
        monkeypatch.delitem(sys.modules, name)
    SentryCheckIns().started(RUN)
    SentryCheckIns().finished(RUN, outcome(Status.SUCCEEDED))
    SentryCheckIns().interrupted(
        Interruption(run="0" * 32, job=JOB.name, due=NOON, attempt=1, server="server-2"), JOB
    )
    assert "sentry_sdk" not in sys.modules


def interval(**period):
    return Interval(timedelta(**period))


def crontab(text):
    return Cron.from_crontab(text, BERLIN)


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (interval(minutes=5), ("interval", 5, "minute")),
        (interval(minutes=90), ("interval", 90, "minute")),
        (interval(hours=3), ("interval", 3, "hour")),
        (interval(days=1), ("interval", 1, "day")),
        (interval(days=14), ("interval", 2, "week")),
        (interval(seconds=90), None),
        (crontab("0 8 * * mon"), ("crontab", "0 8 * * mon")),
        (crontab("*/5 9-17 1,15 * *"), ("crontab", "*/5 9-17 1,15 * *")),
        (crontab("0 8 1 * mon"), None),
        (crontab("0 8 L * *"), None),
        (crontab("0 8 * * mon#1"), None),
        (crontab("*/10 * * * * *"), None),
        (Cron.from_fields(BERLIN, minute=-5), ("crontab", "*/5 * * * *")),
        (Jittered(interval(minutes=5), SECONDS, "a.b"), ("interval", 5, "minute")),
        (Bounded(interval(minutes=5), start=NOON), ("interval", 5, "minute")),
        (Bounded(interval(minutes=5), end=NOON), None),
        (Date(NOON), None),
        (Or((interval(minutes=5),)), None),
    ],
    ids=str,
)
def test_a_schedule_is_told_where_sentry_can_express_it(schedule, expected):
    config = monitor_config(replace(JOB, schedule=schedule, time_zone="Europe/Berlin"))
    assert (config and tuple(config["schedule"].values())) == expected
    assert config is None or config["timezone"] == "Europe/Berlin"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, {}),
        ({"check_in_margin": timedelta(minutes=10)}, {"checkin_margin": 10}),
        ({"check_in_margin": timedelta(seconds=61)}, {"checkin_margin": 2}),
        ({"check_in_margin": timedelta()}, {"checkin_margin": 1}),
        ({"max_runtime": timedelta(seconds=2)}, {"max_runtime": 1}),
        ({"max_runtime": timedelta(hours=2)}, {"max_runtime": 120}),
        ({"schedule": Jittered(interval(hours=1), timedelta(minutes=10), "a.b")}, {"checkin_margin": 11}),
    ],
)
def test_the_margin_and_the_longest_runtime_are_told_in_minutes(fields, expected):
    config = monitor_config(replace(JOB, **fields))
    del config["schedule"], config["timezone"]
    assert config == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("test.heartbeat 2", "test-heartbeat-2"),
        ("Änderung", "nderung"),
        ("5", "job-5"),
        ("!", "job-"),
    ],
)
def test_a_name_is_made_of_letters_digits_and_dashes(name, expected):
    assert slug(name) == expected


def test_long_names_stay_different():
    names = [f"docassemble.MyPackage.{'very' * 10}.long.name {number}" for number in range(100)]
    slugs = {slug(name) for name in names}
    assert len(slugs) == 100
    assert {len(each) for each in slugs} == {MAX_SLUG}
