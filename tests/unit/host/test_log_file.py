from __future__ import annotations

import fcntl
import json
import logging
import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from docassemble.Scheduler.host.files import log_file
from docassemble.Scheduler.host.files.log_file import SharedLogFile

BERLIN = ZoneInfo("Europe/Berlin")
MIDNIGHT = datetime(2026, 2, 1, tzinfo=BERLIN)
NOON = MIDNIGHT + timedelta(hours=12)
#: noon, in seconds of a day
NOONTIME = 12 * 3600.0


def record(message: str, at: datetime = NOON, **attributes: Any) -> logging.LogRecord:
    made = logging.makeLogRecord({"msg": message, "levelname": "INFO", **attributes})
    made.created = at.timestamp()
    return made


class Log:
    """A log file in a folder of its own, with the complaints it made."""

    def __init__(self, path: Path, **settings: Any) -> None:
        self.path = path
        self.complaints: list[str] = []
        settings = {"zone": BERLIN, "look_every": 0.0, **settings}
        self.handler = SharedLogFile(path, complain=self.complaints.append, **settings)

    def write(self, message: str, at: datetime = NOON) -> None:
        self.handler.handle(record(message, at))

    def messages(self, suffix: str = "") -> list[str]:
        lines = Path(f"{self.path}{suffix}").read_text(encoding="ascii").splitlines()
        return [line.split(" INFO ", 1)[-1] for line in lines]

    def files(self) -> list[str]:
        return sorted(path.name for path in self.path.parent.iterdir())


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path / "scheduler.log")


# --- rotation


def test_the_first_record_of_a_day_moves_the_day_before_aside(log: Log) -> None:
    log.write("old", MIDNIGHT - timedelta(milliseconds=1))
    log.write("new", MIDNIGHT)
    assert log.files() == ["scheduler.log", "scheduler.log.2026-01-31"]
    assert log.messages() == ["new"]
    assert log.messages(".2026-01-31") == ["old"]


def test_the_rotated_file_is_named_after_the_day_of_its_content(log: Log) -> None:
    log.write("old", MIDNIGHT - timedelta(days=3))
    log.write("new", MIDNIGHT)
    assert log.files() == ["scheduler.log", "scheduler.log.2026-01-29"]


def test_midnight_is_that_of_the_zone(log: Log) -> None:
    log.write("before midnight in UTC", datetime(2026, 1, 31, 23, 30, tzinfo=timezone.utc))
    log.write("after midnight in UTC", datetime(2026, 2, 1, 0, 30, tzinfo=timezone.utc))
    assert log.files() == ["scheduler.log"]


def test_a_record_that_comes_late_goes_into_the_new_file_and_rotates_nothing(log: Log) -> None:
    for seconds in (-1, 1, -2, 2):
        log.write(str(seconds), MIDNIGHT + timedelta(seconds=seconds))
    assert log.messages(".2026-01-31") == ["-1"]
    assert log.messages() == ["1", "-2", "2"]


def test_a_late_record_that_is_the_first_in_the_new_file_does_not_rotate_it_again(log: Log) -> None:
    log.write("old", MIDNIGHT - timedelta(seconds=2))
    log.path.rename(
        log.path.with_name("scheduler.log.2026-01-31")
    )  # and now the one that did it is overtaken
    log.write("late", MIDNIGHT - timedelta(seconds=1))
    log.write("new", MIDNIGHT + timedelta(seconds=1))
    assert log.files() == ["scheduler.log", "scheduler.log.2026-01-31"]
    assert log.messages() == ["late", "new"]


def test_a_clock_that_was_set_ahead_and_back_neither_stops_rotation_nor_loses_a_line(log: Log) -> None:
    log.write("right", NOON)
    log.write("years ahead", NOON + timedelta(days=2000))
    log.write("set back", NOON + timedelta(minutes=1))
    log.write("the day after", NOON + timedelta(days=1))
    assert log.messages(".2026-02-01") == ["right"]
    assert log.messages(".2026-02-01.2") == ["years ahead", "set back"]
    assert log.messages() == ["the day after"]


def test_seven_rotated_files_are_kept(log: Log) -> None:
    (log.path.parent / "docassemble.log.2020-01-01").touch()
    (log.path.parent / "scheduler.log.2026-01-01.txt").touch()
    for day in range(10):
        log.write(f"day {day}", NOON + timedelta(days=day))
    kept = [f"scheduler.log.2026-02-0{day}" for day in range(3, 10)]
    assert log.files() == [
        "docassemble.log.2020-01-01",
        "scheduler.log",
        "scheduler.log.2026-01-01.txt",
        *kept,
    ]


