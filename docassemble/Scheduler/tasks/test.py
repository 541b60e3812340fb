# do not pre-load
"""Jobs to try the scheduler with: `test.heartbeat` and others."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from typing import Any

from docassemble.Scheduler.scheduler_logger import log


def heartbeat() -> None:
    """Log the time."""
    now = datetime.now(timezone.utc).astimezone()
    log(f"heartbeat={now:%m.%d.%Y %H.%M.%S}")


def test_arbitrary_params(*pargs: Any, **kwargs: Any) -> None:
    """Log the `args` and `kwargs` of the configuration."""
    log(f"{pargs=} {kwargs=}")


def test_long_running() -> None:
    """Take ten seconds."""
    log("Called test_long_running log", "info")
    time.sleep(10)
    log("Finished test_long_running log", "info")


def test_raise_exception() -> None:
    """Log a critical message, then fail."""
    log("Called test_raise_exception log", "critical")
    raise Exception("Called test_raise_exception exc")
