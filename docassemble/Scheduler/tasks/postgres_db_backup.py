# do not pre-load
"""Dumps PostgreSQL databases into files: the job `postgres_db_backup.run`."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from docassemble.Scheduler.core.durations import parse_duration
from docassemble.Scheduler.core.errors import DurationError, SchedulerError
from docassemble.Scheduler.scheduler_logger import log
from docassemble.Scheduler.tasks import backup_files
from docassemble.Scheduler.tasks.backup_files import file_name
from docassemble.Scheduler.tasks.interruption import POLL_INTERVAL, stop_if_asked, undisturbed

#: how long a pg_dump that is to end may take before it is killed (seconds)
TERMINATE_TIMEOUT = 5


class BackupError(SchedulerError):
    """A database that was not backed up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresDatabase:
    """A section of docassemble's configuration, like `db`; what is None is left to PostgreSQL's defaults."""

    name: str
    host: str = "localhost"
    port: str | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def mark(self) -> str:
        """What its backups are recognised by, wherever they lie."""
        return f"postgres_db_backup {self.host}:{self.port or 5432}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """Where the backups of a run are put, and how long those of earlier ones stay there; None is for ever."""

    location: Path
    #: local time
    now: datetime
    keep: timedelta | None

    @property
    def stem(self) -> Path:
        """The beginning of the paths of this run's backups."""
        return backup_files.stem(self.location, self.now)


def run(db_keys_to_backup: str | Iterable[str], backup_location: str, keep: str | None = None) -> None:
    """Back up each database to `backup_location/%Y/%m/%d_%H.%M.%S_<name>.tar`, in local time.

    `db_keys_to_backup` names one or more sections of docassemble's configuration with `name`,
    `user`, `password`, `host` and `port`. The tar holds one file, `<name>`, for `pg_restore`;
    only the system user of docassemble can read it, and the folders that are made for it.
    `keep` is a duration such as `14 days`: after a successful backup of a database, older ones that
    this job made of it are removed. Raises `BackupError` at the end when a database failed; the
    others are backed up all the same.
    """
    from docassemble.base.config import daconfig

    log("Starting custom database backup")
    keys = [db_keys_to_backup] if isinstance(db_keys_to_backup, str) else list(db_keys_to_backup)
    now = datetime.now(timezone.utc).astimezone().replace(tzinfo=None)
    shelf = Shelf(location=Path(backup_location), now=now, keep=None if keep is None else read_keep(keep))
    _remove_left(shelf)
    outcomes = {key: _attempt(daconfig, key, shelf) for key in keys}
    failures = [f"'{key}': {reason}" for key, reason in outcomes.items() if reason]
    if failures:
        raise BackupError(f"{len(failures)} of {len(outcomes)} backups failed: {'; '.join(failures)}")
    log("Finished custom database backup")


def read_keep(keep: object) -> timedelta:
    """Read how long backups are kept. A number without a unit would be seconds, and remove nearly all of them."""
    if not isinstance(keep, str) or not any(map(str.isalpha, keep)):
        raise BackupError("`keep` is not a duration with a unit: write words, such as `14 days`")
    try:
        return parse_duration(keep)
    except DurationError as error:
        raise BackupError(f"`keep` {error}: {error.hint}") from error


def _attempt(configuration: Mapping[str, Any], key: str, shelf: Shelf) -> str | None:
    """Back up one database; return why it failed, so that the others get their turn."""
    log(f"Backing up database '{key}'")
    try:
        database = read_database(configuration, key)
        log(f"Wrote {back_up(database, shelf.stem)}")
    except (BackupError, OSError) as error:
        log(f"Failed to backup database '{key}': {error}", "error")
        return str(error)
    try:
        _remove_old(database, shelf)
    except OSError as error:
        log(f"Failed to remove old backups of database '{key}': {error}", "error")
        return f"backed up, but old backups could not be removed: {error}"
    return None