def test_a_file_that_cannot_be_moved_is_written_on_and_reported_once_a_day(
    log: Log, monkeypatch: Any
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    # The tests may run as root, whom no permission bits stop.
    monkeypatch.setattr(Path, "rename", refuse)
    log.write("old", NOON - timedelta(days=1))
    log.write("new", NOON)
    log.write("newer", NOON)
    assert log.messages() == ["old", "new", "newer"]
    assert log.complaints == [f"cannot rotate {log.path}: [Errno 13] Permission denied"]


# --- the file that stays open


def seconds_after_midnight(seconds: float) -> timezone:
    """The zone in which it is so late just now."""
    utc = datetime.now(timezone.utc)
    midnight = datetime(utc.year, utc.month, utc.day, tzinfo=timezone.utc)
    offset = timedelta(seconds=seconds) - (utc - midnight)
    return timezone(offset if offset > timedelta(days=-1) else offset + timedelta(days=1))


def log_of_now(folder: Path, zone: tzinfo, **settings: Any) -> Log:
    log = Log(folder / "scheduler.log", zone=zone, **settings)
    log.write("first", datetime.now(zone))
    return log


def refuse_to_open(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: int) -> bool:
        raise AssertionError("it was opened again")

    monkeypatch.setattr(log_file, "_lock", refuse)


def test_records_of_the_day_are_written_into_the_file_that_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = log_of_now(tmp_path, seconds_after_midnight(NOONTIME))
    refuse_to_open(monkeypatch)
    log.write("second", datetime.now(timezone.utc))
    log.write("late, of an hour ago", datetime.now(timezone.utc) - timedelta(hours=1))
    assert log.messages() == ["first", "second", "late, of an hour ago"]


@pytest.mark.parametrize(
    ("now", "age"),
    [(NOONTIME, NOONTIME + 1), (24 * 3600 - 0.5, 0)],
    ids=["a record of the day before", "so near to midnight that the write may be after it"],
)
def test_what_may_not_be_of_the_day_is_written_under_the_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, now: float, age: float
) -> None:
    log = log_of_now(tmp_path, seconds_after_midnight(now))
    locked: list[int] = []
    monkeypatch.setattr(log_file, "_lock", lambda fd: not locked.append(fd))
    log.write("second", datetime.now(timezone.utc) - timedelta(seconds=age))
    assert len(locked) == 1
    assert log.messages() == ["first", "second"]


def test_a_file_whose_content_is_of_another_day_is_rotated_though_it_is_open(tmp_path: Path) -> None:
    log = log_of_now(tmp_path, seconds_after_midnight(NOONTIME))
    yesterday = time.time() - 24 * 3600
    os.utime(log.path, (yesterday, yesterday))
    log.write("second", datetime.now(timezone.utc))
    assert log.messages() == ["second"]
    assert len(log.files()) == 2


@pytest.mark.parametrize("gone", [Path.unlink, lambda path: path.rename(f"{path}.moved")])
def test_a_file_that_is_gone_while_it_is_open_is_made_again(
    tmp_path: Path, gone: Callable[[Path], object]
) -> None:
    log = log_of_now(tmp_path, seconds_after_midnight(NOONTIME))
    gone(log.path)
    log.write("second", datetime.now(timezone.utc))
    assert log.messages() == ["second"]
    assert log.complaints == []


def test_between_two_looks_at_the_path_records_go_into_the_file_that_is_open(tmp_path: Path) -> None:
    log = log_of_now(tmp_path, seconds_after_midnight(NOONTIME), look_every=3600.0)
    log.write("second", datetime.now(timezone.utc))
    log.path.rename(f"{log.path}.moved")
    log.write("third", datetime.now(timezone.utc))
    assert log.messages(".moved") == ["first", "second", "third"]
    assert log.files() == ["scheduler.log.moved"]


def test_a_file_that_somebody_else_has_closed_is_opened_again(tmp_path: Path) -> None:
    log = log_of_now(tmp_path, seconds_after_midnight(NOONTIME))
    for link in Path("/proc/self/fd").iterdir():
        if link.resolve() == log.path:
            os.close(int(link.name))
    for message in ("second", "third"):
        log.write(message, datetime.now(timezone.utc))
    assert log.messages() == ["first", "second", "third"]
    assert log.complaints == []


