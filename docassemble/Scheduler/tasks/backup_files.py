# do not pre-load
"""The files of `postgres_db_backup`: their names, how they come about, and which of them are too old, or left over."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from errno import EEXIST, ENOENT, ENOTEMPTY
from itertools import count
from pathlib import Path
from typing import IO

#: where a backup of a local time lies, below the location; its name goes on with `_<database>.tar`
_PLACE = "%Y/%m/%d_%H.%M.%S"
#: folders in which backups are made; the rest of the name is by `tempfile`
_PREFIX = ".backup-"
_WORKPLACE = re.compile(rf"\d{{4}}/\d\d/{re.escape(_PREFIX)}[a-z0-9_]{{8}}")
_LOCK = "lock"
#: so long nothing changes in the workplace of a run of which it cannot be told otherwise that it has died
ABANDONED = timedelta(days=1)
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
    with archive.open("rb") as written:
        os.fsync(written)  # before it gets its name: a power failure must not leave a half one there


def put(archive: Path, stem: Path, name: str) -> Path:
    """Move a whole archive to `<stem>_<name>.tar` in one step; return the path.

    When there is such a file already (two servers with a database of that name), a number is added.
    """
    for target in _targets(stem, name):
        with suppress(FileExistsError):
            _move(archive, target)
            return target
    raise AssertionError("there are no more numbers")


def _targets(stem: Path, name: str) -> Iterator[Path]:
    yield stem.with_name(f"{stem.name}_{name}.tar")
    for number in count(2):
        yield stem.with_name(f"{stem.name}_{name}_{number}.tar")


def _move(archive: Path, target: Path) -> None:
    """Give a file another name; raises FileExistsError where there is one: another run may want the name as well."""
    try:
        target.hardlink_to(archive)
        archive.unlink()
    except FileExistsError:
        raise
    except OSError:  # a file system that knows no links: the name is claimed first
        target.touch(0o600, exist_ok=False)
        try:
            archive.replace(target)
        except BaseException:
            target.unlink()
            raise


@contextmanager
def workplace(folder: Path) -> Iterator[Path]:
    """Make a folder in which a backup is made, and remove it at the end.

    A file in it is locked. The lock ends with this process, however that ends.
    """
    # in the same file system as the backup, so that moving it is one step; the folder is readable by us only
    with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=folder) as made, Path(made, _LOCK).open("x") as lock:
        with suppress(OSError):  # without a lock only its age tells that it was left
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            lock.write(_realm(lock))
            lock.flush()
        yield Path(made)


def remove_left(location: Path, now: datetime) -> list[Path]:
    """Delete what runs that have died have left below a location; return the folders. `now` is a local time."""
    found = (path for path in location.glob(f"*/*/{_PREFIX}*") if _is_workplace(path, location))
    left = [path for path in found if _is_dead(path, now - ABANDONED)]
    for path in left:
        with suppress(FileNotFoundError):  # another run was faster
            shutil.rmtree(path)
    return left


def _is_workplace(path: Path, location: Path) -> bool:
    name = path.relative_to(location).as_posix()
    return _WORKPLACE.fullmatch(name) is not None and path.is_dir() and not path.is_symlink()


def _is_dead(path: Path, before: datetime) -> bool:
    """Return whether nobody makes a backup there any more.

    A free lock proves that where it was taken on the same kernel, in the same file system. Elsewhere, locks may not be
    shared: then it must have been left alone since `before`, too.
    """
    try:
        with (path / _LOCK).open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if lock.read() == _realm(lock):
                return True
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        pass  # there is none yet, or there are no locks
    return _rests_since(path, before)


def _realm(lock: IO[str]) -> str:
    """Name where the lock of an open file is the same for everybody: one boot of one kernel, one file system."""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return f"{boot} {os.fstat(lock.fileno()).st_dev}"


def _rests_since(path: Path, before: datetime) -> bool:
    with suppress(FileNotFoundError):  # it is just being removed
        last = max(each.stat().st_mtime for each in (path, *path.iterdir()))
        return datetime.fromtimestamp(last) < before  # noqa: DTZ006 - both are local times
    return False


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
