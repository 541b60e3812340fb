"""A web server that keeps what it is asked, and one that never answers."""

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import BaseServer
from types import TracebackType
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from typing_extensions import Self


class Request(NamedTuple):
    """A request that was made."""

    path: str
    query: dict[str, list[str]]
    body: str


class ServerInThread:
    """A server on a port of this machine that serves in a thread of its own as long as a block lasts."""

    def __init__(self, server: BaseServer) -> None:
        self._server = server

    @property
    def url(self) -> str:
        """The address, without a slash at the end."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


class HttpSink(ServerInThread):
    """A real HTTP server on a free port of this machine, in a thread; it answers 200 to every POST.

    `answers` has the status for paths that begin in a certain way; a redirect leads to `/redirected`.
    """

    def __init__(self, answers: Mapping[str, int] | None = None) -> None:
        self.requests: list[Request] = []
        self.answers = dict(answers or {})
        super().__init__(ThreadingHTTPServer(("127.0.0.1", 0), self._handler()))

    def below(self, path: str) -> list[Request]:
        """The requests whose path begins like this, oldest first."""
        return [request for request in self.requests if request.path.startswith(path)]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        kept, answers = self.requests, self.answers

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
                parts = urlsplit(self.path)
                kept.append(Request(parts.path, parse_qs(parts.query), body))
                status = next((answers[each] for each in answers if parts.path.startswith(each)), 200)
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", "/redirected")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Be quiet."""

        return Handler


@contextmanager
def hanging_server(port: int = 0) -> Iterator[int]:
    """A server that takes connections and never says a word; gives its port, a free one unless it is told which."""
    with socket.create_server(("127.0.0.1", port), backlog=128) as server:
        yield server.getsockname()[1]
