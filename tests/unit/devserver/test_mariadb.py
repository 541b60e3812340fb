"""A database of the devserver's on a MariaDB that is not the devserver's."""

import sys
from pathlib import Path

import pytest
from sqlalchemy import make_url

from devserver import mariadb
from devserver.errors import DevServerError
from devserver.mariadb import MariaDB
from devserver.server import DevServer

VENV = Path(sys.prefix)  # has what docassemble's environment would have: SQLAlchemy and the driver


def test_a_folder_has_the_same_database_at_each_start_and_no_other_folder_has_it(tmp_path: Path) -> None:
    first, again, other = (MariaDB(VENV, tmp_path / name).name for name in ("a", "a", "b"))
    assert first == again != other


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("mysql+pymysql://root:@127.0.0.1:3306/", "127.0.0.1:3306"),
        ("mysql+pymysql://me:secret@db.example.com/", "db.example.com:3306"),
        ("mysql+pymysql://me:secret@db.example.com:3307/", "db.example.com:3307"),
    ],
)
def test_docassemble_comes_as_a_user_of_its_own_to_the_server_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, server: str
) -> None:
    monkeypatch.setattr(mariadb, "URL", url)
    made = MariaDB(VENV, tmp_path)
    parts = make_url(made.url)
    assert f"{parts.host}:{parts.port}" == server
    assert parts.drivername == make_url(url).drivername
    assert parts.username == parts.database == made.name
    assert parts.password, "docassemble puts one of its own in place of none"


def test_a_server_that_is_missing_is_named_without_its_password_and_nothing_is_left_to_remove(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mariadb, "URL", "mysql+pymysql://me:s3cret@127.0.0.1:1/")
    made = MariaDB(VENV, tmp_path)
    with pytest.raises(DevServerError, match=r"^MariaDB at 127\.0\.0\.1:1/:\n") as caught:
        made.open()
    assert "s3cret" not in str(caught.value)
    made.close()


def test_a_docassemble_with_a_user_of_its_own_has_no_mariadb(tmp_path: Path) -> None:
    with pytest.raises(DevServerError, match="PostgreSQL of its own"):
        DevServer(state=tmp_path, user="www-data", database="mariadb")
