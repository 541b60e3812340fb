"""What a person sees of something that takes time."""

import io
import sys
import threading
from pathlib import Path

import pytest

from devserver.display import Lines, Terminal, display_of
from devserver.errors import DevServerError
from devserver.progress import minutes, say, step, tick
from devserver.service import run
from devserver.waiting import until


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Screen(io.StringIO):
    """Shows what a terminal would: a line that is written over is gone."""

    def isatty(self) -> bool:
        return True

    @property
    def lines(self) -> list[str]:
        return [line.rpartition("\r\x1b[K")[2] for line in self.getvalue().split("\n")]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def screen() -> Screen:
    return Screen()


@pytest.fixture
def terminal(screen: Screen) -> Terminal:
    return Terminal(screen, lambda: 60)


def test_a_terminal_shows_what_is_done_how_long_so_far_and_how_long_usually(
    screen: Screen, terminal: Terminal, clock: Clock
) -> None:
    with step("installing", usual=90, display=terminal, clock=clock):
        assert screen.lines == ["installing [0:00, usually 1:30]"]
        clock.now += 65
        tick("Building uwsgi")
        assert screen.lines == ["installing [1:05, usually 1:30] Building uwsgi"]
        tick()
        assert screen.lines == ["installing [1:05, usually 1:30] Building uwsgi"]
    assert screen.lines == ["installing: done in 1:05", ""]


def test_a_terminal_is_written_to_only_when_something_changed(
    screen: Screen, terminal: Terminal, clock: Clock
) -> None:
    with step("installing", usual=90, display=terminal, clock=clock):
        before = screen.getvalue()
        clock.now += 0.9
        tick()
        assert screen.getvalue() == before


def test_a_line_never_wraps(screen: Screen, terminal: Terminal, clock: Clock) -> None:
    with step("installing", usual=90, display=terminal, clock=clock):
        tick("x" * 100)
        assert len(screen.lines[0]) == 59


def test_what_is_said_meanwhile_does_not_mix_with_the_moving_line(
    screen: Screen, terminal: Terminal, clock: Clock
) -> None:
    with step("installing", usual=90, display=terminal, clock=clock):
        say("by the way")
        tick()
        assert screen.lines == ["by the way", "installing [0:00, usually 1:30]"]


@pytest.mark.parametrize(
    ("error", "end"),
    [(DevServerError("no disk"), "failed after 0:03"), (KeyboardInterrupt(), "stopped after 0:03")],
)
def test_a_step_that_does_not_get_done_says_so(
    screen: Screen, terminal: Terminal, clock: Clock, error: BaseException, end: str
) -> None:
    def fail() -> None:
        with step("installing", usual=90, display=terminal, clock=clock):
            clock.now += 3
            raise error

    with pytest.raises(type(error)):
        fail()
    assert screen.lines == [f"installing: {end}", ""]
    tick("nobody is told")
    assert screen.lines == [f"installing: {end}", ""]


def test_a_file_gets_a_line_every_15_seconds(clock: Clock) -> None:
    file = io.StringIO()
    with step("installing", usual=90, display=Lines(file, clock), clock=clock):
        for second in range(40):
            clock.now = 1000.0 + second
            tick(f"package {second}")
    assert file.getvalue().splitlines() == [
        "devserver: installing [0:00, usually 1:30]",
        "devserver: installing [0:15, usually 1:30] package 15",
        "devserver: installing [0:30, usually 1:30] package 30",
        "devserver: installing: done in 0:39",
    ]


@pytest.mark.parametrize(("name", "kind"), [("xterm", Terminal), ("dumb", Lines)])
def test_only_a_terminal_that_can_write_over_a_line_gets_one_that_moves(
    screen: Screen, clock: Clock, monkeypatch: pytest.MonkeyPatch, name: str, kind: type
) -> None:
    monkeypatch.setenv("TERM", name)
    assert isinstance(display_of(screen, clock), kind)


def test_a_file_gets_plain_lines(clock: Clock) -> None:
    assert isinstance(display_of(io.StringIO(), clock), Lines)


def test_a_command_shows_its_last_line_and_leaves_no_thread(
    screen: Screen, terminal: Terminal, clock: Clock
) -> None:
    threads = threading.active_count()
    with step("installing", usual=90, display=terminal, clock=clock):
        run([sys.executable, "-c", "import sys; print('Resolved'); print('Prepared', file=sys.stderr)"])
        assert screen.lines == ["installing [0:00, usually 1:30] Prepared"]
        assert threading.active_count() == threads


def test_waiting_shows_that_time_passes(screen: Screen, terminal: Terminal, clock: Clock) -> None:
    seen: list[str] = []

    def condition() -> bool:
        clock.now += 1
        seen.append(screen.lines[-1])
        return len(seen) == 3

    with step("starting", usual=90, display=terminal, clock=clock):
        until(condition, "end", 20, every=0)
    assert seen == [f"starting [0:0{second}, usually 1:30]" for second in (0, 1, 2)]


def test_a_failed_command_shows_its_whole_output_and_keeps_its_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("of old\n", encoding="utf-8")
    program = "import sys; print('first'); sys.exit('last')"
    with pytest.raises(DevServerError) as caught:
        run([sys.executable, "-u", "-c", program], log=log)
    assert str(caught.value).endswith("ended with status 1:\nfirst\nlast")
    assert log.read_text(encoding="utf-8") == "of old\nfirst\nlast\n"


@pytest.mark.parametrize(("seconds", "text"), [(0.9, "0:00"), (65, "1:05"), (3600, "60:00")])
def test_durations_are_minutes_and_seconds(seconds: float, text: str) -> None:
    assert minutes(seconds) == text
