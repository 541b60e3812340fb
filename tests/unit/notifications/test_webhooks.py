"""Posting to webhooks, against a server on this machine."""

import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from docassemble.Scheduler.core.alerts import Webhook, WebhookKind
from docassemble.Scheduler.core.errors import WebhookError
from docassemble.Scheduler.notifications import webhooks
from docassemble.Scheduler.notifications.webhooks import MAX_PAUSE, PAUSES, post

SECRET = "5ec2e7"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
        self.server.got.append((self.path, body, self.headers["Content-Type"]))
        status, after = self.server.answers.pop(0) if self.server.answers else (204, None)
        if status == 0:
            self.server.released.wait(30)
            return
        self.send_response(status)
        if status == 307:
            self.send_header("Location", f"http://localhost:{self.server.server_port}/elsewhere")
        if after:
            self.send_header("Retry-After", after)
        self.end_headers()

    def log_message(self, *_):
        """Be quiet."""


@pytest.fixture
def site(monkeypatch):
    """A server that answers what `answers` says; 0 is not at all."""
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.got, server.answers, server.released = [], [], threading.Event()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.released.set()
        server.shutdown()


def posted(site, *answers):
    """Post, and return how long was waited between the attempts."""
    waited = []
    site.answers = [each if isinstance(each, tuple) else (each, None) for each in answers]
    webhook = Webhook(
        WebhookKind.JSON, f"http://user:{SECRET}@127.0.0.1:{site.server_port}/{SECRET}?key={SECRET}"
    )
    post(webhook, '{"text": "für"}'.encode(), waited.append)
    return waited


def test_a_message_is_one_request_with_its_body(site):
    assert posted(site) == []
    assert site.got == [(f"/{SECRET}?key={SECRET}", '{"text": "für"}', "application/json; charset=utf-8")]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_service_in_trouble_is_asked_again_after_a_while(site, status):
    assert posted(site, status, status) == list(PAUSES)
    assert len(site.got) == 3


def test_a_service_says_how_long_it_wants_to_be_left_alone(site):
    assert posted(site, (429, "7")) == [7.0]
    assert posted(site, (429, "soon")) == [PAUSES[0]]


@pytest.mark.parametrize(
    ("answers", "said", "requests"),
    [
        ([500] * 3, "it answers 500", 3),
        ([(429, str(int(MAX_PAUSE) + 1))], "it answers 429", 1),
        ([400], "it answers 400", 1),
        ([404], "it answers 404", 1),
        ([307], "it answers 307, a redirect, which is not followed", 1),
    ],
)
def test_what_is_in_vain_is_told_without_the_address(site, answers, said, requests):
    with pytest.raises(WebhookError) as caught:
        posted(site, *answers)
    assert (type(caught.value), str(caught.value)) == (WebhookError, said)
    assert len(site.got) == requests, "a redirect is not followed, and what was refused is not sent again"


def test_a_service_that_does_not_answer_is_given_up(site, monkeypatch):
    monkeypatch.setattr(webhooks, "TIMEOUT", 0.2)
    begun = time.monotonic()
    with pytest.raises(WebhookError, match="it was not answered within"):
        posted(site, 0, 0, 0)
    assert time.monotonic() - begun < 5


def test_nobody_listens(site):
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    with pytest.raises(WebhookError) as caught:
        post(Webhook(WebhookKind.SLACK, f"http://127.0.0.1:{port}/{SECRET}"), b"{}", lambda _: None)
    assert str(caught.value) == "it does not answer: ConnectionError"
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_nothing_that_is_shown_of_a_webhook_has_more_than_its_host():
    webhook = Webhook(
        WebhookKind.SLACK, f"https://user:{SECRET}@hooks.slack.com/services/{SECRET}?key={SECRET}"
    )
    assert str(webhook) == "slack at https://hooks.slack.com"
    assert SECRET not in repr(webhook)
    assert SECRET not in repr([webhook, {"to": (webhook,)}])
