"""A program in the background, under guard."""

import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from devserver.errors import DevServerError

CHECKOUT = Path(__file__).resolve().parent.parent
_RUN_GUARD = f"import sys; sys.path.insert(0, {str(CHECKOUT)!r}); from devserver import guard; sys.exit(guard.main(sys.argv[1:]))"


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
    """Run to the end, under guard. Output goes to stderr, or to the end of ``log``.

    Raises DevServerError when the exit status is not 0.
    """
    output = log.open("ab") if log else sys.stderr.fileno()
    try:
        with subprocess.Popen(
            guarded(command, user=user),
            env=env,
            cwd=cwd,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            start_new_session=True,
        ) as process:
            status = process.wait()
    finally:
        if not isinstance(output, int):
            output.close()
    if status:
        detail = f"; see {log}" if log else ""
        raise DevServerError(f"{' '.join(map(str, command))} ended with status {status}{detail}")


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
        grace: float = 10,
    ) -> None:
        self.log = log
        self._command = guarded(command, user=user, stop_signal=int(stop_signal), grace=grace)
        self._env = env
        self._cwd = cwd
        self._grace = grace
        self._guard: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether the program runs."""
        return self._guard is not None and self._guard.poll() is None

    def start(self) -> None:
        """Start it; the output is added to the log."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            self._guard = subprocess.Popen(
                self._command,
                env=self._env,
                cwd=self._cwd,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def stop(self) -> None:
        """End it and all it started. Safe to call at any time."""
        if self._guard is None:
            return
        if self._guard.stdin and not self._guard.stdin.closed:
            self._guard.stdin.close()
        self._guard.wait(self._grace + 20)
        self._guard = None

    def check(self) -> None:
        """Raise DevServerError, with the end of the log, when the program is not running."""
        if not self.running:
            raise DevServerError(f"{self.log.stem} ended by itself; the end of {self.log}:\n{tail(self.log)}")


def tail(path: Path, lines: int = 30) -> str:
    """The last lines of a text file, or nothing when there is none."""
    if not path.exists():
        return ""
    return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
