"""The box at the end of the start."""

from pathlib import Path

import pytest

from devserver.welcome import boxed, command, shown, welcome

SITE = Path("/home/me/clone/.devserver/1.10.5")


def test_the_box_has_what_a_newcomer_needs() -> None:
    rows = welcome(
        "http://127.0.0.1:8765",
        SITE / "server1/log/scheduler.log",
        SITE / "docassemble-scheduler",
        seconds=None,
        folder=Path("/home/me/clone"),
    )
    assert boxed("docassemble 1.10.5", rows) == (
        "+----------------------------------------------------------------+\n"
        "|  docassemble 1.10.5                                            |\n"
        "|                                                                |\n"
        "|  Site            http://127.0.0.1:8765                         |\n"
        "|  Dashboard       http://127.0.0.1:8765/scheduler               |\n"
        "|  Sign in         admin@example.com, password devserver         |\n"
        "|  scheduler.log   .devserver/1.10.5/server1/log/scheduler.log   |\n"
        "|  Command line    .devserver/1.10.5/docassemble-scheduler jobs  |\n"
        "|  Stop            Ctrl-C                                        |\n"
        "+----------------------------------------------------------------+"
    )


def test_the_box_says_when_the_demo_stops_by_itself() -> None:
    rows = welcome("http://127.0.0.1:8765", SITE, SITE, seconds=60.0, folder=SITE)
    assert rows[-1] == ("Stop", "Ctrl-C, or after 60 seconds")


@pytest.mark.parametrize(
    ("folder", "path"),
    [("/home/me/clone", ".devserver/1.10.5"), ("/home/me/clo", str(SITE)), ("/tmp", str(SITE))],
)
def test_paths_inside_the_current_folder_are_relative(folder: str, path: str) -> None:
    assert shown(SITE, Path(folder)) == path


@pytest.mark.parametrize(
    ("program", "folder", "words"),
    [
        ("/site/docassemble-scheduler", "/", "site/docassemble-scheduler"),
        ("/site/docassemble-scheduler", "/site", "./docassemble-scheduler"),
        ("/my site/docassemble-scheduler", "/elsewhere", "'/my site/docassemble-scheduler'"),
    ],
)
def test_the_command_is_what_a_shell_understands(program: str, folder: str, words: str) -> None:
    assert command(Path(program), Path(folder)) == words
