"""Another user's files: who that is, and where that user can get."""

import os
import pwd
from pathlib import Path

import pytest

from devserver import ownership
from devserver.errors import DevServerError
from devserver.processes import rights_of


def knows(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    users = {name: pwd.struct_passwd((name, "x", 33, 34, "", "/", "")) for name in names}
    monkeypatch.setattr(pwd, "getpwnam", users.__getitem__)


@pytest.mark.parametrize(("names", "user"), [(("nobody", "www-data"), "www-data"), (("nobody",), "nobody")])
def test_docassembles_user_is_that_of_its_container_if_there_is_one(
    monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...], user: str
) -> None:
    knows(monkeypatch, *names)
    assert ownership.docassemble_user() == user


def test_only_root_can_start_programs_as_another_user(monkeypatch: pytest.MonkeyPatch) -> None:
    knows(monkeypatch, "www-data")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert ownership.number_of("www-data") == 33
    with pytest.raises(DevServerError, match="no user operator"):
        ownership.number_of("operator")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(DevServerError, match="only root"):
        ownership.number_of("www-data")


def test_a_program_of_another_user_has_its_group_and_the_umask_of_services(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        pwd, "getpwuid", lambda uid: pwd.struct_passwd(("www-data", "x", uid, 34, "", "/", ""))
    )
    assert rights_of(33) == {"user": 33, "group": 34, "extra_groups": [], "umask": 0o022}
    assert rights_of(None) == {}


def test_what_others_cannot_reach_is_copied_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "place"
    place.mkdir()
    monkeypatch.setattr(ownership, "place_for", lambda folder: place)
    monkeypatch.setattr(ownership, "open_to_all", lambda folder: folder.name == "open")
    for name in ("open", "private"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name, encoding="utf-8")
    assert ownership.within_reach(tmp_path / "open") == tmp_path / "open"
    copies = {ownership.within_reach(tmp_path / "private") for _ in range(2)}
    assert copies == {place / "copy"}
    assert (place / "copy/file").read_text(encoding="utf-8") == "private"


def test_a_folder_of_mode_700_is_closed_to_all_below_it(tmp_path: Path) -> None:
    closed = tmp_path / "home"
    closed.mkdir(mode=0o700)
    assert not ownership.open_to_all(closed / "folder that does not exist yet")
