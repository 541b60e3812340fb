"""Root gives its rights up for good, and its new files away. Users are stand-ins: tests may run as anybody."""

import os
import pwd
from pathlib import Path
from types import SimpleNamespace

import pytest

from docassemble.Scheduler.core.errors import HostError
from docassemble.Scheduler.host import privileges, shell

WWW_DATA = pwd.struct_passwd(("www-data", "x", 33, 33, "", "/var/www", "/bin/bash"))


@pytest.fixture
def steps(monkeypatch):
    """Root's calls of the system, in order; the user www-data has one more group."""
    done = []
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(pwd, "getpwuid", {33: WWW_DATA}.__getitem__)
    monkeypatch.setattr(os, "getgrouplist", lambda name, gid: [gid, 999])
    for name in ("setgroups", "setgid", "setuid", "fchown"):
        monkeypatch.setattr(os, name, lambda *values, name=name: done.append((name, *values)))
    for name in ("HOME", "USER", "LOGNAME"):
        monkeypatch.setenv(name, "root's")
    monkeypatch.setenv("SUDO_USER", "")
    monkeypatch.delenv("SUDO_USER")
    return done


def folder_of(uid, gid=33):
    return SimpleNamespace(stat=lambda: SimpleNamespace(st_uid=uid, st_gid=gid))


def test_root_becomes_the_owner_of_a_folder(steps, monkeypatch):
    privileges.become_owner(folder_of(33))
    assert steps == [("setgroups", [33, 999]), ("setgid", 33), ("setuid", 33)]
    names = ("HOME", "USER", "LOGNAME", "SUDO_USER")
    assert [os.environ[name] for name in names] == ["/var/www", "www-data", "www-data", "root"]
    assert shell.present_person() == "root (command line)"


def test_who_called_sudo_stays_known(steps, monkeypatch):
    monkeypatch.setenv("SUDO_USER", "alice")
    privileges.become_owner(folder_of(33))
    assert shell.present_person() == "alice (command line)"


def test_an_owner_without_a_name_has_a_number(steps):
    privileges.become_owner(folder_of(1000, 1001))
    assert steps == [("setgroups", []), ("setgid", 1001), ("setuid", 1000)]
    assert os.environ["HOME"] == "root's"


def test_root_stays_root_where_all_is_roots(steps):
    privileges.become_owner(folder_of(0))
    assert steps == []


def test_a_system_that_refuses_is_told_with_the_way_out(steps, monkeypatch):
    def refuse(_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "setgroups", refuse)
    with pytest.raises(HostError) as refused:
        privileges.become_owner(folder_of(33))
    assert "su www-data" in refused.value.hint


@pytest.mark.parametrize(("euid", "given"), [(0, True), (33, False)])
def test_a_new_file_of_roots_belongs_to_whom_its_folder_belongs(steps, monkeypatch, tmp_path, euid, given):
    monkeypatch.setattr(os, "geteuid", lambda: euid)
    privileges.give_to_owner_of_folder(7, tmp_path)
    status = tmp_path.stat()
    assert steps == ([("fchown", 7, status.st_uid, status.st_gid)] if given else [])


# --- the command line


@pytest.fixture
def becomes(monkeypatch):
    """The folders whose owner the command line became."""
    folders = []
    monkeypatch.setattr(shell, "become_owner", folders.append)
    return folders


def log_in(monkeypatch, folder):
    monkeypatch.setattr(shell.Shell, "log_directory", property(lambda self: folder))


@pytest.mark.parametrize(("euid", "times"), [(0, 1), (33, 0)])
def test_only_root_becomes_the_owner_of_the_log_folder(becomes, monkeypatch, tmp_path, euid, times):
    log_in(monkeypatch, tmp_path)
    monkeypatch.setattr(shell, "is_root", lambda: euid == 0)
    shell.leave_root()
    assert becomes == [tmp_path] * times


def test_root_stays_root_where_docassemble_is_not_installed_or_has_no_log_folder(becomes, monkeypatch):
    monkeypatch.setattr(shell, "is_root", lambda: True)
    log_in(monkeypatch, Path("/nowhere"))
    shell.leave_root()

    def fail(_):
        raise HostError("docassemble is not installed for this Python", hint="")

    monkeypatch.setattr(shell.Shell, "log_directory", property(fail))
    shell.leave_root()
    assert becomes == []
