from pathlib import Path

import pytest

from devserver.logs import whole_log


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "scheduler.log"


def test_a_log_that_is_not_there_is_empty(log: Path) -> None:
    assert whole_log(log) == b""


def test_what_was_written_before_midnight_comes_first(log: Path) -> None:
    log.write_bytes(b"today\n")
    log.with_name("scheduler.log.2026-11-30").write_bytes(b"yesterday\n")
    log.with_name("scheduler.log.2026-11-30.2").write_bytes(b"yesterday again, the clock was set back\n")
    log.with_name("scheduler.log.2026-11-29").write_bytes(b"the day before\n")
    log.with_name("other.log.2026-11-30").write_bytes(b"another log\n")
    assert whole_log(log).splitlines() == [
        b"the day before",
        b"yesterday",
        b"yesterday again, the clock was set back",
        b"today",
    ]


def test_a_log_that_is_moved_aside_while_it_is_read_is_read_again(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.write_bytes(b"before midnight\n")
    read = Path.read_bytes

    def read_at_midnight(path: Path) -> bytes:
        monkeypatch.undo()
        log.rename(log.with_name("scheduler.log.2026-11-30"))
        log.write_bytes(b"after midnight\n")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", read_at_midnight)
    assert whole_log(log) == b"before midnight\nafter midnight\n"
