"""Pings over HTTP, against a server on this machine."""

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from docassemble.Scheduler.core.errors import MonitorError
from docassemble.Scheduler.notifications import healthchecks
from docassemble.Scheduler.notifications.healthchecks import Ping

SECRET = "5ec2e7"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
        self.server.got.append((self.path, body, self.headers["User-Agent"]))
        status = self.server.answers.pop(0) if self.server.answers else 200
        if status == 0:
            self.server.released.wait(30)
            return
        self.send_response(status)
        if status == 302:
            self.send_header("Location", f"http://localhost:{self.server.server_port}/elsewhere")
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


def ping(site, **fields):
    return Ping(url=f"http://127.0.0.1:{site.server_port}/{SECRET}?rid=1", **fields)


def test_a_ping_is_one_request_with_its_body(site):
    healthchecks.send(ping(site, body="ValueError: für"))
    ((path, body, agent),) = site.got
    assert (path, body) == (f"/{SECRET}?rid=1", "ValueError: für")
    assert agent.startswith("docassemble.Scheduler/")


@pytest.mark.parametrize("status", [500, 503])
def test_a_server_in_trouble_is_asked_once_more(site, status):
    site.answers = [status]
    healthchecks.send(ping(site))
    assert len(site.got) == 2


@pytest.mark.parametrize(("answers", "requests"), [([404], 1), ([302], 1), ([500, 500, 200], 2)])
def test_an_answer_that_is_no_yes_is_said_without_the_address(site, answers, requests):
    site.answers = list(answers)
    with pytest.raises(MonitorError, match=rf"^it answers {answers[0]}$") as caught:
        healthchecks.send(ping(site))
    assert len(site.got) == requests, "no redirect is followed"
    assert SECRET not in str(caught.value)


def test_a_server_that_does_not_answer_is_given_up_and_said_without_the_address(site, monkeypatch):
    monkeypatch.setattr(healthchecks, "PING_TIMEOUT", 0.1)
    site.answers = [0, 0]
    with pytest.raises(MonitorError) as caught:
        healthchecks.send(ping(site))
    assert str(caught.value) == "the ping was not answered within 0.1 seconds"
    assert len(site.got) == 2


def test_a_server_that_is_not_there_is_said_without_the_address():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/{SECRET}"
        with pytest.raises(MonitorError, match=r"^it does not answer: ConnectionError$"):
            healthchecks.send(Ping(url=url))
