"""The way of a run through the package: calls, modules, and hops from one module into another.

`.venv/bin/python -m tests.walk` prints it; with `--calls`, each call.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from types import FrameType
from typing import Any

from sqlalchemy import event

import docassemble.Scheduler.runtime
from docassemble.Scheduler.config import parse
from docassemble.Scheduler.core.job import Job
from docassemble.Scheduler.execution.cancellation import RunningRuns
from docassemble.Scheduler.execution.executor import Executor
from docassemble.Scheduler.execution.functions import Functions
from docassemble.Scheduler.execution.log.event_log import LogObserver
from docassemble.Scheduler.execution.observers import Observers
from docassemble.Scheduler.management.manager import SchedulerManager
from docassemble.Scheduler.management.permissions import code
from docassemble.Scheduler.management.reader import LocalWorker
from docassemble.Scheduler.management.registry import JobRegistry
from docassemble.Scheduler.management.session_actions import NearActions
from docassemble.Scheduler.notifications import healthchecks, webhooks
from docassemble.Scheduler.notifications.delivery import DeliveryQueue
from docassemble.Scheduler.notifications.healthchecks import Monitor
from docassemble.Scheduler.notifications.notifier import LateStartObserver, Notifier
from docassemble.Scheduler.notifications.sentry import SentryCheckIns
from docassemble.Scheduler.store.base import Process, RunRequest
from docassemble.Scheduler.testing import FakeHost, ManualClock, MemorySpool, MemoryStore
from docassemble.Scheduler.worker.completion import CompletionHooks
from docassemble.Scheduler.worker.dispatcher import Dispatcher
from docassemble.Scheduler.worker.outbox import Outage
from docassemble.Scheduler.worker.poller import Poller

PACKAGE = Path(docassemble.Scheduler.runtime.__file__).parents[1]
NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
MINUTE = timedelta(minutes=1)
#: parts of a call, not calls
PARTS = {"<listcomp>", "<dictcomp>", "<setcomp>", "<genexpr>"}


def fail() -> None:
    """Fail, as a job does."""
    raise ValueError("no such case")


@dataclass
class Walk:
    """Calls into the package, in run_request: module and function of each."""

    calls: list[tuple[str, str]] = field(default_factory=list)
    transactions: int = 0

    @property
    def modules(self) -> list[str]:
        """Each module once, in the run_request in which they are come into."""
        return list(dict.fromkeys(module for module, _ in self.calls))

    @property
    def hops(self) -> list[str]:
        """The modules, each time another one than the one before."""
        names = [module for module, _ in self.calls]
        return names[:1] + [name for before, name in pairwise(names) if name != before]

    @property
    def returns(self) -> int:
        """How often a module is come into that was left before."""
        return len(self.hops) - len(self.modules)

    def __str__(self) -> str:
        return (
            f"{len(self.calls)} calls in {len(self.modules)} modules, {len(self.hops)} hops, "
            f"{self.returns} returns, {self.transactions} transactions"
        )


class Server(LocalWorker):
    """A process that runs jobs, with all that hears of them, on a store in memory."""

    def __init__(self) -> None:
        self.clock = ManualClock(NOON)
        logger = logging.Logger("walk")
        self.logger = logger
        functions = Functions()
        host = FakeHost()
        self.store = MemoryStore()
        process = Process(id="one", server="one", host_id="", pid=1, started_ticks="")
        self.store.register(process, NOON)
        block = {"minutely": {"function": "tests.walk.fail", "minutes": 1}}
        configuration = parse(block, zone="Europe/Berlin", environ={}, now=NOON)
        self.registry = JobRegistry(configuration, store=self.store, clock=self.clock, logger=logger)
        deliveries = DeliveryQueue(logger, self.clock)
        notifier = Notifier(
            host,
            configuration.settings.notify,
            streaks=self.store,
            deliveries=deliveries,
            post=webhooks.post,
            clock=self.clock,
            logger=logger,
        )
        observers = Observers(
            [
                LogObserver(logger, self.clock),
                LateStartObserver(notifier, logger, self.clock),
                Monitor(healthchecks.send, deliveries, logger),
                SentryCheckIns(),
                CompletionHooks(notifier=notifier, contexts=host, functions=functions, logger=logger),
            ],
            logger,
        )
        executor = Executor(
            contexts=host,
            functions=functions,
            observer=observers,
            running_runs=RunningRuns(),
            clock=self.clock,
        )
        outage = Outage(logger)
        self.dispatcher = Dispatcher(
            store=self.store,
            run=executor,
            wake_worker=lambda: None,
            observer=observers,
            outage=outage,
            spool=MemorySpool(),
            clock=self.clock,
            concurrency=2,
            lost=self.registry.lose,
        )
        self.poller = Poller(
            self.registry,
            actions=NearActions(self.store, self.clock),
            store=self.store,
            dispatcher=self.dispatcher,
            wake_worker=lambda: None,
            outage=outage,
            clock=self.clock,
            logger=logger,
        )
        self.manager = SchedulerManager(
            registry=self.registry,
            store=self.store,
            functions=functions,
            clock=self.clock,
            worker=self,
        )
        self.registry.register_jobs()
        self.dispatcher.follow(self.registry.jobs.here, self.registry.jobs.cursors)

    def offer(self, job: Job, run_request: RunRequest) -> None:
        self.poller.offer(job, run_request)


def failing_run() -> Walk:
    """Follow a wake with one run that fails, from the timer to the mail. The run before has warmed things up."""
    server = Server()
    for _ in range(2):
        server.clock.move(MINUTE)
        with followed(server) as walk:
            server.dispatcher.wake()
    return walk


def run_now() -> Walk:
    """Follow a run that somebody asks for, until it is claimed."""
    server = Server()
    server.dispatcher._run = lambda run: sys.setprofile(None)
    for _ in range(2):
        server.clock.move(timedelta(seconds=1))
        with followed(server) as walk:
            server.manager.run_now("minutely", code("alice"))
            server.dispatcher.wake()
    return walk


@contextmanager
def followed(server: Server) -> Iterator[Walk]:
    walk = Walk()

    def note(frame: FrameType, what: str, _: Any) -> None:
        file = frame.f_code.co_filename
        if what == "call" and file.startswith(str(PACKAGE)) and frame.f_code.co_name not in PARTS:
            module = Path(file).relative_to(PACKAGE).with_suffix("").as_posix()
            if not module.startswith("testing"):
                walk.calls.append((module, getattr(frame.f_code, "co_qualname", frame.f_code.co_name)))

    def begun(_: Any) -> None:
        walk.transactions += 1

    event.listen(server.store.database.engine, "begin", begun)
    sys.setprofile(note)
    try:
        yield walk
    finally:
        sys.setprofile(None)
        event.remove(server.store.database.engine, "begin", begun)


def main(walks: dict[str, Callable[[], Walk]]) -> None:
    for name, take in walks.items():
        walk = take()
        if "--calls" in sys.argv:
            sys.stdout.writelines(f"  {module:32} {function}\n" for module, function in walk.calls)
        sys.stdout.write(f"{name}: {walk}\n")


if __name__ == "__main__":
    main({"a run that fails": failing_run, "run now, until the claim": run_now})
