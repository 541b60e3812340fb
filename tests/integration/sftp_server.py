"""An SFTP server that keeps its files in a folder."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import asyncssh

USER, PASSWORD = "legal-aid", "5ec2e7-of-the-court"


class SftpServer(asyncssh.SSHServer):
    """A real SSH server on a free port of this machine, in a thread; it takes one user."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        #: how often somebody has told a password
        self.asked = 0
        #: the key of the user, which is taken in the place of the password
        self.trusted = new_key()
        self._key = new_key()
        self._connections: list[asyncssh.SSHServerConnection] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def host_key(self) -> str:
        """The key, as `ssh-keyscan` shows it behind the name of the host."""
        return " ".join(self._key.export_public_key().decode().split()[:2])

    @property
    def port(self) -> int:
        port: int = self._acceptor.get_port()
        return port

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connections.append(conn)

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        self.asked += 1
        return (username, password) == (USER, PASSWORD)

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username == USER and key.public_data == self.trusted.public_data

    def __enter__(self) -> "SftpServer":
        self._thread.start()
        self._acceptor = self._do(self._listen(self._key))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    @contextmanager
    def impersonated(self) -> Iterator[None]:
        """Let somebody else answer at the same address while the block runs: the key is another one."""
        port = self.port
        self._do(self._close())
        self._acceptor = self._do(self._listen(new_key(), port))
        try:
            yield
        finally:
            self._do(self._close())
            self._acceptor = self._do(self._listen(self._key, port))

    def _do(self, what: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(20)

    async def _listen(self, key: asyncssh.SSHKey, port: int = 0) -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1",
            port,
            server_factory=lambda: self,
            server_host_keys=[key],
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(self.folder)),
            allow_scp=False,
        )

    async def _close(self) -> None:
        self._acceptor.close()
        await self._acceptor.wait_closed()
        while self._connections:
            connection = self._connections.pop()
            connection.abort()
            await connection.wait_closed()


def new_key() -> asyncssh.SSHKey:
    return asyncssh.generate_private_key("ssh-ed25519")
