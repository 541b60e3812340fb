# do not pre-load
"""Job functions around which something happens: limits, retries, flags, users.

Each leaves its notes as those of noting.py do.
"""

import time
from pathlib import Path
from typing import Any

from docassemble.base.config import daconfig
from site_jobs.noting import write

from docassemble.Scheduler import current_run


def for_ever() -> None:
    """Compute without end, and catch every exception."""
    write("begin")
    while True:
        try:
            sum(range(1000))
        except Exception:
            continue


async def wait_for_ever() -> None:
    """Wait without end, asynchronously."""
    import asyncio

    write("begin")
    await asyncio.sleep(1000)


def until_told() -> None:
    """Go on until asked to stop."""
    write("begin")
    run = current_run()
    assert run is not None
    while not run.should_stop():
        time.sleep(0.05)
    write("end", reason=run.stop_reason and run.stop_reason.name)


def fail_until(attempt: int) -> None:
    """Fail, up to some attempt."""
    write("begin")
    run = current_run()
    assert run is not None
    if run.attempt < attempt:
        raise RuntimeError(f"attempt {run.attempt}")


def briefly(seconds: float) -> None:
    """Take a while."""
    write("begin")
    time.sleep(seconds)
    write("end")


def flag() -> bool:
    """Tell whether the flag is there."""
    return Path(f"{daconfig['notes']}.flag").exists()


def who() -> None:
    """Ask docassemble's functions who this is, and what he may do."""
    from docassemble.base.util import (
        get_user_info,
        interview_list,
        user_has_privilege,
        user_info,
        user_logged_in,
    )
    from flask_login import current_user

    try:
        sessions: Any = len(interview_list(user_id="all")[0])
    except Exception as error:
        sessions = type(error).__name__
    write(
        "who",
        email=user_info().email,
        logged_in=user_logged_in(),
        admin=user_has_privilege("admin"),
        cron=user_has_privilege("cron"),
        known=(get_user_info() or {}).get("email"),
        signed_in=[current_user.email, current_user.is_authenticated, current_user.has_role("admin")],
        sessions=sessions,
    )
