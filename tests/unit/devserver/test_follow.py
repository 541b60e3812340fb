"""Following a log."""

from pathlib import Path

import pytest

from devserver.follow import Follower


def test_what_is_added_is_printed_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "scheduler.log"
    follower = Follower(log)
    follower.step()
    for line in ("one\n", "two\n"):
        with log.open("a", encoding="utf-8") as file:
            file.write(line)
        follower.step()
    assert capsys.readouterr().out == "one\ntwo\n"


def test_a_rotated_log_is_followed_from_its_beginning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "scheduler.log"
    follower = Follower(log)
    log.write_text("before\n", encoding="utf-8")
    follower.step()
    log.rename(tmp_path / "scheduler.log.1")
    log.write_text("after it\n", encoding="utf-8")
    follower.step()
    assert capsys.readouterr().out == "before\nafter it\n"


def test_the_log_of_an_earlier_start_is_skipped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "scheduler.log"
    log.write_text("of an earlier start\n", encoding="utf-8")
    follower = Follower(log)
    follower.skip()
    with log.open("a", encoding="utf-8") as file:
        file.write("new\n")
    follower.step()
    assert capsys.readouterr().out == "new\n"
