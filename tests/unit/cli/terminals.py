"""A terminal: the commands, over a store in memory."""

import json
import logging
from contextlib import contextmanager

from click.testing import CliRunner

from docassemble.Scheduler.cli.context import CliContext
from docassemble.Scheduler.cli.main import commands
from docassemble.Scheduler.core.errors import HostError, StoreUnavailable
from docassemble.Scheduler.core.run import Outcome, Status
from docassemble.Scheduler.execution.cancellation import RunningRuns
from docassemble.Scheduler.execution.executor import Executor
from docassemble.Scheduler.execution.functions import Functions
from docassemble.Scheduler.execution.log.event_log import LogObserver
from docassemble.Scheduler.store.base import ClaimRequest, Process
from docassemble.Scheduler.testing import FakeHost, MemoryStore
from docassemble.Scheduler.worker.inline import InlineRunner
from tests.unit.management.managers import NOON, Management

BY = "op (command line)"
#: what the functions below were called with
CALLS = []


def note(*args, **kwargs):
    """Keep the arguments."""
    print("printed by the job")  # noqa: T201 - what jobs do
    CALLS.append((args, kwargs))
    return "noted"


def fail():
    """Fail."""
    raise ValueError("no luck")


HERE = "tests.unit.cli.terminals"
BLOCK = {
    "hourly": {"function": f"{HERE}.note", "hours": 1, "args": ["own"]},
    "failing": {"function": f"{HERE}.fail", "crontab": "0 3 * * *", "retries": 3},
    "off": {"function": f"{HERE}.note", "hours": 1, "enabled": False},
}


class FakeContext:
    """A docassemble with a scheduler, in memory."""

    by = BY
    default_zone = "America/New_York"

    def __init__(self, block=None):
        self.management = Management(block=BLOCK if block is None else block)
        self.clock = self.management.clock
        self.functions = Functions()
        self.away = False
        self.loads = 0
        self.host_error = None
        #: this process, beside the server that the management belongs to
        self.store = MemoryStore(self.management.store.world)
        self.store.register(Process(id="here", server="here", host_id="", pid=2, started_ticks=""), NOON)

    @property
    def manager(self):
        if self.away:
            raise StoreUnavailable("nobody answers")
        return self.management.manager

    def configuration(self, path):
        return CliContext().configuration(path)

    def file_name(self, path):
        return CliContext().file_name(path)

    def read_rows(self, path):
        return CliContext().read_rows(path)

    def configured_job(self, name):
        return self.management.registry.find(name)

    def load_host(self):
        self.loads += 1
        if self.host_error:
            raise HostError(self.host_error)

    @contextmanager
    def inline(self, *, recorded):
        log = LogObserver(logging.getLogger("test.cli"), self.clock)
        run = Executor(
            contexts=FakeHost(),
            functions=self.functions,
            observer=log,
            running_runs=RunningRuns(),
            clock=self.clock,
        )
        store = self.store if recorded else None
        yield InlineRunner(store=store, run=run, observer=log, by=BY, clock=self.clock)


class Terminal:
    """Commands typed by a person."""

    def __init__(self, block=None):
        self.context = FakeContext(block)
        self.management = self.context.management
        CALLS.clear()

    def type(self, *arguments, status=0, stdin=None):
        """Type a command; return what it shows, and what it says beside it."""
        done = CliRunner().invoke(commands, list(arguments), obj=self.context, input=stdin)
        assert done.exit_code == status, done.output + repr(done.exception)
        return done

    def shown(self, *arguments, **options):
        """Return what a command shows to people."""
        return self.type(*arguments, **options).stdout

    def said(self, *arguments, **options):
        """Return what a command says beside what it shows."""
        return self.type(*arguments, **options).stderr

    def read(self, *arguments, **options):
        """Return the JSON document that a command shows."""
        return json.loads(self.shown(*arguments, "--json", **options))

    def begin(self, job, at):
        """Let a server begin a run."""
        (claim,) = self.management.store.claim([ClaimRequest(self.management.registry.find(job))], at)
        return claim.run

    def end(self, run, status=Status.SUCCEEDED, **fields):
        """Let a server end a run."""
        at = self.context.clock.now()
        self.management.store.finish(run, Outcome(status=status, started=run.claimed, finished=at, **fields))
