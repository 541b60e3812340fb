# do not pre-load
"""Upload documents to a court, or another office, by SFTP."""

import posixpath
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import paramiko
from docassemble.base.util import DAStore
from paramiko.hostkeys import HostKeyEntry

from docassemble.Scheduler import current_run, log
from docassemble.SchedulerRecipes.settings import read_section

__all__ = ["hand_in"]

#: how long the server may take to answer (seconds)
TIMEOUT = 30

documents = DAStore("documents", base="recipe document")


def hand_in(name: str, document: Any) -> None:
    """Keep a document until it is uploaded under this name; the same name again replaces it. For interviews."""
    if not name or name.startswith(".") or "/" in name or not name.isprintable():
        raise ValueError(f"{name!r} is no name for a file")
    # as text: the Data store makes text of bytes
    documents.set(name, b64encode(Path(document.path()).read_bytes()).decode())


def upload() -> str:
    """Upload the documents that wait; forget each when the server has it whole."""
    run = current_run()
    assert run is not None  # only the scheduler calls this function
    settings = read_section("court sftp", "host", "host key", "user", "folder")
    waiting = sorted(documents.keys())
    if not waiting:
        return "nothing to upload"
    with connected(settings) as server:
        for name in run.track(waiting, text="documents uploaded"):
            put(server, posixpath.join(settings["folder"], name), b64decode(documents.get(name)))
            documents.delete(name)
            log(f"uploaded {name}")
    return f"{len(waiting)} documents"


def put(server: paramiko.SFTPClient, path: str, content: bytes) -> None:
    """Write a file that nobody sees before it is whole; one that is there already is replaced."""
    folder, name = posixpath.split(path)
    partial = posixpath.join(folder, f".{name}.part")
    server.putfo(BytesIO(content), partial)  # which raises unless the server has as many bytes as we
    server.posix_rename(partial, path)


@contextmanager
def connected(settings: Mapping[str, Any]) -> Iterator[paramiko.SFTPClient]:
    """Log in to the server, which must have the key that the configuration says."""
    host, port = settings["host"], int(settings.get("port", 22))
    known = HostKeyEntry.from_line(f"{host} {settings['host key']}")
    if known is None:
        raise RuntimeError("the `host key` of `court sftp` is none: write `ssh-ed25519 AAAA...`")
    with paramiko.SSHClient() as client:  # it refuses servers whose keys it does not know
        client.get_host_keys().add(
            host if port == 22 else f"[{host}]:{port}", known.key.get_name(), known.key
        )
        client.connect(
            host,
            port,
            settings["user"],
            settings.get("password"),
            key_filename=settings.get("key file"),
            passphrase=settings.get("passphrase"),
            allow_agent=False,
            look_for_keys=False,
            timeout=TIMEOUT,
            banner_timeout=TIMEOUT,
            auth_timeout=TIMEOUT,
        )
        with client.open_sftp() as server:
            server.get_channel().settimeout(TIMEOUT)
            yield server
