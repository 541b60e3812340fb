"""What `make demo` shows in the first minutes: one start of it, as a program of its own."""

import contextlib
import re
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from devserver.__main__ import PORT
from devserver.logs import whole_log
from devserver.service import CHECKOUT
from devserver.settings import ADMIN_EMAIL, ADMIN_PASSWORD
from tests.integration.conftest import OneDevServer

RULE = re.compile(r"\+-+\+\n")
#: time for the command line to look; a job of the demo runs every five seconds
SECONDS = 25


@dataclass(frozen=True)
class Demo:
    """What was seen of a demo: while it ran, and after it had stopped by itself."""

    status: int
    rows: dict[str, str]
    ready: str
    log: str
    progress: str
    sign_in: str
    jobs: "subprocess.CompletedProcess[str]"
    jobs_afterwards: "subprocess.CompletedProcess[str]"


@contextlib.contextmanager
def taken(port: int) -> Iterator[None]:
    """Somebody listens on a port: we do, unless another program does already."""
    with socket.socket() as server:
        with contextlib.suppress(OSError):
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            server.bind(("127.0.0.1", port))
            server.listen()
        yield


def call(command: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run a command of the box in a shell."""
    return subprocess.run(["sh", "-c", command], cwd=folder, capture_output=True, text=True, timeout=60)


@pytest.fixture(scope="module")
def demo(
    docassemble: str,
    devserver_state: Path,
    devserver_environments: Path,
    running_devserver: OneDevServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Demo:
    running_devserver.stop()  # it has the same state
    errors = tmp_path_factory.mktemp("demo") / "stderr"
    command = [sys.executable, "-m", "devserver", "run", "--config", "examples/demo.yml", "--fresh"]
    command += ["--docassemble", docassemble, "--seconds", str(SECONDS)]
    command += ["--state", str(devserver_state), "--environments", str(devserver_environments)]
    with (
        taken(PORT),
        errors.open("w", encoding="utf-8") as stderr,
        subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=stderr, text=True) as process,
    ):
        assert process.stdout is not None
        ready = process.stdout.readline()
        assert RULE.fullmatch(process.stdout.readline()), errors.read_text(encoding="utf-8")
        rows = {}
        while not RULE.fullmatch(line := process.stdout.readline()):
            name, _, value = line.strip("|\n ").partition("  ")
            rows[name] = value.strip()
        with urllib.request.urlopen(rows["Dashboard"], timeout=60) as answer:
            sign_in = answer.url
        jobs = call(rows["Command line"], CHECKOUT)
        log = process.stdout.read()
        status = process.wait(60)
    return Demo(
        status=status,
        rows=rows,
        ready=ready,
        log=log,
        progress=errors.read_text(encoding="utf-8"),
        sign_in=sign_in,
        jobs=jobs,
        jobs_afterwards=call(rows["Command line"], CHECKOUT),
    )


def test_it_stops_by_itself_and_that_is_no_failure(demo: Demo) -> None:
    assert demo.status == 0
    assert demo.progress.endswith("devserver: stopping\n")


def test_what_takes_time_says_how_long_it_usually_takes_and_took(demo: Demo) -> None:
    assert re.search(
        r"^devserver: starting docassemble \S+ .*\[0:00, usually \d:\d\d\]$", demo.progress, re.M
    )
    assert re.search(r"^devserver: starting docassemble \S+ .*: done in \d:\d\d$", demo.progress, re.M)


def test_a_taken_port_is_replaced_and_that_is_said(demo: Demo) -> None:
    assert f"devserver: port {PORT} is taken" in demo.progress
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", demo.rows["Site"])
    assert not demo.rows["Site"].endswith(f":{PORT}")


def test_the_box_says_how_to_look_and_to_sign_in(demo: Demo) -> None:
    site = demo.rows["Site"]
    assert demo.rows["Dashboard"] == f"{site}/scheduler"
    assert demo.rows["Sign in"] == f"{ADMIN_EMAIL}, password {ADMIN_PASSWORD}"
    assert demo.rows["Stop"] == f"Ctrl-C, or after {SECONDS} seconds"
    assert demo.sign_in.startswith(f"{site}/user/sign-in?next=")
    assert "scheduler" in demo.sign_in.partition("?")[2]


def test_programs_read_the_same_from_one_line(demo: Demo) -> None:
    log = CHECKOUT / demo.rows["scheduler.log"]
    assert demo.ready == f"ready {demo.rows['Site']} log={log} admin={ADMIN_EMAIL}/{ADMIN_PASSWORD}\n"


def test_jobs_run_and_their_log_is_shown(demo: Demo) -> None:
    assert "[test.heartbeat every 5 seconds] ENDED after" in demo.log
    assert demo.log in whole_log(CHECKOUT / demo.rows["scheduler.log"]).decode()


def test_the_command_of_the_box_lists_the_jobs(demo: Demo) -> None:
    assert demo.jobs.returncode == 0, demo.jobs.stderr
    assert "test.heartbeat every 5 seconds" in demo.jobs.stdout
    assert demo.jobs.stderr == ""


def test_the_command_of_the_box_says_that_the_demo_is_over(demo: Demo) -> None:
    assert demo.jobs_afterwards.returncode == 2
    assert "The demo is not running; start it with" in demo.jobs_afterwards.stderr
