"""A guarded program is ended with all it started, whatever happens to whoever started it."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from devserver import processes
from devserver.errors import DevServerError
from devserver.service import CHECKOUT, Service, guarded, run
from devserver.waiting import until

#: Ignores what it can, and leaves a child in a session of its own; says its pid, then the child's.
STUBBORN = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
sleep = [sys.executable, "-c", "import time; time.sleep(600)"]
child = subprocess.Popen(sleep, start_new_session=True)
print(os.getpid(), child.pid, flush=True)
time.sleep(600)
"""
POLITE = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"


def pids(log: Path) -> list[int]:
    return until(lambda: [int(word) for word in log.read_text(encoding="utf-8").split()], "pids", 20)


def none_runs(some: list[int]) -> bool:
    return not any(processes.is_running(pid) for pid in some)


def service(program: str, log: Path, **options: float) -> Service:
    return Service([sys.executable, "-c", program], log=log, **options)  # type: ignore[arg-type]


def test_stopping_ends_a_program_that_does_not_listen_and_its_child(tmp_path: Path) -> None:
    stubborn = service(STUBBORN, tmp_path / "log", grace=0.2)
    stubborn.start()
    some = pids(tmp_path / "log")
    assert stubborn.running
    stubborn.stop()
    assert len(some) == 2
    assert none_runs(some)


def test_what_must_end_at_once_is_not_asked(tmp_path: Path) -> None:
    stubborn = service(STUBBORN, tmp_path / "log", grace=600)
    stubborn.start()
    some = pids(tmp_path / "log")
    stubborn.begin_stop(at_once=True)
    until(lambda: none_runs(some), "end", 20)
    stubborn.stop()


def test_a_killed_owner_leaves_nothing(tmp_path: Path) -> None:
    log = tmp_path / "log"
    owner = f"""
import sys, time
from pathlib import Path
from devserver.service import Service
Service([sys.executable, "-c", {STUBBORN!r}], log=Path({str(log)!r}), grace=0.2).start()
time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", owner], cwd=CHECKOUT) as process:
        until(log.exists, "log", 20)
        some = pids(log)
        process.send_signal(signal.SIGKILL)
    until(lambda: none_runs(some), "end", 20)


def test_what_a_dead_program_leaves_is_ended(tmp_path: Path) -> None:
    stubborn = service(STUBBORN, tmp_path / "log")
    stubborn.start()
    some = pids(tmp_path / "log")
    processes.send(some[0], signal.SIGKILL)
    until(lambda: not stubborn.running, "end of the service", 20)
    assert none_runs(some)
    stubborn.stop()


def test_the_program_hears_the_signals_that_its_guard_ignores(tmp_path: Path) -> None:
    polite = service(POLITE, tmp_path / "log")
    polite.start()
    processes.send(pids(tmp_path / "log")[0], signal.SIGINT)
    until(lambda: not polite.running, "end", 20)
    polite.stop()


def test_waiting_for_a_program_that_ended_shows_the_end_of_its_log(tmp_path: Path) -> None:
    failing = service("raise SystemExit('out of ink')", tmp_path / "printer.log")
    failing.start()
    with pytest.raises(DevServerError, match=r"printer ended.*\n.*out of ink"):
        failing.wait_until(lambda: False, "page", 20)
    failing.stop()


def test_a_failed_command_is_an_error_that_names_it() -> None:
    with pytest.raises(DevServerError, match="ended with status 3"):
        run([sys.executable, "-c", "raise SystemExit(3)"])


def test_a_guard_gives_back_the_status_of_its_command() -> None:
    command = guarded([sys.executable, "-c", "raise SystemExit(7)"])
    with subprocess.Popen(command, stdin=subprocess.PIPE) as guard:
        assert guard.wait(20) == 7
