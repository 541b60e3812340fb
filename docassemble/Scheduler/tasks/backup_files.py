# do not pre-load
"""The files of `postgres_db_backup`: their names, how they come about, and which of them are too old."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator
from datetime import datetime
from errno import EEXIST, ENOENT, ENOTEMPTY
from pathlib import Path

#: where a backup of a local time lies, below the location; its name goes on with `_<database>.tar`
_PLACE = "%Y/%m/%d_%H.%M.%S"
_TIME = re.compile(r"\d{4}/\d\d/\d\d_\d\d\.\d\d\.\d\d")


def stem(location: Path, moment: datetime) -> Path:
    """Return the beginning of the paths of all backups that are made at a local time."""
    return location / moment.strftime(_PLACE)


def make_private(folder: Path) -> None:
    """Make a folder, and those it lies in, where they are missing; only we may look into what is made."""
    if not folder.exists():
        make_private(folder.parent)
        folder.mkdir(0o700, exist_ok=True)


def file_name(database: str) -> str:
    """Return a file name for a database: its name, with what a path cannot hold as `%2F`. Injective."""
    if set(database) == {"."}:
        return database.replace(".", "%2E")
    return re.sub(r"[/%\x00-\x1f\x7f]", lambda match: f"%{ord(match[0]):02X}", database)


def pack(dump: Path, archive: Path, name: str, mark: str) -> None:
    """Write a tar that holds the dump as `name`, and in its header the mark of the database."""
    with tarfile.open(archive, "w", format=tarfile.PAX_FORMAT, pax_headers={"comment": mark}) as tar:
        tar.add(dump, arcname=name)
    archive.chmod(0o600)


def put(archive: Path, stem: Path, name: str) -> Path:
    """Move a whole archive to `<stem>_<name>.tar` in one step; return the path.

    When there is such a file already (two servers with a database of that name), a number is added.
    """
    target = _reserve(stem, name)
    try:
        return archive.replace(target)
    except BaseException:
        target.unlink()
        raise


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


def remove_old(location: Path, name: str, mark: str, before: datetime) -> list[Path]:
    """Delete the backups with that name and mark that were made before a local time; return their paths.

    The newest one always stays. Folders that become empty are removed.
    """
    found = sorted(_backups(location, name, mark))
    old = [path for made, path in found[:-1] if made < before]
    for path in old:
        path.unlink(missing_ok=True)
        _remove_empty(path.parent, path.parent.parent)
    return old


def _backups(location: Path, name: str, mark: str) -> Iterator[tuple[datetime, Path]]:
    ours = re.compile(rf"({_TIME.pattern})_{re.escape(name)}(_\d+)?\.tar")
    for path in location.glob("*/*/*.tar"):
        found = ours.fullmatch(path.relative_to(location).as_posix())
        made = _read(found[1]) if found else None
        if made is not None and _mark(path) == mark:
            yield made, path


def _read(time: str) -> datetime | None:
    """Return the local time that a file name tells; None when there is no such time."""
    try:
        return datetime.strptime(time, _PLACE)  # noqa: DTZ007 - a local time, compared with local times only
    except ValueError:
        return None


def _mark(path: Path) -> str | None:
    """Return the mark of an archive; None when it has none, or is no archive."""
    try:
        with tarfile.open(path) as tar:
            return tar.pax_headers.get("comment")
    except tarfile.TarError:
        return None


def _remove_empty(*folders: Path) -> None:
    for folder in folders:
        try:
            folder.rmdir()
        except OSError as error:
            # not empty, or another run was faster
            if error.errno not in (ENOTEMPTY, EEXIST, ENOENT):
                raise
            return