def test_a_file_that_root_makes_is_given_to_the_owner_of_its_folder(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[Path] = []
    monkeypatch.setattr(log_file, "give_to_owner_of_folder", lambda _, folder: given.append(folder))
    log.write("old", NOON - timedelta(days=1))
    log.write("new", NOON)
    log.write("newer", NOON)
    assert given == [log.path.parent, log.path.parent]


def test_no_file_is_made_where_a_link_in_the_folder_leads(log: Log, tmp_path: Path) -> None:
    elsewhere = tmp_path / "of root"
    log.path.symlink_to(elsewhere)
    log.write("lost")
    assert not elsewhere.exists()
    assert [each.split(":")[0] for each in log.complaints] == [f"cannot write {log.path}"]
    elsewhere.touch()
    log.write("where an administrator wants it")
    assert log.messages()[-1] == "where an administrator wants it"


# --- several processes

WRITER = """
import json, logging, sys, threading
from pathlib import Path
from zoneinfo import ZoneInfo
from docassemble.Scheduler.host.files import log_file as logfile
from docassemble.Scheduler.host.files.log_file import SharedLogFile

path, name, times = Path(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3])
handler = SharedLogFile(path, zone=ZoneInfo("Europe/Berlin"), complain=lambda text: print(text, flush=True))

def write(thread):
    for number, created in enumerate(times):
        record = logging.makeLogRecord({"msg": f"{name}.{thread}.{number} {'x' * (number % 7 * 1000)} end"})
        record.levelname, record.created = "INFO", created
        handler.handle(record)

print("ready", flush=True)
sys.stdin.readline()
threads = [threading.Thread(target=write, args=(thread,)) for thread in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


def writer(path: Path, name: str, times: list[float]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), name, json.dumps(times)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def test_processes_and_threads_that_write_over_midnight_lose_and_tear_nothing(log: Log) -> None:
    times = [(MIDNIGHT + timedelta(milliseconds=100 * step)).timestamp() for step in range(-100, 100)]
    writers = [writer(log.path, name, times) for name in "abcd"]
    for process in writers:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in writers:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    assert [process.communicate()[0] for process in writers] == [""] * 4

    # a writer that is far behind the others goes back over midnight: that makes one more dated file
    first, *dated = log.files()
    assert first == "scheduler.log"
    assert dated[0] == "scheduler.log.2026-01-31"
    old = [line for name in dated for line in log.messages(name.removeprefix(first))]
    new = log.messages()
    wanted = {f"{name}.{thread}.{number}" for name in "abcd" for thread in range(2) for number in range(200)}
    assert sorted(line.split(" ")[0] for line in old + new) == sorted(wanted)
    assert all(line.endswith("x end") or line.split(" ")[1:] == ["", "end"] for line in old + new)
    if len(dated) == 1:
        assert {line.split(" ")[0].split(".")[2] for line in old} <= {str(number) for number in range(100)}


def test_a_child_forked_in_the_middle_of_a_record_neither_keeps_the_lock_nor_loses_its_own_records(
    log: Log,
) -> None:
    log.write("parent")
    wait, go = os.pipe()
    with log.handler._current(NOON.timestamp()):
        child = os.fork()
        if not child:
            os.close(go)
            os.read(wait, 1)  # the inherited descriptor stays open meanwhile
            log.write("child")
            os._exit(len(log.complaints))
    os.close(wait)
    with log.path.open("a") as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    log.write("parent again")
    os.close(go)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert log.messages() == ["parent", "parent again", "child"]


def test_a_file_that_is_rotated_while_we_wait_for_its_lock_is_left_alone(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.write("old")
    lock = log_file._lock

    def rotated_meanwhile(fd: int) -> bool:
        if not (aside := Path(f"{log.path}.aside")).exists():
            log.path.rename(aside)
        return lock(fd)

    monkeypatch.setattr(log_file, "_lock", rotated_meanwhile)
    log.write("new")
    assert log.messages(".aside") == ["old"]
    assert log.messages() == ["new"]


def test_one_file_stays_open_between_records_and_none_after_the_end(log: Log) -> None:
    before = open_descriptors()
    for day in range(3):
        log.write("one", NOON + timedelta(days=day))
        log.write("two", NOON + timedelta(days=day))
        assert open_descriptors() == before + 1
    log.handler.close()
    assert open_descriptors() == before


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_somebody_who_sits_on_the_lock_delays_a_record_but_does_not_stop_it(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_file, "_LOCK_PAUSE", 0)
    log.write("old", NOON - timedelta(days=1))
    with log.path.open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        log.write("while locked", NOON)
    assert log.messages() == ["old", "while locked"]


# --- trouble


def test_a_deleted_file_reappears_readable_for_all_whatever_the_umask(log: Log) -> None:
    log.write("one")
    log.path.unlink()
    umask = os.umask(0o077)
    try:
        log.write("two")
    finally:
        os.umask(umask)
    assert log.messages() == ["two"]
    assert stat.S_IMODE(log.path.stat().st_mode) == 0o644
    assert log.complaints == []


def test_the_mode_an_administrator_gave_the_file_stays(log: Log) -> None:
    log.write("one")
    log.path.chmod(0o640)
    log.write("two")
    assert stat.S_IMODE(log.path.stat().st_mode) == 0o640
    log.write("on the next day", NOON + timedelta(days=1))
    assert log.messages() == ["on the next day"]
    modes = [stat.S_IMODE(path.stat().st_mode) for path in log.path.parent.iterdir()]
    assert modes == [0o640, 0o640]


def test_a_full_disk_is_reported_once_and_its_end_with_the_number_of_lost_records(log: Log) -> None:
    log.path.symlink_to("/dev/full")
    for _ in range(3):
        log.write("lost")
    assert log.complaints == [
        f"cannot write {log.path}: [Errno 28] No space left on device; records are being lost"
    ]
    log.path.unlink()
    log.write("works")
    log.write("still works")
    assert log.complaints[1:] == [f"{log.path} can be written again; 3 records were lost"]
    lines = log.path.read_text().splitlines()
    assert lines == [
        "2026-02-01 12:00:00.000 WARNING 3 records were lost here: the log could not be written",
        "2026-02-01 12:00:00.000 INFO works",
        "2026-02-01 12:00:00.000 INFO still works",
    ]


def test_trouble_that_returns_is_reported_again(log: Log) -> None:
    for _ in range(2):
        log.path.unlink(missing_ok=True)
        log.path.symlink_to("/dev/full")
        log.write("lost")
        log.path.unlink()
        log.write("works")
    assert [text.rpartition("; ")[2] for text in log.complaints] == [
        "records are being lost",
        "1 record was lost",
    ] * 2


def test_a_folder_that_is_gone_costs_records_and_raises_nothing(tmp_path: Path) -> None:
    log = Log(tmp_path / "log" / "scheduler.log")
    log.write("lost: no folder")
    (tmp_path / "log").touch()
    log.write("lost: a file instead")
    (tmp_path / "log").unlink()
    (tmp_path / "log").mkdir()
    log.write("works")
    assert log.messages()[-1] == "works"
    assert log.complaints[1:] == [f"{log.path} can be written again; 2 records were lost"]


FILLER = """
import logging, resource, sys
from datetime import timezone
from pathlib import Path
from docassemble.Scheduler.host.files import log_file as logfile
from docassemble.Scheduler.host.files.log_file import SharedLogFile

handler = SharedLogFile(Path(sys.argv[1]), zone=timezone.utc, complain=print)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
for _ in range(9):
    handler.handle(logging.makeLogRecord({"msg": "x" * 150}))
"""


def test_a_disk_that_fills_in_the_middle_of_a_line_leaves_no_half_line(tmp_path: Path) -> None:
    path = tmp_path / "scheduler.log"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.run(
        [sys.executable, "-c", FILLER, str(path)], capture_output=True, text=True, env=environment, check=True
    )
    text = path.read_text()
    assert text.endswith("x\n")
    assert len({len(line) for line in text.splitlines()}) == 1
    assert run.stdout.count("records are being lost") == 1
    assert run.stderr == ""


def test_a_complaint_that_ends_up_in_the_same_log_does_not_go_round_in_circles(tmp_path: Path) -> None:
    path = tmp_path / "scheduler.log"
    complaints: list[str] = []

    def complain(text: str) -> None:
        complaints.append(text)
        handler.handle(record(text))

    handler = SharedLogFile(path, zone=BERLIN, complain=complain)
    path.symlink_to("/dev/full")
    handler.handle(record("lost"))
    assert len(complaints) == 1


def test_a_record_that_cannot_be_formatted_does_not_raise(
    log: Log, capsys: pytest.CaptureFixture[str]
) -> None:
    log.handler.handle(record("%d", args=("not a number",)))
    log.write("next")
    assert log.messages() == ["next"]
    assert "not a number" in capsys.readouterr().err
