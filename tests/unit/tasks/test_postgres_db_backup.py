from __future__ import annotations

import errno
import fcntl
import os
import secrets
import shutil
import stat
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import psycopg2
import psycopg2.extensions
import psycopg2.extras
import pytest
from hypothesis import given
from hypothesis import strategies as st

from devserver.waiting import until
from docassemble.Scheduler.core.errors import JobTimeout
from docassemble.Scheduler.tasks import backup_files
from docassemble.Scheduler.tasks import postgres_db_backup as backup
from docassemble.Scheduler.tasks.postgres_db_backup import BackupError, PostgresDatabase

SERVER = {"host": "127.0.0.1", "port": 5432, "user": "postgres"}


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    lines: list[tuple[str, ...]] = []
    monkeypatch.setattr(backup, "log", lambda *arguments: lines.append(arguments))
    return lines


# --- the section and the command


@pytest.mark.parametrize(
    ("section", "database"),
    [
        ({"name": "data"}, PostgresDatabase(name="data")),
        ({"name": "data", "host": None, "user": "", "port": None}, PostgresDatabase(name="data")),
        (
            {
                "prefix": "postgresql+psycopg2://",
                "name": "d",
                "host": "h",
                "port": 5433,
                "user": "u",
                "password": 1234,
            },
            PostgresDatabase(name="d", host="h", port="5433", user="u", password="1234"),
        ),
    ],
)
def test_a_section_may_leave_out_all_but_the_name(
    section: dict[str, Any], database: PostgresDatabase
) -> None:
    assert backup.read_database({"db": section}, "db") == database


@pytest.mark.parametrize(
    ("configuration", "message"),
    [
        ({}, "there is no section 'db' in the configuration"),
        ({"db": None}, "there is no section 'db' in the configuration"),
        ({"db": "docassemble"}, "there is no section 'db' in the configuration"),
        ({"db": {"user": "u"}}, "the section 'db' has no database `name`"),
        ({"db": {"name": ["a"]}}, "the section 'db' has a `name` that is neither a text nor a number"),
        (
            {"db": {"prefix": "mysql+pymysql://", "name": "a", "port": 3306}},
            "the section 'db' is no PostgreSQL: its `prefix` is 'mysql+pymysql://'",
        ),
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
        (PostgresDatabase(name="data"), ["--host=localhost", "--dbname=dbname='data'"]),
        (
            PostgresDatabase(name="data", host="db.example.com", port="5433", user="me", password="secret"),
            ["--host=db.example.com", "--port=5433", "--username=me", "--dbname=dbname='data'"],
        ),
        (
            PostgresDatabase(name="host=evil x'y\\"),
            ["--host=localhost", r"--dbname=dbname='host=evil x\'y\\'"],
        ),
    ],
)
def test_the_command_has_everything_but_the_password(database: PostgresDatabase, rest: list[str]) -> None:
    command = backup.dump_command(database, Path("/b/dump"))
    assert command == ["pg_dump", "--format=c", "--no-password", "--file=/b/dump", *rest]


def test_the_password_is_not_in_the_representation_of_a_database() -> None:
    assert "secret" not in repr(PostgresDatabase(name="data", password="secret"))


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
    folders = [path for path in archive.parents if path.is_relative_to(tmp_path / "backups")]
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in folders] == [0o700] * 3
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
    first = backup.back_up(PostgresDatabase(name="data", host="one"), stem)
    second = backup.back_up(PostgresDatabase(name="data", host="two"), stem)
    assert (first.name, second.name) == ("21_04.00.00_data.tar", "21_04.00.00_data_2.tar")
    assert "--host=one" in content(first, "data")
    assert "--host=two" in content(second, "data")


@pytest.mark.usefixtures("pg_dump", "logged")
def test_arguments_are_given_as_in_0_2_x_by_place_or_by_name(
    daconfig: dict[str, Any], tmp_path: Path
) -> None:
    daconfig |= {"db": {"name": "data"}, "data db": {"name": "more"}}
    backup.run(["db", "data db"], f"{tmp_path}/by_place/")
    backup.run(db_keys_to_backup="db", backup_location=f"{tmp_path}/by_name/")
    assert len(archives(tmp_path / "by_place")) == 2
    assert len(archives(tmp_path / "by_name")) == 1


