# do not pre-load
"""Job functions around which something happens: limits, retries, flags, users.

Each leaves lines of JSON in the file that the directive `notes` of docassemble's configuration names.
"""

import json
import time
from pathlib import Path
from typing import Any

from docassemble.base.config import daconfig

from docassemble.Scheduler import current_run
from docassemble.Scheduler.record import FinishedRun


def for_ever() -> None:
    """Compute without end, and catch every exception."""
    note("begin")
    while True:
        try:
            sum(range(1000))
        except Exception:
            continue


async def wait_for_ever() -> None:
    """Wait without end, asynchronously."""
    import asyncio

    note("begin")
    await asyncio.sleep(1000)


def until_told() -> None:
    """Go on until asked to stop."""
    note("begin")
    run = current_run()
    assert run is not None
    while not run.should_stop():
        time.sleep(0.05)
    note("end", reason=run.stop_reason and run.stop_reason.name)


def fail_until(attempt: int) -> None:
    """Fail, up to some attempt."""
    note("begin")
    run = current_run()
    assert run is not None
    if run.attempt < attempt:
        raise RuntimeError(f"attempt {run.attempt}")


def briefly(seconds: float) -> None:
    """Take a while."""
    note("begin")
    time.sleep(seconds)
    note("end")


def handler(error: BaseException, job: Any) -> None:
    """Be an error handler."""
    note("handled", error=repr(error), name=job.name)


def told(finished: FinishedRun) -> None:
    """Be called `on exit`."""
    note(
        "told",
        job=finished.job,
        status=finished.status.value,
        reason=finished.reason,
        last=not finished.retry_at,
    )


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
    note(
        "who",
        email=user_info().email,
        logged_in=user_logged_in(),
        admin=user_has_privilege("admin"),
        cron=user_has_privilege("cron"),
        known=(get_user_info() or {}).get("email"),
        signed_in=[current_user.email, current_user.is_authenticated, current_user.has_role("admin")],
        sessions=sessions,
    )


def note(what: str, **facts: Any) -> None:
    """Append a line. One write to a file opened for appending: lines of several processes do not mix."""
    run = current_run()
    line = {"what": what, "at": time.time(), **facts}
    if run is not None:
        line = {"job": run.job, "due": run.due.timestamp(), "attempt": run.attempt, **line}
    with Path(daconfig["notes"]).open("ab", buffering=0) as out:
        out.write(json.dumps(line).encode() + b"\n")
