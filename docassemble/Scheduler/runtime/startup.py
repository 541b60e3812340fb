# do not pre-load
"""The start, in docassemble's web application and in its Celery workers: the configuration, its problems, the log."""

from __future__ import annotations

import logging
import traceback
from importlib import import_module
from zoneinfo import ZoneInfo

from .. import __version__
from ..config import Configuration
from ..core.clock import Clock, SystemClock
from ..execution.context import RunLogHandler, name_job
from ..execution.log.logger import scheduler_logger
from ..host.celery import TASK_MODULE, when_process_begins
from ..host.docassemble import Docassemble, LogServerHandler
from ..host.files.log_file import SharedLogFile
from ..host.files.log_format import LineFormatter, line_formatter
from ..host.processes import give_back_memory
from ..host.uwsgi import Uwsgi
from ..management.check import report
from ..web.concurrency_limit import ConcurrencyLimit
from .celery_worker import CeleryWorker
from .configuration import BLOCK, located, read_configuration
from .current import request_manager
from .editing import editing
from .uwsgi_worker import UwsgiWorker


def start_in_web_application() -> None:
    """Start the scheduler if this process is docassemble's web application; never raises."""
    host = Docassemble()
    try:
        uwsgi = Uwsgi.here()
        if uwsgi is None or host.is_celery_or_cron:
            return
        if BLOCK in host.configuration:
            _start(host, uwsgi)
        else:
            _welcome(host, uwsgi)
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
    configuration = read_configuration(host)
    worker = CeleryWorker(host=host, configuration=configuration, logger=_open_log(host, configuration))
    worker.start()
    return worker


def _start(host: Docassemble, uwsgi: Uwsgi) -> None:
    clock = SystemClock()
    configuration = read_configuration(host)
    logger = _open_log(host, configuration)
    report(located(configuration, configuration.problems), host.show_problems, logger)
    worker = UwsgiWorker(configuration=configuration, host=host, uwsgi=uwsgi, logger=logger, clock=clock)
    uwsgi.install(worker.wake)
    uwsgi.after_fork(worker.start)
    host.remember_scheduler(worker)
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


def _welcome(host: Docassemble, uwsgi: Uwsgi) -> None:
    """Add a page that says what to write where; nothing runs, and no table is made."""
    from ..host import access
    from ..web.dashboard import views, welcome

    if not read_configuration(host).settings.dashboard:  # a variable may say so
        return
    clock, limit = SystemClock(), ConcurrencyLimit.of_web_threads(uwsgi.threads)
    pages = welcome.Welcome(access.StaffAccess(host), clock, limit, editing(host, clock))
    access.add_pages(pages.blueprint(), views.TITLE, views.PATH)


def _open_dashboard(host: Docassemble, clock: Clock, limit: ConcurrencyLimit, logger: logging.Logger) -> None:
    """Add the pages to docassemble; never raises."""
    from ..host import access
    from ..web.dashboard import views

    try:
        dashboard = views.Dashboard(
            request_manager, access.StaffAccess(host), clock, limit, editing(host, clock)
        )
        access.add_pages(dashboard.blueprint(), views.TITLE, views.PATH)
    except Exception:  # the jobs must run without it
        logger.exception("The dashboard could not be opened")


def _open_json_api(limit: ConcurrencyLimit, logger: logging.Logger) -> None:
    """Add our part to docassemble's API; never raises."""
    from ..host import access
    from ..web.api import views as json_api

    try:
        api = json_api.JsonApi(request_manager, access.key_owner, limit)
        access.add_api(api.blueprint())
    except Exception:  # the jobs must run without it
        logger.exception("The JSON API could not be opened")


def _open_log(host: Docassemble, configuration: Configuration) -> logging.Logger:
    logger = scheduler_logger()
    logger.setLevel(configuration.settings.log_level)
    zone = ZoneInfo(host.time_zone)
    handler = SharedLogFile(host.log_directory / "scheduler.log", zone=zone, complain=host.say)
    handler.setFormatter(line_formatter(configuration.settings.log_format, zone, host.server_name))
    logger.addHandler(handler)
    if host.has_log_server:
        forward = LogServerHandler(host)
        forward.setFormatter(LineFormatter(zone))
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
