"""Calls of hostile servers end in their time, whoever makes them, and leave nothing behind."""

from __future__ import annotations

import re
import shutil
import socket
import ssl
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from devserver.waiting import until
from docassemble.Scheduler.core.errors import JobTimeout, MonitorError
from docassemble.Scheduler.notifications import healthchecks, http_client
from docassemble.Scheduler.notifications.healthchecks import Ping
from docassemble.Scheduler.tasks import http
from docassemble.Scheduler.tasks.http import HttpError
from tests.unit.notifications import hostile_web as hostile
from tests.unit.notifications.hostile_web import Behaviour, open_files, serving, unreachable
from tests.unit.tasks.conftest import Stoppable

LIMIT = 0.4


@pytest.fixture(autouse=True)
def without_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    return hostile.certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def tls(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A context for a server whom clients of this process trust."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@contextmanager
def nothing_left(hang_up: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Check that the block leaves no thread and no open file; those of the server end with `hang_up`."""
    files, threads = open_files(), set(threading.enumerate())
    yield
    hang_up()
    assert set(threading.enumerate()) <= threads
    assert open_files() == files


def ends_in_time(call: Callable[[], object]) -> str:
    """Return what a call says when its time is over, which is soon."""
    before = time.monotonic()
    with pytest.raises((HttpError, MonitorError)) as caught:
        call()
    assert time.monotonic() - before < LIMIT + 2
    return str(caught.value)


SLOW: list[Behaviour] = [
    hostile.says_nothing,
    hostile.sends_bytes_before_the_headers,
    hostile.sends_its_headers_slowly,
    hostile.sends_its_body_slowly,
    hostile.sends_its_chunks_slowly,
    hostile.never_closes,
    hostile.says_continue_for_ever,
    hostile.redirects_slowly_for_ever,
]


@pytest.mark.parametrize("behave", SLOW, ids=lambda each: each.__name__)
def test_a3_a_server_that_takes_its_time_gets_no_more_than_the_timeout(behave: Behaviour) -> None:
    with serving(behave) as server, nothing_left(server.hang_up):
        url = f"http://127.0.0.1:{server.port}/x"
        said = ends_in_time(lambda: http.request(url, timeout=LIMIT))
        assert said == f"GET http://127.0.0.1:{server.port}/... was not answered within {LIMIT} seconds"


@pytest.mark.parametrize("behave", SLOW[:5], ids=lambda each: each.__name__)
def test_so_it_is_with_tls(behave: Behaviour, tls: ssl.SSLContext) -> None:
    with serving(behave, tls) as server, nothing_left(server.hang_up):
        url = f"https://127.0.0.1:{server.port}/x"
        said = ends_in_time(lambda: http.request(url, timeout=LIMIT))
        assert said.endswith(f"was not answered within {LIMIT} seconds")


@pytest.mark.parametrize("behave", [hostile.says_nothing, hostile.sends_half_a_handshake])
def test_a_handshake_has_no_time_of_its_own(behave: Behaviour) -> None:
    with serving(behave) as server, nothing_left(server.hang_up):
        url = f"https://127.0.0.1:{server.port}/x"
        said = ends_in_time(lambda: http.request(url, timeout=LIMIT))
        assert said.endswith(f"was not answered within {LIMIT} seconds")


def test_nor_has_connecting() -> None:
    with unreachable() as port, nothing_left():
        said = ends_in_time(lambda: http.request(f"http://127.0.0.1:{port}/", timeout=LIMIT))
    assert said.endswith((f"was not answered within {LIMIT} seconds", "Connection timed out"))


def test_nor_has_sending() -> None:
    with serving(hostile.says_nothing) as server, nothing_left(server.hang_up):
        url = f"http://127.0.0.1:{server.port}/"
        said = ends_in_time(lambda: http.request(url, "POST", data="x" * 20_000_000, timeout=LIMIT))
        assert said.endswith(f"was not answered within {LIMIT} seconds")


@pytest.mark.parametrize("url", ["http://example.com/", "https://example.com/"])
@pytest.mark.parametrize("behave", SLOW[:3], ids=lambda each: each.__name__)
def test_nor_has_a_proxy(behave: Behaviour, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(behave) as server, nothing_left(server.hang_up):
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{server.port}")
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{server.port}")
        said = ends_in_time(lambda: http.request(url, timeout=LIMIT))
        assert said.endswith(f"was not answered within {LIMIT} seconds")
        assert server.count == 1


def test_an_address_that_hangs_leaves_time_for_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with unreachable() as port, serving(answers("200 OK")) as server, nothing_left(server.hang_up):
        found = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", each)) for each in (port, server.port)
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        assert http.request("http://two.example/", timeout=1) == "200 OK"


def test_a_slow_name_server_is_waited_for_and_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing can end the search for an address, but it is counted."""
    ask = socket.getaddrinfo

    def slow(*arguments: Any, **options: Any) -> Any:
        time.sleep(2 * LIMIT)
        return ask(*arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    with serving(answers("200 OK")) as server, nothing_left(server.hang_up):
        said = ends_in_time(lambda: http.request(f"http://localhost:{server.port}/", timeout=LIMIT))
        assert said.endswith(f"was not answered within {LIMIT} seconds")
        assert server.count == 0


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("behave", SLOW[:4], ids=lambda each: each.__name__)
def test_a_run_that_is_stopped_leaves_nothing_behind(
    behave: Behaviour, force: bool, scheme: str, request: pytest.FixtureRequest
) -> None:
    context = request.getfixturevalue("tls") if scheme == "https" else None
    with serving(behave, context) as server, nothing_left(server.hang_up):
        url = f"{scheme}://127.0.0.1:{server.port}/x"
        job = Stoppable(lambda: http.request(url, timeout="1 hour"))
        until(lambda: server.count, "connection", 10)
        assert isinstance(job.stop(force=force), JobTimeout)


def test_a_run_that_is_stopped_while_it_connects_leaves_nothing_behind() -> None:
    with unreachable() as port, nothing_left():
        files = open_files()
        job = Stoppable(lambda: http.request(f"http://127.0.0.1:{port}/", timeout="1 hour"))
        until(lambda: open_files() > files, "socket", 10)
        assert isinstance(job.stop(force=True), JobTimeout)


def answers(status: str) -> Behaviour:
    def behave(connection: socket.socket, _: hostile.Hostile) -> None:
        hostile.read_request(connection)
        connection.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 4\r\n\r\nfine".encode())

    return behave


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(("status", "fails"), [("200 OK", False), ("500 No", True)])
def test_an_answer_leaves_nothing_behind_either(
    status: str, fails: bool, scheme: str, request: pytest.FixtureRequest
) -> None:
    context = request.getfixturevalue("tls") if scheme == "https" else None
    with serving(answers(status), context) as server, nothing_left(server.hang_up):
        url = f"{scheme}://127.0.0.1:{server.port}/x"
        if fails:
            with pytest.raises(HttpError, match="answered 500 No: fine"):
                http.request(url)
        else:
            assert http.request(url) == "200 OK"


def test_connections_are_closed_even_if_something_else_keeps_the_pool_of_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept: list[object] = []

    class Kept(http_client._HttpPool):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            kept.append(self)

    monkeypatch.setitem(http_client._POOLS, "http", Kept)
    with serving(answers("200 OK")) as server, nothing_left(server.hang_up):
        assert http.request(f"http://127.0.0.1:{server.port}/") == "200 OK"
    assert kept


def test_a_certificate_that_nobody_trusts_is_still_refused(
    tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    with serving(answers("200 OK"), tls) as server, nothing_left(server.hang_up):
        assert "failed: SSLError" in ends_in_time(lambda: http.request(f"https://127.0.0.1:{server.port}/x"))


# --- size


@pytest.mark.parametrize(
    ("behave", "said"),
    [
        (hostile.sends_a_body_without_end, r"was answered with more than 1 MB$"),
        (
            hostile.sends_a_line_without_end,
            r"was answered with more than 1 MB$|failed: ",
        ),  # urllib3 2.8 has a limit
        (hostile.sends_headers_without_end, r"failed: "),
        (hostile.sends_a_bomb, r"answered 500 No: \(its answer is compressed\)$"),
    ],
    ids=lambda each: getattr(each, "__name__", None),
)
def test_an_answer_takes_no_more_memory_than_it_may(
    behave: Behaviour, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_client, "MAX_RECEIVED", 1_000_000)
    with serving(behave) as server, nothing_left(server.hang_up), little_memory():
        url = f"http://127.0.0.1:{server.port}/x"
        assert re.search(said, ends_in_time(lambda: http.request(url, timeout=20)))


def test_of_a_redirect_nothing_is_read_but_where_it_leads() -> None:
    with serving(hostile.redirects_with_a_flood) as server, nothing_left(server.hang_up), little_memory():
        assert http.request(f"http://127.0.0.1:{server.port}/x", timeout=20) == "200 OK"


@contextmanager
def little_memory() -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()


# --- pings


@pytest.mark.parametrize(
    "behave", [*SLOW[:3], hostile.says_continue_for_ever], ids=lambda each: each.__name__
)
def test_a_monitor_cannot_keep_a_ping_longer(behave: Behaviour, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(healthchecks, "PING_TIMEOUT", LIMIT)
    with serving(behave) as server, nothing_left(server.hang_up):
        ping = Ping(url=f"http://127.0.0.1:{server.port}/5ec2e7")
        assert (
            ends_in_time(lambda: healthchecks.send(ping))
            == f"the ping was not answered within {LIMIT} seconds"
        )
        assert server.count == 2


def test_what_a_monitor_redirects_with_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(healthchecks, "PING_TIMEOUT", 20)
    with serving(hostile.redirects_with_a_flood) as server, nothing_left(server.hang_up), little_memory():
        ping = Ping(url=f"http://127.0.0.1:{server.port}/5ec2e7")
        assert ends_in_time(lambda: healthchecks.send(ping)) == "it answers 302"
        assert server.count == 1
