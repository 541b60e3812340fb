# do not pre-load
"""Back up docassemble's database and the files of users: to a folder, and from there to S3."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import boto3
from boto3.s3.transfer import TransferConfig
from docassemble.base.util import get_config

from docassemble.Scheduler import current_run, log
from docassemble.Scheduler.tasks import backup_files, postgres_db_backup
from docassemble.SchedulerRecipes.settings import read_section

#: what the backups of files are recognised by
MARK = "docassemble.SchedulerRecipes files"
#: how a backup is called in the bucket, and what it is of
BACKUP = re.compile(r"\d{4}/\d\d/\d\d_\d\d\.\d\d\.\d\d_(.+)\.tar")


def to_folder(folder: str, keep: str = "14 days") -> None:
    """Back up the database and the files of users into a folder; then remove what is older than `keep`."""
    postgres_db_backup.run("db", folder, keep)
    files_to_folder(Path(folder), postgres_db_backup.read_keep(keep))


def files_to_folder(folder: Path, keep: timedelta) -> None:
    """Write the files of users to a tar such as `2026/11/21_04.00.00_files.tar`, which appears when it is whole."""
    now = datetime.now()  # noqa: DTZ005 - a local time, as in the names of the others
    stem = backup_files.stem(folder, now)
    backup_files.make_private(stem.parent)
    with backup_files.workplace(stem.parent) as workplace:
        archive = workplace / "archive"
        uploads = Path(get_config("uploads", "/usr/share/docassemble/files"))
        backup_files.pack(uploads, archive, "files", MARK)
        log(f"Wrote {backup_files.put(archive, stem, 'files')}")
    for path in backup_files.remove_old(folder, "files", MARK, now - keep):
        log(f"Removed {path}")


def to_s3(folder: str, keep: str = "90 days") -> None:
    """Copy what the bucket lacks of the backups in a folder; then remove from it what is older than `keep`."""
    run = current_run()
    assert run is not None  # only the scheduler calls this function
    oldest = datetime.now(timezone.utc) - postgres_db_backup.read_keep(keep)
    bucket = open_bucket(read_section("backup bucket", "bucket", "access key id", "secret access key"))
    sizes = {each.key: each.size for each in bucket.objects.all()}
    found = sorted(Path(folder).glob("*/*/*.tar"))
    backups = [path for path in found if path.stat().st_mtime > oldest.timestamp()]
    if not backups:
        raise RuntimeError(f"there is no backup in {folder} that is younger than {keep}")
    for path in run.track(backups, text="backups copied"):
        key = path.relative_to(folder).as_posix()
        if sizes.get(key) != path.stat().st_size:
            bucket.upload_file(str(path), key, Config=TransferConfig(use_threads=False))
            log(f"Copied {key}")
    remove_old(bucket, oldest)


def remove_old(bucket: Any, oldest: datetime) -> None:
    """Remove the backups that came into the bucket before a time; the last one of each kind stays."""
    kinds: dict[str, list[Any]] = {}
    for each in bucket.objects.all():  # in the order of their names, which is that of time
        if backup := BACKUP.fullmatch(each.key):
            kinds.setdefault(backup[1], []).append(each)
    for each in [each for of_a_kind in kinds.values() for each in of_a_kind[:-1]]:
        if each.last_modified < oldest:
            each.delete()
            log(f"Removed {each.key} from the bucket")


def open_bucket(settings: Mapping[str, Any]) -> Any:
    """Return the bucket; the keys of its section are those of docassemble's own section `s3`."""
    service = boto3.session.Session().resource(
        "s3",
        region_name=settings.get("region"),
        endpoint_url=settings.get("endpoint url"),
        aws_access_key_id=settings["access key id"],
        aws_secret_access_key=settings["secret access key"],
    )
    return service.Bucket(settings["bucket"])
