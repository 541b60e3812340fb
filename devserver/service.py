"""A program in the background, under guard."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from devserver.errors import DevServerError
from devserver.output import Output, pieces
from devserver.processes import children_of
from devserver.progress import tick
from devserver.waiting import until

CHECKOUT = Path(__file__).resolve().parent.parent
#: The guard needs no site-packages, and must find this package wherever it is started.
_RUN_GUARD = f"""
import sys
sys.path.insert(0, {str(CHECKOUT)!r})
from devserver import guard
sys.exit(guard.main(sys.argv[1:]))
"""


def guarded(command: Sequence[str | Path], **options: object) -> list[str]:
    """The command line that runs ``command`` under a guard; options as in ``devserver.guard``."""
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in options.items() if value is not None]
    return [sys.executable, "-S", "-c", _RUN_GUARD, *flags, *map(str, command)]


def run(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    user: int | None = None,
    log: Path | None = None,
) -> None:
    """Run to the end, under guard. The last line of output is shown as progress; ``log`` gets all of it.

    Raises DevServerError with the whole output when the exit status is not 0.
    """
    output = Output()
    with (
        log.open("ab", buffering=0) if log else contextlib.nullcontext() as kept,
        subprocess.Popen(
            guarded(command, user=user),
            env=env,
            cwd=cwd,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process,
    ):
        for piece in pieces(process.stdout):  # type: ignore[arg-type]  # a pipe, as asked for
            output.add(piece)
            if kept:
                kept.write(piece)
            tick(output.last_line)
        status = process.wait()
    if status:
        words = " ".join(map(str, command))
        raise DevServerError(f"{words} ended with status {status}:\n{output.text}".rstrip())


class Service:
    """A program that runs until it is stopped, or until the devserver is gone."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        user: int | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        grace: float = 6,
    ) -> None:
        self.log = log
        self._command = guarded(command, user=user, stop_signal=int(stop_signal), grace=grace)
        self._env = env
        self._cwd = cwd
        self._grace = grace
        self._user = user
        self._guard: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether the program runs."""
        return self._guard is not None and self._guard.poll() is None

    @property
    def pid(self) -> int:
        """The pid of the program; raises DevServerError when it does not run."""
        children = children_of(self._guard.pid) if self._guard else []
        if not children:
            raise DevServerError(f"{self.log.stem} is not running")
        return children[0]

    def start(self) -> None:
        """Start it; the output is added to the log, which is its user's."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            if self._user is not None:
                os.fchown(output.fileno(), self._user, -1)
            self._guard = subprocess.Popen(
                self._command,
                env=self._env,
                cwd=self._cwd,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def begin_stop(self, *, at_once: bool = False) -> None:
        """Have it ended, with all it started; ``at_once`` does not ask first. Does not wait."""
        if self._guard is None or self._guard.stdin is None or self._guard.stdin.closed:
            return
        with contextlib.suppress(BrokenPipeError):  # then it has ended already
            self._guard.stdin.write(b"!" if at_once else b"")
            self._guard.stdin.close()

    def stop(self) -> None:
        """End it and all it started, and wait for that. Safe to call at any time."""
        self.begin_stop()
        if self._guard:
            self._guard.wait(self._grace + 20)
        self._guard = None

    def wait_until(
        self, condition: Callable[[], bool], what: str, timeout: float, every: float = 0.1
    ) -> None:
        """Wait for a condition; raise DevServerError when that takes too long or the program ends first."""

        def holds() -> bool:
            if not self.running:
                raise DevServerError(f"{self.log.stem} ended; the end of {self.log}:\n{tail(self.log)}")
            return condition()

        until(holds, what, timeout, every)


def tail(path: Path, lines: int = 30) -> str:
    """The last lines of a text file, or nothing when there is none."""
    if not path.exists():
        return ""
    return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