def _remove_left(shelf: Shelf) -> None:
    """Remove what runs have left that could not: their process was killed. They may have filled the disk."""
    try:
        for path in backup_files.remove_left(shelf.location, shelf.now):
            log(f"Removed {path}, left by a run that was killed")
    except OSError as error:
        log(f"What a run that was killed has left could not be removed: {error}", "warning")


def _remove_old(database: PostgresDatabase, shelf: Shelf) -> None:
    if shelf.keep is None:
        return
    before = shelf.now - shelf.keep
    for path in backup_files.remove_old(shelf.location, file_name(database.name), database.mark, before):
        log(f"Removed {path}")


def read_database(configuration: Mapping[str, Any], key: str) -> PostgresDatabase:
    """Return the section `key` of docassemble's configuration; raise `BackupError` if it is none."""
    section = configuration.get(key)
    if not isinstance(section, Mapping):
        raise BackupError(f"there is no section '{key}' in the configuration")
    prefix = section.get("prefix")  # docassemble's own default is PostgreSQL
    if prefix and not str(prefix).startswith("postgres"):
        raise BackupError(f"the section '{key}' is no PostgreSQL: its `prefix` is {prefix!r}")
    given = {name: section.get(name) for name in ("name", "host", "port", "user", "password")}
    values = {name: value for name, value in given.items() if value not in (None, "")}
    if "name" not in values:
        raise BackupError(f"the section '{key}' has no database `name`")
    for name, value in values.items():
        if not isinstance(value, (str, int)) or "\0" in str(value):
            raise BackupError(f"the section '{key}' has a `{name}` that is neither a text nor a number")
    return PostgresDatabase(**{name: str(value) for name, value in values.items()})


def dump_command(database: PostgresDatabase, target: Path) -> list[str]:
    """Return the pg_dump command. It holds no password: any user of the machine can see commands."""
    quoted = re.sub(r"([\\'])", r"\\\1", database.name)
    command = ["pg_dump", "--format=c", "--no-password", f"--file={target}", f"--host={database.host}"]
    if database.port:
        command.append(f"--port={database.port}")
    if database.user:
        command.append(f"--username={database.user}")
    # As a connection string, because a bare name with `=` in it would be taken for one.
    return [*command, f"--dbname=dbname='{quoted}'"]


def back_up(database: PostgresDatabase, stem: Path) -> Path:
    """Dump to `<stem>_<name>.tar`, which appears when it is whole; return its path."""
    backup_files.make_private(stem.parent)
    name = file_name(database.name)
    with backup_files.workplace(stem.parent) as folder:
        dump, archive = folder / "dump", folder / "archive"
        _dump(database, dump)
        backup_files.pack(dump, archive, name, database.mark)
        return backup_files.put(archive, stem, name)


def _dump(database: PostgresDatabase, target: Path) -> None:
    environment = dict(os.environ)
    if database.password:
        environment["PGPASSWORD"] = database.password
    status, said = _run(dump_command(database, target), environment)
    if status:
        raise BackupError(f"pg_dump ended with {status}: {_masked(said.strip(), database)}")


def _run(command: list[str], environment: dict[str, str]) -> tuple[int, str]:
    """Run a program; return its status and what it said. It ends with the run, when that is stopped meanwhile."""
    process = None
    try:
        with undisturbed():
            process = subprocess.Popen(  # noqa: S603 - a list of arguments, no shell
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                errors="replace",
            )
        while True:
            stop_if_asked()
            with suppress(subprocess.TimeoutExpired):
                said = process.communicate(timeout=POLL_INTERVAL)[1]
                return process.returncode, said
    finally:
        if process is not None:
            _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    with process:  # closes its pipe
        process.terminate()  # which does nothing when it has ended
        try:
            process.wait(TERMINATE_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()


def _masked(text: str, database: PostgresDatabase) -> str:
    return text.replace(database.password, "***") if database.password else text
