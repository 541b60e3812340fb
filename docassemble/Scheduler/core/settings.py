# do not pre-load
"""The settings of the `scheduler:` block: the frozen value that they become."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from typing import Any

from .alerts import AlertPolicy


class LogFormat(Enum):
    """How a record is written into scheduler.log: a line of text, or a JSON object on a line."""

    TEXT = "text"
    JSON = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobTable:
    """A table of another program, or a query, whose rows are jobs: a block of `jobs from`."""

    #: for people, and to know its jobs by
    name: str
    #: a section of docassemble's configuration, or a URL of SQLAlchemy, which may hold a password
    database: str = field(repr=False)
    #: None = `query` gives the rows
    table: str | None = None
    query: str | None = None
    #: the column that gives each key, and that gives the `name`
    columns: Mapping[str, str] = field(default_factory=dict)
    #: how often it is read
    every: timedelta = timedelta(seconds=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What holds for all jobs; a value that was refused is its default."""

    #: a name that `logging` knows
    log_level: str = "INFO"
    log_format: LogFormat = LogFormat.TEXT
    #: functions that return a `logging.Handler`, which gets the records besides
    log_handlers: tuple[str, ...] = ()
    #: whether statements of SQL are logged, at level debug
    log_sql: bool = False
    #: overrides the handlers of the jobs
    error_handler: str | None = None
    #: IANA name
    time_zone: str = "UTC"
    #: None = half of the uWSGI threads of a process
    concurrency: int | None = None
    #: None = however late
    misfire_grace_time: timedelta | None = timedelta(minutes=5)
    keep_history: timedelta = timedelta(days=30)
    #: what this server answers to
    server_tags: frozenset[str] = frozenset()
    notify: AlertPolicy = field(default_factory=AlertPolicy)
    #: what the key `defaults` gives to every job, by the names of the keys
    defaults: Mapping[str, Any] = field(default_factory=dict)
    dashboard: bool = True
    jobs_from: tuple[JobTable, ...] = ()
    #: whether our JSON API is served
    api: bool = True
    #: functions that may be named by people who may not run any code: dotted names, some with EVERYTHING at the end
    api_functions: tuple[str, ...] = ()
    #: how often a process shows that it is alive, the same on all servers; six times that in silence, and it is dead
    heartbeat: timedelta = timedelta(seconds=10)
    #: how the values are written that the environment gave, by the names of the fields
    written: Mapping[str, Any] = field(default_factory=dict)
