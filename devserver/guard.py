"""Runs one command and outlives it: when the guard's stdin closes, all the command started is ended.

The write end of that pipe is held by the devserver alone, so even a devserver that was killed with
SIGKILL leaves nothing behind. Being a "child subreaper", the guard also finds what the command orphaned.
"""

import argparse
import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import time

from devserver.processes import children_of, descendants_of, rights_of, send

PR_SET_CHILD_SUBREAPER = 36


def main(arguments: list[str]) -> int:
    """Run the command; the exit status is the command's."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--stop-signal", type=int, default=int(signal.SIGTERM))
    parser.add_argument("--grace", type=float, default=6)
    parser.add_argument("--user", type=int)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args(arguments)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    child = _start(options.command, options.user)
    at_once = _wait(child)
    if not at_once and child.poll() is None:
        _stop(child, options.stop_signal, options.grace)
    _kill_descendants()
    return child.wait()


def _start(command: list[str], user: int | None) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        # Ignored signals would stay ignored in the command.
        preexec_fn=_default_signals,
        **rights_of(user),
    )


def _default_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def _wait(child: "subprocess.Popen[bytes]") -> bool:
    """Wait until the command ends or stdin closes. True when a byte came first: then do not ask, kill."""
    ended = os.pidfd_open(child.pid)
    while True:
        ready, _, _ = select.select([sys.stdin.fileno(), ended], [], [], 1)
        if sys.stdin.fileno() in ready:
            return os.read(sys.stdin.fileno(), 1) != b""
        if ready:
            return False
        _reap_orphans(child.pid)


def _reap_orphans(spare: int | None = None) -> None:
    for pid in children_of(os.getpid()):
        if pid != spare:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)


def _stop(child: "subprocess.Popen[bytes]", stop_signal: int, grace: float) -> None:
    send(child.pid, stop_signal)
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(grace)


def _kill_descendants() -> None:
    while alive := descendants_of(os.getpid()):
        for pid in alive:
            send(pid, signal.SIGKILL)
        time.sleep(0.02)
        _reap_orphans()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
