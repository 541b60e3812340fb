# do not pre-load
"""The start in docassemble's web application: read the configuration, report its problems, set the alarm."""

from __future__ import annotations

import logging
import os
import traceback
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from . import __version__
from .adapters.apscheduler import from_trigger
from .adapters.config_file import read_facts
from .adapters.docassemble import Docassemble, LogServerHandler
from .adapters.logfile import SharedLogFile
from .adapters.uwsgi import Uwsgi
from .clock import SystemClock
from .config import Configuration, parse
from .current import name_job
from .problem import Problem, Severity
from .scheduler_logger import scheduler_logger
from .service import Service

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


def _start(host: Docassemble, uwsgi: Uwsgi) -> None:
    clock = SystemClock()
    logger = _open_log(host)
    configuration = parse(
        host.configuration[BLOCK],
        zone=host.time_zone,
        environ=os.environ,
        now=clock.now(),
        source=read_facts(host.configuration_file),
        trigger_schedule=from_trigger,
    )
    logger.setLevel(configuration.settings.log_level)
    _report(configuration.problems, host, logger)
    service = Service(configuration=configuration, host=host, uwsgi=uwsgi, logger=logger, clock=clock)
    uwsgi.install(service.wake)
    uwsgi.after_fork(service.start)
    _announce(configuration, logger)


def _open_log(host: Docassemble) -> logging.Logger:
    logger = scheduler_logger()
    zone = ZoneInfo(host.time_zone)
    handler = SharedLogFile(host.log_directory / "scheduler.log", zone=zone, complain=host.say)
    logger.addHandler(handler)
    if host.has_log_server:
        forward = LogServerHandler(host)
        forward.setFormatter(handler.formatter)
        logger.addHandler(forward)
    logger.addFilter(name_job)
    return logger


def _report(problems: Iterable[Problem], host: Docassemble, logger: logging.Logger) -> None:
    problems = list(problems)
    for problem in problems:
        level = logging.ERROR if problem.severity is Severity.ERROR else logging.WARNING
        logger.log(level, "%s", problem)
    host.show_problems(f"Scheduler: {problem}" for problem in problems)


def _announce(configuration: Configuration, logger: logging.Logger) -> None:
    enabled = sum(job.enabled for job in configuration.jobs)
    logger.info(
        "Scheduler %s: %d jobs, %d of them enabled, %d problems in the configuration",
        __version__,
        len(configuration.jobs),
        enabled,
        len(configuration.problems),
    )
