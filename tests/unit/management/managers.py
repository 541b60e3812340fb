"""A manager on a store in memory, and a server beside it that runs what it is told."""

import logging
from datetime import datetime, timezone

from docassemble.Scheduler.config import parse
from docassemble.Scheduler.execution.functions import Functions
from docassemble.Scheduler.management.manager import SchedulerManager
from docassemble.Scheduler.management.permissions import Caller, Switch
from docassemble.Scheduler.management.reader import LocalWorker
from docassemble.Scheduler.management.registry import JobRegistry
from docassemble.Scheduler.store.base import Process
from docassemble.Scheduler.testing import ManualClock, MemoryStore, MemoryWorld

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
LOGGER = logging.getLogger("test.manager")
#: docassemble lets her write code
ALICE = Caller(
    name="alice@example.com", privileges=frozenset({"developer"}), switches=frozenset({Switch.PLAYGROUND})
)
#: the same, where docassemble does not
BOB = Caller(name="bob@example.com", privileges=frozenset({"developer"}))
#: a function that exists, and does nothing with its arguments
FUNCTION = "tests.unit.management.managers.nothing"


def nothing(*args, **kwargs):
    """Do nothing."""


def configuration(block=None, zone="Europe/Berlin"):
    """Return the jobs of a block: by default one that is due each minute, and one that is disabled."""
    minutely = {"function": FUNCTION, "minutes": 1}
    block = {"minutely": minutely, "off": {**minutely, "enabled": False}} if block is None else block
    return parse(block, zone=zone, environ={}, now=NOON)


class Management(LocalWorker):
    """One process: its manager, its registry, its store."""

    def __init__(self, world=None, block=None, name="one", *, register=True):
        self.clock = ManualClock(NOON)
        self.store = MemoryStore(world or MemoryWorld())
        self.store.register(Process(id=name, server=name, host_id="", pid=1, started_ticks=""), NOON)
        self.registry = JobRegistry(configuration(block), store=self.store, clock=self.clock, logger=LOGGER)
        if register:
            self.registry.register_jobs()
        self.polls, self.offers = 0, []
        self.manager = SchedulerManager(
            registry=self.registry,
            store=self.store,
            functions=Functions(),
            clock=self.clock,
            worker=self,
        )

    def poll(self):
        self.polls += 1

    def offer(self, job, order):
        self.offers.append((job.name, order.id))
