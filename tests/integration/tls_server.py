"""Servers whose certificates are good for as long as a test says."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta, timezone

import trustme

HOST = "localhost"


@contextmanager
def tls_server(authority: trustme.CA, left: timedelta) -> Iterator[str]:
    """A server on a free port of this machine whose certificate expires after a time; gives its `host:port`."""
    now = datetime.now(timezone.utc)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate = authority.issue_cert(HOST, not_before=now - timedelta(days=90), not_after=now + left)
    certificate.configure_cert(context)
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_serve, args=(server, context), daemon=True).start()
        yield f"{HOST}:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)  # ends the thread


def _serve(server: socket.socket, context: ssl.SSLContext) -> None:
    with suppress(OSError):
        while True:
            connection, _ = server.accept()
            with connection, suppress(OSError):  # who does not like the certificate hangs up
                context.wrap_socket(connection, server_side=True).close()
