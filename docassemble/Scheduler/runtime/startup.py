# do not pre-load
"""The start, in docassemble's web application and in its Celery workers: the configuration, its problems, the log."""

from __future__ import annotations

import gc
import logging
import os
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from zoneinfo import ZoneInfo

from .. import __version__
from ..config import Code, Configuration, parse
from ..core.clock import Clock, SystemClock
from ..core.job import Job, RunOn
from ..core.problem import Problem
from ..execution.context import RunLogHandler, name_job
from ..execution.logger import scheduler_logger
from ..host.celery import TASK_MODULE, when_process_begins
from ..host.config_file import read_facts
from ..host.docassemble import Docassemble, LogServerHandler
from ..host.log_file import SharedLogFile
from ..host.processes import give_back_memory
from ..host.uwsgi import Uwsgi
from ..management.check import report
from ..schedules.apscheduler import from_trigger
from ..web.concurrency_limit import ConcurrencyLimit
from .celery_worker import CeleryWorker
from .uwsgi_worker import Service

BLOCK = "scheduler"


def start_in_web_application() -> None:
    """Start the scheduler if this process is docassemble's web application; never raises."""
    host = Docassemble()
    try:
        uwsgi = Uwsgi.here()
        if uwsgi is not None and not host.is_celery_or_cron and BLOCK in host.configuration:
            _start(host, uwsgi)
    except Exception:  # noqa: BLE001 - docassemble must come up whatever is wrong with us
        host.say("The scheduler could not start: " + traceback.format_exc().replace("\n", " | "))


def start_in_celery_worker() -> None:
    """Make this Celery worker know our task, and keep its processes from sharing connections; never raises."""
    host = Docassemble()
    try:
        import_module(TASK_MODULE)
        when_process_begins(host.forget_connections)
    except Exception:  # noqa: BLE001 - docassemble's own tasks must run whatever is wrong with us
        host.say("The scheduler could not start in Celery: " + traceback.format_exc().replace("\n", " | "))


def start_in_celery_process() -> CeleryWorker:
    """Start the scheduler in a process of a Celery worker, at its first task of ours."""
    host = Docassemble()
    host.load_in_celery_process()
    clock = SystemClock()
    configuration = read_configuration(host, clock)
    logger = _open_log(host, configuration)
    worker = CeleryWorker(configuration=configuration, host=host, logger=logger, clock=clock)
    worker.start()
    return worker


def _start(host: Docassemble, uwsgi: Uwsgi) -> None:
    clock = SystemClock()
    configuration = read_configuration(host, clock)
    logger = _open_log(host, configuration)
    report(configuration.problems, host.show_problems, logger)
    service = Service(configuration=configuration, host=host, uwsgi=uwsgi, logger=logger, clock=clock)
    uwsgi.install(service.wake)
    uwsgi.after_fork(service.start)
    host.remember_scheduler(service)
    _announce(configuration, logger)
    limit = ConcurrencyLimit.of_web_threads(uwsgi.threads)
    if configuration.settings.dashboard:
        _open_dashboard(host, clock, limit, logger)
    if host.serves_api and configuration.settings.api:
        _open_json_api(limit, logger)
    # The master has no more to do. Each process opens the log for itself: what the master left open would never be
    # closed, though deleted; and what reading thousands of jobs took, and no longer takes, would be with us for ever.
    for handler in logger.handlers:
        handler.close()
    give_back_memory()


def _open_dashboard(host: Docassemble, clock: Clock, limit: ConcurrencyLimit, logger: logging.Logger) -> None:
    """Add the pages to docassemble; never raises."""
    from ..host import access
    from ..web.dashboard import views
    from .reception import manager_for_requests  # which imports this module

    try:
        dashboard = views.Dashboard(manager_for_requests, access.StaffAccess(host), clock, limit)
        access.add_pages(dashboard.blueprint(), views.TITLE, views.PATH)
    except Exception:  # the jobs must run without it
        logger.exception("The dashboard could not be opened")


def _open_json_api(limit: ConcurrencyLimit, logger: logging.Logger) -> None:
    """Add our part to docassemble's API; never raises."""
    from ..host import access
    from ..web.api import views as json_api
    from .reception import manager_for_requests  # which imports this module

    try:
        api = json_api.JsonApi(manager_for_requests, access.key_owner, limit)
        access.add_api(api.blueprint())
    except Exception:  # the jobs must run without it
        logger.exception("The JSON API could not be opened")


def read_configuration(host: Docassemble, clock: Clock) -> Configuration:
    """Read the `scheduler:` block of docassemble's configuration."""
    with _garbage_left():
        return parse(
            host.configuration.get(BLOCK),
            zone=host.time_zone,
            environ=os.environ,
            now=clock.now(),
            source=read_facts(host.configuration_file),
            trigger_schedule=from_trigger,
            unusable=None if host.celery_imports(TASK_MODULE) else _unknown_task,
        )


@contextmanager
def _garbage_left() -> Iterator[None]:
    """Let Python's garbage collector rest: among thousands of new jobs, it would look through all of docassemble."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _unknown_task(job: Job, path: Sequence[str]) -> Problem | None:
    """Refuse the jobs whose messages Celery's workers would throw away."""
    if job.run_on is not RunOn.CELERY:
        return None
    return Problem(
        code=Code.CELERY_MODULE_MISSING.value,
        path=(*path, "run on"),
        value=job.run_on.value,
        sentence="The Celery workers of this docassemble do not know the scheduler; the job is not scheduled.",
        hint=f"Put the line `- {TASK_MODULE}` below `celery modules:` in docassemble's configuration.",
    )


def _open_log(host: Docassemble, configuration: Configuration) -> logging.Logger:
    logger = scheduler_logger()
    logger.setLevel(configuration.settings.log_level)
    zone = ZoneInfo(host.time_zone)
    handler = SharedLogFile(host.log_directory / "scheduler.log", zone=zone, complain=host.say)
    logger.addHandler(handler)
    if host.has_log_server:
        forward = LogServerHandler(host)
        forward.setFormatter(handler.formatter)
        logger.addHandler(forward)
    logger.addHandler(RunLogHandler(zone))
    logger.addFilter(name_job)
    return logger


def _announce(configuration: Configuration, logger: logging.Logger) -> None:
    enabled = sum(job.enabled for job in configuration.jobs)
    logger.info(
        "Scheduler %s: %d jobs, %d of them enabled, %d problems in the configuration",
        __version__,
        len(configuration.jobs),
        enabled,
        len(configuration.problems),
    )
