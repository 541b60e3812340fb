"""Ends of runs outlive a process that is killed, and no file in shared memory can harm another one."""

import json
import logging
import multiprocessing
import os
import signal
import time
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docassemble.Scheduler.core.run import Due, EndedRun, Outcome, Run, Status
from docassemble.Scheduler.host.files import end_spool
from docassemble.Scheduler.host.files.end_spool import SIZE, SLOTS, EndSpoolFile
from docassemble.Scheduler.schedules.simple import Date
from docassemble.Scheduler.testing import job

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
LOGGER = logging.getLogger("test.spool")


def ended(name, finished=NOON, result=None, log=None):
    run = Run(id=name, due=Due(job("a.b", Date(NOON)), NOON), claimed=NOON)
    return EndedRun(
        run, Outcome(status=Status.SUCCEEDED, started=NOON, finished=finished, result=result, log=log)
    )


def spool(folder, site="one"):
    return EndSpoolFile(site, LOGGER, folder)


def opened(folder, site="one"):
    made = spool(folder, site)
    made.open()
    return made


def recovered(folder, site="one"):
    found = {}
    spool(folder, site).recover(found.update)
    return found


def in_killed_process(folder, act):
    """Let a process act on a spool of its own, and kill it."""

    def live():
        act(opened(folder))
        os.kill(os.getpid(), signal.SIGKILL)

    process = multiprocessing.get_context("fork").Process(target=live)
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL


@given(
    result=st.none() | st.text(st.characters(), max_size=60),
    log=st.none() | st.text(st.characters(), max_size=60),
    microseconds=st.integers(0, 10**13),
)
def test_an_end_comes_back_as_it_was_noted(tmp_path_factory, result, log, microseconds):
    folder = tmp_path_factory.mktemp("shm")
    one = ended("r1", NOON + timedelta(microseconds=microseconds), result, log)
    noted = opened(folder)
    assert noted.note(one)
    (file,) = folder.iterdir()
    found = end_spool._ends_in(file)
    assert found == {"r1": one.outcome}
    noted.forget("r1")
    assert end_spool._ends_in(file) == {}


def test_what_a_killed_process_had_not_recorded_is_found_once(tmp_path):
    def act(its):
        for name in ("on record", "waiting"):
            its.note(ended(name))
        its.forget("on record")

    in_killed_process(tmp_path, act)
    assert recovered(tmp_path) == {"waiting": ended("waiting").outcome}
    assert recovered(tmp_path) == {}
    assert list(tmp_path.iterdir()) == []


def test_what_could_not_be_recorded_again_is_found_again(tmp_path):
    in_killed_process(tmp_path, lambda its: its.note(ended("r1")))

    def away(_ends):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        spool(tmp_path).recover(away)
    assert list(recovered(tmp_path)) == ["r1"]


def test_what_a_process_leaves_that_lives_is_its_own(tmp_path):
    opened(tmp_path).note(ended("r1"))
    assert recovered(tmp_path) == {}


def test_sites_of_one_machine_do_not_find_what_is_of_others(tmp_path):
    in_killed_process(tmp_path, lambda its: its.note(ended("r1")))
    assert recovered(tmp_path, site="two") == {}
    assert list(recovered(tmp_path)) == ["r1"]


@pytest.mark.parametrize(("days", "is_there"), [(6, True), (8, False)])
def test_what_nobody_has_asked_for_in_a_week_is_removed(tmp_path, monkeypatch, days, is_there):
    in_killed_process(tmp_path, lambda its: its.note(ended("r1")))
    live = opened(tmp_path)
    now = time.time() + days * 86_400
    monkeypatch.setattr(time, "time", lambda: now)
    assert recovered(tmp_path, site="two") == {}
    monkeypatch.undo()
    assert (list(recovered(tmp_path)) == ["r1"]) is is_there
    assert live.note(ended("r2"))
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    "name", ["", "-", "x-y-z", "0" * 16, f"{'0' * 16}-1", f"{'0' * 16}-0000000000000000009999999-1-"]
)
def test_names_that_are_none_of_ours_do_no_harm(tmp_path, name):
    its = opened(tmp_path)
    (tmp_path / f"{its._of_host}{name}").write_text("x")
    (tmp_path / f"{its._of_site}{name}").write_text("x")
    assert recovered(tmp_path) == {}


