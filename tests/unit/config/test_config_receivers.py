"""Who is told: the ways to write it, and the kinds of webhooks that are known by their hosts."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from docassemble.Scheduler.config import Configuration, parse
from docassemble.Scheduler.core.alerts import AlertPolicy, Webhook, WebhookKind

NOW = datetime(2026, 3, 1, tzinfo=timezone.utc)
SLACK = "https://hooks.slack.com/services/T0/B0/5ec2e7"
OWN = "https://ops.example.com/hook"
ENVIRON = {"SLACK": SLACK, "OPS": "ops@example.com", "BAD": "5ec2e7"}
MATTERMOST = Webhook(WebhookKind.MATTERMOST, OWN)


def read(notify: Any, job: Any = None, **environ: str) -> Configuration:
    own = {"every": 60} | ({} if job is None else {"notify": job})
    block = {"notify": notify, "test.heartbeat": own} if notify is not None else {"test.heartbeat": own}
    return parse(block, zone="UTC", environ={**ENVIRON, **environ}, now=NOW)


@pytest.mark.parametrize(
    ("written", "emails", "webhooks"),
    [
        ("ops@example.com", ["ops@example.com"], []),
        (["ops@example.com", SLACK], ["ops@example.com"], [Webhook(WebhookKind.SLACK, SLACK)]),
        ({"email": "ops@example.com", "after": 2}, ["ops@example.com"], []),
        ({"mattermost": OWN, "Email": "ops@example.com"}, ["ops@example.com"], [MATTERMOST]),
        ([{"mattermost": OWN}, {"email": "ops@example.com"}], ["ops@example.com"], [MATTERMOST]),
        ({"to": "ops@example.com", "Mattermost": OWN}, ["ops@example.com"], [MATTERMOST]),
        ({"webhook": [OWN, SLACK]}, [], [Webhook(WebhookKind.JSON, OWN), Webhook(WebhookKind.SLACK, SLACK)]),
        ({"json": SLACK}, [], [Webhook(WebhookKind.JSON, SLACK)]),
        (["${OPS}", {"slack": "${SLACK}"}], ["ops@example.com"], [Webhook(WebhookKind.SLACK, SLACK)]),
        ([OWN, OWN, "a@b.c", "a@b.c"], ["a@b.c"], [Webhook(WebhookKind.JSON, OWN)]),
    ],
)
def test_receivers_can_be_written_in_many_ways_for_all_jobs_and_for_one(
    written: Any, emails: list[str], webhooks: list[Webhook]
) -> None:
    for_all, for_one = read(written), read(None, written)
    assert for_all.problems == for_one.problems == ()
    (job,) = for_one.jobs
    assert job.notify is not None
    for policy in (for_all.settings.notify, AlertPolicy(email=("x@y.z",)).changed(job.notify, hidden=False)):
        assert (list(policy.emails), list(policy.webhooks)) == (emails, webhooks)


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        (SLACK, WebhookKind.SLACK),
        ("https://HOOKS.slack.com:443/services/1", WebhookKind.SLACK),
        ("https://discord.com/api/webhooks/1/x", WebhookKind.DISCORD),
        ("https://ptb.discord.com/api/webhooks/1/x", WebhookKind.DISCORD),
        ("https://prod-01.westeurope.logic.azure.com:443/workflows/1/triggers", WebhookKind.TEAMS),
        ("https://1.2.environment.api.powerplatform.com:443/powerautomate/x", WebhookKind.TEAMS),
        ("https://hooks.slack.com.example.com/services/1", WebhookKind.JSON),
        ("https://evilhooks.slack.com.invalid/1", WebhookKind.JSON),
        ("http://10.0.0.5:8065/hooks/1", WebhookKind.JSON),
        ("http://[fd00::1]/hooks/1", WebhookKind.JSON),
    ],
)
def test_services_are_known_by_their_hosts_and_all_others_get_json(address: str, kind: WebhookKind) -> None:
    assert read(address).settings.notify.webhooks == (Webhook(kind, address),)


def test_a_variable_can_name_receivers_in_the_place_of_the_file() -> None:
    read_ = read({"after": 2}, DA_SCHEDULER__NOTIFY__TO=f'["{OWN}", "ops@example.com"]')
    assert read_.problems == ()
    assert read_.settings.notify.webhooks == (Webhook(WebhookKind.JSON, OWN),)
    assert read_.settings.notify.hidden


def test_what_a_job_says_otherwise_leaves_the_rest_as_it_is_for_all() -> None:
    policy = AlertPolicy(email=("ops@example.com",), after=3, every=timedelta(minutes=5))
    assert policy.changed({"after": 1}, hidden=False) == AlertPolicy(
        email=("ops@example.com",), after=1, every=timedelta(minutes=5)
    )
    assert policy.changed({"to": (MATTERMOST,)}, hidden=True) == AlertPolicy(
        to=(MATTERMOST,), after=3, every=timedelta(minutes=5), hidden=True
    )


@pytest.mark.parametrize("bad", ["slak: {0}", "{0} x", "ftp://5ec2e7/x", "5ec2e7", "${{BAD}}", "{0}\n"])
def test_no_problem_shows_an_address(bad: str) -> None:
    written: Any = bad.format(SLACK)
    if ": " in written:
        written = [dict([written.split(": ", 1)])]
    for found in (read(written), read(None, written)):
        said = " ".join(map(str, found.problems)) + repr(found.settings) + repr(found.jobs)
        assert "5ec2e7" not in said


@pytest.mark.parametrize("written", [False, "false", "Off", "no", "${QUIET}"])
def test_a_job_can_say_that_nobody_is_told(written: Any) -> None:
    configuration = read("ops@example.com", written, QUIET="false")
    assert configuration.problems == ()
    (job,) = configuration.jobs
    assert job.notify is not None
    assert configuration.settings.notify.changed(job.notify, hidden=False).muted


def test_a_job_can_tell_somebody_where_the_defaults_say_that_nobody_is_told() -> None:
    block = {
        "defaults": {"notify": False},
        "a.b": {"every": 60},
        "a.b 2": {"every": 60, "notify": {"after": 2}},
    }
    configuration = parse(block, zone="UTC", environ={}, now=NOW)
    muted = {
        job.name: AlertPolicy().changed(job.notify or {}, hidden=False).muted for job in configuration.jobs
    }
    assert (configuration.problems, muted) == ((), {"a.b": True, "a.b 2": False})