# --- how long they are kept


@pytest.mark.parametrize(
    ("keep", "message"),
    [
        (14, "`keep` is not a duration with a unit: write words, such as `14 days`"),
        ("14", "`keep` is not a duration with a unit: write words, such as `14 days`"),
        ("14 dys", "`keep` has a unit that is not known: Did you mean `days`?"),
        ("-14 days", "`keep` is not a duration: A duration cannot be negative."),
    ],
)
@pytest.mark.usefixtures("pg_dump", "logged", "daconfig")
def test_a_time_to_keep_backups_must_say_what_it_means(keep: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(BackupError) as caught:
        backup.run("db", str(tmp_path), keep=keep)
    assert str(caught.value) == message


def now() -> datetime:
    """The local time."""
    return datetime.now(timezone.utc).astimezone().replace(tzinfo=None)


def made(database: PostgresDatabase, location: Path, days: float) -> Path:
    """Put a backup there that is so many days old."""
    stem = backup_files.stem(location, now() - timedelta(days=days))
    stem.parent.mkdir(parents=True, exist_ok=True)
    archive = location / "archive"
    backup_files.pack(Path(__file__), archive, database.name, database.mark)
    return backup_files.put(archive, stem, database.name)


@pytest.mark.usefixtures("pg_dump", "logged")
def test_old_backups_of_the_same_database_are_removed_and_their_empty_folders_with_them(
    daconfig: dict[str, Any], tmp_path: Path
) -> None:
    daconfig["db"] = {"name": "data"}
    location = tmp_path / "backups"
    old = [made(PostgresDatabase(name="data"), location, days) for days in (800, 400, 14.1)]
    young = made(PostgresDatabase(name="data"), location, 13.9)
    backup.run("db", str(location), keep="14 days")
    left = archives(location)
    assert young in left
    assert len(left) == 2
    assert not any(path.exists() for path in old)
    assert {path for path in location.rglob("*") if path.is_dir()} == {
        folder for path in left for folder in (path.parent, path.parent.parent)
    }


@pytest.mark.usefixtures("pg_dump", "logged")
def test_nothing_that_somebody_else_wrote_is_removed(daconfig: dict[str, Any], tmp_path: Path) -> None:
    daconfig["db"] = {"name": "data"}
    others = [PostgresDatabase(name="data", host="db.example.com"), PostgresDatabase(name="data_2")]
    kept = [made(other, tmp_path / "backups", 99) for other in others]
    folder = kept[0].parent
    kept.append(folder / "01_04.00.00_data.tar")
    with tarfile.open(kept[-1], "w") as by_0_2_x:
        by_0_2_x.add(__file__, arcname="data")
    for name in ("02_04.00.00_data.tar", "99_04.00.00_data.tar", "data.tar", "notes.txt"):
        kept.append(folder / name)
        kept[-1].write_text("no archive")
    backup.run("db", str(tmp_path / "backups"), keep="1 day")
    assert [path for path in kept if not path.exists()] == []


def test_the_newest_backup_stays_whatever_its_age(tmp_path: Path) -> None:
    database = PostgresDatabase(name="data")
    old, newer = (made(database, tmp_path, days) for days in (3, 2))
    assert backup_files.remove_old(tmp_path, "data", database.mark, now()) == [old]
    assert archives(tmp_path) == [newer]


@pytest.mark.usefixtures("pg_dump", "logged")
def test_a_dump_that_fails_removes_nothing(daconfig: dict[str, Any], tmp_path: Path) -> None:
    daconfig |= {"good": {"name": "data"}, "bad": {"name": "broken"}}
    of_good, *of_bad = (
        made(PostgresDatabase(name=name), tmp_path / "backups", days)
        for name, days in (("data", 99), ("broken", 99), ("broken", 98))
    )
    with pytest.raises(BackupError, match=r"^1 of 2 backups failed: 'bad'"):
        backup.run(["good", "bad"], str(tmp_path / "backups"), keep="1 day")
    assert not of_good.exists()
    assert all(path.exists() for path in of_bad)


@pytest.mark.usefixtures("pg_dump", "logged")
def test_files_that_cannot_be_removed_fail_the_run_though_the_backup_is_there(
    daconfig: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    daconfig["db"] = {"name": "data"}

    def refuse(*_: object) -> list[Path]:
        raise PermissionError(13, "Permission denied", "/backups/2026/01")

    monkeypatch.setattr(backup_files, "remove_old", refuse)
    with pytest.raises(
        BackupError, match=r"'db': backed up, but old backups could not be removed: .*Permission"
    ):
        backup.run("db", str(tmp_path / "backups"), keep="1 day")
    assert len(archives(tmp_path / "backups")) == 1


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


# --- what a run leaves that is killed

DIE = """
import os, signal, sys
from pathlib import Path
from docassemble.Scheduler.tasks import backup_files
with backup_files.workplace(Path(sys.argv[1])) as folder:
    (folder / "dump").write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""
MONTH = "backups/2026/11"


def left_by_a_killed_process(tmp_path: Path) -> Path:
    month = tmp_path / MONTH
    month.mkdir(parents=True, exist_ok=True)
    before = set(month.iterdir())
    subprocess.run([sys.executable, "-c", DIE, str(month)], check=False)
    [left] = set(month.iterdir()) - before
    assert (left / "dump").read_text() == "half"
    return left


@pytest.mark.usefixtures("pg_dump", "daconfig")
def test_the_next_run_removes_what_a_killed_one_has_left_and_says_so(
    daconfig: dict[str, Any], tmp_path: Path, logged: list[tuple[str, ...]]
) -> None:
    daconfig["db"] = {"name": "data"}
    left = [left_by_a_killed_process(tmp_path) for _ in range(2)]
    backup.run("db", str(tmp_path / "backups"))
    assert [path for path in left if path.exists()] == []
    assert sorted(line[0] for line in logged if line[0].startswith("Removed")) == sorted(
        f"Removed {path}, left by a run that was killed" for path in left
    )


def test_what_a_run_is_making_stays_however_old_it_is(tmp_path: Path) -> None:
    (tmp_path / MONTH).mkdir(parents=True)
    with backup_files.workplace(tmp_path / MONTH) as here:
        age(here)
        assert backup_files.remove_left(tmp_path / "backups", now()) == []
        assert here.exists()
    assert not here.exists()


def age(folder: Path) -> None:
    """Make it look as if nothing had changed there for two days."""
    long_ago = (now() - 2 * backup_files.ABANDONED).timestamp()
    for path in (*folder.iterdir(), folder):
        os.utime(path, (long_ago, long_ago))


@pytest.mark.parametrize("realm", ["another boot 64", "", None])
def test_where_the_lock_proves_nothing_a_day_without_a_change_does(realm: str | None, tmp_path: Path) -> None:
    """Another machine that shares the folder, a run that had no time to lock, and a release before this one."""
    left = left_by_a_killed_process(tmp_path)
    if realm is None:
        (left / "lock").unlink()
    else:
        (left / "lock").write_text(realm)
    assert backup_files.remove_left(tmp_path / "backups", now()) == []
    assert left.exists()
    age(left)
    assert backup_files.remove_left(tmp_path / "backups", now()) == [left]
    assert not left.exists()


def test_a_file_system_without_locks_leaves_age_alone_to_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    (tmp_path / MONTH).mkdir(parents=True)
    with monkeypatch.context() as patched:
        patched.setattr(fcntl, "flock", refuse)
        with backup_files.workplace(tmp_path / MONTH) as here:
            assert backup_files.remove_left(tmp_path / "backups", now()) == []
            monkeypatch.undo()  # another server may have locks there, and gets one
            assert backup_files.remove_left(tmp_path / "backups", now()) == []
            assert here.exists()


@pytest.mark.parametrize(
    "name",
    [
        ".backup-",
        ".backup-mine",
        ".backup-12345678x",
        ".backup-1234567-",
        "backup-12345678",
        "x.backup-12345678",
    ],
)
def test_nothing_is_removed_that_has_not_exactly_our_name(name: str, tmp_path: Path) -> None:
    others = [
        tmp_path / MONTH / name,
        tmp_path / "backups/.backup-12345678",
        tmp_path / "backups/2026/xx/.backup-12345678",
    ]
    target = tmp_path / "elsewhere"
    for folder in (*others, target):
        folder.mkdir(parents=True)
        (folder / "dump").touch()
        age(folder)
    (tmp_path / MONTH / ".backup-abcdefgh").symlink_to(target)
    (tmp_path / MONTH / ".backup-00000000").write_text("a file")
    assert backup_files.remove_left(tmp_path / "backups", now()) == []
    assert all((folder / "dump").exists() for folder in (*others, target))


def test_a_file_system_without_links_gives_names_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    first, second = (made(PostgresDatabase(name="data"), tmp_path, 1) for _ in range(2))
    assert (first.stat().st_size, second.stat().st_size) != (0, 0)
    assert len(archives(tmp_path)) == 2


def test_no_name_is_given_to_what_is_not_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed at any moment before, a run leaves nothing that looks like a backup, not even an empty file."""
    seen: list[list[Path]] = []
    link = Path.hardlink_to

    def watched(target: Path, archive: Path) -> None:
        seen.append(list(tmp_path.rglob("*.tar")))
        link(target, archive)

    monkeypatch.setattr(Path, "hardlink_to", watched)
    archive = made(PostgresDatabase(name="data"), tmp_path, 1)
    assert seen == [[]]
    assert archives(tmp_path) == [archive]


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
    with pytest.raises(BackupError, match=rf"pg_dump ended with 1: .*{scratch[1]}_gone"):
        backup.run("db", str(tmp_path / "backups"))
    assert archives(tmp_path / "backups") == []


@pytest.mark.usefixtures("logged")
@pytest.mark.parametrize("force", [False, True])
def test_a_run_that_is_stopped_ends_its_pg_dump_and_leaves_no_file(
    force: bool,
    scratch: tuple[str, str],
    daconfig: dict[str, Any],
    tmp_path: Path,
    stoppable: Callable[[Callable[[], object]], Any],
) -> None:
    _, database = scratch
    daconfig["db"] = {"name": database, **SERVER}
    with closing(connect(database)) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE cases (id int)")
        cursor.execute("BEGIN; LOCK TABLE cases")  # pg_dump waits for it
        job = stoppable(lambda: backup.run("db", str(tmp_path / "backups")))
        until(lambda: dumping(database), "pg_dump that waits for the lock", 10)
        assert isinstance(job.stop(force=force), JobTimeout)
        until(lambda: not dumping(database), "the end of pg_dump on the server", 10)
    assert [path for path in (tmp_path / "backups").rglob("*") if not path.is_dir()] == []
    assert list((tmp_path / "backups").rglob(".backup-*")) == []


RUN = """
import sys
from types import ModuleType
module = sys.modules["docassemble.base.config"] = ModuleType("docassemble.base.config")
sys.modules["docassemble.base"] = ModuleType("docassemble.base")
module.daconfig = {"db": {"name": sys.argv[1], "host": "127.0.0.1", "port": 5432, "user": "postgres"}}
from docassemble.Scheduler.tasks import postgres_db_backup as backup
backup.log = print
backup.run("db", sys.argv[2])
"""


@pytest.mark.usefixtures("logged")
def test_a_half_dump_whose_process_was_killed_is_gone_after_the_next_run(
    scratch: tuple[str, str], daconfig: dict[str, Any], tmp_path: Path
) -> None:
    _, database = scratch
    daconfig["db"] = {"name": database, **SERVER}
    location = tmp_path / "backups"
    with closing(connect(database)) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE cases (id int)")
        cursor.execute("BEGIN; LOCK TABLE cases")  # pg_dump waits for it
        with subprocess.Popen([sys.executable, "-c", RUN, database, str(location)]) as job:
            until(lambda: dumping(database), "pg_dump that waits for the lock", 20)
            [left] = location.glob("*/*/.backup-*")
            job.kill()
        assert left.exists()
    backup.run("db", str(location))  # while the pg_dump of the killed one may still be at it
    assert not left.exists()
    assert len(archives(location)) == 1
    until(lambda: not dumping(database), "the end of the other pg_dump", 10)


def dumping(database: str) -> bool:
    with closing(connect("postgres")) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_stat_activity WHERE datname = %s AND application_name = 'pg_dump'", [database]
        )
        return cursor.fetchone() is not None
