from __future__ import annotations

import os
import secrets
import shutil
import stat
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any

import psycopg2
import psycopg2.extensions
import psycopg2.extras
import pytest
from hypothesis import given
from hypothesis import strategies as st

from docassemble.Scheduler.tasks import postgres_db_backup as backup
from docassemble.Scheduler.tasks.postgres_db_backup import BackupError, Database

SERVER = {"host": "127.0.0.1", "port": 5432, "user": "postgres"}


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    lines: list[tuple[str, ...]] = []
    monkeypatch.setattr(backup, "log", lambda *arguments: lines.append(arguments))
    return lines


@pytest.fixture
def daconfig(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    config: dict[str, Any] = {}
    module = ModuleType("docassemble.base.config")
    module.daconfig = config  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "docassemble.base", ModuleType("docassemble.base"))
    monkeypatch.setitem(sys.modules, "docassemble.base.config", module)
    return config


# --- the section and the command


@pytest.mark.parametrize(
    ("section", "database"),
    [
        ({"name": "data"}, Database(name="data")),
        ({"name": "data", "host": None, "user": "", "port": None}, Database(name="data")),
        (
            {
                "prefix": "postgresql+psycopg2://",
                "name": "d",
                "host": "h",
                "port": 5433,
                "user": "u",
                "password": 1234,
            },
            Database(name="d", host="h", port="5433", user="u", password="1234"),
        ),
    ],
)
def test_a_section_may_leave_out_all_but_the_name(section: dict[str, Any], database: Database) -> None:
    assert backup.read_database({"db": section}, "db") == database


@pytest.mark.parametrize(
    ("configuration", "message"),
    [
        ({}, "there is no section 'db' in the configuration"),
        ({"db": None}, "there is no section 'db' in the configuration"),
        ({"db": "docassemble"}, "there is no section 'db' in the configuration"),
        ({"db": {"user": "u"}}, "the section 'db' has no database `name`"),
        ({"db": {"name": ["a"]}}, "the section 'db' has a `name` that is neither a text nor a number"),
        ({"db": {"name": "a\0b"}}, "the section 'db' has a `name` that is neither a text nor a number"),
    ],
)
def test_a_section_that_cannot_be_used_is_named(configuration: dict[str, Any], message: str) -> None:
    with pytest.raises(BackupError) as caught:
        backup.read_database(configuration, "db")
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("database", "rest"),
    [
        (Database(name="data"), ["--host=localhost", "--dbname=dbname='data'"]),
        (
            Database(name="data", host="db.example.com", port="5433", user="me", password="secret"),
            ["--host=db.example.com", "--port=5433", "--username=me", "--dbname=dbname='data'"],
        ),
        (Database(name="host=evil x'y\\"), ["--host=localhost", r"--dbname=dbname='host=evil x\'y\\'"]),
    ],
)
def test_the_command_has_everything_but_the_password(database: Database, rest: list[str]) -> None:
    command = backup.dump_command(database, Path("/b/dump"))
    assert command == ["pg_dump", "--format=c", "--no-password", "--file=/b/dump", *rest]


def test_the_password_is_not_in_the_representation_of_a_database() -> None:
    assert "secret" not in repr(Database(name="data", password="secret"))


@pytest.mark.parametrize(
    ("database", "name"),
    [
        ("data", "data"),
        ("caf\xe9 2", "caf\xe9 2"),
        ("../../etc/x", "..%2F..%2Fetc%2Fx"),
        ("..", "%2E%2E"),
        ("50%", "50%25"),
        ("a\nb", "a%0Ab"),
    ],
)
def test_an_odd_database_name_becomes_a_harmless_file_name(database: str, name: str) -> None:
    assert backup.file_name(database) == name


@given(names=st.lists(st.text("./%2EF\n\x00a", min_size=1), min_size=2, max_size=2, unique=True))
def test_two_databases_never_share_a_file_name(names: list[str]) -> None:
    assert backup.file_name(names[0]) != backup.file_name(names[1])


# --- with a pg_dump of our own

PG_DUMP = """#!/bin/sh
for argument; do
    case "$argument" in
        --file=*) target="${argument#--file=}" ;;
        "--dbname=dbname='broken'") echo "FATAL: $PGPASSWORD is wrong for broken" >&2; exit 1 ;;
    esac
done
printf '%s\\n' "password=$PGPASSWORD" "$@" > "$target"
"""


