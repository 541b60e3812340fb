# do not pre-load
"""Outgoing HTTP: calls with `requests` that have a limit of time for all they do, and leave nothing behind.

No thread is needed for that: sockets of ours wait in short stretches, and look at the limit in between. That holds for
connecting, TLS, sending, and each byte that comes. Only the search for the address of a name is a single call of the
system, which nothing can end sooner.
"""

from __future__ import annotations

import os
import select
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from errno import EINPROGRESS, ETIMEDOUT
from typing import Any, TypeVar

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NewConnectionError
from urllib3.util.ssl_ import create_urllib3_context

from ..core.errors import LimitExceeded

#: how long a socket waits at a time (seconds): what ends a job is raised between two waits only
WAIT_INTERVAL = 0.2
#: one call receives no more (bytes)
MAX_RECEIVED = 100_000_000

R = TypeVar("R")


class Limit:
    """What one call may take."""

    def __init__(self, seconds: float, ask: Callable[[], None]) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds
        self._ask = ask
        self._received = 0

    @property
    def left(self) -> float:
        """How many seconds are left; raises LimitExceeded when there are none, or what `ask` raises."""
        self._ask()
        left = self._end - time.monotonic()
        if left <= 0:
            raise LimitExceeded(f"was not answered within {self._seconds:g} seconds")
        return left

    def receive(self, count: int) -> None:
        """Count bytes that have come; raises LimitExceeded when they are too many."""
        self._received += count
        if self._received > MAX_RECEIVED:
            raise LimitExceeded(f"was answered with more than {MAX_RECEIVED // 1_000_000} MB")


_limit: ContextVar[Limit] = ContextVar("docassemble_scheduler_web_limit")


class Session(requests.Session):
    """A session whose calls have so many seconds together; to be used as a context manager, in one thread.

    What goes on longer ends with LimitExceeded; `ask` is called again and again, and may raise to end it.
    """

    def __init__(self, seconds: float, ask: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        for each in ("http://", "https://"):
            self.mount(each, _Adapter())
        self._token = _limit.set(Limit(seconds, ask))

    def close(self) -> None:
        """Close all connections."""
        super().close()
        _limit.reset(self._token)

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Return where a response redirects to; None when it does not. Nothing more is read of it."""
        location = super().get_redirect_target(resp)
        if location is not None:
            resp.close()  # the base class would read the whole body, and decompress it
        return location


class _Limited(socket.socket):
    """A socket that waits no longer than the limit lets it, and never in one piece."""

    def recv_into(self, *args: Any) -> int:
        count = self._in_stretches(super().recv_into, *args)
        _limit.get().receive(count)
        return count

    def recv(self, *args: Any) -> bytes:
        data = self._in_stretches(super().recv, *args)
        _limit.get().receive(len(data))
        return data

    def send(self, *args: Any) -> int:
        return self._in_stretches(super().send, *args)

    def sendall(self, data: Any, flags: int = 0) -> None:
        with memoryview(data) as view, view.cast("B") as left:
            sent = 0
            while sent < len(left):
                sent += self.send(left[sent:], flags)

    def _in_stretches(self, step: Callable[..., R], *args: Any) -> R:
        while True:
            self.settimeout(min(WAIT_INTERVAL, _limit.get().left))
            try:
                return step(*args)
            except TimeoutError as error:
                if error.errno is not None:  # it is the network that has given up
                    raise


class _Plain(_Limited):
    """A socket without TLS."""

    def connect_within(self, address: Any, seconds: float) -> None:
        """Connect; raises OSError where that does not succeed in time."""
        self.settimeout(0)
        code = self.connect_ex(address)
        if code == EINPROGRESS:
            code = self._outcome(time.monotonic() + seconds)
        if code:
            raise OSError(code, os.strerror(code))
        self.settimeout(WAIT_INTERVAL)

    def _outcome(self, end: float) -> int:
        connecting = select.poll()
        connecting.register(self, select.POLLOUT)
        while time.monotonic() < end:
            if connecting.poll(1000 * min(WAIT_INTERVAL, _limit.get().left)):
                return self.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        return ETIMEDOUT


class _Tls(_Limited, ssl.SSLSocket):
    """A socket with TLS."""

    def do_handshake(self, *args: Any) -> None:
        try:
            self._in_stretches(super().do_handshake, *args)
        except BaseException:
            self.close()  # nobody else has it yet
            raise


def _connect(host: str, port: int, options: Any) -> socket.socket:
    """Connect to the first address of a host that answers; each has its share of the time."""
    limit = _limit.get()
    addresses = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    trouble = OSError("the name has no address")
    for tried, (family, kind, protocol, _, address) in enumerate(addresses):
        share = limit.left / (len(addresses) - tried)
        connection = _Plain(family, kind, protocol)
        try:
            for option in options or ():
                connection.setsockopt(*option)
            connection.connect_within(address, share)
        except OSError as error:
            connection.close()
            trouble = error.with_traceback(None)  # which would keep the frames alive, and all that is in them
        except BaseException:
            connection.close()
            raise
        else:
            return connection
    raise trouble


class _Http(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        with _told(self):
            return _connect(self._dns_host, self.port, self.socket_options)


class _Https(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        with _told(self):
            return _connect(self._dns_host, self.port, self.socket_options)


@contextmanager
def _told(connection: HTTPConnection) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise NewConnectionError(connection, f"no connection: {error}") from error


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _Https


class _Adapter(HTTPAdapter):
    """Connects with sockets of ours, to servers and to proxies."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options, ssl_context=_context())
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: Any, **options: Any) -> Any:
        if proxy.lower().startswith(
            "socks"
        ):  # these connect in their own way: here the limit is for each step only
            return super().proxy_manager_for(proxy, **options, ssl_context=_context())
        contexts = {"ssl_context": _context(), "proxy_ssl_context": _context()}
        manager = super().proxy_manager_for(proxy, **options, **contexts)
        manager.pool_classes_by_scheme = _POOLS
        return manager

    def close(self) -> None:
        """Close the connections that wait for another call: the base class leaves that to the garbage collection."""
        for manager in (self.poolmanager, *self.proxy_manager.values()):
            for key in manager.pools.keys():  # noqa: SIM118 - it cannot be iterated
                manager.pools[key].close()
        super().close()


_POOLS = {"http": _HttpPool, "https": _HttpsPool}


def _context() -> ssl.SSLContext:
    context = create_urllib3_context()
    context.sslsocket_class = _Tls
    return context
