# do not pre-load
"""The scheduler's logger, for job functions: `from docassemble.Scheduler.scheduler_logger import log`."""

from __future__ import annotations

import logging
import sys

from .core.errors import HostError
from .core.texts.text import text_of
from .execution.log.logger import MAX_MESSAGE, scheduler_logger

LEVELS = ("debug", "info", "warning", "error", "critical")


def log(msg: object, lvl: str = "info") -> None:
    """Write a line to scheduler.log; `lvl` is debug, info, warning, error or critical, in any case.

    A critical line is told to whom the setting `notify` names, at first within seconds, then at most hourly.
    Outside of the web application (Celery, cron, a shell) the line goes to docassemble's own log.
    """
    level = text_of(lvl, 20).lower()
    if level not in LEVELS:
        level = "info"
    logger = scheduler_logger()
    if logger.handlers:
        logger.log(getattr(logging, level.upper()), "%s", msg, stacklevel=2)
    else:
        _log_without_scheduler(text_of(msg, MAX_MESSAGE), level)


def error_notification(
    err: BaseException | str | None, additional_message: str = "", **_unused: object
) -> None:
    """Mail an error to whom the setting `notify` names; kept for callers written for 0.2.x."""
    from .scheduler_error_handler import error_notification as notify

    notify(err, additional_message)


#: the name under which 0.2.x documented it
my_error_notification = error_notification


def _log_without_scheduler(message: str, level: str) -> None:
    from .host.shell import present_docassemble

    host = present_docassemble()
    try:
        block = host.configuration.get("scheduler")
    except HostError:  # a function that is tested on its own, where there is no docassemble
        sys.stderr.write(f"Scheduler [{level.upper()}]: {message}\n")
        return
    threshold = str(block.get("log level", "info")).lower() if isinstance(block, dict) else "info"
    if LEVELS.index(level) < LEVELS.index(threshold if threshold in LEVELS else "info"):
        return
    host.say(f"Scheduler [{level.upper()}]: {message}")
    if level == "critical":
        error_notification(None, message)
