# do not pre-load
"""The options of a job that programs schedule: the keys of the configuration, as Python has them, with their types."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Literal, TypeAlias, TypedDict

#: a function, its dotted name, or the name of a job on demand
Function: TypeAlias = str | Callable[..., Any]
#: a timedelta, a number of seconds, or words: `5 minutes`
Duration: TypeAlias = timedelta | float | str
#: without a zone it is local in docassemble's; a text is one like `2027-03-28 14:30`
Moment: TypeAlias = datetime | date | str


class JobOptions(TypedDict, total=False):
    """What `schedule_at`, `schedule_in`, `schedule_every` and `schedule_cron` take besides; None = not given.

    docs/configuration.md explains each key.
    """

    #: so many more attempts after a failure, with a delay that doubles each time
    retries: int | None
    retry_delay: Duration | None
    #: the run is stopped when it takes longer
    max_runtime: Duration | None
    #: how late a run may start; -1 = however late
    misfire_grace_time: Duration | None
    #: what happens to due times at which no server was up
    missed: Literal["once", "all", "skip"] | None
    #: what happens when it is due while its last run goes on
    overlap: Literal["skip", "queue", "replace", "allow"] | None
    #: jobs with the same lock never run at the same time
    lock: str | None
    #: whether a run that was cut off is run again
    resumable: bool | None
    #: the e-mail address of docassemble's user whom the function runs as
    run_as: str | None
    run_on: Literal["worker", "celery"] | None
    #: tags of the servers that may run it
    servers: str | Collection[str] | None
    #: IANA name of the zone in which local times are meant, such as Europe/Berlin
    time_zone: str | None
    #: it is not due before, and not after
    start: Moment | None
    end: Moment | None
    #: days that do not count: dates, `12-25` for each year, weekdays, ranges
    except_: date | str | Collection[date | str] | None
    #: places whose holidays do not count: `US-MA`
    holidays: str | Collection[str] | None
    #: what becomes of a due time on such a day: the working day before or after takes its place
    on_holiday: Literal["skip", "before", "after"] | None
    #: each due time is put off by a random time, up to this
    jitter: Duration | None
    enabled: bool | None
    #: whether nobody may give other arguments for a run
    fixed_arguments: bool | None
    only_if: Function | None
    on_exit: Function | None
    error_handler: Function | None
    contextmanager: Function | None
    #: the address of a check at Healthchecks.io, which is pinged
    monitor: str | None
    check_in_margin: Duration | None
    #: who is told of failures, in the place of all others: an e-mail address, the address of a webhook, a list of
    #: them, or a mapping with the keys of the setting; False = nobody is told anything
    notify: str | Collection[str | Mapping[str, Any]] | Mapping[str, Any] | Literal[False] | None
    #: words by which pages group and find it
    tags: str | Collection[str] | None
    #: for people, on the dashboard
    description: str | None
