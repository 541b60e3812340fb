# do not pre-load
"""A whole scheduler for tests of your own jobs: in memory, in one thread, with a clock that tests move."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from unittest import mock
from zoneinfo import ZoneInfo

from ..config import parse
from ..config.values.times import moment, to_utc
from ..core.durations import parse_duration
from ..core.errors import DefinitionError
from ..core.job import Job
from ..core.problem import Severity
from ..execution.context import RunLogHandler, name_job
from ..execution.log.logger import scheduler_logger
from ..host.docassemble import Docassemble
from ..management.client import SchedulerClient
from ..management.drafts.job_options import Duration, Function, JobOptions, Moment
from ..management.manager import SchedulerManager
from ..management.session_actions import NearActions
from ..notifications.delivery import DeliveryQueue
from ..runtime import client as client_of_process
from ..runtime.container import Container
from ..schedules.apscheduler import from_trigger
from ..store.base import Process, RunRequest
from ..store.records import RunQuery, RunRecord
from ..store.sql.store import SqlStore
from ..worker.dispatcher import Dispatcher
from ..worker.poller import Poller
from .clock import ManualClock
from .host import FakeHost
from .spool import MemorySpool
from .store import MemoryStore

if TYPE_CHECKING:
    from typing_extensions import Unpack

#: when a simulation begins, unless it says so
BEGIN = "2027-01-01 12:00"
MAX_RUNS = 10_000


class SentMail(NamedTuple):
    """A mail of the scheduler to the administrator."""

    subject: str
    text: str
    recipients: Sequence[str]


class SimulatedScheduler:
    """A scheduler whose time passes when a test says so; made by `simulated_scheduler()`.

    Inside of its `with`, the functions of `docassemble.Scheduler` belong to it: what the tested code schedules is
    scheduled here, and `log()` writes here. Nothing is sent to anybody; `max runtime` is not watched.
    """

    def __init__(self, block: Mapping[str, Any], now: Moment, time_zone: str) -> None:
        self._zone = ZoneInfo(time_zone)
        self.clock = ManualClock(to_utc(moment(now), self._zone))
        #: the lines that would stand in scheduler.log, without their times
        self.log: list[str] = []
        self._process = _Process(block, self.clock, time_zone)
        #: the functions of `docassemble.Scheduler`, as methods
        self.client = SchedulerClient(
            self._process.manager,
            functions=self._process.functions,
            time_zone=self._zone,
            by="test",
            clock=self.clock,
        )
        self._numbered = 0

    @property
    def now(self) -> datetime:
        """The present time of the simulation, in its time zone."""
        return self.clock.now().astimezone(self._zone)

    @property
    def mails(self) -> list[SentMail]:
        """The mails to the administrator so far, oldest first."""
        return [SentMail(*each) for each in self._process.fake_host.mails]

    @property
    def manager(self) -> SchedulerManager:
        """What dashboard and command line would show and do."""
        return self._process.manager

    def run(
        self,
        job: Function,
        *,
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        **options: Unpack[JobOptions],
    ) -> RunRecord:
        """Run a job of the block by its name, or a function as a job with these options, now; return its record.

        Of a run with `retries`, this is the first attempt: `pass_time` lets the next one come.

        Example:
            assert scheduler.run(remind, args=["ann@example.com"]).status is Status.SUCCEEDED
        """
        if isinstance(job, str) and job in self._process.registry.jobs.known:
            if options:
                raise DefinitionError(f"the job {job!r} has its options", hint="write them into its block")
            name = job
            self.client.run_now(name, args=args, kwargs=kwargs)
        else:
            self._numbered += 1
            name = f"run {self._numbered}"
            self.client.schedule_at(self.clock.now(), job, args=args or (), kwargs=kwargs, id=name, **options)
        self._process.work()
        return self.runs(name)[-1]

    def pass_time(self, duration: Duration) -> list[RunRecord]:
        """Let time pass, and run whatever is due meanwhile, each at its time; return the new records.

        Example:
            (reminder,) = scheduler.pass_time("3 days")
        """
        if not isinstance(duration, timedelta):
            duration = parse_duration(duration)
        before = {record.id for record in self.runs()}
        end = self.clock.now() + duration
        self._process.work()
        while (wake := self._process.dispatcher.next_wake()) is not None and wake <= end:
            self.clock.move(max(wake - self.clock.now(), timedelta()))
            self._process.work()
        self.clock.move(max(end - self.clock.now(), timedelta()))
        return [record for record in self.runs() if record.id not in before]

    def runs(self, job: str | None = None) -> list[RunRecord]:
        """Return all records, or those of one job, oldest first, with their tracebacks and logs."""
        found = self.manager.runs(RunQuery(job=job, limit=MAX_RUNS))
        return [self.manager.run(record.id) for record in reversed(found)]


@contextmanager
def simulated_scheduler(
    block: Mapping[str, Any] | None = None,
    *,
    now: datetime | date | str = BEGIN,
    time_zone: str = "UTC",
) -> Iterator[SimulatedScheduler]:
    """Simulate a scheduler while the block lasts; it needs no docassemble.

    Parameters:
        block: The `scheduler:` block: jobs and settings, as the configuration has them. None = no job.
        now: When it begins: a datetime, a date, or a text, local in `time_zone` when it has no zone.
        time_zone: IANA name of docassemble's time zone.

    Raises DefinitionError when the block has an error.

    Example:
        with simulated_scheduler(now="2027-01-04 07:59", time_zone="Europe/Berlin") as scheduler:
            record = scheduler.run(remind, args=["ann@example.com"])
            assert record.error is None and scheduler.mails == []
    """
    scheduler = SimulatedScheduler(block or {}, now, time_zone)
    with ExitStack() as at_end:
        at_end.enter_context(mock.patch.object(client_of_process, "client", return_value=scheduler.client))
        _listen(scheduler, at_end)
        yield scheduler


def _listen(scheduler: SimulatedScheduler, at_end: ExitStack) -> None:
    logger = scheduler_logger()
    for handler in (_Lines(scheduler.log), RunLogHandler(ZoneInfo("UTC"))):
        logger.addHandler(handler)
        at_end.callback(logger.removeHandler, handler)
    logger.addFilter(name_job)
    at_end.callback(logger.removeFilter, name_job)


class _Lines(logging.Handler):
    """Keeps lines."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self._lines = lines
        self.setFormatter(logging.Formatter("%(levelname)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        job = getattr(record, "job", None)
        line = self.format(record)
        self._lines.append(line if job is None else line.replace(" ", f" [{job}] ", 1))


class _Deliveries(DeliveryQueue):
    """Hands mails on at once, and sends nothing else: what a test runs pings nobody."""

    def put(self, channel: str, name: str, do: Callable[[], None]) -> None:  # noqa: ARG002 - of the base class
        if channel == "mail":
            do()


class _Process(Container):
    """A process that runs jobs in the thread of the test."""

    def __init__(self, block: Mapping[str, Any], clock: ManualClock, time_zone: str) -> None:
        configuration = parse(
            block, zone=time_zone, environ={}, now=clock.now(), trigger_schedule=from_trigger
        )
        wrong = [each for each in configuration.problems if each.severity is Severity.ERROR]
        if wrong:
            raise DefinitionError.of(wrong)
        self.fake_host = FakeHost()
        super().__init__(
            host=cast("Docassemble", self.fake_host),
            configuration=configuration,
            logger=scheduler_logger(),
            clock=clock,
        )
        self.store.register(
            Process(id="test", server="test", host_id="", pid=1, started_ticks=""), clock.now()
        )
        self.dispatcher = Dispatcher(
            store=self.store,
            run=self.executor,
            wake_worker=_nothing,
            observer=self.observers,
            outage=self.outage,
            spool=MemorySpool(),
            clock=clock,
            concurrency=1,
            lost=self.registry.lose,
        )
        self._poller = Poller(
            self.registry,
            actions=NearActions(self.store, clock),
            store=self.store,
            dispatcher=self.dispatcher,
            wake_worker=_nothing,
            outage=self.outage,
            clock=clock,
            logger=self.logger,
        )
        self.registry.register_jobs()
        self._poller.look()

    @cached_property
    def store(self) -> SqlStore:
        """A store in memory."""
        return MemoryStore()

    @cached_property
    def deliveries(self) -> DeliveryQueue:
        """What sends mails nowhere."""
        return _Deliveries(self.logger, self.clock)

    def offer(self, job: Job, run_request: RunRequest) -> None:
        """Let a job be run at the next turn."""
        self._poller.offer(job, run_request)

    def work(self) -> None:
        """Run what is due now, and mail what is to be told: as one mail to each, without waiting for more."""
        self._poller.look()
        # now, and not before: pytest has other streams for the test than for its fixtures
        self.capture.open()
        try:
            self.dispatcher.wake()
        finally:
            self.capture.close()
        self.notifier.flush()
        self.notifier.flush()


def _nothing() -> None:
    """Wake nobody: there is one thread."""
