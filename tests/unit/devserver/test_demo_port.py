"""Which port the demo listens on."""

import socket
from collections.abc import Iterator

import pytest

from devserver import __main__ as demo
from devserver import ports
from devserver.errors import DevServerError


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


@pytest.fixture
def free() -> int:
    return ports.free_port()


def test_the_port_is_the_same_each_time(free: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "PORT", free)
    assert demo.choose_port(None, 1) == free


def test_a_taken_port_is_replaced_and_that_is_said(
    taken: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo, "PORT", taken)
    assert demo.choose_port(None, 1) is None
    assert f"port {taken} is taken" in capsys.readouterr().err


def test_all_servers_need_a_port(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "PORT", taken - 1)
    assert demo.choose_port(None, 2) is None


def test_the_port_asked_for_is_never_replaced(taken: int, free: int) -> None:
    assert demo.choose_port(free, 1) == free
    with pytest.raises(DevServerError, match=f"port {taken} is taken"):
        demo.choose_port(taken, 1)


def test_a_port_is_free_again_when_its_connections_have_ended() -> None:
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as uWSGI does
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)), server.accept()[0] as answered:
            answered.shutdown(socket.SHUT_RDWR)  # the server closes first, as uWSGI does too
    assert ports.is_free(port)
