"""Tells where it is: docassemble imports this module (`preloaded modules`) wherever it imports boot.py."""

import json
import os
import sys
from pathlib import Path

from docassemble.base import config

from docassemble.Scheduler.scheduler_logger import log

#: imports are noted in this file, one JSON line each
NOTES = Path(config.daconfig["log"]).parent / "telltale.jsonl"


def _kind() -> str:
    if config.in_celery or config.in_cron:
        return "celery" if config.in_celery else "cron"
    return "uwsgi" if "uwsgi" in sys.modules else "other"


def _note() -> None:
    with NOTES.open("a", encoding="utf-8") as notes:
        notes.write(json.dumps({"pid": os.getpid(), "kind": _kind(), "argv": sys.argv}) + "\n")


def pid():
    """Log the process that runs the job."""
    log(f"pid={os.getpid()}")


_note()
