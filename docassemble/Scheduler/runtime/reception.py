# do not pre-load
"""The reception: where whoever acts finds the manager of the present process."""

from __future__ import annotations

import os
from functools import cache

from ..core.clock import SystemClock
from ..core.errors import HostError
from ..execution.functions import Functions
from ..execution.logger import scheduler_logger
from ..host.docassemble import Docassemble
from ..management.manager import SchedulerManager
from ..management.registry import JobRegistry
from ..store.sql.engine import REQUESTS
from ..store.sql.store import SqlStore, open_store
from .startup import BLOCK, read_configuration


def manager() -> SchedulerManager:
    """Return the manager of this process, for code.

    Where the scheduler runs, it is that of the scheduler, and what is ordered there starts at once; elsewhere (Celery,
    a shell) one of its own, made at the first call. Raises HostError when docassemble's configuration
    has no `scheduler:` block: nobody would run anything.
    """
    service = Docassemble().scheduler
    there: SchedulerManager | None = None if service is None else service.manager
    return there or _own(os.getpid())


def manager_for_requests() -> SchedulerManager:
    """Return the same for requests of pages and of the JSON API, which do not wait for the database for long."""
    service = Docassemble().scheduler
    there: SchedulerManager | None = None if service is None else service.manager_for_requests
    return there or _own_for_requests(os.getpid())


@cache
def _own(_pid: int) -> SchedulerManager:
    """Make a manager for one process: it must not share connections to the database with the one that forked it."""
    host = Docassemble()
    _need_block(host)
    store = open_store(host.database)
    store.upgrade()
    return _make(host, store)


@cache
def _own_for_requests(_pid: int) -> SchedulerManager:
    """Make a manager for one process, which leaves it to those that run jobs to upgrade the tables."""
    host = Docassemble()
    _need_block(host)
    return _make(host, open_store(host.database, REQUESTS))


def _need_block(host: Docassemble) -> None:
    if BLOCK not in host.configuration:
        raise HostError(
            "docassemble's configuration has no `scheduler:` block, so nothing is ever run",
            hint="put `scheduler: {}` into it",
        )


def _make(host: Docassemble, store: SqlStore) -> SchedulerManager:
    clock = SystemClock()
    registry = JobRegistry(
        read_configuration(host, clock), store=store, clock=clock, logger=scheduler_logger()
    )
    return SchedulerManager(
        registry=registry, store=store, functions=Functions(), clock=clock, ring=lambda: None
    )
