# do not pre-load
"""The manager of the present process, for code and for requests."""

from __future__ import annotations

import os
from functools import cache

from ..core.errors import HostError
from ..execution.log.logger import scheduler_logger
from ..host.sessions import present_session
from ..host.shell import present_docassemble
from ..management.manager import SchedulerManager
from ..management.session_actions import SessionScheduler
from .configuration import BLOCK, read_configuration
from .container import Container


def current_manager() -> SchedulerManager:
    """Return the manager of this process, for code.

    Where the scheduler runs, it is that of the scheduler, and what is asked for there starts at once; elsewhere
    (Celery, a script) one of its own, made at the first call. Raises HostError when docassemble's configuration
    cannot be read, or has no `scheduler:` block, because nobody would run anything; StoreUnavailable.
    """
    container = _container()
    container.upgrade()
    return container.manager


def session_scheduler() -> SessionScheduler:
    """Return what schedules actions in the session of the interview that this code is called from.

    Raises what `current_manager` does; NotPossible outside of an interview.
    """
    session = present_session()
    container = _container()
    container.upgrade()
    return SessionScheduler(
        session,
        store=container.store,
        poll=container.poll,
        clock=container.clock,
        time_zone=container.host.time_zone,
    )


def request_manager() -> SchedulerManager:
    """Return the same for requests of pages and of the JSON API, which do not wait for the database for long.

    They leave it to those that run jobs to upgrade the tables.
    """
    container = _container()
    container.await_tables()
    return container.request_manager


def _container() -> Container:
    there: Container | None = present_docassemble().scheduler
    return there or _own(os.getpid())


@cache
def _own(_pid: int) -> Container:
    """Make a container for one process: it must not share connections to the database with the one that forked it."""
    host = present_docassemble()
    if BLOCK not in host.configuration:
        raise HostError(
            f"docassemble's configuration {host.configuration_file} has no `scheduler:` block, so nothing is ever run",
            hint="put `scheduler: {}` into it",
        )
    return Container(host=host, configuration=read_configuration(host), logger=scheduler_logger())
