"""docassemble as the command line sees it, as far as that can be seen without docassemble."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from docassemble.Scheduler.core.errors import HostError
from docassemble.Scheduler.host import shell
from docassemble.Scheduler.host.shell import Shell


def test_the_configuration_is_looked_for_where_docassemble_does(monkeypatch):
    monkeypatch.delenv("DA_CONFIG_FILE", raising=False)
    assert Shell().configuration_file == Path("/usr/share/docassemble/config/config.yml")
    monkeypatch.setenv("DA_CONFIG_FILE", "/etc/other.yml")
    assert Shell().configuration_file == Path("/etc/other.yml")


def test_a_configuration_that_is_missing_is_no_reason_to_write_one(tmp_path):
    with pytest.raises(HostError, match="cannot be read: No such file") as missing:
        shell.check_readable(tmp_path / "config.yml")
    assert "www-data" in missing.value.hint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("failure", [ValueError("line 3"), SystemExit(1)])
def test_a_configuration_that_docassemble_cannot_load_is_named(tmp_path, monkeypatch, failure):
    def load():
        raise failure

    path = tmp_path / "config.yml"
    path.touch()
    monkeypatch.setenv("DA_CONFIG_FILE", str(path))
    config = SimpleNamespace(loaded=False, load=load)
    monkeypatch.setitem(sys.modules, "docassemble.base", SimpleNamespace(config=config))
    with pytest.raises(HostError, match=f"cannot load its configuration {path}: {failure}"):
        _ = Shell().configuration


def test_without_docassemble_it_says_whose_python_to_use(monkeypatch):
    monkeypatch.setitem(sys.modules, "docassemble.base", None)
    with pytest.raises(HostError, match="is not installed") as missing:
        Shell().load_web_application()
    assert "docassemble's own" in missing.value.hint


@pytest.mark.parametrize(
    ("configuration", "zone"),
    [
        ({"timezone": "Asia/Tokyo"}, "Asia/Tokyo"),
        ({"timezone": None}, "America/New_York"),
        ({}, "America/New_York"),
    ],
)
def test_the_time_zone_is_docassembles(configuration, zone, monkeypatch):
    monkeypatch.setitem(sys.modules, "tzlocal", None)
    assert shell.time_zone(configuration) == zone


def test_who_is_at_the_keyboard_is_told_also_behind_sudo(monkeypatch):
    monkeypatch.setenv("SUDO_USER", "alice")
    assert shell.present_person() == "alice (command line)"
    monkeypatch.delenv("SUDO_USER")
    monkeypatch.setattr("getpass.getuser", lambda: "www-data")
    assert shell.present_person() == "www-data (command line)"

    def nobody():
        raise KeyError(1000)

    monkeypatch.setattr("getpass.getuser", nobody)
    assert shell.present_person().startswith("user ")
