# pre-load
"""The one module that docassemble imports by itself, at its start.

It starts the scheduler in the web application, and makes Celery's workers ready for what it hands them. Nowhere
else: not in cron, `flask` commands, tests or a shell. Whatever goes wrong, docassemble comes up.
"""

import sys
from importlib import import_module


def _boot() -> None:
    start = _start_here()
    if start is None:
        return
    try:
        getattr(import_module("docassemble.Scheduler.runtime.startup"), start)()
    except Exception as error:  # noqa: BLE001 - docassemble 1.9 says that an import failed, but not why
        from docassemble.base.logger import logmessage

        logmessage(f"docassemble.Scheduler cannot be loaded: {type(error).__name__}: {error}")


def _start_here() -> str | None:
    """Return what is to be called in a process like this one."""
    if getattr(sys.modules.get("docassemble.base.config"), "in_celery", False):
        return "start_in_celery_worker"
    try:
        import_module("uwsgi")  # there is no such module outside of uWSGI
    except ImportError:
        return None
    return "start_in_web_application"


# A copy of this file in a Playground is pre-loaded too, and must not start a second scheduler.
if __name__ == "docassemble.Scheduler.boot":
    _boot()
