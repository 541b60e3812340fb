# pre-load
"""The one module that docassemble imports by itself, at its start; it starts the scheduler in the web application.

Nowhere else: not in Celery, cron, `flask` commands, tests or a shell. Whatever goes wrong, docassemble comes up.
"""

from importlib import import_module


def _boot() -> None:
    try:
        import_module("uwsgi")  # there is no such module outside of uWSGI
    except ImportError:
        return
    try:
        import_module("docassemble.Scheduler.startup").start_in_web_application()
    except Exception as error:  # noqa: BLE001 - docassemble 1.9 says that an import failed, but not why
        from docassemble.base.logger import logmessage

        logmessage(f"docassemble.Scheduler cannot be loaded: {type(error).__name__}: {error}")


# A copy of this file in a Playground is pre-loaded too, and must not start a second scheduler.
if __name__ == "docassemble.Scheduler.boot":
    _boot()