def test_a_spool_has_room_for_so_many_ends_and_again_when_they_are_on_record(tmp_path):
    its = opened(tmp_path)
    assert all(its.note(ended(f"r{number}")) for number in range(SLOTS))
    assert not its.note(ended("one more"))
    its.forget("r7")
    assert its.note(ended("one more"))


def test_an_end_that_is_too_large_has_no_room_and_takes_none(tmp_path):
    its = opened(tmp_path)
    assert not any(its.note(ended(f"r{number}", log="x" * SIZE)) for number in range(SLOTS))
    assert its.note(ended("small"))


def test_nobody_else_can_read_the_file(tmp_path):
    opened(tmp_path)
    (file,) = tmp_path.iterdir()
    assert file.stat().st_mode & 0o077 == 0


def test_a_process_that_ends_in_good_order_leaves_nothing(tmp_path):
    its = opened(tmp_path)
    its.note(ended("r1"))
    its.forget("r1")
    its.close()
    its.close()
    assert list(tmp_path.iterdir()) == []
    assert its.note(ended("r2"))


def test_a_process_that_ends_while_the_database_is_away_leaves_what_waits(tmp_path):
    def act(its):
        its.note(ended("r1"))
        its.close()

    in_killed_process(tmp_path, act)
    assert list(recovered(tmp_path)) == ["r1"]


@pytest.mark.parametrize("is_full", [True, False])
def test_without_such_memory_ends_wait_all_the_same(tmp_path, monkeypatch, caplog, is_full):
    def full(*_):
        raise OSError(28, "No space left on device")

    caplog.set_level(logging.INFO)
    if is_full:
        monkeypatch.setattr(os, "posix_fallocate", full)
    its = opened(tmp_path if is_full else tmp_path / "nowhere")
    assert its.note(ended("r1"))
    its.forget("r1")
    its.recover({}.update)
    its.close()
    assert list(tmp_path.iterdir()) == []
    assert [record.levelname for record in caplog.records] == ["INFO"]


def slot(text):
    data = text if isinstance(text, bytes) else text.encode()
    return (len(data).to_bytes(4, "little") + data).ljust(SIZE, b"\0")


HOSTILE = {
    "no JSON": slot("]["),
    "another shape": slot("{}"),
    "too short": slot('["r1"]'),
    "no times": slot('["r1", null, null, null, null]'),
    "endless times": slot('["r1", Infinity, NaN, null, null]'),
    "times beyond any calendar": slot('["r1", 1e300, 1e300, null, null]'),
    "no text": slot(b"\xff\xfe\x00"),
    "a length beyond the file": b"\xff\xff\xff\xff" + b"x" * (SIZE - 4),
    "half a slot": b"\x10\x00",
    "brackets in brackets": slot("[" * (SIZE - 4)),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_file_with_anything_in_it_harms_nobody(tmp_path, content):
    good = slot(json.dumps(["good", NOON.timestamp(), NOON.timestamp(), None, None]))
    in_killed_process(tmp_path, lambda its: None)
    (file,) = tmp_path.iterdir()
    file.write_bytes(good + content)
    assert list(recovered(tmp_path)) == ["good"]


@pytest.mark.parametrize("kind", ["link", "folder", "pipe"])
def test_what_is_no_file_of_ours_is_not_read(tmp_path, kind):
    in_killed_process(tmp_path, lambda its: its.note(ended("r1")))
    (file,) = tmp_path.iterdir()
    elsewhere = tmp_path.parent / f"{tmp_path.name}-elsewhere"
    file.rename(elsewhere)
    {"link": lambda: file.symlink_to(elsewhere), "folder": file.mkdir, "pipe": lambda: os.mkfifo(file)}[
        kind
    ]()
    assert recovered(tmp_path) == {}


def test_a_file_of_another_user_is_not_read(tmp_path, monkeypatch):
    in_killed_process(tmp_path, lambda its: its.note(ended("r1")))
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert recovered(tmp_path) == {}
