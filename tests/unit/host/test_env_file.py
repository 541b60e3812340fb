"""The `.env` file beside the configuration."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from docassemble.Scheduler.config import EnvFile, Line
from docassemble.Scheduler.host.files.env_file import MAX_PROBLEMS, MAX_SIZE, read_env_file


def read(folder: Path, content: str | bytes) -> EnvFile:
    """Write a `.env`, and read it as docassemble's configuration lies beside it."""
    path = folder / ".env"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_env_file(folder / "config.yml")


def problem_of(found: EnvFile) -> str:
    """Return the only problem; without it nothing was read."""
    assert found.lines == {}
    (problem,) = found.problems
    assert problem.code == "bad-env-file"
    return str(problem)


def test_without_a_file_there_is_nothing(tmp_path: Path) -> None:
    assert read_env_file(tmp_path / "config.yml") == EnvFile()
    assert read_env_file(tmp_path / "nowhere" / "config.yml") == EnvFile()


def test_it_is_read_as_env_files_are_and_lines_are_counted(tmp_path: Path) -> None:
    text = "# ours\r\nA=1\n\n\nexport B='two words' # said\nC=\"x\ny\"\nD=${A}\nE\nA=2\n"
    assert read(tmp_path, text).lines == {
        "A": Line("2", 10),
        "B": Line("two words", 5),
        "C": Line("x\ny", 6),
        "D": Line("${A}", 8),
        "E": Line("", 9),
    }


def test_a_mark_of_the_byte_order_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    assert read(tmp_path, "\ufeffA=1").lines == {"A": Line("1", 1)}


def test_nothing_is_put_into_the_environment(tmp_path: Path) -> None:
    before = dict(os.environ)
    read(tmp_path, "SURELY_NOT_SET=1\nPATH=/nowhere\n")
    assert dict(os.environ) == before


def test_a_line_that_cannot_be_read_is_told_and_the_others_count(tmp_path: Path) -> None:
    found = read(tmp_path, "A=1\n\n= s3cret\nB='s3cret\nC=3\n")
    assert found.lines == {"A": Line("1", 1), "C": Line("3", 5)}
    assert [problem.path for problem in found.problems] == [("line 3 of .env",), ("line 4 of .env",)]
    assert "s3cret" not in " ".join(map(str, found.problems))
    assert len(read(tmp_path, "= x\n" * 500).problems) == MAX_PROBLEMS


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"A=\xff\xfe", "not UTF-8"),
        (b"A=1\n" * MAX_SIZE, "larger than 64 KiB"),
        (b"A=x" + b" " * 60_000 + b"y", "hundreds of spaces"),
    ],
)
def test_a_file_that_is_not_to_be_read_is_told(tmp_path: Path, content: bytes, why: str) -> None:
    assert why in problem_of(read(tmp_path, content))


def test_a_file_that_everybody_may_write_has_no_effect(tmp_path: Path) -> None:
    read(tmp_path, "A=1")
    (tmp_path / ".env").chmod(0o666)
    assert "chmod o-w" in problem_of(read_env_file(tmp_path / "config.yml"))


def test_a_folder_or_a_pipe_in_its_place_is_told(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    assert "Is a directory" in problem_of(read_env_file(tmp_path / "config.yml"))
    (tmp_path / ".env").rmdir()
    os.mkfifo(tmp_path / ".env")
    assert "is no file" in problem_of(read_env_file(tmp_path / "config.yml"))


def test_a_file_that_may_not_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    assert "Permission denied" in problem_of(read_env_file(tmp_path / "config.yml"))


def test_without_python_dotenv_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dotenv.parser", None)
    assert "python-dotenv" in problem_of(read(tmp_path, "A=1"))
