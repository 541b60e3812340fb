"""A shell on the machine of a server: the command line of the scheduler."""

import json
import subprocess
import time
from dataclasses import dataclass
from typing import Any

from devserver.server import DevServer
from tests.integration.measuring import FIGURES


@dataclass(frozen=True, kw_only=True)
class Shell:
    server: DevServer

    def command(self, *arguments: str) -> list[str]:
        """What a command is called by."""
        return [str(self.server.python), "-m", "docassemble.Scheduler", *arguments]

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start a command."""
        return subprocess.Popen(
            self.command(*arguments),
            env=self.server.environ(),
            cwd=self.server.site.home,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def type(self, *arguments: str, status: int = 0, stdin: str = "") -> "subprocess.CompletedProcess[str]":
        """Run a command to its end."""
        began = time.monotonic()
        with self.start(*arguments) as command:
            out, err = command.communicate(stdin, timeout=240)
        FIGURES.info("%s took %.1f s", arguments[0], time.monotonic() - began)
        assert command.returncode == status, out + err
        return subprocess.CompletedProcess(arguments, command.returncode, out, err)

    def read(self, *arguments: str, **options: Any) -> Any:
        """Return the JSON that a command shows."""
        return json.loads(self.type(*arguments, "--json", **options).stdout)
