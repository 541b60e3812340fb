# do not pre-load
"""Root's rights, and how a process gives them up."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

from ..core.errors import HostError


def is_root() -> bool:
    """Return whether this process has root's rights."""
    return os.geteuid() == 0


def become_owner(folder: Path) -> None:
    """Become the owner of a folder, permanently. Raises HostError if the system refuses."""
    status = folder.stat()
    if status.st_uid == os.geteuid():
        return
    try:
        account = pwd.getpwuid(status.st_uid)
    except KeyError:  # a container may run under a number without a name
        groups, group, environment = [], status.st_gid, {}
    else:
        groups, group = os.getgrouplist(account.pw_name, account.pw_gid), account.pw_gid
        environment = {"HOME": account.pw_dir, "USER": account.pw_name, "LOGNAME": account.pw_name}
    try:
        os.setgroups(groups)
        os.setgid(group)
        os.setuid(status.st_uid)
    except PermissionError as error:
        raise HostError(
            f"root may not become the owner of {folder} here",
            hint="run this as docassemble's own user: su www-data -s /bin/bash",
        ) from error
    os.environ.setdefault("SUDO_USER", "root")
    os.environ.update(environment)


def give_to_owner_of_folder(fd: int, folder: Path) -> None:
    """Give an open file that root has created to the owner of its folder."""
    if is_root():
        status = folder.stat()
        os.fchown(fd, status.st_uid, status.st_gid)
