"""Servers that keep whoever calls them from coming to an end, each in its own way."""

from __future__ import annotations

import gzip
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

#: how long a slow server waits between two bytes (seconds)
PAUSE = 0.02
BOMB = gzip.compress(bytes(20_000_000))


@dataclass
class Hostile:
    """A server that does with each connection what `behave` says, until it is hung up."""

    listening: socket.socket
    over: threading.Event = field(default_factory=threading.Event)
    #: the first is the one that accepts connections
    threads: list[threading.Thread] = field(default_factory=list)
    #: connections that were made to it
    count: int = 0

    @property
    def port(self) -> int:
        port: int = self.listening.getsockname()[1]
        return port

    def hang_up(self) -> None:
        """Close all connections, and wait until that is done; first for the thread that accepts them."""
        self.over.set()
        with suppress(OSError):
            self.listening.shutdown(socket.SHUT_RDWR)  # wakes accept()
        for thread in self.threads:
            thread.join(10)


Behaviour = Callable[[socket.socket, Hostile], None]


@contextmanager
def serving(behave: Behaviour, tls: ssl.SSLContext | None = None) -> Iterator[Hostile]:
    server = Hostile(socket.create_server(("127.0.0.1", 0)))

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = server.listening.accept()
                server.count += 1
                thread = threading.Thread(target=handle, args=(connection,))
                thread.start()
                server.threads.append(thread)

    def handle(connection: socket.socket) -> None:
        connection.settimeout(5)
        with connection, suppress(OSError):
            if tls is None:
                behave(connection, server)
            else:
                with tls.wrap_socket(connection, server_side=True) as secure:
                    behave(secure, server)

    accepting = threading.Thread(target=accept)
    accepting.start()
    server.threads.append(accepting)
    try:
        yield server
    finally:
        server.hang_up()
        server.listening.close()


def certificate(folder: Path) -> Path:
    """Make a certificate for this machine, with its key in the same file."""
    path = folder / "this_machine.pem"
    names = "subjectAltName=IP:127.0.0.1,DNS:localhost"
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    files = ["-keyout", str(path), "-out", str(folder / "certificate")]
    subprocess.run(
        ["openssl", "req", "-x509", *kind, "-subj", "/CN=localhost", "-addext", names, *files],
        check=True,
        capture_output=True,
    )
    with path.open("a") as both:
        both.write((folder / "certificate").read_text())
    return path


@contextmanager
def unreachable() -> Iterator[int]:
    """Yield a port that answers no attempt to connect: nobody accepts, and no more may wait."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(listening.getsockname())
        try:
            yield listening.getsockname()[1]
        finally:
            for each in waiting:
                each.close()


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


# --- what they do


def read_request(connection: socket.socket) -> None:
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65_536)
        if not more:
            raise ConnectionError("the other side has gone")
        data += more


def trickle(connection: socket.socket, server: Hostile, what: bytes) -> None:
    while not server.over.wait(PAUSE):
        connection.sendall(what)


def flood(connection: socket.socket, server: Hostile, what: bytes) -> None:
    while not server.over.is_set():
        connection.sendall(what)


def says_nothing(connection: socket.socket, server: Hostile) -> None:
    server.over.wait()


def sends_bytes_before_the_headers(connection: socket.socket, server: Hostile) -> None:
    read_request(connection)
    trickle(connection, server, b"H")


def sends_its_headers_slowly(connection: socket.socket, server: Hostile) -> None:
    read_request(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    trickle(connection, server, b"x")


def sends_its_body_slowly(connection: socket.socket, server: Hostile) -> None:
    read_request(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    trickle(connection, server, b"x")


def sends_its_chunks_slowly(connection: socket.socket, server: Hostile) -> None:
    read_request(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    trickle(connection, server, b"1\r\nx\r\n")


def never_closes(connection: socket.socket, server: Hostile) -> None:
    read_request(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nfine")
    server.over.wait()


def says_continue_for_ever(connection: socket.socket, server: Hostile) -> None:
    read_request(connection)
    trickle(connection, server, b"HTTP/1.1 100 Continue\r\n\r\n")


def redirects_slowly_for_ever(connection: socket.socket, server: Hostile) -> None:
    read_request(connection)
    if not server.over.wait(0.15):
        connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n")


def sends_half_a_handshake(connection: socket.socket, server: Hostile) -> None:
    connection.sendall(b"\x16\x03\x03\x40\x00")
    trickle(connection, server, b"\x02")


def sends_a_body_without_end(connection: socket.socket, server: Hostile) -> None:
    read_request(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    flood(connection, server, b"x" * 65_536)


def sends_a_line_without_end(connection: socket.socket, server: Hostile) -> None:
    read_request(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    flood(connection, server, b"0" * 65_536)


def sends_headers_without_end(connection: socket.socket, server: Hostile) -> None:
    read_request(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    flood(connection, server, b"X: y\r\n" * 1_000)


def sends_a_bomb(connection: socket.socket, server: Hostile) -> None:
    read_request(connection)
    head = f"HTTP/1.1 500 No\r\nContent-Encoding: gzip\r\nContent-Length: {len(BOMB)}\r\n\r\n"
    connection.sendall(head.encode() + BOMB)


def redirects_with_a_flood(connection: socket.socket, server: Hostile) -> None:
    read_request(connection)
    if server.count > 1:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine")
        return
    connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Encoding: gzip\r\n\r\n")
    flood(connection, server, BOMB)
