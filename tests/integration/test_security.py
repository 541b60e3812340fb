"""What docs/security.md says of a whole site, and no other test shows."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from devserver.client import Client
from devserver.server import DevServer
from tests.integration.conftest import StartDevServer
from tests.integration.json_client import API
from tests.integration.measuring import FIGURES

#: so long does uWSGI wait for more of a body (seconds)
UWSGI = 4
EMBEDDED = {"allow embedding": True, "scheduler": {}}


pytestmark = pytest.mark.every_release


@pytest.fixture(scope="module")
def server(start_devserver: StartDevServer) -> DevServer:
    return start_devserver(EMBEDDED)


@contextmanager
def half_a_request(server: DevServer, path: str) -> Iterator[socket.socket]:
    """Send the beginning of a POST, and no more of it."""
    where = urlsplit(server.url)
    lines = [f"POST {path} HTTP/1.1", f"Host: {where.netloc}", "Content-Length: 1000", "", "a=b"]
    with socket.create_connection((where.hostname, where.port), timeout=60) as connection:
        connection.sendall("\r\n".join(lines).encode())
        yield connection


def test_no_other_site_shows_the_dashboard_in_a_frame_even_where_it_may_embed_interviews(
    server: DevServer,
) -> None:
    client = server.client()
    for path in ("/scheduler", "/scheduler/job?name=none"):
        headers = client.get(path).headers
        assert headers["X-Frame-Options"] == "SAMEORIGIN"
        assert headers["Content-Security-Policy"] == "frame-ancestors 'self'"
    assert "X-Frame-Options" not in Client(server.url).get("/user/sign-in").headers


def test_sites_that_docassemble_trusts_can_show_it(server: DevServer) -> None:
    server.configure({**EMBEDDED, "cross site domains": ["https://www.example.com"]})
    server.reload()
    policy = server.client().get("/scheduler").headers["Content-Security-Policy"]
    assert policy == "frame-ancestors 'self' https://www.example.com;"


@pytest.mark.parametrize("path", ["/user/sign-in", f"{API}/run_now"])
def test_uwsgi_waits_for_a_slow_body_before_anybody_is_asked(server: DevServer, path: str) -> None:
    began = time.monotonic()
    with half_a_request(server, path) as connection:
        connection.recv(100)
    took = time.monotonic() - began
    FIGURES.info("half a request of %s: %.2f s", path, took)
    assert UWSGI - 1 < took < 3 * UWSGI
    assert Client(server.url).get("/user/sign-in").status_code == 200
