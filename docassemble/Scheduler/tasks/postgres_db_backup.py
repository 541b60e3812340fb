# do not pre-load
"""Dumps PostgreSQL databases into files: the job `postgres_db_backup.run`."""

from __future__ import annotations

import os
import re
import subprocess
import tarfile
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from docassemble.Scheduler.errors import SchedulerError
from docassemble.Scheduler.scheduler_logger import log


class BackupError(SchedulerError):
    """A database that was not backed up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """A section of docassemble's configuration, like `db`; what is None is left to PostgreSQL's defaults."""

    name: str
    host: str = "localhost"
    port: str | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def run(db_keys_to_backup: str | Iterable[str], backup_location: str) -> None:
    """Back up each database to `backup_location/%Y/%m/%d_%H.%M.%S_<name>.tar`, in local time.

    `db_keys_to_backup` names one or more sections of docassemble's configuration with `name`,
    `user`, `password`, `host` and `port`. The tar holds one file, `<name>`, for `pg_restore`;
    only the system user of docassemble can read it. Raises `BackupError` at the end when a
    database failed; the others are backed up all the same.
    """
    from docassemble.base.config import daconfig

    log("Starting custom database backup")
    keys = [db_keys_to_backup] if isinstance(db_keys_to_backup, str) else list(db_keys_to_backup)
    stem = Path(backup_location) / datetime.now(timezone.utc).astimezone().strftime("%Y/%m/%d_%H.%M.%S")
    outcomes = {key: _attempt(daconfig, key, stem) for key in keys}
    failures = [f"'{key}': {reason}" for key, reason in outcomes.items() if reason]
    if failures:
        raise BackupError(
            f"{len(failures)} of {len(outcomes)} databases were not backed up: {'; '.join(failures)}"
        )
    log("Finished custom database backup")


def _attempt(configuration: Mapping[str, Any], key: str, stem: Path) -> str | None:
    """Back up one database; return why it failed, so that the others get their turn."""
    log(f"Backing up database '{key}'")
    try:
        path = back_up(read_database(configuration, key), stem)
    except (BackupError, OSError) as error:
        log(f"Failed to backup database '{key}': {error}", "error")
        return str(error)
    log(f"Wrote {path}")
    return None


def read_database(configuration: Mapping[str, Any], key: str) -> Database:
    """Return the section `key` of docassemble's configuration; raise `BackupError` if it is none."""
    section = configuration.get(key)
    if not isinstance(section, Mapping):
        raise BackupError(f"there is no section '{key}' in the configuration")
    given = {name: section.get(name) for name in ("name", "host", "port", "user", "password")}
    values = {name: value for name, value in given.items() if value not in (None, "")}
    if "name" not in values:
        raise BackupError(f"the section '{key}' has no database `name`")
    for name, value in values.items():
        if not isinstance(value, (str, int)) or "\0" in str(value):
            raise BackupError(f"the section '{key}' has a `{name}` that is neither a text nor a number")
    return Database(**{name: str(value) for name, value in values.items()})


def dump_command(database: Database, target: Path) -> list[str]:
    """Return the pg_dump command. It holds no password: any user of the machine can see commands."""
    quoted = re.sub(r"([\\'])", r"\\\1", database.name)
    command = ["pg_dump", "--format=c", "--no-password", f"--file={target}", f"--host={database.host}"]
    if database.port:
        command.append(f"--port={database.port}")
    if database.user:
        command.append(f"--username={database.user}")
    # As a connection string, because a bare name with `=` in it would be taken for one.
    return [*command, f"--dbname=dbname='{quoted}'"]


def file_name(database: str) -> str:
    """Return a file name for a database: its name, with what a path cannot hold as `%2F`. Injective."""
    if set(database) == {"."}:
        return database.replace(".", "%2E")
    return re.sub(r"[/%\x00-\x1f\x7f]", lambda match: f"%{ord(match[0]):02X}", database)


def back_up(database: Database, stem: Path) -> Path:
    """Dump to `<stem>_<name>.tar`, which appears when it is whole; return its path.

    When there is such a file already (two servers with a database of that name), a number is added.
    """
    stem.parent.mkdir(parents=True, exist_ok=True)
    name = file_name(database.name)
    # In the same file system, so that moving it is one step; the folder is readable by us only.
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=stem.parent) as folder:
        dump, archive = Path(folder, "dump"), Path(folder, "archive")
        _dump(database, dump)
        with tarfile.open(archive, "w") as tar:
            tar.add(dump, arcname=name)
        archive.chmod(0o600)
        return archive.replace(_reserve(stem, name))


def _dump(database: Database, target: Path) -> None:
    environment = dict(os.environ)
    if database.password:
        environment["PGPASSWORD"] = database.password
    done = subprocess.run(  # noqa: S603 - a list of arguments, no shell
        dump_command(database, target),
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise BackupError(f"pg_dump ended with {done.returncode}: {_masked(done.stderr.strip(), database)}")


def _masked(text: str, database: Database) -> str:
    return text.replace(database.password, "***") if database.password else text


def _reserve(stem: Path, name: str) -> Path:
    """Create, and so claim, the first free file name: another run may be looking for one as well."""
    number = 1
    while True:
        number_text = "" if number == 1 else f"_{number}"
        target = stem.with_name(f"{stem.name}_{name}{number_text}.tar")
        try:
            target.touch(0o600, exist_ok=False)
        except FileExistsError:
            number += 1
        else:
            return target