@pytest.fixture
def pg_dump(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    program = tmp_path / "bin" / "pg_dump"
    program.parent.mkdir()
    program.write_text(PG_DUMP)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.delenv("PGPASSWORD", raising=False)
    return program


def archives(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def content(archive: Path, member: str) -> str:
    with tarfile.open(archive) as tar:
        assert tar.getnames() == [member]
        extracted = tar.extractfile(member)
        assert extracted is not None
        return extracted.read().decode()


@pytest.mark.usefixtures("pg_dump", "logged")
def test_the_archive_has_the_path_of_0_2_x_and_is_for_us_only(
    daconfig: dict[str, Any], tmp_path: Path
) -> None:
    daconfig["db"] = {"name": "data", "password": "s3cret"}
    backup.run("db", str(tmp_path / "backups"))
    [archive] = archives(tmp_path / "backups")
    # %Y/%m/%d_%H.%M.%S_<db>.tar
    pattern = "[0-9][0-9][0-9][0-9]/[0-9][0-9]/[0-9][0-9]_[0-9][0-9].[0-9][0-9].[0-9][0-9]_data.tar"
    assert archive.relative_to(tmp_path / "backups").match(pattern)
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    assert content(archive, "data").startswith("password=s3cret\n--format=c\n")
    assert [path.name for path in archive.parent.iterdir()] == [archive.name]


@pytest.mark.usefixtures("pg_dump")
def test_one_failing_database_does_not_stop_the_others_and_the_job_fails_naming_it(
    daconfig: dict[str, Any], tmp_path: Path, logged: list[tuple[str, ...]]
) -> None:
    daconfig["bad"] = {"name": "broken", "password": "s3cret"}
    daconfig["good"] = {"name": "data"}
    with pytest.raises(BackupError) as caught:
        backup.run(["bad", "missing", "good"], str(tmp_path / "backups"))
    assert str(caught.value) == (
        "2 of 3 backups failed: "
        "'bad': pg_dump ended with 1: FATAL: *** is wrong for broken; "
        "'missing': there is no section 'missing' in the configuration"
    )
    assert [path.name.partition("_")[2].partition("_")[2] for path in archives(tmp_path / "backups")] == [
        "data.tar"
    ]
    assert "s3cret" not in str(logged)
    assert [line[1] for line in logged if len(line) > 1] == ["error", "error"]


@pytest.mark.usefixtures("pg_dump")
def test_databases_of_the_same_name_do_not_overwrite_each_other(tmp_path: Path) -> None:
    stem = tmp_path / "backups" / "21_04.00.00"
    first = backup.back_up(Database(name="data", host="one"), stem)
    second = backup.back_up(Database(name="data", host="two"), stem)
    assert (first.name, second.name) == ("21_04.00.00_data.tar", "21_04.00.00_data_2.tar")
    assert "--host=one" in content(first, "data")
    assert "--host=two" in content(second, "data")


@pytest.mark.usefixtures("logged")
@pytest.mark.parametrize("trouble", ["no pg_dump", "location is a file"])
def test_trouble_of_the_system_fails_the_job_and_names_the_database(
    trouble: str, daconfig: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pg_dump: Path
) -> None:
    daconfig["db"] = {"name": "data"}
    if trouble == "no pg_dump":
        monkeypatch.setenv("PATH", str(tmp_path))
    else:
        (tmp_path / "backups").touch()
    with pytest.raises(BackupError, match=r"^1 of 1 backups failed: 'db': \[Errno "):
        backup.run("db", str(tmp_path / "backups"))


# --- with a real PostgreSQL


def connect(database: str) -> psycopg2.extensions.connection:
    connection: psycopg2.extensions.connection = psycopg2.connect(
        dbname=database, connect_timeout=3, **SERVER
    )
    connection.autocommit = True
    return connection


def on_server(statement: str, *names: str) -> None:
    with closing(connect("postgres")) as connection, connection.cursor() as cursor:
        quoted = [psycopg2.extensions.quote_ident(name, connection) for name in names]
        cursor.execute(statement.format(*quoted))


def missing(what: str) -> None:
    """Skip on a developer's machine, fail in CI."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture
def scratch() -> Iterator[tuple[str, str]]:
    """Two new, empty databases, the first with a name that is trouble for a path or a shell."""
    for program in ("pg_dump", "pg_restore"):
        if not shutil.which(program):
            missing(f"{program} is not installed")
    tag = secrets.token_hex(4)
    names = (f"scheduler test='{tag}' $HOME/..", f"scheduler_test_{tag}")
    try:
        on_server("CREATE DATABASE {}", names[0])
    except psycopg2.OperationalError as error:
        missing(f"no PostgreSQL at 127.0.0.1:5432: {error}")
    on_server("CREATE DATABASE {}", names[1])
    yield names
    for name in names:
        on_server("DROP DATABASE {}", name)


@pytest.mark.usefixtures("logged")
def test_a_backup_restores_the_same_rows(
    scratch: tuple[str, str], daconfig: dict[str, Any], tmp_path: Path
) -> None:
    source, copy = scratch
    with closing(connect(source)) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE cases (id serial PRIMARY KEY, title text, filed timestamptz)")
        cursor.execute(
            "INSERT INTO cases (title, filed) SELECT 'Case \xe9' || n, now() FROM generate_series(1, 500) n"
        )
    daconfig["data db"] = {"name": source, **SERVER}
    backup.run(["data db"], str(tmp_path / "backups"))

    [archive] = archives(tmp_path / "backups")
    with tarfile.open(archive) as tar:
        [member] = tar.getmembers()
        assert member.name == backup.file_name(source)
        extracted = tar.extractfile(member)
        assert extracted is not None
        (tmp_path / "dump").write_bytes(extracted.read())
    subprocess.run(
        ["pg_restore", "-h", "127.0.0.1", "-p", "5432", "-U", "postgres", "-d", copy, str(tmp_path / "dump")],
        check=True,
    )
    assert rows(copy) == rows(source)
    assert len(rows(copy)) == 500


def rows(database: str) -> list[tuple[Any, ...]]:
    with closing(connect(database)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT * FROM cases ORDER BY id")
        return list(cursor.fetchall())


@pytest.mark.usefixtures("logged")
def test_a_dump_that_the_server_refuses_fails_the_job_with_its_reason(
    scratch: tuple[str, str], daconfig: dict[str, Any], tmp_path: Path
) -> None:
    daconfig["db"] = {"name": f"{scratch[1]}_gone", **SERVER}
    with pytest.raises(BackupError, match=rf'pg_dump ended with 1: .*"{scratch[1]}_gone" does not exist'):
        backup.run("db", str(tmp_path / "backups"))
    assert archives(tmp_path / "backups") == []
