"""The command that tries whether people are told."""

from docassemble.Scheduler.core.alerts import Webhook, WebhookKind
from docassemble.Scheduler.core.errors import WebhookError
from docassemble.Scheduler.notifications.delivery import Delivery
from docassemble.Scheduler.notifications.outgoing import Target
from tests.unit.cli.terminals import Terminal

SLACK = Target(Webhook(WebhookKind.SLACK, "https://hooks.slack.com/services/5ec2e7"))
OPS = Target(("ops@example.com", "boss@example.com"))


def refuse():
    raise WebhookError("it answers 404")


def terminal(*deliveries):
    made = Terminal()
    made.context.test_deliveries = lambda job: [(to, Delivery(job or "all", do)) for to, do in deliveries]
    return made


def test_each_receiver_is_tried_and_told():
    shown = terminal((OPS, lambda: None), (SLACK, refuse)).shown("test-notify", status=1)
    assert shown == (
        "ops@example.com, boss@example.com: sent\nslack at https://hooks.slack.com: WebhookError: it answers 404\n"
    )


def test_as_json():
    assert terminal((OPS, lambda: None)).read("test-notify", "hourly") == {
        "ok": True,
        "receivers": [{"to": "ops@example.com, boss@example.com", "error": None}],
    }


def test_nobody_who_could_be_told_is_a_failure():
    shown = terminal().shown("test-notify", status=1)
    assert "Nobody is told" in shown
    assert "`notify: false`" in shown
