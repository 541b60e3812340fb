"""Files for another user than root: whose they are, and where that user can get at them."""

import hashlib
import os
import pwd
from pathlib import Path

from devserver.copies import replace
from devserver.environment import locked, made_once
from devserver.errors import DevServerError
from devserver.service import run

#: docassemble's user in its container, and who stands in where there is none
DOCASSEMBLE_USERS = ("www-data", "nobody")


def docassemble_user() -> str:
    """Return the user that docassemble's processes have in its container; raises DevServerError when there is none."""
    for name in DOCASSEMBLE_USERS:
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise DevServerError(f"this machine has none of the users {', '.join(DOCASSEMBLE_USERS)}")


def number_of(user: str) -> int:
    """Return the uid of a user; raises DevServerError unless we may give files to it and start programs as it."""
    if os.geteuid() != 0:
        raise DevServerError(f"only root can start programs as {user}")
    try:
        return pwd.getpwnam(user).pw_uid
    except KeyError as error:
        raise DevServerError(f"this machine has no user {user}") from error


def give(folder: Path, user: int) -> None:
    """Make a user the owner of a folder and of all in it; links are not followed."""
    run(["chown", "--recursive", "--no-dereference", f"{user}:{pwd.getpwuid(user).pw_gid}", folder])


def open_to_all(folder: Path) -> bool:
    """Whether every user may walk to this folder (what does not exist yet will be open)."""
    return all(part.stat().st_mode & 0o001 for part in (folder, *folder.parents) if part.exists())


def place_for(folder: Path) -> Path:
    """Make a folder that is open to all and belongs to ``folder``; return it."""
    name = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    place = Path("/var/tmp") / f"devserver-{name}"  # noqa: S108 - the name is ours, and only root gets here
    place.mkdir(mode=0o755, exist_ok=True)
    return place


def within_reach(folder: Path) -> Path:
    """Return a folder, or a copy of it (made once) if not every user may walk to it."""
    if open_to_all(folder):
        return folder
    place = place_for(folder)
    copy = place / "copy"
    with locked(place / "lock"), made_once(copy, str(folder)) as needed:
        if needed:
            replace(copy, folder)
    return copy
