# do not pre-load
"""Monitors that are pinged over HTTP: Healthchecks.io, and what speaks like it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import urlencode, urlsplit, urlunsplit
from uuid import UUID

from .. import __version__
from ..core.alerts import is_failure
from ..core.errors import LimitExceeded, MonitorError
from ..core.job import Job
from ..core.run import FinishedRun, Interruption, Outcome, Run, Status
from ..core.texts.excerpt import shown_address
from ..execution.observers import RunObserver
from .delivery import DeliveryQueue

#: how long a ping may take, from the connection to the answer (seconds)
PING_TIMEOUT = 5.0


class _MayHavePassed(MonitorError):
    """Trouble that may have passed in a moment."""


def send(ping: Ping) -> None:
    """Make the request; once more when there was no answer, or one that says that the server is in trouble.

    Raises MonitorError, in whose message no part of the address stands.
    """
    try:
        _post(ping)
    except _MayHavePassed:
        _post(ping)


def _post(ping: Ping) -> None:
    from .http_client import Session

    try:
        # No redirect is followed: the address, and what it lets people do, is for one host. Nor is the answer read.
        with (
            Session(PING_TIMEOUT) as session,
            session.post(
                ping.url,
                data=ping.body.encode("utf-8", "replace"),
                headers={"User-Agent": f"docassemble.Scheduler/{__version__}", "Content-Type": "text/plain"},
                timeout=PING_TIMEOUT,
                allow_redirects=False,
                stream=True,
            ) as answer,
        ):
            status = answer.status_code
    except LimitExceeded as error:
        raise _MayHavePassed(f"the ping {error}") from None
    except Exception as error:  # noqa: BLE001 - their messages have the address in them, which is a secret
        raise _MayHavePassed(f"it does not answer: {type(error).__name__}") from None
    if status >= 500:
        raise _MayHavePassed(f"it answers {status}")
    if not 200 <= status < 300:
        raise MonitorError(f"it answers {status}")


#: how much is said about a failure (characters)
MAX_BODY = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping:
    """One request to a monitor."""

    url: str = field(repr=False)
    #: what is sent with it
    body: str = ""

    @property
    def host(self) -> str:
        """Who is asked: the part of the address that may be shown."""
        return shown_address(self.url).split("/")[2]


class Monitor(RunObserver):
    """Pings the monitors of jobs that have one, without delaying the job."""

    def __init__(
        self, send: Callable[[Ping], None], deliveries: DeliveryQueue, logger: logging.Logger
    ) -> None:
        """`send` makes the request, and raises MonitorError when it was in vain."""
        self._send = send
        self._deliveries = deliveries
        self._logger = logger
        #: jobs whose last ping was in vain
        self._unheard: set[str] = set()

    def started(self, run: Run) -> None:
        """Ping at the start, of each attempt: the end is told with the identifier of the last one."""
        if run.job.monitor is not None:
            self._put(run.job, Ping(url=ping_url(run.job.monitor, "start", run.id)))

    def finished(self, run: Run, outcome: Outcome) -> None:
        """Ping at the end."""
        if run.job.monitor is not None:
            self._ended(run.job, run.job.monitor, FinishedRun.of(run, outcome))

    def interrupted(self, interruption: Interruption, job: Job | None) -> None:
        """Ping in place of the process that died."""
        if job is not None and job.monitor is not None:
            self._ended(job, job.monitor, FinishedRun.interrupted(interruption, job))

    def _ended(self, job: Job, monitor: str, run: FinishedRun) -> None:
        """Ping unless it is tried again, or was not run, or was stopped because somebody wanted that."""
        if run.retry_at is not None:
            return
        if run.status is Status.SUCCEEDED:
            self._put(job, Ping(url=ping_url(monitor, "", run.id)))
        elif is_failure(run.status, run.reason):
            self._put(job, Ping(url=ping_url(monitor, "fail", run.id), body=_why(run)))

    def _put(self, job: Job, ping: Ping) -> None:
        # a monitor that hangs must not make the pings of others late, so each has a channel of its own
        self._deliveries.put(f"monitor {ping.host}", f"A ping of {job.name}", partial(self._ping, job, ping))

    def _ping(self, pinged: Job, ping: Ping) -> None:
        job, where = pinged.name, "(not shown)" if "monitor" in pinged.written else ping.host
        try:
            self._send(ping)
        except MonitorError as error:
            if job not in self._unheard:
                self._unheard.add(job)
                self._logger.warning(
                    "The monitor at %s cannot be pinged: %s", where, error, extra={"job": job}
                )
        else:
            if job in self._unheard:
                self._unheard.discard(job)
                self._logger.info("The monitor at %s can be pinged again", where, extra={"job": job})


def ping_url(monitor: str, event: str, run: str) -> str:
    """Return the address to ping for an event (`start`, `fail`, or nothing for success) of a run."""
    parts = urlsplit(monitor)
    path = f"{parts.path.rstrip('/')}/{event}" if event else parts.path
    rid = urlencode({"rid": str(UUID(run))})
    query = f"{parts.query}&{rid}" if parts.query else rid
    return urlunsplit((parts.scheme, parts.netloc, path, query, ""))


def _why(run: FinishedRun) -> str:
    said = (run.error_text and run.error_text.line, run.reason)
    return "\n".join(each for each in said if each)[:MAX_BODY]
